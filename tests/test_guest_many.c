/* SPDX-License-Identifier: MIT */
/* Guests that take turns: each ends as if it had been alone, whatever the quantum and however the
 * machine is switched; a limit is exact; a guest that dies does so alone. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "guest_crowd.h"
#include "source/guest_turn.h"

static const enum guest_isa isas[] = {GUEST_RV32, GUEST_I386};
static const enum crowd_mode modes[] = {CROWD_CONTEXTS, CROWD_REWRITE, CROWD_MOVE};

/* How a program ends when it runs alone and at once. */
struct ending {
    struct guest_cpu cpu;
    uint8_t memory[CROWD_BLOCK_BYTES];
    uint64_t instructions;
    uint64_t steps;
};

static void take_ending(struct crowd *crowd, unsigned number, struct ending *ending)
{
    assert_int_equal(crowd->guests[number].last, GUEST_SYSCALL);
    ending->cpu = *guest_cpu(crowd->guests[number].guest);
    memcpy(ending->memory, crowd_memory(crowd, number), CROWD_BLOCK_BYTES);
    ending->instructions = crowd->guests[number].instructions;
    ending->steps = crowd->guests[number].steps;
}

/* Of programs 0 .. CROWD_MAX - 1. */
static struct ending *run_alone(enum guest_isa isa)
{
    const struct crowd_options options = {.isa = isa, .mode = CROWD_REWRITE, .count = 1};
    struct ending *const endings = calloc(CROWD_MAX, sizeof(*endings));

    assert_non_null(endings);
    for (unsigned program = 0; program < CROWD_MAX; program++) {
        struct crowd crowd;

        crowd_open(&crowd, &options, program);
        crowd_run(&crowd, 0);
        take_ending(&crowd, 0, &endings[program]);
        crowd_close(&crowd);
    }
    return endings;
}

static bool is_same_ending(const struct ending *a, const struct ending *b)
{
    return memcmp(&a->cpu, &b->cpu, sizeof(a->cpu)) == 0 &&
           memcmp(a->memory, b->memory, sizeof(a->memory)) == 0 &&
           a->instructions == b->instructions && a->steps == b->steps;
}

static void expect_ending(struct crowd *crowd, unsigned number, const struct ending *expected)
{
    struct ending *const ending = malloc(sizeof(*ending));

    assert_non_null(ending);
    take_ending(crowd, number, ending);
    assert_true(is_same_ending(ending, expected));
    free(ending);
}

static void run_in_turns(enum guest_isa isa, enum crowd_mode mode, uint64_t quantum,
                         const struct ending *alone)
{
    const struct crowd_options options = {.isa = isa, .mode = mode, .count = CROWD_MAX};
    struct crowd crowd;

    crowd_open(&crowd, &options, 0);
    crowd_run(&crowd, quantum);
    for (unsigned number = 0; number < CROWD_MAX; number++) {
        expect_ending(&crowd, number, &alone[number]);
    }
    crowd_close(&crowd);
}

static void turns_of_any_length_change_nothing(void **state)
{
    static const uint64_t quanta[] = {1, 2, 3, 7, 100, 1000};

    (void)state;
    for (unsigned i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        struct ending *const alone = run_alone(isas[i]);

        for (unsigned m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
            for (unsigned q = 0; q < sizeof(quanta) / sizeof(quanta[0]); q++) {
                run_in_turns(isas[i], modes[m], quanta[q], alone);
            }
        }
        free(alone);
    }
}

/* The twin: programs end differently, and a byte that another wrote is seen. */
static void ending_of_another_program_differs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        struct ending *const alone = run_alone(isas[i]);

        for (unsigned a = 0; a < CROWD_MAX; a++) {
            for (unsigned b = 0; b < CROWD_MAX; b++) {
                assert_int_equal(is_same_ending(&alone[a], &alone[b]), a == b);
            }
        }
        free(alone);
    }
}

/* Program 0 begins with 8 instructions and a `rep` of 40 iterations, each of them a step;
 * it takes one more to see that it is done. */
