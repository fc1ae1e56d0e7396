/* SPDX-License-Identifier: MIT */
/* The swap file: what is written comes back, places are used again, and whatever the host's file
 * does meanwhile is noticed and said in one line. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/random.h"
#include "os/swap.h"
#include "unit.h"

#define FILE_NAME SEGMMU_TEST_BINARY_DIR "/swap.test"

/* What the host's calls do: 0 nothing special. */
static struct {
    size_t most_bytes;        /* of one call */
    unsigned interrupt_every; /* calls */
    unsigned fail_after;      /* calls that still succeed; then they answer `fail_with` */
    int fail_with;
    unsigned calls;
} host;

static ssize_t real_pwrite(int fd, const void *from, size_t bytes, off_t offset)
{
    return syscall(SYS_pwrite64, fd, from, bytes, offset);
}

static ssize_t real_pread(int fd, void *to, size_t bytes, off_t offset)
{
    return syscall(SYS_pread64, fd, to, bytes, offset);
}

/* How many bytes the call may move, or -1 with errno. */
static ssize_t host_allows(size_t bytes)
{
    host.calls++;
    if (host.interrupt_every != 0 && host.calls % host.interrupt_every == 0) {
        errno = EINTR;
        return -1;
    }
    if (host.fail_with != 0 && host.calls > host.fail_after) {
        errno = host.fail_with;
        return -1;
    }
    return (ssize_t)(host.most_bytes != 0 && bytes > host.most_bytes ? host.most_bytes : bytes);
}

/* In place of the C library's pwrite and pread. */
ssize_t host_pwrite(int fd, const void *from, size_t bytes, off_t offset) __asm__("pwrite");
ssize_t host_pread(int fd, void *to, size_t bytes, off_t offset) __asm__("pread");

ssize_t host_pwrite(int fd, const void *from, size_t bytes, off_t offset)
{
    const ssize_t allowed = host_allows(bytes);

    return allowed < 0 ? -1 : real_pwrite(fd, from, (size_t)allowed, offset);
}

ssize_t host_pread(int fd, void *to, size_t bytes, off_t offset)
{
    const ssize_t allowed = host_allows(bytes);

    return allowed < 0 ? -1 : real_pread(fd, to, (size_t)allowed, offset);
}

static const struct swap_disk disk = {.latency_cycles = 100, .bytes_per_cycle = 4};

static int setup(void **state)
{
    struct error error = {""};

    memset(&host, 0, sizeof host);
    unlink(FILE_NAME);
    *state = swap_open(FILE_NAME, &disk, &error);
    assert_non_null(*state);
    return 0;
}

static int teardown(void **state)
{
    swap_close(*state);
    memset(&host, 0, sizeof host);
    return 0;
}

static void fill(uint8_t *bytes, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)((seed * 2654435761u + i * 40503u) >> 8);
    }
}

/* Writes `count` bytes of the seed's pattern. */
static uint64_t write_pattern(struct swap *swap, size_t count, uint64_t seed)
{
    uint8_t *const bytes = malloc(count + 1);
    struct error error = {""};
    uint64_t slot = 0;

    assert_non_null(bytes);
    fill(bytes, count, seed);
    if (!swap_write(swap, bytes, count, &slot, &error)) {
        fail_msg("%s", error.text);
    }
    free(bytes);
    return slot;
}

static bool reads_pattern(struct swap *swap, uint64_t slot, size_t count, uint64_t seed,
                          struct error *error)
{
    uint8_t *const expected = malloc(count + 1), *const found = malloc(count + 1);
    bool is_same;

    assert_true(expected != NULL && found != NULL);
    fill(expected, count, seed);
    is_same = swap_read(swap, slot, found, count, error);
    if (is_same) {
        assert_memory_equal(found, expected, count);
    }
    free(expected);
    free(found);
    return is_same;
}

static void assert_reads(struct swap *swap, uint64_t slot, size_t count, uint64_t seed)
{
    struct error error = {""};

    if (!reads_pattern(swap, slot, count, seed, &error)) {
        fail_msg("%s", error.text);
    }
}

static void assert_fails_to_read(struct swap *swap, uint64_t slot, size_t count, const char *what)
{
    struct error error = {""};

    assert_false(reads_pattern(swap, slot, count, 1, &error));
    assert_non_null(strstr(error.text, FILE_NAME ": "));
    if (strstr(error.text, what) == NULL) {
        fail_msg("found \"%s\", expected something with \"%s\"", error.text, what);
    }
}

