/* SPDX-License-Identifier: MIT */
#include "os/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t address_space_end = UINT64_C(1) << 32;

static const char *file_type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a fifo";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

/* Reads all of a regular file. */
static uint8_t *read_file(const char *path, size_t *file_bytes, struct error *error)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat status;
    uint8_t *bytes = NULL;
    size_t length = 0;

    if (fd < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (fstat(fd, &status) != 0) {
        error_set(error, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        error_set(error, "%s: is %s; expected a program (ELF)", path,
                  file_type_name(status.st_mode));
    } else if (status.st_size > IMAGE_MAX_FILE) {
        error_set(error, "%s: the file has %jd bytes; at most %d are read", path,
                  (intmax_t)status.st_size, IMAGE_MAX_FILE);
    } else if ((bytes = malloc((size_t)status.st_size + 1)) == NULL) {
        error_set(error, "%s: out of memory", path);
    } else {
        while (length < (size_t)status.st_size) {
            const ssize_t got = read(fd, bytes + length, (size_t)status.st_size - length);

            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                error_set(error, "%s: %s", path, strerror(errno));
                free(bytes);
                bytes = NULL;
            }
            if (got <= 0) {
                break;
            }
            length += (size_t)got;
        }
    }
    close(fd);
    *file_bytes = length;
    return bytes;
}

struct image *image_load(const char *path, struct error *error)
{
    size_t file_bytes;
    uint8_t *const file = read_file(path, &file_bytes, error);

    return file == NULL ? NULL : image_parse(path, file, file_bytes, error);
}

/* What the identification says; libelf reads the rest only after this. */
static bool check_identification(const struct image *image, struct error *error)
{
    const uint8_t *const ident = image->file;

    if (image->file_bytes == 0) {
        return error_set(error, "%s: the file is empty; expected a program (ELF)", image->path);
    }
    if (image->file_bytes < SELFMAG || memcmp(ident, ELFMAG, SELFMAG) != 0) {
        return error_set(error, "%s: offset 0: no ELF file (it does not begin with 7f 45 4c 46)",
                         image->path);
    }
    if (image->file_bytes < sizeof(Elf32_Ehdr)) {
        return error_set(error, "%s: the ELF header is cut off: %zu bytes of %zu", image->path,
                         image->file_bytes, sizeof(Elf32_Ehdr));
    }
    if (ident[EI_CLASS] != ELFCLASS32) {
        return error_set(error, "%s: offset %d: ELF class %u%s; expected 1 (32-bit)", image->path,
                         EI_CLASS, ident[EI_CLASS],
                         ident[EI_CLASS] == ELFCLASS64 ? " (64-bit)" : "");
    }
    if (ident[EI_DATA] != ELFDATA2LSB) {
        return error_set(error, "%s: offset %d: ELF data encoding %u; expected 1 (little-endian)",
                         image->path, EI_DATA, ident[EI_DATA]);
    }
    return true;
}

static bool read_header(struct image *image, Elf *elf, GElf_Ehdr *header, struct error *error)
{
    if (elf == NULL || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, header) == NULL) {
        return error_set(error, "%s: the ELF header cannot be read: %s", image->path,
                         elf_errmsg(-1));
    }
    if (header->e_version != EV_CURRENT || header->e_ehsize < sizeof(Elf32_Ehdr)) {
        return error_set(error, "%s: ELF version %u with a header of %u bytes; expected 1 and %zu",
                         image->path, header->e_version, header->e_ehsize, sizeof(Elf32_Ehdr));
    }
    if (header->e_machine == EM_RISCV) {
        image->isa = GUEST_RV32;
    } else if (header->e_machine == EM_386) {
        image->isa = GUEST_I386;
    } else {
        return error_set(error, "%s: ELF machine %u; expected 243 (RISC-V) or 3 (i386)",
                         image->path, header->e_machine);
    }
    if (header->e_type != ET_EXEC) {
        return error_set(error,
                         "%s: ELF type %u%s; expected 2 (static executable: link with "
                         "-static -no-pie)",
                         image->path, header->e_type,
                         header->e_type == ET_DYN   ? " (shared object or position-independent)"
                         : header->e_type == ET_REL ? " (object file)"
                                                    : "");
    }
    return true;
}

