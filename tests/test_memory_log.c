/* SPDX-License-Identifier: MIT */
/* The log of what happened to physical memory. */
#include "unit.h"

#include <string.h>

#include "sink/memory_log.h"

enum { MEMORY_BYTES = 65536 };

static const struct memory_log_figures some_figures = {40000, 30000, 3, 20000, 25536};

static struct memory_log *new_log(void)
{
    struct memory_log *const log = memory_log_new(MEMORY_BYTES);

    assert_non_null(log);
    return log;
}

static void memory_log_numbers_events_from_one_and_keeps_them(void **state)
{
    struct memory_log *const log = new_log();
    const uint32_t heap = memory_log_region(log, 4, "heap");
    const uint32_t stack = memory_log_region(log, 4, "stack");
    const struct memory_event *event;

    (void)state;
    memory_log_grows_down(log, stack);
    assert_int_equal(memory_log_place(log, heap, MEMORY_NEW, 64, 128, 100, &some_figures), 1);
    assert_int_equal(memory_log_place(log, stack, MEMORY_MOVED, 512, 64, 64, &some_figures), 2);
    assert_int_equal(memory_log_remove(log, heap, MEMORY_FREED, &some_figures), 3);
    memory_log_stamp(log, 1, 77);
    memory_log_stamp(log, 0, 99); /* none */

    assert_int_equal(memory_log_count(log), 3);
    event = memory_log_event(log, 1);
    assert_int_equal(event->cycle, 77);
    assert_int_equal(event->address, 64);
    assert_int_equal(event->reserved_bytes, 128);
    assert_int_equal(event->size_bytes, 100);
    assert_int_equal(event->after.largest_free_bytes, 30000);
    assert_int_equal(event->region, heap);
    assert_int_equal(event->change, MEMORY_NEW);
    assert_true(memory_log_event(log, 2)->cycle == MEMORY_LOG_UNSTAMPED);
    assert_int_equal(memory_log_event(log, 3)->reserved_bytes, 0);
    assert_int_equal(memory_log_region_at(log, stack)->process, 4);
    assert_true(memory_log_region_at(log, stack)->grows_down);
    assert_false(memory_log_region_at(log, heap)->grows_down);
    assert_int_equal(memory_log_left_out(log), 0);
    memory_log_free(log);
}

static void memory_log_that_is_full_counts_what_it_leaves_out(void **state)
{
    struct memory_log *const log = new_log();
    const uint32_t heap = memory_log_region(log, 0, "heap");

    (void)state;
    for (uint32_t i = 0; i < MEMORY_LOG_EVENTS; i++) {
        assert_int_equal(memory_log_place(log, heap, MEMORY_GREW, 0, i, i, &some_figures), i + 1);
    }
    assert_int_equal(memory_log_left_out(log), 0);
    assert_int_equal(memory_log_place(log, heap, MEMORY_GREW, 0, 1, 1, &some_figures), 0);
    assert_int_equal(memory_log_remove(log, heap, MEMORY_FREED, &some_figures), 0);
    assert_int_equal(memory_log_left_out(log), 2);
    assert_int_equal(memory_log_count(log), MEMORY_LOG_EVENTS);
    assert_int_equal(memory_log_event(log, MEMORY_LOG_EVENTS)->size_bytes, MEMORY_LOG_EVENTS - 1);
    memory_log_free(log);
}

static void memory_log_name_is_cut_and_printable(void **state)
{
    struct memory_log *const log = new_log();
    char name[200];
    const char *kept;

    (void)state;
    memset(name, 'n', sizeof(name));
    name[0] = '\033';
    name[1] = '\n';
    name[2] = '\xff';
    name[199] = '\0';
    kept = memory_log_region_at(log, memory_log_region(log, 0, name))->name;
    assert_int_equal(strlen(kept), MEMORY_LOG_NAME_SIZE - 1);
    assert_memory_equal(kept, "???nnn", 6);
    memory_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_log_numbers_events_from_one_and_keeps_them),
        cmocka_unit_test(memory_log_that_is_full_counts_what_it_leaves_out),
        cmocka_unit_test(memory_log_name_is_cut_and_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
