/* SPDX-License-Identifier: MIT */
/* Coverage of RTL: what is read of Verilator's files, how points add up, and that nothing damaged
 * is taken. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sink/rtl_coverage.h"

#define HEAD "# SystemC::Coverage-3\n"
/* A point of line `line` of /a.v, what it is, the lines that it runs, and its count. */
#define LINES(line, name, lines, count)                                                            \
    "C '\001f\002/a.v\001l\002" line "\001n\0025\001page\002v_line/a\001o\002" name                \
    "\001S\002" lines "\001h\002top.u_a' " count "\n"
#define BRANCH(line, name, lines, count)                                                           \
    "C '\001f\002/a.v\001l\002" line "\001n\0025\001page\002v_branch/a\001o\002" name lines        \
    "\001h\002top.u_a' " count "\n"
#define RUNS "\001S\002"
#define TOGGLE(line, name, count)                                                                  \
    "C '\001f\002/a.v\001l\002" line "\001n\0029\001page\002v_toggle/a\001o\002" name              \
    "\001h\002top.u_a' " count "\n"

/* --- fixtures --- */

static bool read_bytes(struct rtl_coverage *coverage, const void *bytes, size_t size, bool is_ended,
                       struct error *error)
{
    const int fd = memfd_create("coverage", MFD_CLOEXEC);
    bool is_read;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    error->text[0] = '\0';
    is_read = rtl_coverage_read(coverage, fd, "it.dat", is_ended, error);
    close(fd);
    return is_read;
}

static void read_good(struct rtl_coverage *coverage, const char *text)
{
    struct error error;

    if (!read_bytes(coverage, text, strlen(text), false, &error)) {
        fail_msg("%s", error.text);
    }
}

/* The file is refused with this message, and nothing is added. */
static void refuse_bytes(const void *bytes, size_t size, bool is_ended, const char *message)
{
    struct rtl_coverage coverage = {0};
    struct error error;

    read_good(&coverage, HEAD TOGGLE("3", "q", "7"));
    if (read_bytes(&coverage, bytes, size, is_ended, &error)) {
        fail_msg("taken: %.*s", (int)size, (const char *)bytes);
    }
    if (strstr(error.text, message) == NULL) {
        fail_msg("found `%s`, expected `%s`", error.text, message);
    }
    assert_int_equal(coverage.count, 1);
    assert_int_equal(coverage.points[0].count, 7);
    rtl_coverage_free(&coverage);
}

static void refuse(const char *text, const char *message)
{
    refuse_bytes(text, strlen(text), false, message);
}

/* The sources as a tracefile, malloc'ed. */
static char *lcov_of(const struct rtl_coverage *coverage)
{
    char path[] = "/tmp/segmmu-rtl-coverage-XXXXXX";
    const int fd = mkstemp(path);
    struct rtl_sources sources;
    struct error error;
    char *text = NULL;
    size_t size = 0;

    assert_true(fd >= 0);
    assert_true(rtl_sources_make(&sources, coverage));
    assert_true(rtl_sources_write_lcov(&sources, "unit", path, &error));
    rtl_sources_free(&sources);
    close(fd);
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    unlink(path);
    return text;
}

static void expect_lcov(const struct rtl_coverage *coverage, const char *expected)
{
    char *const found = lcov_of(coverage);

    assert_string_equal(found, expected);
    free(found);
}

/* --- reading --- */

static void points_become_lines_and_branches(void **state)
{
    struct rtl_coverage coverage = {0};

    (void)state;
    read_good(&coverage,
              HEAD LINES("10", "block", "10-12,14", "5") BRANCH("11", "if", RUNS "12", "0")
                  BRANCH("11", "else", "", "5") TOGGLE("3", "q[10]", "2") TOGGLE("3", "q[2]", "0"));
    /* A line has the lowest count of what runs in it; bits come in the order of their numbers. */
    expect_lcov(&coverage, "TN:unit\nSF:/a.v\n"
                           "BRDA:11,0,0,5\nBRDA:11,0,1,0\nBRDA:3,1,0,0\nBRDA:3,1,1,2\n"
                           "BRF:4\nBRH:2\n"
                           "DA:10,5\nDA:11,5\nDA:12,0\nDA:14,5\nLF:4\nLH:3\nend_of_record\n");
    rtl_coverage_free(&coverage);
}

