/* SPDX-License-Identifier: MIT */
/* A file as memory (OSTEP 16.5, sharing):
 *     map_file private FILE         a copy of its own: what it stores does not reach the file
 *     map_file write FILE [BYTES]   stores a pattern into shared memory, waits until it was seen,
 *                                   ROUNDS times
 *     map_file read FILE [BYTES]    the other half: looks for each pattern, says that it was seen
 *
 * BYTES, 4096 or more, are mapped; the first 4096 are used. FILE has as many, zero for `write` and
 * `read`.
 */
#include "../lib/pattern.h"
#include "mapping.h"
#include "start.h"

enum { FILE_BYTES = 4096, ROUNDS = 5, MOST_YIELDS = 100000, OPEN_READ_WRITE = 2 };

/* What lies in the shared memory. */
struct shared {
    volatile uint32_t written_round;
    volatile uint32_t seen_round;
    volatile uint8_t bytes[FILE_BYTES - 8];
};

static uint8_t from_file[FILE_BYTES];

static void read_file(int32_t fd)
{
    const uint32_t arguments[6] = {(uint32_t)fd, (uint32_t)from_file, FILE_BYTES, 0, 0, 0};
    int32_t count = linux_call6(LINUX_PREAD64, arguments);
    if (count != FILE_BYTES) {
        fail("pread", count);
    }
}

static void compare(const char *what, const uint8_t *mapped, uint8_t changed_by)
{
    for (uint32_t i = 0; i < FILE_BYTES; i++) {
        if (mapped[i] != (from_file[i] ^ changed_by)) {
            fail(what, (int32_t)i);
        }
    }
}

static void use_privately(int32_t fd, uint8_t *mapped)
{
    read_file(fd);
    compare("the mapping is not the file, from byte", mapped, 0);
    for (uint32_t i = 0; i < FILE_BYTES; i++) {
        mapped[i] ^= 0xFF;
    }
    read_file(fd);
    compare("a store has reached the file, from byte", mapped, 0xFF);
    print("private: the file is what it was\n");
}

static void wait_for(const volatile uint32_t *word, uint32_t value)
{
    for (uint32_t yields = 0; *word != value; yields++) {
        if (yields == MOST_YIELDS) {
            fail("nobody answers in round", (int32_t)value);
        }
        linux_call(LINUX_SCHED_YIELD, 0, 0, 0);
    }
}

static void write_rounds(int32_t fd, struct shared *shared, uint32_t bytes)
{
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        pattern_fill(shared->bytes, 0, sizeof shared->bytes, round);
        shared->written_round = round;
        wait_for(&shared->seen_round, round);
    }
    if (unmap((uint32_t)shared, bytes) != 0) {
        fail("unmap", 0);
    }
    read_file(fd);
    if (from_file[0] != ROUNDS || from_file[4] != ROUNDS) {
        fail("the file has not what was stored, but round", from_file[0]);
    }
    print("write: all rounds seen, and in the file\n");
}

static void read_rounds(struct shared *shared)
{
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        wait_for(&shared->written_round, round);
        uint32_t wrong = pattern_find_wrong(shared->bytes, 0, sizeof shared->bytes, round);
        if (wrong < sizeof shared->bytes) {
            fail("byte not as it was written", (int32_t)wrong);
        }
        shared->seen_round = round;
    }
    print("read: all rounds seen\n");
}

static int run(int argc, char **argv)
{
    if (argc < 3) {
        print("usage: map_file private|write|read FILE [BYTES]\n");
        return 2;
    }
    int32_t fd = linux_call(LINUX_OPEN, (uint32_t)argv[2], OPEN_READ_WRITE, 0);
    if (fd < 0) {
        fail("open", fd);
    }
    char role = argv[1][0];
    uint32_t bytes = number_argument(argc, argv, 3, FILE_BYTES);
    uint32_t address = map(bytes, role == 'p' ? MAP_PRIVATE : MAP_SHARED, fd);
    if (is_error(address)) {
        fail("map", (int32_t)address);
    }
    if (role == 'p') {
        use_privately(fd, (uint8_t *)address);
    } else if (role == 'w') {
        write_rounds(fd, (struct shared *)address, bytes);
    } else {
        read_rounds((struct shared *)address);
    }
    return 0;
}
