/* SPDX-License-Identifier: MIT */
/* What is said of a DUT that cannot be built. */
#include "dut_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char plus_one[] = "assign answer = req_addr_i + 64'd1;";

/* Tests change it; cmocka leaves a failed one where it fails. */
static char *original_path;

static int restore_path(void **state)
{
    (void)state;
    return setenv("PATH", original_path, 1);
}

static void assert_says(const struct error *error, const char *text)
{
    if (!strstr(error->text, text))
        fail_msg("found \"%s\", expected %s", error->text, text);
    assert_null(strchr(error->text, '\n'));
}

static void assert_open_fails(const char *name, const char *body, const char *text)
{
    struct error error = {{0}};
    assert_null(dut_open(name, body, DUT_FAST, &error));
    assert_says(&error, text);
}

static void syntax_error_is_one_line_with_its_place_and_the_log(void **state)
{
    (void)state;
    struct error error = {{0}};
    assert_null(dut_open("broken", "assign answer = ;", DUT_FAST, &error));
    assert_says(&error, "broken.v:2:");
    assert_says(&error, "syntax error");
    char *log = strstr(error.text, "(log: ");
    assert_non_null(log);
    log += strlen("(log: ");
    log[strlen(log) - 1] = '\0';
    assert_int_equal(access(log, R_OK), 0);
}

static void missing_port_is_named(void **state)
{
    (void)state;
    const char *path = dut_write_file("portless.v", "module mmu #(parameter VA_W = 1, PA_W = 1, "
                                                    "SEG_BITS = 1, SELECT = 1, CONTEXTS = 1, "
                                                    "STAGES = 1) (input wire clk_i); endmodule\n");
    struct error error = {{0}};
    assert_null(dut_open_file(path, DUT_FAST, &error));
    assert_says(&error, "rst_i");
}

static void missing_module_is_named(void **state)
{
    (void)state;
    const char *path = dut_write_file("good.v", dut_module(plus_one));
    struct dut_source source = {
        .files = &path, .file_count = 1, .top = "nowhere", .config = {32, 32, 2, 0, 2, 2}};
    struct error error = {{0}};
    assert_null(dut_library_open(&source, DUT_FAST, &error));
    assert_says(&error, "nowhere");
    source.top = "mmu;";
    assert_null(dut_library_open(&source, DUT_FAST, &error));
    assert_says(&error, "mmu;: not the name of a Verilog module");
}

static void file_that_is_none_is_named(void **state)
{
    (void)state;
    const char *paths[] = {"/nowhere/mmu.v", dut_directory};
    static const char *const texts[] = {"/nowhere/mmu.v: No such file", "not a file"};
    for (unsigned i = 0; i < 2; i++) {
        struct error error = {{0}};
        assert_null(dut_open_file(paths[i], DUT_FAST, &error));
        assert_says(&error, texts[i]);
    }
}

static void missing_tools_are_named_with_their_package(void **state)
{
    (void)state;
    char tools[512], link[600];
    setenv("PATH", "/nowhere", 1);
    assert_open_fails("good", plus_one, "apt-get install verilator");

    snprintf(tools, sizeof tools, "%s/tools", dut_directory);
    snprintf(link, sizeof link, "%s/verilator_bin", tools);
    assert_int_equal(mkdir(tools, 0700), 0);
    assert_int_equal(symlink("/usr/bin/verilator_bin", link), 0);
    setenv("PATH", tools, 1);
    assert_open_fails("good", plus_one, "apt-get install g++");
}

static void cache_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    assert_open_fails("good", plus_one, "/dev/null/segmmu: cannot make this directory");
    setenv("XDG_CACHE_HOME", "/proc/1", 1);
    assert_open_fails("good", plus_one, "/proc/1/segmmu: cannot make this directory");
    setenv("XDG_CACHE_HOME", dut_directory, 1);
}

static void relative_cache_home_is_ignored(void **state)
{
    (void)state;
    char *home = strdup(getenv("HOME") ? getenv("HOME") : "");
    char expected[512];
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", "/dev/null", 1);
    snprintf(expected, sizeof expected, "/dev/null/.cache: cannot make this directory");
    assert_open_fails("good", plus_one, expected);
    unsetenv("HOME");
    assert_open_fails("good", plus_one, "neither XDG_CACHE_HOME nor HOME");
    setenv("HOME", home, 1);
    setenv("XDG_CACHE_HOME", dut_directory, 1);
    free(home);
}

int main(void)
{
    original_path = strdup(getenv("PATH"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax_error_is_one_line_with_its_place_and_the_log),
        cmocka_unit_test(missing_port_is_named),
        cmocka_unit_test(missing_module_is_named),
        cmocka_unit_test(file_that_is_none_is_named),
        cmocka_unit_test_teardown(missing_tools_are_named_with_their_package, restore_path),
        cmocka_unit_test(cache_that_cannot_be_made_is_named),
        cmocka_unit_test(relative_cache_home_is_ignored),
    };
    const int failed = cmocka_run_group_tests(tests, dut_fixture_begin, dut_fixture_end);
    free(original_path);
    return failed;
}
