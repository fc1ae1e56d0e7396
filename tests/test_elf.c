/* SPDX-License-Identifier: MIT */
/* The loader: what a good file gives, and that every kind of damage is refused with a line that
 * names the place. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "os/elf.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A small good program: header, two program headers, code of 64 bytes, data of 32. */
struct program {
    Elf32_Ehdr header;
    Elf32_Phdr parts[3];
    uint8_t code[64];
    uint8_t data[32];
};

enum { CODE_VADDR = 0x1000, DATA_VADDR = 0x2000, DATA_MEMORY = 0x100 };

static struct program good_program(void)
{
    struct program program = {
        .header =
            {
                .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
                            EV_CURRENT},
                .e_type = ET_EXEC,
                .e_machine = EM_RISCV,
                .e_version = EV_CURRENT,
                .e_entry = CODE_VADDR + 4,
                .e_phoff = offsetof(struct program, parts),
                .e_ehsize = sizeof(Elf32_Ehdr),
                .e_phentsize = sizeof(Elf32_Phdr),
                .e_phnum = 3,
            },
        /* Out of order, so that sorting shows. */
        .parts =
            {
                {PT_LOAD, offsetof(struct program, data), DATA_VADDR, DATA_VADDR, 32, DATA_MEMORY,
                 PF_R | PF_W, 4},
                {PT_LOAD, offsetof(struct program, code), CODE_VADDR, CODE_VADDR, 64, 64,
                 PF_R | PF_X, 4},
                {PT_GNU_STACK, 0, 0, 0, 0, 0, PF_R | PF_W, 16},
            },
    };

    memset(program.code, 0xC0, sizeof(program.code));
    memset(program.data, 0xDA, sizeof(program.data));
    return program;
}

/* Parses the first `bytes` of a program. */
static struct image *parse_bytes(const void *program, size_t bytes, struct error *error)
{
    uint8_t *const copy = malloc(bytes + 1);

    assert_non_null(copy);
    memcpy(copy, program, bytes);
    error->text[0] = '\0';
    return image_parse("guest.elf", copy, bytes, error);
}

static struct image *parse(const struct program *program, struct error *error)
{
    return parse_bytes(program, sizeof(*program), error);
}

static void good_program_is_read(void **state)
{
    const struct program program = good_program();
    struct error error;
    struct image *const image = parse(&program, &error);

    (void)state;
    assert_non_null(image);
    assert_int_equal(image->isa, GUEST_RV32);
    assert_int_equal(image->entry, CODE_VADDR + 4);
    assert_int_equal(image->part_count, 2);
    assert_int_equal(image->parts[0].vaddr, CODE_VADDR);
    assert_int_equal(image->parts[0].access, MMU_FLAG_READ | MMU_FLAG_EXECUTE);
    assert_int_equal(image->parts[0].bytes[63], 0xC0);
    assert_int_equal(image->parts[1].vaddr, DATA_VADDR);
    assert_int_equal(image->parts[1].access, MMU_FLAG_READ | MMU_FLAG_WRITE);
    assert_int_equal(image->parts[1].memory_bytes, DATA_MEMORY);
    assert_int_equal(image->parts[1].file_bytes, 32);
    assert_int_equal(image_end(image, MMU_FLAG_EXECUTE), CODE_VADDR + 64);
    assert_int_equal(image_end(image, 0), DATA_VADDR + DATA_MEMORY);
    assert_int_equal(image->phdr_vaddr, 0);
    assert_int_equal(image->stack_top, 0);
    image_free(image);
}

static void header_table_inside_a_part_has_an_address(void **state)
{
    struct program program = good_program();
    struct error error;
    struct image *image;

    (void)state;
    program.parts[1].p_offset = 0;
    program.parts[1].p_filesz = program.parts[1].p_memsz = offsetof(struct program, data);
    image = parse(&program, &error);
    assert_non_null(image);
    assert_int_equal(image->phdr_vaddr, CODE_VADDR + offsetof(struct program, parts));
    assert_int_equal(image->phdr_count, 3);
    image_free(image);
}

static void set_class(struct program *program)
{
    program->header.e_ident[EI_CLASS] = ELFCLASS64;
}
static void set_big_endian(struct program *program)
{
    program->header.e_ident[EI_DATA] = ELFDATA2MSB;
}
static void set_magic(struct program *program)
{
    program->header.e_ident[1] = 'F';
}
static void set_machine(struct program *program)
{
    program->header.e_machine = EM_X86_64;
}
static void set_shared(struct program *program)
{
    program->header.e_type = ET_DYN;
}
static void set_object(struct program *program)
{
    program->header.e_type = ET_REL;
}
static void set_no_headers(struct program *program)
{
    program->header.e_phnum = 0;
}
static void set_headers_beyond(struct program *program)
{
    program->header.e_phoff = sizeof(struct program) - 8;
}
static void set_headers_wrap(struct program *program)
{
    program->header.e_phoff = UINT32_MAX - 8;
}
static void set_header_size(struct program *program)
{
    program->header.e_phentsize = 24;
}
static void set_entry(struct program *program)
{
    program->header.e_entry = DATA_VADDR;
}
static void set_interpreter(struct program *program)
{
    program->parts[2].p_type = PT_INTERP;
}
static void set_nothing_to_load(struct program *program)
{
    program->parts[0].p_type = program->parts[1].p_type = PT_NOTE;
}
static void set_overlap(struct program *program)
{
    program->parts[0].p_vaddr = CODE_VADDR + 63;
}
static void set_wrap(struct program *program)
{
    program->parts[0].p_vaddr = UINT32_MAX - DATA_MEMORY + 2;
}
static void set_more_in_file(struct program *program)
{
    program->parts[0].p_memsz = 31;
}
static void set_bytes_beyond(struct program *program)
{
    program->parts[0].p_offset = sizeof(struct program) - 31;
}
static void set_offset_wraps(struct program *program)
{
    program->parts[0].p_offset = UINT32_MAX;
}
static void set_huge_memory(struct program *program)
{
    program->parts[0].p_memsz = UINT32_MAX;
}