static void rep_stops_after_any_iteration(void **state)
{
    const struct crowd_options options = {.isa = GUEST_I386, .mode = CROWD_REWRITE, .count = 1};
    struct crowd crowd;
    uint32_t ecx = 0;
    uint32_t pc_of_rep = 0;

    (void)state;
    crowd_open(&crowd, &options, 0);
    assert_int_equal(crowd_turn(&crowd, 0, 8), GUEST_LIMIT);
    pc_of_rep = guest_cpu(crowd.guests[0].guest)->pc;
    assert_memory_equal(crowd_memory(&crowd, 0) + pc_of_rep, "\xf3\xa4", 2);
    for (ecx = 40; ecx > 0; ecx--) {
        assert_int_equal(guest_cpu(crowd.guests[0].guest)->reg[GUEST_ECX], ecx);
        assert_int_equal(guest_cpu(crowd.guests[0].guest)->pc, pc_of_rep);
        assert_int_equal(crowd_turn(&crowd, 0, 1), GUEST_LIMIT);
    }
    assert_int_equal(crowd.guests[0].instructions, 8); /* it is not done */
    assert_int_equal(crowd.guests[0].steps, 48);
    assert_int_equal(crowd_turn(&crowd, 0, 1), GUEST_LIMIT); /* finds that it is */
    assert_int_equal(guest_cpu(crowd.guests[0].guest)->pc, pc_of_rep + 2);
    assert_int_equal(crowd.guests[0].instructions, 9);
    assert_int_equal(crowd.guests[0].steps, 49);
    crowd_close(&crowd);
}

static void limit_in_the_past_runs_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        const struct crowd_options options = {
            .isa = isas[i], .mode = CROWD_REWRITE, .count = 1, .recorded = true};
        struct guest_event event;
        struct guest_cpu before;
        struct crowd crowd;
        uint64_t appended;

        crowd_open(&crowd, &options, 0);
        assert_int_equal(crowd_turn(&crowd, 0, 5), GUEST_LIMIT);
        before = *guest_cpu(crowd.guests[0].guest);
        appended = crowd.target->stream.appended;
        for (uint64_t limit = 1; limit <= 5; limit++) {
            guest_resume(crowd.guests[0].guest, limit, &event);
            assert_int_equal(event.kind, GUEST_LIMIT);
        }
        assert_int_equal(target_steps(crowd.target), 5);
        assert_int_equal(crowd.target->stream.appended, appended);
        assert_memory_equal(&before, guest_cpu(crowd.guests[0].guest), sizeof(before));
        guest_resume(crowd.guests[0].guest, 6, &event); /* and the one after that runs one */
        assert_int_equal(target_steps(crowd.target), 6);
        crowd_close(&crowd);
    }
}

/* The guest's records from `from` on, but for where they lie in physical memory, which differs. */
static size_t guest_records(const struct stream *stream, uint64_t from,
                            struct stream_record *records)
{
    size_t count = 0;

    for (uint64_t i = from; i < stream->appended; i++) {
        const struct stream_record *const record = &stream->records[i];

        if ((record->flags & STREAM_SUPERVISOR) == 0) {
            records[count] = *record;
            records[count++].answer = 0;
        }
    }
    return count;
}

/* All in one stream, each turn's in one piece; put together they are what the guest alone sends. */
static void requests_of_turns_are_those_of_one_run(void **state)
{
    enum { MOST = 20000 };
    struct crowd_options options = {
        .isa = GUEST_RV32, .mode = CROWD_REWRITE, .count = 1, .recorded = true};
    struct stream_record *const alone = calloc(MOST, sizeof(*alone));
    struct stream_record *const pieces = calloc(MOST, sizeof(*pieces));
    struct crowd crowd;
    size_t count;
    size_t found = 0;

    (void)state;
    crowd_open(&crowd, &options, 0);
    crowd_run(&crowd, 0);
    count = guest_records(&crowd.target->stream, 0, alone);
    crowd_close(&crowd);
    options.count = 2;
    crowd_open(&crowd, &options, 0);
    while (crowd.guests[0].last == GUEST_LIMIT) {
        const uint64_t from = crowd.target->stream.appended;

        crowd_turn(&crowd, 0, 100);
        found += guest_records(&crowd.target->stream, from, pieces + found);
        crowd_turn(&crowd, 1, 100);
    }
    assert_in_range(count, 5000, MOST);
    assert_int_equal(found, count);
    assert_memory_equal(pieces, alone, count * sizeof(*alone));
    crowd_close(&crowd);
    free(alone);
    free(pieces);
}

/* The children of this thread, in the order of their birth. */
static void list_children(pid_t *children, unsigned count)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)gettid());
    file = fopen(path, "r");
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(fscanf(file, "%d", &children[i]), 1);
    }
    fclose(file);
}

