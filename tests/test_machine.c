/* SPDX-License-Identifier: MIT */
/* Machine files: defaults, the exact place of every complaint, and printing as the inverse of
 * reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "machine/machine.h"
#include "segmmu/translate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MMU "mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: 2}\n"

static struct machine *parse(const char *text, struct error *error)
{
    return machine_parse(text, strlen(text), "m.yaml", error);
}

/* Padding apart. */
static void assert_machines_equal(const struct machine *a, const struct machine *b)
{
    assert_memory_equal(&a->mmu, &b->mmu, sizeof(a->mmu));
    assert_int_equal(a->cpu.issue, b->cpu.issue);
    assert_int_equal(a->cpu.gap, b->cpu.gap);
    assert_int_equal(a->memory.ram_bytes, b->memory.ram_bytes);
    assert_memory_equal(a->memory.busy, b->memory.busy, sizeof(a->memory.busy));
    assert_int_equal(a->abi, b->abi);
    assert_int_equal(a->segment_count, b->segment_count);
    for (unsigned i = 0; i < a->segment_count; i++) {
        const struct machine_segment *x = &a->segments[i], *y = &b->segments[i];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->segment, y->segment);
        assert_int_equal(x->context, y->context);
        assert_int_equal(x->reg.base, y->reg.base);
        assert_int_equal(x->reg.size, y->reg.size);
        assert_int_equal(x->reg.flags, y->reg.flags);
        assert_int_equal(x->max_size_bytes, y->max_size_bytes);
    }
}

static void assert_reads_back(const struct machine *machine)
{
    struct error error = {""};
    char *text = machine_print(machine);
    assert_non_null(text);
    struct machine *back = parse(text, &error);
    if (!back) {
        fail_msg("%s, of\n%s", error.text, text);
    }
    assert_machines_equal(machine, back);
    machine_free(back);
    free(text);
}

/* --- what is read --- */

static void machine_least_file_gets_defaults(void **state)
{
    struct error error = {""};
    struct machine *machine =
        parse("mmu: {kind: segment, address_bits: 32, physical_bits: 36}", &error);
    (void)state;
    assert_non_null(machine);
    assert_string_equal(machine->name, "m");
    assert_string_equal(machine->path, "m.yaml");
    assert_int_equal(machine->mmu.va_w, 32);
    assert_int_equal(machine->mmu.pa_w, 36);
    assert_int_equal(machine->mmu.seg_bits, 0);
    assert_int_equal(machine->mmu.select, MMU_SELECT_EXPLICIT);
    assert_int_equal(machine->mmu.contexts, 1);
    assert_int_equal(machine->mmu.stages, 2);
    assert_int_equal(machine->cpu.issue, MACHINE_ISSUE_BLOCKING);
    assert_int_equal(machine->cpu.gap, 0);
    assert_int_equal(machine->memory.ram_bytes, UINT64_C(4) << 30);
    assert_int_equal(machine->memory.busy[MMU_ACCESS_READ], 0);
    assert_int_equal(machine->abi, MACHINE_ABI_AUTO);
    assert_int_equal(machine->segment_count, 0);
    assert_reads_back(machine);
    machine_free(machine);
}

static void machine_ram_defaults_to_all_physical_memory(void **state)
{
    struct error error = {""};
    struct machine *machine = parse(MMU, &error);
    (void)state;
    assert_non_null(machine);
    assert_int_equal(machine->memory.ram_bytes, 1 << 16);
    machine_free(machine);
}

static void machine_ram_can_be_all_physical_memory(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {{"128G", UINT64_C(128) << 30}, {"262144G", UINT64_C(1) << 48}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];
        struct error error = {""};
        struct machine *machine;

        snprintf(text, sizeof(text),
                 "mmu: {kind: segment, address_bits: 32, physical_bits: 48}\nmemory: {ram: %s}\n",
                 cases[i].text);
        machine = parse(text, &error);
        assert_non_null(machine);
        assert_int_equal(machine->memory.ram_bytes, cases[i].bytes);
        assert_reads_back(machine);
        machine_free(machine);
    }
}