/* The table of program headers lies inside the file. */
static bool check_header_table(const struct image *image, const GElf_Ehdr *header,
                               struct error *error)
{
    const uint64_t table_end =
        header->e_phoff + (uint64_t)header->e_phnum * sizeof(Elf32_Phdr); /* no overflow: 32 bits */

    if (header->e_phnum == 0 || header->e_phnum == PN_XNUM) {
        return error_set(error, "%s: %u program headers; expected 1..%u", image->path,
                         header->e_phnum, PN_XNUM - 1);
    }
    if (header->e_phentsize != sizeof(Elf32_Phdr)) {
        return error_set(error, "%s: program headers of %u bytes; expected %zu", image->path,
                         header->e_phentsize, sizeof(Elf32_Phdr));
    }
    if (table_end > image->file_bytes) {
        return error_set(error,
                         "%s: the program headers at 0x%" PRIx64 "..0x%" PRIx64
                         " lie beyond the file, which has 0x%zx bytes",
                         image->path, header->e_phoff, table_end, image->file_bytes);
    }
    return true;
}

static uint8_t access_of(uint32_t elf_flags)
{
    return (uint8_t)((elf_flags & PF_R ? MMU_FLAG_READ : 0) |
                     (elf_flags & PF_W ? MMU_FLAG_WRITE : 0) |
                     (elf_flags & PF_X ? MMU_FLAG_EXECUTE : 0));
}

/* Takes a PT_LOAD header with memory into the list, by rising address. */
static bool add_part(struct image *image, unsigned number, const GElf_Phdr *header,
                     struct error *error)
{
    unsigned at = image->part_count;

    if (header->p_filesz > header->p_memsz) {
        return error_set(error,
                         "%s: program header %u: 0x%" PRIx64 " bytes in the file but 0x%" PRIx64
                         " in memory; expected no more than in memory",
                         image->path, number, header->p_filesz, header->p_memsz);
    }
    if (header->p_filesz > image->file_bytes ||
        header->p_offset > image->file_bytes - header->p_filesz) {
        return error_set(error,
                         "%s: program header %u: its bytes at 0x%" PRIx64 "+0x%" PRIx64
                         " lie beyond the file, which has 0x%zx bytes",
                         image->path, number, header->p_offset, header->p_filesz,
                         image->file_bytes);
    }
    if (header->p_vaddr >= address_space_end ||
        header->p_memsz > address_space_end - header->p_vaddr) {
        return error_set(error,
                         "%s: program header %u: 0x%" PRIx64 " bytes at 0x%" PRIx64
                         " wrap around the end of the 32-bit address space",
                         image->path, number, header->p_memsz, header->p_vaddr);
    }
    if (image->part_count == IMAGE_MAX_PARTS) {
        return error_set(error, "%s: program header %u: more than %d loadable parts", image->path,
                         number, IMAGE_MAX_PARTS);
    }
    while (at > 0 && image->parts[at - 1].vaddr > header->p_vaddr) {
        image->parts[at] = image->parts[at - 1];
        at--;
    }
    image->parts[at] = (struct image_part){
        .vaddr = (uint32_t)header->p_vaddr,
        .memory_bytes = header->p_memsz,
        .file_bytes = header->p_filesz,
        .bytes = image->file + header->p_offset,
        .access = access_of(header->p_flags),
        .header = number,
    };
    image->part_count++;
    return true;
}

static bool check_overlaps(const struct image *image, struct error *error)
{
    for (unsigned i = 1; i < image->part_count; i++) {
        const struct image_part *const low = &image->parts[i - 1];
        const struct image_part *const high = &image->parts[i];

        if (low->vaddr + low->memory_bytes > high->vaddr) {
            return error_set(error,
                             "%s: program headers %u (0x%x..0x%" PRIx64 ") and %u (0x%x..0x%" PRIx64
                             ") overlap",
                             image->path, low->header, low->vaddr, low->vaddr + low->memory_bytes,
                             high->header, high->vaddr, high->vaddr + high->memory_bytes);
        }
    }
    return true;
}

/* Where the program header table is visible to the program itself. */
static void find_header_table(struct image *image, const GElf_Ehdr *header)
{
    const uint64_t table_bytes = (uint64_t)header->e_phnum * sizeof(Elf32_Phdr);

    image->phdr_bytes = sizeof(Elf32_Phdr);
    image->phdr_count = header->e_phnum;
    for (unsigned i = 0; i < image->part_count; i++) {
        const struct image_part *const part = &image->parts[i];
        const uint64_t offset = (uint64_t)(part->bytes - image->file);

        if (header->e_phoff >= offset &&
            header->e_phoff + table_bytes <= offset + part->file_bytes) {
            image->phdr_vaddr = (uint32_t)(part->vaddr + (header->e_phoff - offset));
        }
    }
}