static void each_damage_is_refused_by_name(void **state)
{
    static const struct {
        void (*damage)(struct program *program);
        const char *message;
    } cases[] = {
        {set_class, "ELF class 2 (64-bit); expected 1"},
        {set_big_endian, "data encoding 2; expected 1"},
        {set_magic, "offset 0: no ELF file"},
        {set_machine, "ELF machine 62; expected 243 (RISC-V) or 3 (i386)"},
        {set_shared, "ELF type 3 (shared object or position-independent); expected 2"},
        {set_object, "ELF type 1 (object file); expected 2"},
        {set_no_headers, "0 program headers"},
        {set_headers_beyond, "lie beyond the file"},
        {set_headers_wrap, "lie beyond the file"},
        {set_header_size, "program headers of 24 bytes; expected 32"},
        {set_entry, "entry point 0x2000 lies in no executable part"},
        {set_interpreter, "program header 2 asks for an interpreter"},
        {set_nothing_to_load, "none of the 3 program headers has anything to load"},
        {set_overlap, "program headers 1 (0x1000..0x1040) and 0 (0x103f..0x113f) overlap"},
        {set_wrap, "program header 0: 0x100 bytes at 0xffffff01 wrap around"},
        {set_more_in_file, "program header 0: 0x20 bytes in the file but 0x1f in memory"},
        {set_bytes_beyond, "program header 0: its bytes at 0xd5+0x20 lie beyond the file"},
        {set_offset_wraps, "program header 0: its bytes at 0xffffffff+0x20 lie beyond the file"},
        {set_huge_memory, "program header 0: 0xffffffff bytes at 0x2000 wrap around"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct program program = good_program();
        struct error error;

        cases[i].damage(&program);
        assert_null(parse(&program, &error));
        if (strstr(error.text, cases[i].message) == NULL ||
            strncmp(error.text, "guest.elf: ", 11) != 0) {
            fail_msg("found \"%s\", expected \"%s\"", error.text, cases[i].message);
        }
    }
}

static void part_up_to_the_last_address_is_read(void **state)
{
    struct program program = good_program();
    struct error error;
    struct image *image;

    (void)state;
    program.parts[0].p_vaddr = UINT32_MAX - DATA_MEMORY + 1;
    image = parse(&program, &error);
    assert_non_null(image);
    assert_true(image_end(image, 0) == UINT64_C(1) << 32);
    image_free(image);
}

static void every_truncation_is_refused(void **state)
{
    const struct program program = good_program();
    struct error error;

    (void)state;
    for (size_t bytes = 0; bytes < sizeof(program); bytes++) {
        assert_null(parse_bytes(&program, bytes, &error));
        assert_true(strlen(error.text) > 0);
    }
}

/* Nothing is said of the outcome but that it is one: a sound image, or a message. */
static void random_damage_is_survived(void **state)
{
    struct random_source random = {1};

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct program program = good_program();
        const unsigned count = 1 + (unsigned)random_below(&random, 4);
        struct error error;
        struct image *image;

        for (unsigned k = 0; k < count; k++) {
            ((uint8_t *)&program)[random_below(&random, offsetof(struct program, code))] =
                (uint8_t)random_next(&random);
        }
        image = parse(&program, &error);
        if (image == NULL) {
            assert_true(strncmp(error.text, "guest.elf: ", 11) == 0);
            continue;
        }
        for (unsigned k = 0; k < image->part_count; k++) {
            const struct image_part *const part = &image->parts[k];

            assert_true(part->bytes >= image->file);
            assert_true(part->bytes + part->file_bytes <= image->file + image->file_bytes);
            assert_true(part->file_bytes <= part->memory_bytes);
            assert_true(part->vaddr + part->memory_bytes <= UINT64_C(1) << 32);
            assert_true(k == 0 || part[-1].vaddr + part[-1].memory_bytes <= part->vaddr);
        }
        image_free(image);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    static const struct {
        const char *name;
        const char *message;
    } cases[] = {
        {"missing", "No such file"},
        {"directory", "is a directory; expected a program"},
        {"fifo", "is a fifo; expected a program"},
        {"empty", "the file is empty"},
    };
    char directory[] = "/tmp/test_elf.XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/directory", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/fifo", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/empty", directory);
    fclose(fopen(path, "w"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error = {""};

        snprintf(path, sizeof(path), "%s/%s", directory, cases[i].name);
        assert_null(image_load(path, &error));
        assert_non_null(strstr(error.text, path));
        assert_non_null(strstr(error.text, cases[i].message));
        if (strcmp(cases[i].name, "missing") != 0) {
            assert_int_equal(remove(path), 0);
        }
    }
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_program_is_read),
        cmocka_unit_test(header_table_inside_a_part_has_an_address),
        cmocka_unit_test(each_damage_is_refused_by_name),
        cmocka_unit_test(part_up_to_the_last_address_is_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(random_damage_is_survived),
        cmocka_unit_test(what_is_no_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
