/* SPDX-License-Identifier: MIT */
/* CSV of translate requests: what is read, and the place of every complaint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"
#include "source/csv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mmu_request defaults = {.priv = 1, .segment = 5};

struct result {
    enum csv_result last; /* CSV_END or CSV_ERROR */
    unsigned rows;
    struct mmu_request row[4]; /* the first of them */
    struct error error;
    char name[64]; /* of the file */
};

/* Reads all of a file that holds `length` bytes of `text`. */
static struct result read_all(const char *text, size_t length)
{
    struct result result = {.last = CSV_ERROR};
    const int file = memfd_create("csv", 0);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, length), length);
    snprintf(result.name, sizeof(result.name), "/proc/self/fd/%d", file);

    struct csv_reader *reader = csv_open(result.name, &defaults, &result.error);
    if (reader) {
        struct mmu_request request;
        while ((result.last = csv_next(reader, &request, &result.error)) == CSV_ROW) {
            if (result.rows < COUNT(result.row)) {
                result.row[result.rows] = request;
            }
            result.rows++;
        }
        csv_close(reader);
    }
    close(file);
    return result;
}

static void csv_columns_in_any_order_are_read(void **state)
{
    const char text[] = "segment,access,vaddr,priv,bytes\r\n"
                        "3,read,0x3c00,0,4\r\n"
                        "15,execute,18446744073709551615,1,31\n"
                        "0,write,15K,0,0"; /* no line end */
    const struct result result = read_all(text, strlen(text));
    (void)state;
    assert_int_equal(result.last, CSV_END);
    assert_int_equal(result.rows, 3);
    assert_int_equal(result.row[0].addr, 0x3C00);
    assert_int_equal(result.row[0].bytes, 4);
    assert_int_equal(result.row[0].access, MMU_ACCESS_READ);
    assert_int_equal(result.row[0].priv, 0);
    assert_int_equal(result.row[0].segment, 3);
    assert_int_equal(result.row[1].addr, UINT64_MAX);
    assert_int_equal(result.row[1].bytes, 31);
    assert_int_equal(result.row[1].access, MMU_ACCESS_EXECUTE);
    assert_int_equal(result.row[1].priv, 1);
    assert_int_equal(result.row[1].segment, 15);
    assert_int_equal(result.row[2].addr, 15360);
    assert_int_equal(result.row[2].bytes, 0);
    assert_int_equal(result.row[2].access, MMU_ACCESS_WRITE);
}

static void csv_absent_columns_keep_defaults(void **state)
{
    const char text[] = "\xEF\xBB\xBFvaddr,bytes,access\n1,2,read\n";
    const struct result result = read_all(text, strlen(text));
    (void)state;
    assert_int_equal(result.rows, 1);
    assert_int_equal(result.row[0].priv, defaults.priv);
    assert_int_equal(result.row[0].segment, defaults.segment);
}

static void csv_header_alone_has_no_rows(void **state)
{
    const struct result result = read_all("vaddr,bytes,access\n", 19);
    (void)state;
    assert_int_equal(result.last, CSV_END);
    assert_int_equal(result.rows, 0);
}

#define HEADER "vaddr,bytes,access,priv,segment\n"
#define GOOD "1,1,read,0,0\n"
#define ADDRESS "an address (decimal or 0x, then K, M, G or nothing)"

static const struct {
    const char *text;
    unsigned rows; /* before it */
    const char *complaint;
} refused[] = {
    {"", 0, "1: found an empty file, expected the header vaddr,bytes,access"},
    {"\n", 0, "1: header: found the column ``, expected vaddr, bytes, access, priv or segment"},
    {"vaddr,bytes\n", 0, "1: header: the column `access` is missing"},
    {"vaddr,bytes,access,vaddr\n", 0,
     "1: header: found the column `vaddr` again, expected it once"},
    {"vaddr,bytes,Access\n", 0,
     "1: header: found the column `Access`, expected vaddr, bytes, access, priv or segment"},
    {"vaddr,bytes,access,\n", 0,
     "1: header: found the column ``, expected vaddr, bytes, access, priv or segment"},
    {"\"vaddr\",bytes,access\n", 0, "1: header: found a quote, expected plain fields"},
    {HEADER GOOD "x,1,read,0,0\n", 1, "3: row 2: column vaddr: found `x`, expected " ADDRESS},
    {HEADER "18446744073709551616,1,read,0,0\n", 0,
     "2: row 1: column vaddr: found `18446744073709551616`, expected " ADDRESS},
    {HEADER GOOD GOOD "1,32,read,0,0\n", 2,
     "4: row 3: column bytes: found `32`, expected a number from 0 to 31"},
    {HEADER "1,1,READ,0,0\n", 0,
     "2: row 1: column access: found `READ`, expected read, write or execute"},
    {HEADER "1,1,read,2,0\n", 0, "2: row 1: column priv: found `2`, expected 0 or 1"},
    {HEADER "1,1,read,0,16\n", 0,
     "2: row 1: column segment: found `16`, expected a number from 0 to 15"},
    {HEADER "1,1,read,0\n", 0,
     "2: row 1: column segment: found the end of the row, expected a number from 0 to 15"},
    {HEADER "1,1,read,0,0,7\n", 0, "2: row 1: found more than 5 fields: `7`"},
    {HEADER GOOD "\n", 1, "3: row 2: column vaddr: found ``, expected " ADDRESS},
    {HEADER " 1,1,read,0,0\n", 0, "2: row 1: column vaddr: found ` 1`, expected " ADDRESS},
    {HEADER "1,1,read,0,0\r\r\n", 0,
     "2: row 1: column segment: found `0\\x0d`, expected a number from 0 to 15"},
    {HEADER "1,\"1\",read,0,0\n", 0, "2: row 1: found a quote, expected plain fields"},
};

