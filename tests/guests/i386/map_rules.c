/* SPDX-License-Identifier: MIT */
/* The rules of mmap and its relatives, one line for each answer:
 *     map_rules FILE            what holds on every Linux. FILE has 5000 bytes, each 'x', and as
 * many afterwards: "syncedclosedleft" at its beginning, "appended" at its second page, "e" at its
 * end map_rules FILE segments   where a mapping is a segment of four, what would make two of one is
 *                               refused
 *     map_rules FILE far        stores into page 9000 of FILE, to which it may not be able to come
 *     map_rules FILE store      stores into what it may only read, and should fault
 */
#include "mapping.h"
#include "start.h"

enum { PAGE = 4096, FILE_BYTES = 5000, BAD_FD = 99, NO_FD = -1 };
enum { READ_ONLY = 0, WRITE_ONLY = 1, READ_WRITE = 2, APPEND = 02000, DIRECTORY = 0200000 };
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2 };
enum { MAP_FIXED = 0x10, MAP_FIXED_NOREPLACE = 0x100000, MAP_OWN = MAP_PRIVATE | MAP_ANONYMOUS };
enum { MS_ASYNC = 1, MS_SYNC = 4, MADV_DONTNEED = 4 };

/* Addresses differ from one system to another, answers do not. */
static void say(const char *what, uint32_t answer)
{
    print(what);
    print(": ");
    if (is_error(answer)) {
        print("error ");
        print_number(-answer);
    } else {
        print(answer == 0 ? "0" : "yes");
    }
    print("\n");
}

static void say_bytes(const char *what, const uint8_t *bytes, uint32_t count)
{
    print(what);
    print(": ");
    while (count-- > 0) {
        char text[2] = {(char)(*bytes == 0 ? '0' : *bytes), '\0'};
        bytes++;
        print(text);
    }
    print("\n");
}

static uint32_t map_at(uint32_t address, uint32_t bytes, uint32_t protection, uint32_t flags,
                       int32_t fd, uint32_t page)
{
    const uint32_t arguments[6] = {address, bytes, protection, flags, (uint32_t)fd, page};
    return (uint32_t)linux_call6(LINUX_MMAP2, arguments);
}

static uint32_t remap_with(uint32_t address, uint32_t old_bytes, uint32_t bytes, uint32_t flags)
{
    const uint32_t arguments[6] = {address, old_bytes, bytes, flags, 0, 0};
    return (uint32_t)linux_call6(LINUX_MREMAP, arguments);
}

static uint32_t old_map(uint32_t bytes, uint32_t offset)
{
    const uint32_t arguments[6] = {0, bytes, PROT_READ, MAP_OWN, (uint32_t)NO_FD, offset};
    return (uint32_t)linux_call(LINUX_MMAP, (uint32_t)arguments, 0, 0);
}

static int32_t open_file(const char *path, uint32_t flags)
{
    return linux_call(LINUX_OPEN, (uint32_t)path, flags, 0);
}

static void copy(uint8_t *to, const char *text)
{
    while (*text) {
        *to++ = (uint8_t)*text++;
    }
}

/* The file as read sees it. */
static void say_file(const char *what, int32_t fd, uint32_t offset, uint32_t bytes)
{
    uint8_t buffer[16];
    const uint32_t arguments[6] = {(uint32_t)fd, (uint32_t)buffer, bytes, offset, 0, 0};
    int32_t count = linux_call6(LINUX_PREAD64, arguments);
    say_bytes(what, buffer, count < 0 ? 0 : (uint32_t)count);
}