static void assert_fails_to_write(struct swap *swap, uint64_t count, const char *what)
{
    uint8_t *const bytes = calloc(1, 65536);
    struct error error = {""};
    uint64_t slot = 12345;

    assert_non_null(bytes);
    assert_false(swap_write(swap, bytes, count, &slot, &error));
    assert_int_equal(slot, 12345);
    if (strstr(error.text, what) == NULL) {
        fail_msg("found \"%s\", expected something with \"%s\"", error.text, what);
    }
    free(bytes);
}

static void slot_any_size_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 511, 512, 4097, 65536, 1 << 20, 3};
    uint64_t slots[sizeof sizes / sizeof sizes[0]];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        slots[i] = write_pattern(*state, sizes[i], i);
    }
    for (size_t i = sizeof sizes / sizeof sizes[0]; i-- > 0;) {
        assert_reads(*state, slots[i], sizes[i], i);
        assert_reads(*state, slots[i], sizes[i], i); /* reading takes nothing away */
    }
}

static void slot_released_place_is_used_first_fit(void **state)
{
    const uint64_t a = write_pattern(*state, 100, 1), b = write_pattern(*state, 50, 2),
                   c = write_pattern(*state, 100, 3), d = write_pattern(*state, 10, 4);

    assert_true(a == 0 && b == 100 && c == 150 && d == 250);
    swap_release(*state, b);
    swap_release(*state, c);
    assert_int_equal(write_pattern(*state, 151, 5), 260); /* one more than both */
    assert_int_equal(write_pattern(*state, 120, 6), 100);
    assert_int_equal(write_pattern(*state, 30, 7), 220);
    assert_int_equal(write_pattern(*state, 0, 8), 411); /* takes room too */
    assert_int_equal(write_pattern(*state, 1, 9), 412);
    assert_reads(*state, a, 100, 1);
    assert_reads(*state, 100, 120, 6);
    assert_reads(*state, 220, 30, 7);
    assert_reads(*state, d, 10, 4);
    assert_reads(*state, 260, 151, 5);
}

static void slots_random_operations_keep_every_byte(void **state)
{
    enum { SLOTS = 64, OPERATIONS = 4000, MOST_BYTES = 3000 };
    struct {
        uint64_t slot, seed;
        size_t bytes;
        bool is_used;
    } slots[SLOTS] = {{0}};
    struct random_source random = {7};
    struct swap_figures figures;
    uint64_t used = 0, used_max = 0;

    for (unsigned operation = 0; operation < OPERATIONS; operation++) {
        const size_t i = random_below(&random, SLOTS);

        if (slots[i].is_used) {
            assert_reads(*state, slots[i].slot, slots[i].bytes, slots[i].seed);
            swap_release(*state, slots[i].slot);
            used -= slots[i].bytes;
        } else {
            slots[i].seed = operation;
            slots[i].bytes = random_below(&random, MOST_BYTES);
            slots[i].slot = write_pattern(*state, slots[i].bytes, operation);
            used += slots[i].bytes;
            used_max = used > used_max ? used : used_max;
        }
        slots[i].is_used = !slots[i].is_used;
        swap_figures(*state, &figures);
        assert_int_equal(figures.used_bytes, used);
    }
    assert_int_equal(figures.used_bytes_max, used_max);
}

static void transfer_short_and_interrupted_completes(void **state)
{
    uint64_t slot;

    host.most_bytes = 7;
    host.interrupt_every = 3;
    slot = write_pattern(*state, 1000, 1);
    assert_reads(*state, slot, 1000, 1);
    assert_true(host.calls > 2 * (1000 / 7));
}

static void write_that_fails_keeps_nothing(void **state)
{
    static const int errors[] = {ENOSPC, EIO, EFBIG, EDQUOT};
    const uint64_t slot = write_pattern(*state, 500, 1);
    struct swap_figures before, after;

    swap_figures(*state, &before);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        host.most_bytes = 100;
        host.calls = 0;
        host.fail_after = 3; /* somewhere in the middle */
        host.fail_with = errors[i];
        assert_fails_to_write(*state, 1000, strerror(errors[i]));
    }
    swap_figures(*state, &after);
    assert_memory_equal(&after, &before, sizeof after);
    memset(&host, 0, sizeof host);
    assert_int_equal(write_pattern(*state, 20, 2), 500); /* where the others would have been */
    assert_reads(*state, slot, 500, 1);
}