static void machine_every_key_is_read(void **state)
{
    struct error error = {""};
    struct machine *machine = parse(
        "mmu: {kind: segment, address_bits: 0x10, physical_bits: 20, segment_bits: 3,\n"
        "      select: named, contexts: 4, stages: 3}\n"
        "cpu: {issue: blocking, gap: 7}\n"
        "memory: {ram: 512K, fetch: 1, read: 2, write: 3}\n"
        "guest: {abi: linux}\n"
        "segments:\n"
        "- {segment: 7, context: 3, name: \"a \\\"b\\\"\", base: 0x100, size: 2K, max_size: 4K,\n"
        "   access: wx, grows: up, present: no}\n"
        "- {segment: 1, base: 512K, size: 64K, access: none, grows: down}\n"
        "- {segment: 2, base: 512K, size: 0, access: ''}\n",
        &error);
    (void)state;
    assert_string_equal(error.text, "");
    assert_non_null(machine);
    assert_int_equal(machine->mmu.va_w, 16);
    assert_int_equal(machine->mmu.select, MMU_SELECT_NAMED);
    assert_int_equal(machine->mmu.contexts, 4);
    assert_int_equal(machine->cpu.gap, 7);
    assert_int_equal(machine->memory.ram_bytes, 512 << 10);
    assert_int_equal(machine->memory.busy[MMU_ACCESS_EXECUTE], 1);
    assert_int_equal(machine->memory.busy[MMU_ACCESS_READ], 2);
    assert_int_equal(machine->memory.busy[MMU_ACCESS_WRITE], 3);
    assert_int_equal(machine->abi, MACHINE_ABI_LINUX);
    assert_int_equal(machine->segment_count, 3);
    assert_string_equal(machine->segments[0].name, "a \"b\"");
    assert_int_equal(machine->segments[0].context, 3);
    assert_int_equal(machine->segments[0].reg.flags, MMU_FLAG_WRITE | MMU_FLAG_EXECUTE);
    assert_int_equal(machine->segments[0].max_size_bytes, 4096);
    assert_string_equal(machine->segments[1].name, "segment 1");
    assert_int_equal(machine->segments[1].reg.flags, MMU_FLAG_PRESENT | MMU_FLAG_GROWS_DOWN);
    assert_int_equal(machine->segments[1].max_size_bytes, 64 << 10);
    assert_reads_back(machine);
    machine_free(machine);
}