static void files_add_up_in_any_order(void **state)
{
    static const char *const files[] = {
        HEAD LINES("10", "block", "10", "5") TOGGLE("3", "q", "1"),
        HEAD TOGGLE("3", "q", "2") LINES("20", "block", "20", "4"),
        HEAD LINES("10", "block", "10", "18446744073709551615"),
        HEAD,
    };
    const unsigned count = sizeof(files) / sizeof(files[0]);

    (void)state;
    for (unsigned first = 0; first < count; first++) {
        struct rtl_coverage coverage = {0};

        for (unsigned i = 0; i < count; i++) {
            read_good(&coverage, files[(first + i) % count]);
        }
        assert_int_equal(coverage.count, 3);
        expect_lcov(&coverage, "TN:unit\nSF:/a.v\nBRDA:3,1,0,3\nBRF:1\nBRH:1\n"
                               "DA:10,18446744073709551614\nDA:20,4\nLF:2\nLH:2\nend_of_record\n");
        rtl_coverage_free(&coverage);
    }
}

/* The same module with two sets of parameters. */
static void points_of_two_pages_are_one(void **state)
{
    struct rtl_coverage coverage = {0};

    (void)state;
    read_good(&coverage,
              HEAD "C '\001f\002/a.v\001l\0023\001page\002v_toggle/a__W4\001o\002q' 0\n"
                   "C '\001f\002/a.v\001l\0023\001page\002v_toggle/a__W8\001o\002q' 6\n");
    assert_int_equal(coverage.count, 1);
    assert_int_equal(coverage.points[0].count, 6);
    rtl_coverage_free(&coverage);
}

static void name_with_escapes_is_decoded(void **state)
{
    struct rtl_coverage coverage = {0};

    (void)state;
    read_good(&coverage, HEAD "C '\001f\002/it's %22%FFFFFFC3%FFFFFFA9%22.v\001l\0021\001page\002"
                              "v_toggle/a\001o\002q%25' 1\n");
    assert_string_equal(coverage.points[0].file, "/it's \"\303\251\".v");
    assert_string_equal(coverage.points[0].name, "q%");
    rtl_coverage_free(&coverage);
}

static void empty_coverage_is_read(void **state)
{
    struct rtl_coverage coverage = {0};

    (void)state;
    read_good(&coverage, HEAD);
    assert_int_equal(coverage.count, 0);
    expect_lcov(&coverage, "");
    rtl_coverage_free(&coverage);
}

static void end_is_asked_for_where_it_is_known(void **state)
{
    static const char text[] = HEAD TOGGLE("3", "q", "1") RTL_COVERAGE_END "\n";
    const size_t end = sizeof(text) - 1 - strlen(RTL_COVERAGE_END "\n");
    struct rtl_coverage coverage = {0};
    struct error error;

    (void)state;
    assert_true(read_bytes(&coverage, text, sizeof(text) - 1, true, &error));
    rtl_coverage_free(&coverage);
    refuse_bytes(text, end, true, "it.dat:3: damaged coverage: expected `# end`: it was cut off");
    /* A file of somebody's own testbench ends anywhere. */
    assert_true(read_bytes(&coverage, text, end, false, &error));
    rtl_coverage_free(&coverage);
}

/* --- what is damaged --- */