static void write_beyond_largest_offset_is_refused(void **state)
{
    write_pattern(*state, 10, 1);
    assert_fails_to_write(*state, UINT64_MAX, strerror(EFBIG));
    assert_fails_to_write(*state, (uint64_t)INT64_MAX - 9, strerror(EFBIG));
    assert_int_equal(host.calls, 1);
}

static void read_that_fails_keeps_slot(void **state)
{
    const uint64_t slot = write_pattern(*state, 100, 1);

    host.fail_with = EIO;
    assert_fails_to_read(*state, slot, 100, strerror(EIO));
    host.fail_with = 0;
    assert_reads(*state, slot, 100, 1);
}

/* Every bit, so that no part of a slot is left out of the check. */
static void read_damaged_anywhere_is_refused(void **state)
{
    enum { BYTES = 64 };
    const uint64_t before = write_pattern(*state, 10, 9), slot = write_pattern(*state, BYTES, 1),
                   behind = write_pattern(*state, 10, 8);
    const int fd = open(FILE_NAME, O_RDWR);

    assert_true(fd >= 0);
    for (unsigned bit = 0; bit < 8 * BYTES; bit++) {
        const off_t offset = (off_t)slot + bit / 8;
        uint8_t right, wrong;

        assert_int_equal(real_pread(fd, &right, 1, offset), 1);
        wrong = right ^ (uint8_t)(1u << bit % 8);
        assert_int_equal(real_pwrite(fd, &wrong, 1, offset), 1);
        assert_fails_to_read(*state, slot, BYTES, "damaged");
        assert_int_equal(real_pwrite(fd, &right, 1, offset), 1);
    }
    assert_reads(*state, slot, BYTES, 1);
    assert_reads(*state, before, 10, 9);
    assert_reads(*state, behind, 10, 8);
    close(fd);
}

static void read_truncated_is_refused(void **state)
{
    const uint64_t first = write_pattern(*state, 10, 1), slot = write_pattern(*state, 100, 1);

    assert_int_equal(truncate(FILE_NAME, 109), 0);
    assert_fails_to_read(*state, slot, 100, "found 99 of 100 bytes at offset 10");
    assert_int_equal(truncate(FILE_NAME, 0), 0);
    assert_fails_to_read(*state, slot, 100, "found 0 of 100 bytes");
    assert_int_equal(truncate(FILE_NAME, 110), 0); /* as long, but a hole */
    assert_fails_to_read(*state, slot, 100, "damaged");
    assert_fails_to_read(*state, first, 10, "damaged");
}

static void read_after_file_was_removed_succeeds(void **state)
{
    const uint64_t slot = write_pattern(*state, 100, 1);

    assert_int_equal(unlink(FILE_NAME), 0);
    assert_reads(*state, slot, 100, 1);
    assert_reads(*state, write_pattern(*state, 5, 2), 5, 2);
}

static void open_unusable_place_says_so(void **state)
{
    static const struct {
        const char *path, *what;
    } cases[] = {
        {SEGMMU_TEST_BINARY_DIR, "Is a directory"},
        {SEGMMU_TEST_BINARY_DIR "/nowhere/swap", "No such file or directory"},
        {"/dev/null/swap", "Not a directory"},
        {"", "No such file or directory"},
        {FILE_NAME ".pipe", "expected a regular file"},
    };
    (void)state;
    unlink(FILE_NAME ".pipe");
    assert_int_equal(mkfifo(FILE_NAME ".pipe", 0600), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {""};

        assert_null(swap_open(cases[i].path, &disk, &error));
        assert_int_equal(strncmp(error.text, cases[i].path, strlen(cases[i].path)), 0);
        if (strstr(error.text, cases[i].what) == NULL) {
            fail_msg("found \"%s\", expected \"%s\"", error.text, cases[i].what);
        }
        assert_null(strchr(error.text, '\n'));
    }
    assert_int_equal(unlink(FILE_NAME ".pipe"), 0);
}

static void write_to_full_device_fails(void **state)
{
    struct error error = {""};
    struct swap *const swap = swap_open("/dev/full", &disk, &error);

    (void)state;
    assert_non_null(swap);
    assert_fails_to_write(swap, 1000, "/dev/full: cannot write 1000 bytes at offset 0: No space");
    assert_fails_to_write(swap, 1, "No space left on device");
    swap_close(swap);
}

static void close_file_made_here_is_removed(void **state)
{
    struct error error = {""};
    struct swap *const swap = swap_open(FILE_NAME ".own", &disk, &error);
    struct stat status;

    (void)state;
    assert_non_null(swap);
    write_pattern(swap, 100, 1);
    assert_int_equal(stat(FILE_NAME ".own", &status), 0);
    assert_int_equal(status.st_size, 100);
    assert_int_equal(status.st_mode & 0077, 0);
    swap_close(swap);
    assert_int_not_equal(stat(FILE_NAME ".own", &status), 0);
}

