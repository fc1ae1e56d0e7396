/* SPDX-License-Identifier: MIT */
/* The cache of builds: what is found again, what is built anew, and several processes at once. */
#include "dut_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lockstep/dut_cache.h"
#include "lockstep/dut_digest.h"
#include "lockstep/dut_strings.h"

static const char plus_one[] = "assign answer = req_addr_i + 64'd1;";
static const char plus_two[] = "assign answer = req_addr_i + 64'd2;";

/* What the DUT adds to an address. */
static uint64_t addend(const struct dut_library *library)
{
    const struct mmu_in reset = {.rst = 1};
    const struct dut_start start = {.random_seed = 1};
    struct mmu_out out;
    void *dut = library->interface->start(&start);
    assert_non_null(dut);
    library->interface->cycle(dut, &reset, &out);
    const uint64_t sum = dut_ask(library->interface, dut, 100);
    library->interface->stop(dut);
    return sum - 100;
}

static void assert_adds(const char *name, const char *body, uint64_t expected)
{
    struct dut_library *library = dut_open_good(name, body, DUT_FAST);
    assert_int_equal(addend(library), expected);
    dut_library_close(library);
}

/* The path of the shared object; malloc'ed. */
static char *built_path(const char *name, const char *body)
{
    struct dut_library *library = dut_open_good(name, body, DUT_FAST);
    char *path = strdup(library->path);
    dut_library_close(library);
    return path;
}

/* Tests change it; cmocka leaves a failed one where it fails. */
static char *original_path;

static int restore_path(void **state)
{
    (void)state;
    return setenv("PATH", original_path, 1);
}