static void machine_shipped_files_are_read_and_read_back(void **state)
{
    static const struct {
        const char *name;
        struct mmu_config mmu;
    } cases[] = {
        /* the specification's table of named configurations */
        {"basebounds", {32, 32, 0, MMU_SELECT_EXPLICIT, 1, 1}},
        {"ostep15", {14, 16, 0, MMU_SELECT_EXPLICIT, 1, 2}},
        {"ostep16", {14, 16, 2, MMU_SELECT_EXPLICIT, 1, 2}},
        {"onebit", {16, 20, 1, MMU_SELECT_EXPLICIT, 1, 2}},
        {"seg4", {32, 32, 2, MMU_SELECT_EXPLICIT, 2, 2}},
        {"seg16", {32, 36, 4, MMU_SELECT_EXPLICIT, 1, 3}},
        {"named", {32, 32, 2, MMU_SELECT_NAMED, 1, 2}},
        {"wide", {48, 48, 2, MMU_SELECT_EXPLICIT, 16, 3}},
        {"linux-i386", {32, 32, 2, MMU_SELECT_EXPLICIT, 1, 2}},
        {"rv32", {32, 32, 2, MMU_SELECT_EXPLICIT, 1, 2}},
        {"ostep512", {20, 19, 2, MMU_SELECT_EXPLICIT, 1, 2}},
        {"ostep512bb", {16, 19, 0, MMU_SELECT_EXPLICIT, 1, 2}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error = {""};
        struct machine *machine = machine_load(cases[i].name, &error);
        if (!machine) {
            fail_msg("%s", error.text);
        }
        assert_string_equal(machine->name, cases[i].name);
        assert_memory_equal(&machine->mmu, &cases[i].mmu, sizeof(machine->mmu));
        assert_reads_back(machine);
        machine_free(machine);
    }
}

/* --- what is refused, and where --- */

#define KEYS "expected one of mmu, cpu, memory, guest, segments"
#define NUMBER_HINT " (decimal or 0x, then K, M, G or nothing)"

static const struct {
    const char *text;
    const char *complaint;
} refused[] = {
    /* structure */
    {"", "1:1: found an empty file, expected a mapping (key: value)"},
    {"# only a comment\n", "2:1: found an empty file, expected a mapping (key: value)"},
    {"- mmu\n", "1:1: the file: found a list, expected a mapping (key: value)"},
    {"mmu\n", "1:1: the file: found a single value, expected a mapping (key: value)"},
    {"cpu: {gap: 1}\n", "1:1: the file: the key `mmu` is missing"},
    {MMU "cpo: {gap: 1}\n", "2:1: the file: found the unknown key `cpo`, " KEYS},
    {MMU "cpu: {gap: 1, gup: 2}\n",
     "2:15: cpu: found the unknown key `gup`, expected one of issue, gap"},
    {MMU "cpu: {gap: 1}\nmemory: {ram: 1K}\ncpu: {gap: 1}\n",
     "4:1: the file: found the key `cpu` again, expected it once (first in line 2)"},
    {"mmu:\n  kind: segment\n  address_bits: 14\n  kind: segment\n",
     "4:3: mmu: found the key `kind` again, expected it once (first in line 2)"},
    {"mmu:\n  kind: segment\n  address_bits: 14\n", "2:3: mmu: the key `physical_bits` is missing"},
    {"mmu: 3\n", "1:6: mmu: found a single value, expected a mapping (key: value)"},
    {MMU "cpu:\n", "2:5: cpu: found nothing, expected a mapping (key: value)"},
    {MMU "cpu: {gap: [1]}\n", "2:12: cpu.gap: found a list, expected a single value"},
    {MMU "segments: {segment: 1}\n",
     "2:11: segments: found a mapping (key: value), expected a list"},
    {MMU "segments:\n  - 3\n",
     "3:5: segments[0]: found a single value, expected a mapping (key: value)"},
    {MMU "segments:\n  - {segment: 1, base: 0, access: r}\n",
     "3:5: segments[0]: the key `size` is missing"},
    {MMU "? [a]\n: b\n", "2:3: the file: found a list as a key, " KEYS},
    /* YAML that machine files keep out */
    {"mmu: {kind: &k segment, address_bits: 14, physical_bits: 16}\n",
     "1:13: found the anchor &k, expected a value"},
    {MMU "guest: {abi: *k}\n", "2:14: found the alias *k, expected a value"},
    {MMU "guest: {abi: !!str auto}\n",
     "2:14: found the tag tag:yaml.org,2002:str, expected a value"},
    {MMU "<<: {gap: 1}\n", "2:1: the file: found the unknown key `<<`, " KEYS},
    {MMU "---\n" MMU, "2:1: found a second document, expected the end of the file"},
    {MMU "segments:\n  - {segment: 0, name: \"a\\0b\", base: 0, size: 1, access: r}\n",
     "3:24: found a NUL character in a value"},
    {MMU "cpu: {gap: 1\n", "3:1: not YAML: did not find expected ',' or '}'"},
    {MMU "\tcpu: {gap: 1}\n", "2:1: not YAML: found character that cannot start any token"},
    {MMU "guest: {abi: \x01}\n",
     "2:14: control characters are not allowed, expected YAML in UTF-8"},
    {MMU "# \xC3\xA4\xC3\xA4 \xFF\n", "2:6: invalid leading UTF-8 octet, expected YAML in UTF-8"},
    /* numbers and words */
    {"mmu: {kind: x86, address_bits: 14, physical_bits: 16}\n",
     "1:13: mmu.kind: found `x86`, expected segment"},
    {"mmu: {kind: segment, address_bits: 5, physical_bits: 16}\n",
     "1:36: mmu.address_bits: found 5, expected a number from 6 to 48"},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 49}\n",
     "1:55: mmu.physical_bits: found 49, expected a number from 6 to 48"},
    {"mmu:\n  kind: segment\n  address_bits: 014\n  physical_bits: 16\n",
     "3:17: mmu.address_bits: found `014`, expected a number from 6 to 48" NUMBER_HINT},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: 5}\n",
     "1:73: mmu.segment_bits: found 5, expected a number from 0 to 4"},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 16, select: implicit}\n",
     "1:67: mmu.select: found `implicit`, expected explicit or named"},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 16, contexts: 0}\n",
     "1:69: mmu.contexts: found 0, expected a number from 1 to 16"},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 16, stages: 4}\n",
     "1:67: mmu.stages: found 4, expected a number from 1 to 3"},
    {"mmu: {kind: segment, address_bits: 14, physical_bits: 16, stages: 258}\n",
     "1:67: mmu.stages: found 258, expected a number from 1 to 3"},
    {MMU "cpu: {issue: fast}\n", "2:14: cpu.issue: found `fast`, expected blocking or pipelined"},
    {MMU "cpu: {issue: pipelined, gap: 1}\n",
     "2:30: cpu.gap: found 1, expected 0 or none: a pipelined CPU has no gap"},
    {MMU "cpu: {gap: 64K}\n", "2:12: cpu.gap: found 64K, expected a number from 0 to 65535"},
    {MMU "memory: {ram: 0}\n", "2:15: memory.ram: found 0, expected a number from 1 to 64K"},
    {MMU "memory: {ram: 65K}\n", "2:15: memory.ram: found 65K, expected a number from 1 to 64K"},
    {MMU "memory: {ram: }\n",
     "2:15: memory.ram: found ``, expected a number from 1 to 64K" NUMBER_HINT},
    {MMU "memory: {read: -1}\n",
     "2:16: memory.read: found `-1`, expected a number from 0 to 65535" NUMBER_HINT},
    {MMU "guest: {abi: windows}\n",
     "2:14: guest.abi: found `windows`, expected auto or semihosting or linux"},
    /* segments */
    {MMU "segments:\n  - {segment: 4, base: 0, size: 1, access: r}\n",
     "3:15: segments[0].segment: found 4, expected a number from 0 to 3"},
    {MMU "segments:\n  - {segment: 0, context: 1, base: 0, size: 1, access: r}\n",
     "3:27: segments[0].context: found 1, expected a number from 0 to 0"},
    {MMU "segments:\n- {segment: 1, base: 0, size: 1, access: r}\n"
         "- {segment: 1, base: 9, size: 1, access: r}\n",
     "4:13: segments[1].segment: found segment 1 of context 0 again, expected it once "
     "(it is segments[0] too)"},
    {MMU "segments:\n- segment: 1\n  base: 65K\n  size: 1\n  access: r\n",
     "4:9: segments[0].base: found 65K, expected a number from 0 to 64K"},
    {MMU "segments: [{segment: 1, base: 0, size: 4097, access: r}]\n",
     "2:40: segments[0].size: found 4097, expected a number from 0 to 4K"},
    {MMU "segments: [{segment: 1, base: 0, size: 4K, max_size: 2K, access: r}]\n",
     "2:54: segments[0].max_size: found 2K, expected a number from 4K to 4K"},
    {MMU "segments: [{segment: 1, base: 0, size: 1, access: rr}]\n",
     "2:51: segments[0].access: found `rr`, expected letters of r, w and x, none twice, "
     "or `none`"},
    {MMU "segments: [{segment: 1, base: 0, size: 1, access: rwz}]\n",
     "2:51: segments[0].access: found `rwz`, expected letters of r, w and x, none twice, "
     "or `none`"},
    {MMU "segments: [{segment: 1, base: 0, size: 1, access: r, grows: sideways}]\n",
     "2:61: segments[0].grows: found `sideways`, expected up or down"},
    {MMU "segments: [{segment: 1, base: 0, size: 1, access: r, present: 1}]\n",
     "2:63: segments[0].present: found `1`, expected yes or no"},
    {MMU "segments: [{segment: 1, name: '', base: 0, size: 1, access: r}]\n",
     "2:31: segments[0].name: found ``, expected 1 to 31 printable ASCII characters"},
    {MMU "segments: [{segment: 1, name: \"a\\nb\", base: 0, size: 1, access: r}]\n",
     "2:31: segments[0].name: found `a\\x0ab`, expected 1 to 31 printable ASCII characters"},
    /* beyond ram, at each end */
    {MMU "memory: {ram: 36K}\nsegments: [{segment: 1, base: 34K, size: 3K, access: r}]\n",
     "3:42: segments[0].size: found 3K from base 34K on, which ends at 37K; the ram ends at 36K"},
    {MMU "memory: {ram: 32K}\nsegments: [{segment: 1, base: 34K, size: 3K, access: r}]\n",
     "3:31: segments[0].base: found 34K, expected at most 32K, the ram's size"},
    {MMU "segments: [{segment: 1, base: 65535, size: 2, access: r}]\n",
     "2:44: segments[0].size: found 2 from base 65535 on, which ends at 65537; "
     "the ram ends at 64K"},
    {MMU "segments: [{segment: 3, base: 1K, size: 2K, access: r, grows: down}]\n",
     "2:41: segments[0].size: found 2K below base 1K, expected it to end in the ram: "
     "growing down it holds [base - size, base)"},
};