static void close_file_of_others_stays_empty(void **state)
{
    struct error error = {""};
    struct swap *swap;
    struct stat status;
    FILE *const file = fopen(FILE_NAME ".other", "w");

    (void)state;
    assert_non_null(file);
    fputs("what was in it before", file);
    fclose(file);
    swap = swap_open(FILE_NAME ".other", &disk, &error);
    assert_non_null(swap);
    assert_int_equal(stat(FILE_NAME ".other", &status), 0);
    assert_int_equal(status.st_size, 0);
    write_pattern(swap, 100, 1);
    swap_close(swap);
    assert_int_equal(stat(FILE_NAME ".other", &status), 0);
    assert_int_equal(status.st_size, 0);
    unlink(FILE_NAME ".other");
}

/* A file that took the name meanwhile is not ours to remove. */
static void close_after_name_was_taken_leaves_it(void **state)
{
    struct error error = {""};
    struct swap *const swap = swap_open(FILE_NAME ".own", &disk, &error);
    FILE *file;

    (void)state;
    assert_non_null(swap);
    assert_int_equal(unlink(FILE_NAME ".own"), 0);
    file = fopen(FILE_NAME ".own", "w");
    assert_non_null(file);
    fclose(file);
    swap_close(swap);
    assert_int_equal(unlink(FILE_NAME ".own"), 0);
}

static void cycles_round_up_and_stay_at_the_largest(void **state)
{
    static const struct {
        uint64_t latency, bytes_per_cycle, bytes, cycles;
    } cases[] = {
        {100, 4, 0, 100},
        {100, 4, 1, 101},
        {100, 4, 4, 101},
        {100, 4, 5, 102},
        {0, 1, UINT64_MAX, UINT64_MAX},
        {1, 1, UINT64_MAX, UINT64_MAX},
        {UINT64_MAX, UINT64_MAX, 1, UINT64_MAX},
        {5, UINT64_MAX, UINT64_MAX, 6},
        {0, UINT64_MAX, UINT64_MAX - 1, 1},
        {0, 2, UINT64_MAX, UINT64_C(1) << 63},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct swap_disk other = {cases[i].latency, cases[i].bytes_per_cycle};
        struct error error = {""};
        struct swap *const swap = swap_open(FILE_NAME ".own", &other, &error);

        assert_non_null(swap);
        assert_int_equal(swap_cycles(swap, cases[i].bytes), cases[i].cycles);
        swap_close(swap);
    }
}

static void figures_count_what_succeeded(void **state)
{
    struct swap_figures figures;
    const uint64_t a = write_pattern(*state, 10, 1), b = write_pattern(*state, 20, 2);

    assert_reads(*state, b, 20, 2);
    swap_release(*state, a);
    host.fail_with = EIO;
    host.fail_after = 0;
    assert_fails_to_write(*state, 40, strerror(EIO));
    swap_figures(*state, &figures);
    assert_int_equal(figures.writes, 2);
    assert_int_equal(figures.reads, 1);
    assert_int_equal(figures.bytes_written, 30);
    assert_int_equal(figures.bytes_read, 20);
    assert_int_equal(figures.used_bytes, 20);
    assert_int_equal(figures.used_bytes_max, 30);
    assert_int_equal(figures.busy_cycles, (100 + 3) + (100 + 5) + (100 + 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slot_any_size_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(slot_released_place_is_used_first_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_random_operations_keep_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(transfer_short_and_interrupted_completes, setup, teardown),
        cmocka_unit_test_setup_teardown(write_that_fails_keeps_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(write_beyond_largest_offset_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(read_that_fails_keeps_slot, setup, teardown),
        cmocka_unit_test_setup_teardown(read_damaged_anywhere_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(read_truncated_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(read_after_file_was_removed_succeeds, setup, teardown),
        cmocka_unit_test_setup_teardown(figures_count_what_succeeded, setup, teardown),
        cmocka_unit_test(open_unusable_place_says_so),
        cmocka_unit_test(write_to_full_device_fails),
        cmocka_unit_test(close_file_made_here_is_removed),
        cmocka_unit_test(close_file_of_others_stays_empty),
        cmocka_unit_test(close_after_name_was_taken_leaves_it),
        cmocka_unit_test(cycles_round_up_and_stay_at_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