static char *in_directory_of(const char *path, const char *name)
{
    return string_format("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
}

/* --- the digest (FIPS 180-4; examples of NIST) --- */

static void assert_digest(const char *message, unsigned times, const char *expected)
{
    struct digest digest;
    char text[DIGEST_TEXT_SIZE];
    digest_begin(&digest);
    for (unsigned i = 0; i < times; i++)
        digest_add(&digest, message, strlen(message));
    digest_end(&digest, text);
    assert_string_equal(text, expected);
}

static void digest_of_the_standards_examples_matches(void **state)
{
    (void)state;
    assert_digest("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_digest("aaaaaaaaaa", 100000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* --- what is found again --- */

static void same_content_is_found_again(void **state)
{
    (void)state;
    char *first = built_path("same", plus_one), *again = built_path("same", plus_one);
    struct stat before, after;
    assert_int_equal(stat(first, &before), 0);
    assert_string_equal(first, again);
    assert_int_equal(stat(again, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    free(first);
    free(again);
}

static void changed_source_is_built_anew(void **state)
{
    (void)state;
    assert_adds("changed", plus_one, 1);
    assert_adds("changed", plus_two, 2);
    assert_adds("changed", plus_one, 1);
}

/* The first is still loaded: dlopen must not take the second for it. */
static void changed_include_is_built_anew(void **state)
{
    (void)state;
    static const char body[] = "`include \"addend.vh\"\nassign answer = req_addr_i + `ADDEND;";
    dut_write_file("addend.vh", "`define ADDEND 64'd1\n");
    struct dut_library *first = dut_open_good("include", body, DUT_FAST);
    dut_write_file("addend.vh", "`define ADDEND 64'd2\n");
    struct dut_library *second = dut_open_good("include", body, DUT_FAST);
    assert_int_equal(addend(first), 1);
    assert_int_equal(addend(second), 2);
    dut_library_close(first);
    dut_library_close(second);
}

static void changed_parameter_is_built_anew(void **state)
{
    (void)state;
    const char *path =
        dut_write_file("wide.v", dut_module("assign answer = req_addr_i + {32'd0, STAGES};"));
    for (uint8_t stages = 1; stages <= 3; stages++) {
        const struct dut_source source = {
            .files = &path, .file_count = 1, .config = {32, 32, 2, 0, 2, stages}};
        struct error error = {{0}};
        struct dut_library *library = dut_library_open(&source, DUT_FAST, &error);
        assert_string_equal(error.text, "");
        assert_int_equal(addend(library), stages);
        dut_library_close(library);
    }
}

/* --- damage --- */

static void shortened_library_is_built_anew(void **state)
{
    (void)state;
    char *path = built_path("damaged", plus_one);
    assert_int_equal(truncate(path, 5000), 0);
    assert_adds("damaged", plus_one, 1);
    free(path);
}

static void changed_library_is_built_anew(void **state)
{
    (void)state;
    char *path = built_path("damaged", plus_one);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "damage", 6, 6000), 6);
    close(fd);
    assert_adds("damaged", plus_one, 1);
    free(path);
}

static void damaged_manifest_is_built_anew(void **state)
{
    (void)state;
    static const char *const damages[] = {"", "segmmu build 1\n", "\n\n", "segmmu build 1\nab c\n"};
    for (unsigned i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char *path = built_path("damaged", plus_one);
        char *manifest = in_directory_of(path, "manifest");
        FILE *file = fopen(manifest, "w");
        fputs(damages[i], file);
        fclose(file);
        assert_adds("damaged", plus_one, 1);
        free(path);
        free(manifest);
    }
}

/* Makes another file the entry's shared object, with a manifest that says so. */
static void plant(const char *path, const char *other)
{
    char digest[DIGEST_TEXT_SIZE];
    char *manifest = in_directory_of(path, "manifest");
    assert_true(digest_file(other, digest));
    FILE *file = fopen(manifest, "w");
    fprintf(file, "segmmu build 1\n%s %s\n", digest, other);
    fclose(file);
    free(manifest);
}

static void entry_that_does_not_load_is_built_anew(void **state)
{
    (void)state;
    char *path = built_path("planted", plus_one);
    plant(path, dut_write_file("not_a_library", "not a library\n"));
    assert_adds("planted", plus_one, 1);
    free(path);
}

static void entry_without_our_interface_is_built_anew(void **state)
{
    (void)state;
    char *path = built_path("planted", plus_one);
    char command[1200];
    dut_write_file("other.c", "struct { unsigned version; } it = {99};\n"
                              "void *segmmu_dut_interface(void) { return &it; }\n");
    snprintf(command, sizeof command, "cd '%s' && cc -shared -fPIC -o other.so other.c",
             dut_directory);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/other.so", dut_directory);
    plant(path, command);
    assert_adds("planted", plus_one, 1);
    free(path);
}

/* The twin of the two above: what is planted well is believed. */
static void entry_with_another_good_library_is_believed(void **state)
{
    (void)state;
    char *one = built_path("planted", plus_one), *two = built_path("planted_two", plus_two);
    plant(one, two);
    assert_adds("planted", plus_one, 2);
    free(one);
    free(two);
}

/* --- several processes --- */

static char *cache_path(const char *name)
{
    return string_format("%s/segmmu/%s", dut_directory, name);
}

static unsigned count_entries(const char *name)
{
    char *path = cache_path(name);
    struct strings files = {0};
    assert_true(strings_add_files(&files, path, ""));
    const unsigned count = (unsigned)files.count - 2; /* but for . and .. */
    strings_free(&files);
    free(path);
    return count;
}

/* A process that builds, and exits with what its DUT adds, or 100. */
static pid_t fork_build(const char *path)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct error error = {{0}};
        struct dut_library *library = dut_open_file(path, DUT_FAST, &error);
        if (!library)
            fprintf(stderr, "%s\n", error.text);
        _exit(library ? (int)addend(library) : 100);
    }
    return pid;
}

static int status_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void concurrent_builds_of_one_source_both_succeed(void **state)
{
    (void)state;
    const char *path = dut_write_file("shared.v", dut_module(plus_two));
    const unsigned before = count_entries("dut");
    pid_t builders[4];
    for (unsigned i = 0; i < 4; i++)
        builders[i] = fork_build(path);
    for (unsigned i = 0; i < 4; i++) {
        const int status = status_of(builders[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 2);
    }
    assert_int_equal(count_entries("dut"), before + 1);
    assert_int_equal(count_entries("building"), 0);
}

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void wait_until_something_is_building(void)
{
    while (count_entries("building") == 0)
        pause_a_little();
}

/* Sends a signal to the process of a build, and to none of its tools. */
static void kill_build(pid_t pid, int number)
{
    assert_int_equal(kill(pid, number), 0);
    const int status = status_of(pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}

static void killed_build_leaves_nothing_that_is_believed(void **state)
{
    (void)state;
    const pid_t pid = fork_build(dut_write_file("killed.v", dut_module(plus_one)));
    wait_until_something_is_building();
    kill_build(pid, SIGKILL);
    assert_adds("killed", plus_one, 1);
    assert_int_equal(count_entries("building"), 0);
}

/* The tools keep the lock open, so locks that can all be had say that none of them runs. */
static bool is_any_lock_held(void)
{
    struct strings locks = {0};
    char *path = cache_path("lock");
    bool is_held = false;
    assert_true(strings_add_files(&locks, path, ""));
    for (size_t i = 0; i < locks.count; i++) {
        const int fd = open(locks.items[i], O_RDONLY);
        is_held = is_held || flock(fd, LOCK_EX | LOCK_NB) != 0;
        close(fd);
    }
    strings_free(&locks);
    free(path);
    return is_held;
}

/* What was killed may take a moment to be gone. */
static void assert_locks_become_free(void)
{
    unsigned pauses = 0;
    while (is_any_lock_held() && pauses++ < 10000)
        pause_a_little();
    assert_false(is_any_lock_held());
}

/* A compiler that has children and does not end by itself; it makes the file `started`. */
static void use_endless_compiler(void)
{
    char text[1024];
    snprintf(text, sizeof text,
             "#!/bin/sh\n"
             "[ \"$1\" = --version ] && exec /usr/bin/g++ --version\n"
             ": > '%s/started'\n"
             "sleep 1000 &\n"
             "sleep 1000\n",
             dut_directory);
    const char *path = dut_write_file("g++", text);
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(text, sizeof text, "%s:%s", dut_directory, getenv("PATH"));
    setenv("PATH", text, 1);
}

static void interrupted_build_leaves_no_process(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    char *started = string_format("%s/started", dut_directory);
    use_endless_compiler();
    for (unsigned i = 0; i < 3; i++) {
        const pid_t pid = fork_build(dut_write_file("interrupted.v", dut_module(plus_one)));
        while (access(started, F_OK) != 0)
            pause_a_little();
        kill_build(pid, numbers[i]);
        assert_locks_become_free();
        assert_int_equal(unlink(started), 0);
    }
    free(started);
    restore_path(NULL);
    assert_adds("interrupted", plus_one, 1);
}

static void ignored_signal_does_not_interrupt(void **state)
{
    (void)state;
    signal(SIGHUP, SIG_IGN);
    const pid_t pid = fork_build(dut_write_file("ignored.v", dut_module(plus_one)));
    wait_until_something_is_building();
    kill(pid, SIGHUP);
    const int status = status_of(pid);
    signal(SIGHUP, SIG_DFL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

/* --- size --- */

static void old_entries_are_forgotten(void **state)
{
    (void)state;
    char *kept = built_path("kept", plus_one);
    const struct timespec old[2] = {{1000000, 0}, {1000000, 0}};
    for (unsigned i = 0; i < CACHE_ENTRIES_KEPT; i++) {
        char *path = string_format("%s/segmmu/dut/%02x%062x", dut_directory, i % 256, i);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
        free(path);
    }
    char *built = built_path("new", plus_two);
    assert_int_equal(count_entries("dut"), CACHE_ENTRIES_KEPT);
    assert_int_equal(access(kept, R_OK), 0);
    assert_int_equal(access(built, R_OK), 0);
    free(kept);
    free(built);
}

static void entry_holds_library_log_and_manifest_alone(void **state)
{
    (void)state;
    char *path = built_path("lean", plus_one);
    char *directory = in_directory_of(path, ".");
    struct strings files = {0};
    assert_true(strings_add_files(&files, directory, ""));
    assert_int_equal(files.count, 5);
    assert_non_null(strstr(files.items[2], "/dut-"));
    assert_true(string_ends_with(files.items[3], "/log"));
    assert_true(string_ends_with(files.items[4], "/manifest"));
    strings_free(&files);
    free(directory);
    free(path);
}

int main(void)
{
    original_path = strdup(getenv("PATH"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_of_the_standards_examples_matches),
        cmocka_unit_test(same_content_is_found_again),
        cmocka_unit_test(changed_source_is_built_anew),
        cmocka_unit_test(changed_include_is_built_anew),
        cmocka_unit_test(changed_parameter_is_built_anew),
        cmocka_unit_test(shortened_library_is_built_anew),
        cmocka_unit_test(changed_library_is_built_anew),
        cmocka_unit_test(damaged_manifest_is_built_anew),
        cmocka_unit_test(entry_that_does_not_load_is_built_anew),
        cmocka_unit_test(entry_without_our_interface_is_built_anew),
        cmocka_unit_test(entry_with_another_good_library_is_believed),
        cmocka_unit_test(concurrent_builds_of_one_source_both_succeed),
        cmocka_unit_test(killed_build_leaves_nothing_that_is_believed),
        cmocka_unit_test_teardown(interrupted_build_leaves_no_process, restore_path),
        cmocka_unit_test(ignored_signal_does_not_interrupt),
        cmocka_unit_test(entry_holds_library_log_and_manifest_alone),
        cmocka_unit_test(old_entries_are_forgotten),
    };
    const int failed = cmocka_run_group_tests(tests, dut_fixture_begin, dut_fixture_end);
    free(original_path);
    return failed;
}