static void machine_bad_file_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct error error = {""};
        char expected[sizeof(error.text)];
        struct machine *machine = parse(refused[i].text, &error);
        if (machine) {
            fail_msg("was taken:\n%s", refused[i].text);
        }
        snprintf(expected, sizeof(expected), "m.yaml:%s", refused[i].complaint);
        assert_string_equal(error.text, expected);
    }
}

/* The twins of the refusals at an edge: one byte less is taken. */
static void machine_segment_that_just_fits_is_taken(void **state)
{
    static const char *const cases[] = {
        MMU "segments: [{segment: 1, base: 65535, size: 1, access: r}]\n",
        MMU "segments: [{segment: 1, base: 64K, size: 0, access: r}]\n",
        MMU "segments: [{segment: 3, base: 2K, size: 2K, access: r, grows: down}]\n",
        MMU "segments: [{segment: 3, base: 64K, size: 4K, access: r, grows: down}]\n",
        MMU "segments: [{segment: 0, base: 0, size: 4K, max_size: 4K, access: rwx}]\n",
        MMU "segments:\n- {segment: 0, base: 0, size: 1K, access: rx}\n"
            "- {segment: 1, base: 0, size: 1K, access: rx}\n", /* shared memory */
        MMU "cpu: {issue: pipelined, gap: 0}\n",
        "\xEF\xBB\xBF" MMU,
        "%YAML 1.1\n---\n" MMU "...\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error = {""};
        struct machine *machine = parse(cases[i], &error);
        if (!machine) {
            fail_msg("%s, of\n%s", error.text, cases[i]);
        }
        assert_reads_back(machine);
        machine_free(machine);
    }
}