static bool read_parts(struct image *image, Elf *elf, const GElf_Ehdr *header, struct error *error)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        GElf_Phdr program_header;

        if (gelf_getphdr(elf, (int)i, &program_header) == NULL) {
            return error_set(error, "%s: program header %u cannot be read: %s", image->path, i,
                             elf_errmsg(-1));
        }
        if (program_header.p_type == PT_INTERP) {
            return error_set(error,
                             "%s: program header %u asks for an interpreter (dynamic "
                             "linking); link with -static",
                             image->path, i);
        }
        if (program_header.p_type == PT_LOAD && program_header.p_memsz > 0 &&
            !add_part(image, i, &program_header, error)) {
            return false;
        }
    }
    if (image->part_count == 0) {
        return error_set(error, "%s: none of the %u program headers has anything to load",
                         image->path, header->e_phnum);
    }
    return check_overlaps(image, error);
}

static bool check_entry(const struct image *image, struct error *error)
{
    for (unsigned i = 0; i < image->part_count; i++) {
        const struct image_part *const part = &image->parts[i];

        if ((part->access & MMU_FLAG_EXECUTE) && image->entry >= part->vaddr &&
            image->entry - part->vaddr < part->memory_bytes) {
            return true;
        }
    }
    return error_set(error, "%s: the entry point 0x%x lies in no executable part", image->path,
                     image->entry);
}

/* picolibc's start-up code takes the stack pointer from the symbol __stack, which the linker
 * script sets. A file without symbols, or with damaged ones, simply has no such wish. */
static uint32_t find_stack_symbol(Elf *elf)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header;
        Elf_Data *data;

        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_SYMTAB ||
            header.sh_entsize != sizeof(Elf32_Sym) || (data = elf_getdata(section, NULL)) == NULL ||
            data->d_size > INT32_MAX) {
            continue;
        }
        for (int i = 0; i < (int)(data->d_size / sizeof(Elf32_Sym)); i++) {
            GElf_Sym symbol;
            const char *name;

            if (gelf_getsym(data, i, &symbol) != NULL && symbol.st_shndx != SHN_UNDEF &&
                (name = elf_strptr(elf, header.sh_link, symbol.st_name)) != NULL &&
                strcmp(name, "__stack") == 0) {
                return (uint32_t)symbol.st_value;
            }
        }
    }
    return 0;
}

static bool parse(struct image *image, Elf *elf, struct error *error)
{
    GElf_Ehdr header = {0};

    if (!read_header(image, elf, &header, error) || !check_header_table(image, &header, error)) {
        return false;
    }
    image->entry = (uint32_t)header.e_entry;
    if (!read_parts(image, elf, &header, error) || !check_entry(image, error)) {
        return false;
    }
    find_header_table(image, &header);
    image->stack_top = image->isa == GUEST_RV32 ? find_stack_symbol(elf) : 0;
    return true;
}

struct image *image_parse(const char *path, uint8_t *file, size_t file_bytes, struct error *error)
{
    struct image *const image = calloc(1, sizeof(*image));
    bool is_valid = false;

    if (image == NULL || (image->path = strdup(path)) == NULL) {
        error_set(error, "%s: out of memory", path);
        free(image);
        free(file);
        return NULL;
    }
    image->file = file;
    image->file_bytes = file_bytes;
    if (elf_version(EV_CURRENT) == EV_NONE) {
        error_set(error, "%s: libelf is too old: %s", path, elf_errmsg(-1));
    } else if (check_identification(image, error)) {
        Elf *const elf = elf_memory((char *)file, file_bytes);

        is_valid = parse(image, elf, error);
        elf_end(elf);
    }
    if (!is_valid) {
        image_free(image);
        return NULL;
    }
    return image;
}

uint64_t image_end(const struct image *image, uint8_t access)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < image->part_count; i++) {
        const struct image_part *const part = &image->parts[i];

        if ((part->access & access) == access) {
            end = part->vaddr + part->memory_bytes;
        }
    }
    return end;
}

void image_free(struct image *image)
{
    if (image != NULL) {
        free(image->path);
        free(image->file);
        free(image);
    }
}