static void damaged_file_is_refused_with_its_line(void **state)
{
#define GOOD TOGGLE("3", "q", "1")
#define KEYS "\001f\002/a.v\001l\0023\001page\002v_line/a"
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "it.dat:1: damaged coverage: it is empty"},
        {"\n", "it.dat:1: damaged coverage: expected `# SystemC::Coverage-3`"},
        {"# SystemC::Coverage-2\n" GOOD, "it.dat:1: "},
        {GOOD, "it.dat:1: "},
        {"# SystemC::Coverage-3", "it.dat:1: damaged coverage: it ends in mid-line"},
        {HEAD GOOD "C '", "it.dat:3: damaged coverage: it ends in mid-line"},
        {HEAD "\n", "it.dat:2: damaged coverage: expected C 'POINT' COUNT"},
        {HEAD "C\n", "it.dat:2: damaged coverage: expected C 'POINT' COUNT"},
        {HEAD "C '\n", "it.dat:2: damaged coverage: expected C 'POINT' COUNT"},
        {HEAD "D '" KEYS "' 1\n", "expected C 'POINT' COUNT"},
        {HEAD "C '" KEYS "'\n", "expected a count"},
        {HEAD "C '" KEYS "' \n", "expected a count"},
        {HEAD "C '" KEYS "' -1\n", "expected a count"},
        {HEAD "C '" KEYS "' 1x\n", "expected a count"},
        {HEAD "C '" KEYS "' 18446744073709551616\n", "expected a count"},
        {HEAD "C '' 1\n", "expected keys and values"},
        {HEAD "C 'x' 1\n", "expected keys and values"},
        {HEAD "C '\001' 1\n", "found a key without a value"},
        {HEAD "C '" KEYS "\001o' 1\n", "found a key without a value"},
        {HEAD "C '" KEYS "\001\002x' 1\n", "found a key without a value"},
        {HEAD "C '" KEYS "\001f\002/b.v' 1\n", "found a key twice"},
        {HEAD "C '\001l\0023\001page\002v_line/a' 1\n", "expected the keys f, l and page"},
        {HEAD "C '\001f\002/a.v\001page\002v_line/a' 1\n", "expected the keys f, l and page"},
        {HEAD "C '\001f\002/a.v\001l\0023' 1\n", "expected the keys f, l and page"},
        {HEAD LINES("0", "if", "3", "1"), "expected numbers in l and n"},
        {HEAD LINES("x", "if", "3", "1"), "expected numbers in l and n"},
        {HEAD LINES("4194305", "if", "3", "1"), "expected numbers in l and n"},
        {HEAD "C '" KEYS "\001n\002-1' 1\n", "expected numbers in l and n"},
        {HEAD LINES("3", "if", "0", "1"), "expected line numbers, such as 18-20,23"},
        {HEAD LINES("3", "if", "4-3", "1"), "expected line numbers"},
        {HEAD LINES("3", "if", "3,", "1"), "expected line numbers"},
        {HEAD LINES("3", "if", "3-", "1"), "expected line numbers"},
        {HEAD LINES("3", "if", "1-4194305", "1"), "expected line numbers"},
        {HEAD LINES("3", "if",
                    "1-4194304,1-4194304,1-4194304,1-4194304,1-4194304,1-4194304,"
                    "1-4194304,1-4194304,7",
                    "1"),
         "its points run more lines than any RTL has"},
        {HEAD LINES("3", "%0A", "3", "1"), "expected names in f and o"},
        {HEAD LINES("3", "%2", "3", "1"), "expected names in f and o"},
        {HEAD LINES("3", "\033[2J", "3", "1"), "expected names in f and o"},
        {HEAD "C '\001f\002\001l\0023\001page\002v_line/a' 1\n", "expected names in f and o"},
        {HEAD GOOD TOGGLE("4", "q", "1") GOOD,
         "it.dat:4: damaged coverage: the same point as in line 2"},
        {HEAD RTL_COVERAGE_END "\n" GOOD,
         "it.dat:3: damaged coverage: found a line behind its end"},
    };
    static const char zero[] = HEAD "C '\0" KEYS "' 1\n";

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refuse(cases[i].text, cases[i].message);
    }
    refuse_bytes(zero, sizeof(zero) - 1, false, "it.dat:2: damaged coverage: found a byte 0");
}

/* Wherever a file that says its end is cut, it is refused; and a changed byte never does more harm
 * than another count or name. */
static void file_that_is_cut_or_changed_anywhere_does_no_harm(void **state)
{
    static const char text[] = HEAD LINES("10", "block", "10-12,14", "5") TOGGLE("3", "q[1]", "2")
        TOGGLE("3", "q[2]", "0") RTL_COVERAGE_END "\n";
    static const char bytes[] = {0, 1, 2, '\n', '\'', '0', '9', '-', ',', '%', ' ', (char)0xFF};
    char changed[sizeof(text)];
    unsigned refused = 0;

    (void)state;
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        refuse_bytes(text, size, true, "it.dat:");
    }
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (unsigned i = 0; i < sizeof(bytes); i++) {
            struct rtl_coverage coverage = {0};
            struct error error;

            memcpy(changed, text, sizeof(text));
            changed[at] = bytes[i];
            refused += !read_bytes(&coverage, changed, sizeof(text) - 1, true, &error);
            free(lcov_of(&coverage));
            rtl_coverage_free(&coverage);
        }
    }
    assert_true(refused > 100);
}

static void tracefile_that_cannot_be_written_leaves_the_old_one(void **state)
{
    const struct rtl_sources none = {0};
    struct error error;

    (void)state;
    assert_false(rtl_sources_write_lcov(&none, "unit", "/nowhere/it.info", &error));
    assert_non_null(strstr(error.text, "/nowhere/it.info: cannot be written: No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_become_lines_and_branches),
        cmocka_unit_test(files_add_up_in_any_order),
        cmocka_unit_test(points_of_two_pages_are_one),
        cmocka_unit_test(name_with_escapes_is_decoded),
        cmocka_unit_test(empty_coverage_is_read),
        cmocka_unit_test(end_is_asked_for_where_it_is_known),
        cmocka_unit_test(damaged_file_is_refused_with_its_line),
        cmocka_unit_test(file_that_is_cut_or_changed_anywhere_does_no_harm),
        cmocka_unit_test(tracefile_that_cannot_be_written_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