static void machine_file_that_cannot_be_read_is_named(void **state)
{
    static const struct {
        const char *path;
        const char *complaint;
    } cases[] = {
        {"/nonexistent/m.yaml", "/nonexistent/m.yaml: No such file or directory"},
        {"/tmp/", "/tmp/: found a directory, expected a machine file"},
        {"/dev/zero", "/dev/zero: found more than 1 MiB, expected a machine file"},
        {"/dev/null", "/dev/null:1:1: found an empty file, expected a mapping (key: value)"},
        {"nonesuch", "no machine is named `nonesuch`: expected a name that `segmmu machines` "
                     "lists, or a path (with a slash, or ending in .yaml)"},
        {"", "no machine is named ``: expected a name that `segmmu machines` lists, or a path "
             "(with a slash, or ending in .yaml)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error = {""};
        assert_null(machine_load(cases[i].path, &error));
        assert_string_equal(error.text, cases[i].complaint);
    }
}

/* --- anything at all --- */

enum { FUZZ_BYTES = 2048 };

static size_t mutate(struct random_source *random, const char *seed_text, char *text)
{
    static const char spice[] = "{}[]:,-&*!|>'\"%@`?#\n\t 0123456789KMGx~\\\xEF\xBB\xBF\x01";
    size_t length = strlen(seed_text);
    memcpy(text, seed_text, length);
    const unsigned edits = 1 + (unsigned)random_below(random, 6);
    for (unsigned i = 0; i < edits && length > 0; i++) {
        const size_t at = random_below(random, length);
        switch (random_below(random, 5)) {
        case 0: /* replace */
            text[at] = spice[random_below(random, sizeof(spice))];
            break;
        case 1: /* any byte */
            text[at] = (char)random_next(random);
            break;
        case 2: /* cut off */
            length = at;
            break;
        case 3: /* leave out */
            memmove(text + at, text + at + 1, --length - at);
            break;
        default: { /* repeat a piece */
            const size_t piece = random_below(random, length - at) + 1;
            if (length + piece <= FUZZ_BYTES) {
                memmove(text + at + piece, text + at, length - at);
                length += piece;
            }
        }
        }
    }
    return length;
}

static void machine_mutated_file_is_read_back_or_refused_in_one_line(void **state)
{
    static const char seed_text[] =
        "mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: 2}\n"
        "cpu: {issue: blocking, gap: 3}\n"
        "memory: {ram: 64K, fetch: 1, read: 2, write: 3}\n"
        "guest: {abi: auto}\n"
        "segments:\n"
        "  - {segment: 0, name: code,  base: 32K, size: 2K, access: rx}\n"
        "  - {segment: 1, name: heap,  base: 34K, size: 3K, access: rw, max_size: 4K}\n"
        "  - {segment: 3, name: 'a b', base: 28K, size: 2K, access: rw, grows: down}\n";
    struct random_source random = {.state = 2};
    char text[FUZZ_BYTES];
    unsigned taken = 0;
    const unsigned rounds = 20000;
    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        struct error error = {""};
        const size_t length = mutate(&random, seed_text, text);
        struct machine *machine = machine_parse(text, length, "f.yaml", &error);
        if (machine) {
            taken++;
            assert_reads_back(machine);
            machine_free(machine);
            continue;
        }
        unsigned line = 0, column = 0;
        assert_int_equal(sscanf(error.text, "f.yaml:%u:%u: ", &line, &column), 2);
        assert_true(line >= 1 && column >= 1);
        assert_null(strchr(error.text, '\n'));
    }
    assert_in_range(taken, 100, rounds - 100); /* both ways were taken */
}

static void machine_random_bytes_are_refused(void **state)
{
    struct random_source random = {.state = 3};
    char text[FUZZ_BYTES];
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        struct error error = {""};
        const size_t length = random_below(&random, 200);
        for (size_t at = 0; at < length; at++) {
            text[at] = (char)random_next(&random);
        }
        assert_null(machine_parse(text, length, "f.yaml", &error));
        assert_string_not_equal(error.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine_least_file_gets_defaults),
        cmocka_unit_test(machine_ram_defaults_to_all_physical_memory),
        cmocka_unit_test(machine_ram_can_be_all_physical_memory),
        cmocka_unit_test(machine_every_key_is_read),
        cmocka_unit_test(machine_shipped_files_are_read_and_read_back),
        cmocka_unit_test(machine_bad_file_is_refused_with_its_place),
        cmocka_unit_test(machine_segment_that_just_fits_is_taken),
        cmocka_unit_test(machine_file_that_cannot_be_read_is_named),
        cmocka_unit_test(machine_mutated_file_is_read_back_or_refused_in_one_line),
        cmocka_unit_test(machine_random_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