static void expect_death_alone(enum guest_isa isa, int number, const struct ending *alone)
{
    const struct crowd_options options = {.isa = isa, .mode = CROWD_REWRITE, .count = CROWD_MAX};
    struct crowd crowd;
    pid_t children[CROWD_MAX];

    crowd_open(&crowd, &options, 0);
    list_children(children, CROWD_MAX);
    for (unsigned i = 0; i < CROWD_MAX; i++) {
        crowd_turn(&crowd, i, 500);
    }
    kill(children[1], number);
    crowd_run(&crowd, 500);
    assert_int_equal(crowd.guests[1].last, GUEST_DIED);
    assert_non_null(strstr(guest_death(crowd.guests[1].guest), strsignal(number)));
    for (unsigned i = 0; i < CROWD_MAX; i++) {
        if (i != 1) {
            expect_ending(&crowd, i, &alone[i]);
        }
    }
    crowd_close(&crowd);
}

static void death_of_one_is_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        struct ending *const alone = run_alone(isas[i]);

        expect_death_alone(isas[i], SIGKILL, alone);
        expect_death_alone(isas[i], SIGSEGV, alone);
        expect_death_alone(isas[i], SIGABRT, alone);
        free(alone);
    }
}

static void stopped_guest_leaves_the_others_running(void **state)
{
    const struct crowd_options options = {
        .isa = GUEST_RV32, .mode = CROWD_CONTEXTS, .count = CROWD_MAX};
    struct ending *const alone = run_alone(GUEST_RV32);
    struct crowd crowd;

    (void)state;
    crowd_open(&crowd, &options, 0);
    for (unsigned i = 0; i < CROWD_MAX; i++) {
        crowd_turn(&crowd, i, 500);
    }
    guest_stop(crowd.guests[0].guest);
    crowd.guests[0].guest = NULL;
    crowd.guests[0].last = GUEST_DIED;
    crowd_run(&crowd, 500);
    for (unsigned i = 1; i < CROWD_MAX; i++) {
        expect_ending(&crowd, i, &alone[i]);
    }
    crowd_close(&crowd);
    free(alone);
}

/* Children that die so early, or so damaged, that the kernel does not wake the parent. */
static void death_without_a_word_is_noticed(void **state)
{
    struct guest_turn turn = {0};
    const pid_t child = fork();

    (void)state;
    if (child == 0) {
        _exit(0);
    }
    assert_false(guest_turn_await(&turn, child));
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Exit status: how many guests start where a process may have `soft` descriptors, and `hard` if it
 * asks for them. */
static int guests_within(rlim_t soft, rlim_t hard)
{
    enum { WANTED = 60 };
    const struct machine machine = {
        .path = (char *)"many",
        .mmu = {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 1, .stages = 1},
        .memory = {.ram_bytes = 0x1000},
    };
    const struct rlimit limit = {soft, hard};
    struct guest_options options = {.isa = GUEST_RV32};
    struct guest *guests[WANTED];
    struct error error = {""};
    int count = 0;

    options.target = target_new(&machine, &error);
    if (options.target == NULL || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 255;
    }
    while (count < WANTED && (guests[count] = guest_start(&options, &error)) != NULL) {
        count++;
    }
    if (count < WANTED && strstr(error.text, "Too many open files") == NULL) {
        return 255;
    }
    for (int i = 0; i < count; i++) {
        guest_stop(guests[i]);
    }
    target_free(options.target);
    return count;
}

static int guests_of_a_process_within(rlim_t soft, rlim_t hard)
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        _exit(guests_within(soft, hard));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void usual_limit_of_descriptors_is_raised(void **state)
{
    (void)state;
    assert_int_equal(guests_of_a_process_within(30, 100), 60);
    assert_in_range(guests_of_a_process_within(30, 40), 20, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_of_any_length_change_nothing),
        cmocka_unit_test(ending_of_another_program_differs),
        cmocka_unit_test(rep_stops_after_any_iteration),
        cmocka_unit_test(limit_in_the_past_runs_nothing),
        cmocka_unit_test(requests_of_turns_are_those_of_one_run),
        cmocka_unit_test(death_of_one_is_its_own),
        cmocka_unit_test(stopped_guest_leaves_the_others_running),
        cmocka_unit_test(death_without_a_word_is_noticed),
        cmocka_unit_test(usual_limit_of_descriptors_is_raised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