static void csv_bad_file_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct result result = read_all(refused[i].text, strlen(refused[i].text));
        char expected[sizeof(result.error.text)];
        assert_int_equal(result.last, CSV_ERROR);
        snprintf(expected, sizeof(expected), "%s:%s", result.name, refused[i].complaint);
        assert_string_equal(result.error.text, expected);
        assert_int_equal(result.rows, refused[i].rows);
    }
}

static void csv_nul_byte_is_refused(void **state)
{
    static const char text[] = HEADER "1,1,re\0ad,0,0\n";
    const struct result result = read_all(text, sizeof(text) - 1);
    (void)state;
    assert_int_equal(result.last, CSV_ERROR);
    assert_non_null(strstr(result.error.text, ":2: row 1: found a NUL byte"));
}

/* A line of 4096 bytes is read, one of 4097 is not, with a line end behind it or none. */
static void csv_line_is_capped_at_4096_bytes(void **state)
{
    const size_t header_length = strlen(HEADER);
    (void)state;
    for (size_t length = 4095; length <= 4098; length++) {
        for (size_t line_end = 0; line_end <= 1; line_end++) {
            char text[5000] = HEADER;
            memset(text + header_length, '0', length);
            text[header_length + length] = '\n';
            const struct result result = read_all(text, header_length + length + line_end);
            const bool is_too_long = strstr(result.error.text, "longer than 4096 bytes") != NULL;
            assert_int_equal(result.last, CSV_ERROR);
            assert_int_equal(is_too_long, length > 4096);
        }
    }
}

/* Rows of every length straddle the end of the buffer at every place. */
static void csv_rows_survive_the_end_of_the_buffer(void **state)
{
    enum { ROWS = 40000 };
    struct random_source random = {.state = 4};
    char *text = malloc(strlen(HEADER) + (size_t)ROWS * 64);
    uint64_t *expected = malloc(ROWS * sizeof(*expected));
    char name[64];
    (void)state;
    assert_non_null(text);
    assert_non_null(expected);
    char *end = stpcpy(text, HEADER);
    for (unsigned i = 0; i < ROWS; i++) {
        expected[i] = random_next(&random) >> random_below(&random, 64);
        end += sprintf(end, "%llu,1,read,0,0%s", (unsigned long long)expected[i],
                       random_chance(&random, 1, 2) ? "\n" : "\r\n");
    }
    const int file = memfd_create("csv", 0);
    assert_int_equal(write(file, text, (size_t)(end - text)), end - text);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
    struct error error;
    struct mmu_request request;
    struct csv_reader *reader = csv_open(name, &defaults, &error);
    assert_non_null(reader);
    for (unsigned i = 0; i < ROWS; i++) {
        assert_int_equal(csv_next(reader, &request, &error), CSV_ROW);
        assert_int_equal(request.addr, expected[i]);
    }
    assert_int_equal(csv_next(reader, &request, &error), CSV_END);
    csv_close(reader);
    close(file);
    free(expected);
    free(text);
}

static void csv_file_that_cannot_be_read_is_named(void **state)
{
    struct error error;
    (void)state;
    assert_null(csv_open("/nonexistent.csv", &defaults, &error));
    assert_string_equal(error.text, "/nonexistent.csv: No such file or directory");
    assert_null(csv_open("/tmp", &defaults, &error));
    assert_string_equal(error.text, "/tmp: Is a directory");
}

static void csv_mutated_file_ends_well_or_in_one_line(void **state)
{
    static const char seed_text[] =
        HEADER "0x3c00,4,read,0,3\n15K,16,write,1,0\n7,1,execute,0,15\n";
    static const char spice[] = ",\n\r\"0123456789abcdefxKMG rwe\t\x01";
    struct random_source random = {.state = 5};
    unsigned ended = 0, failed = 0;
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        char text[sizeof(seed_text)];
        size_t length = sizeof(seed_text) - 1;
        memcpy(text, seed_text, sizeof(text));
        for (uint64_t edits = random_below(&random, 3); edits > 0; edits--) {
            text[random_below(&random, length)] = spice[random_below(&random, sizeof(spice))];
        }
        if (random_chance(&random, 1, 3)) {
            length = random_below(&random, length);
        }
        const struct result result = read_all(text, length);
        if (result.last == CSV_END) {
            ended++;
        } else {
            failed++;
            assert_null(strchr(result.error.text, '\n'));
            assert_int_equal(strncmp(result.error.text, result.name, strlen(result.name)), 0);
        }
    }
    assert_true(ended > 100 && failed > 100); /* both ways were taken */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_columns_in_any_order_are_read),
        cmocka_unit_test(csv_absent_columns_keep_defaults),
        cmocka_unit_test(csv_header_alone_has_no_rows),
        cmocka_unit_test(csv_bad_file_is_refused_with_its_place),
        cmocka_unit_test(csv_nul_byte_is_refused),
        cmocka_unit_test(csv_line_is_capped_at_4096_bytes),
        cmocka_unit_test(csv_rows_survive_the_end_of_the_buffer),
        cmocka_unit_test(csv_file_that_cannot_be_read_is_named),
        cmocka_unit_test(csv_mutated_file_ends_well_or_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