/* What cannot be asked for. */
static void ask_wrongly(const char *path)
{
    int32_t read_only = open_file(path, READ_ONLY);
    int32_t write_only = open_file(path, WRITE_ONLY);
    int32_t directory = open_file("/", READ_ONLY | DIRECTORY);
    uint32_t address;

    say("no bytes", map_at(0, 0, PROT_READ, MAP_OWN, NO_FD, 0));
    say("no bytes of no file", map_at(0, 0, PROT_READ, MAP_PRIVATE, BAD_FD, 0));
    say("neither shared nor private", map_at(0, PAGE, PROT_READ, MAP_ANONYMOUS, NO_FD, 0));
    say("more than there is", map_at(0, 0xFFFFF000, PROT_READ, MAP_OWN, NO_FD, 0));
    say("fixed, inside a page", map_at(0x40000800, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0));
    say("no file", map_at(0, PAGE, PROT_READ, MAP_PRIVATE, BAD_FD, 0));
    say("write-only", map_at(0, PAGE, PROT_READ, MAP_SHARED, write_only, 0));
    say("read-only, shared, to write", map_at(0, PAGE, PROT_WRITE, MAP_SHARED, read_only, 0));
    say("directory", map_at(0, PAGE, PROT_READ, MAP_PRIVATE, directory, 0));
    say("old call, arguments nowhere", (uint32_t)linux_call(LINUX_MMAP, 0x7FFFF000, 0, 0));
    say("old call, offset inside a page", old_map(PAGE, 100));
    address = map_at(0, PAGE, PROT_READ, MAP_SHARED, read_only, 0);
    say("read-only, shared", address);
    say("to be written", (uint32_t)linux_call(LINUX_MPROTECT, address, PAGE, PROT_WRITE));
    say("synced", (uint32_t)linux_call(LINUX_MSYNC, address, PAGE, MS_SYNC));
    say("synced in two ways", (uint32_t)linux_call(LINUX_MSYNC, address, PAGE, MS_SYNC | MS_ASYNC));
    say("synced inside a page", (uint32_t)linux_call(LINUX_MSYNC, address + 1, PAGE, MS_SYNC));
    say("unmapped inside a page", (uint32_t)unmap(address + 1, PAGE));
    say("unmapped by no bytes", (uint32_t)unmap(address, 0));
    say("remapped to no bytes", remap_with(address, PAGE, 0, 0));
    say("remapped by no such flag", remap_with(address, PAGE, PAGE, 8));
    say("remapped inside a page", remap_with(address + 8, PAGE, PAGE, 0));
    say("unmapped", (uint32_t)unmap(address, PAGE));
    say("unmapped again", (uint32_t)unmap(address, PAGE));
    say("synced afterwards", (uint32_t)linux_call(LINUX_MSYNC, address, PAGE, MS_SYNC));
    say("remapped afterwards", remap_with(address, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    linux_call(LINUX_CLOSE, (uint32_t)read_only, 0, 0);
    linux_call(LINUX_CLOSE, (uint32_t)write_only, 0, 0);
    linux_call(LINUX_CLOSE, (uint32_t)directory, 0, 0);
}

static void use_anonymous(void)
{
    uint32_t address = map_at(0, 3 * PAGE, PROT_READ_WRITE, MAP_OWN, NO_FD, 0);
    uint8_t *bytes = (uint8_t *)address;

    copy(bytes + PAGE, "kept");
    copy(bytes + 2 * PAGE, "gone");
    say("end unmapped", (uint32_t)unmap(address + 2 * PAGE, PAGE));
    say("grown", remap_with(address, 2 * PAGE, 3 * PAGE, 0) - address);
    say_bytes("first", bytes + PAGE, 4);
    say_bytes("then", bytes + 2 * PAGE, 4);
    say("not needed", (uint32_t)linux_call(LINUX_MADVISE, address, 3 * PAGE, MADV_DONTNEED));
    say_bytes("afterwards", bytes + PAGE, 4);
    copy(bytes, "old");
    say("fixed in its place",
        map_at(address, 3 * PAGE, PROT_READ_WRITE, MAP_OWN | MAP_FIXED, NO_FD, 0) - address);
    say_bytes("there", bytes, 3);
    say("fixed, replacing nothing",
        map_at(address, 3 * PAGE, PROT_READ_WRITE, MAP_OWN | MAP_FIXED_NOREPLACE, NO_FD, 0));
    copy(bytes, "here");
    say("nobody's", (uint32_t)linux_call(LINUX_MPROTECT, address, 3 * PAGE, PROT_NONE));
    say("read there", (uint32_t)linux_call(LINUX_WRITE, 1, address, 1));
    say("to be read", (uint32_t)linux_call(LINUX_MPROTECT, address, 3 * PAGE, PROT_READ));
    say_bytes("there", bytes, 4);
    say("unmapped", (uint32_t)unmap(address, 3 * PAGE));
    address = map_at(0, PAGE, PROT_READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, NO_FD, 0);
    say_bytes("shared with nobody", (uint8_t *)address, 4);
    say("unmapped", (uint32_t)unmap(address, PAGE));
}

static void use_file(const char *path)
{
    int32_t fd = open_file(path, READ_WRITE);
    int32_t append = open_file(path, READ_WRITE | APPEND);
    uint32_t address = map_at(0, FILE_BYTES, PROT_READ_WRITE, MAP_PRIVATE, fd, 0);
    uint8_t *bytes = (uint8_t *)address;

    say_bytes("private, around its end", bytes + FILE_BYTES - 2, 4);
    copy(bytes, "mine");
    say_file("file", fd, 0, 4);
    linux_call(LINUX_MADVISE, address, FILE_BYTES, MADV_DONTNEED);
    say_bytes("not needed", bytes, 4);
    say("unmapped", (uint32_t)unmap(address, FILE_BYTES));

    address = map_at(0, FILE_BYTES, PROT_READ_WRITE, MAP_SHARED, fd, 0);
    bytes = (uint8_t *)address;
    copy(bytes, "synced");
    copy(bytes + FILE_BYTES - 1, "end");
    say("synced", (uint32_t)linux_call(LINUX_MSYNC, address, FILE_BYTES, MS_SYNC));
    say_file("file", fd, 0, 8);
    say_file("its end", fd, FILE_BYTES - 2, 8);
    say("descriptor closed", (uint32_t)linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0));
    copy(bytes + 6, "closed");
    say("unmapped", (uint32_t)unmap(address, FILE_BYTES));
    say_file("file", append, 0, 14);

    address = map_at(0, PAGE, PROT_READ_WRITE, MAP_SHARED, append, 1);
    bytes = (uint8_t *)address;
    copy(bytes, "appended");
    say("second page unmapped", (uint32_t)unmap(address, PAGE));
    say_file("file", append, PAGE, 10);
    say_file("its end", append, FILE_BYTES - 2, 8);

    address = map_at(0, 4 * PAGE, PROT_READ_WRITE, MAP_SHARED, append, 0);
    bytes = (uint8_t *)address;
    linux_call(LINUX_FTRUNCATE, (uint32_t)append, 3 * PAGE, 0);
    copy(bytes + 2 * PAGE, "longer");
    say("synced", (uint32_t)linux_call(LINUX_MSYNC, address, 4 * PAGE, MS_SYNC));
    say_file("file", append, 2 * PAGE, 8);
    linux_call(LINUX_FTRUNCATE, (uint32_t)append, FILE_BYTES, 0);
    copy(bytes + 12, "left"); /* and the program ends */
}

/* Where a mapping is a segment of four. */
static void use_segments(void)
{
    uint32_t address = map_at(0, 3 * PAGE, PROT_READ_WRITE, MAP_OWN, NO_FD, 0);
    uint32_t other;

    say("beginning unmapped", (uint32_t)unmap(address, PAGE));
    say("hole unmapped", (uint32_t)unmap(address + PAGE, PAGE));
    say("part remapped", remap_with(address, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    say("to more than a segment", remap_with(address, 3 * PAGE, 0x40001000, MREMAP_MAYMOVE));
    say("fixed over a part", map_at(address, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0));
    say("fixed over the program",
        map_at(0x08048000, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0));
    say("fixed over the stack", map_at(0xC0000000, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0));
    say("fixed at nothing", map_at(0, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0));
    say("more than a segment", map_at(0, 0x40001000, PROT_READ, MAP_OWN, NO_FD, 0));
    other = map_at(0x80000000, PAGE, PROT_READ, MAP_OWN, NO_FD, 0);
    say("where it should be", other - 0x80000000);
    say("no segment", map_at(0, PAGE, PROT_READ, MAP_OWN, NO_FD, 0));
    say("the other unmapped", (uint32_t)unmap(other, PAGE));
    say("fixed in a free segment",
        map_at(0x80000000, PAGE, PROT_READ, MAP_OWN | MAP_FIXED, NO_FD, 0) - 0x80000000);
    say("both unmapped", (uint32_t)unmap(address, 0x80000000));
    say("and free", map_at(0x80000000, PAGE, PROT_READ, MAP_OWN, NO_FD, 0) - 0x80000000);
}

static void use_far(const char *path)
{
    int32_t fd = open_file(path, READ_WRITE);
    uint32_t address = map_at(0, PAGE, PROT_READ_WRITE, MAP_SHARED, fd, 9000);

    copy((uint8_t *)address, "far");
    say("synced", (uint32_t)linux_call(LINUX_MSYNC, address, PAGE, MS_SYNC));
}

static void store(const char *path)
{
    int32_t fd = open_file(path, READ_ONLY);
    uint32_t address = map_at(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

    say_bytes("there", (uint8_t *)address, 4);
    copy((uint8_t *)address, "stored");
    print("and stored\n");
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print("usage: map_rules FILE [segments|far|store]\n");
        return 2;
    }
    switch (argc > 2 ? argv[2][1] : '\0') {
    case 'e':
        use_segments();
        break;
    case 'a':
        use_far(argv[1]);
        break;
    case 't':
        store(argv[1]);
        break;
    default:
        ask_wrongly(argv[1]);
        use_anonymous();
        use_file(argv[1]);
    }
    return 0;
}
