/* SPDX-License-Identifier: MIT */
/* The guest's process: its death, its filter, and guests that are not programs at all. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest_fixture.h"
#include "source/guest_shared.h"

enum { START = 0x1000, RANDOM_GUESTS = 300 };

/* The only child of this process. */
static pid_t child(void)
{
    char path[64];
    pid_t pid = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)gettid());
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

static void open_loop(struct fixture *fixture)
{
    const struct fixture_options options = {.isa = GUEST_I386, .stream = FIXTURE_DISCARDED};

    fixture_open(fixture, &options);
    fixture_put(fixture, START, "\xeb\xfe", 2); /* jmp $ */
    guest_cpu(fixture->guest)->pc = START;
}

struct killer {
    pid_t pid;
    int number;
};

static void *kill_soon(void *opaque)
{
    const struct killer *const killer = opaque;
    const struct timespec delay = {.tv_nsec = 10L * 1000 * 1000};

    nanosleep(&delay, NULL);
    kill(killer->pid, killer->number);
    return NULL;
}

static void expect_death(int number, const char *text)
{
    struct fixture fixture;
    struct guest_event event;
    struct killer killer = {.number = number};
    pthread_t thread;

    open_loop(&fixture);
    killer.pid = child();
    assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
    fixture_expect(&fixture, GUEST_DIED);
    pthread_join(thread, NULL);
    assert_non_null(strstr(guest_death(fixture.guest), text));
    guest_resume(fixture.guest, fixture.max_steps, &event); /* and stays dead */
    assert_int_equal(event.kind, GUEST_DIED);
    fixture_close(&fixture);
}

static void killed_child_is_reported_as_such(void **state)
{
    (void)state;
    expect_death(SIGKILL, "signal 9");
    expect_death(SIGABRT, "signal 6");
    expect_death(SIGSYS, "filter refuses");
}

static void interrupt_and_terminate_are_the_parents(void **state)
{
    struct fixture fixture;

    (void)state;
    open_loop(&fixture);
    kill(child(), SIGINT);
    kill(child(), SIGTERM);
    guest_interrupt(fixture.guest);
    fixture_expect(&fixture, GUEST_INTERRUPTED);
    fixture_close(&fixture);
}

/* How a process ends that does something after the filter is installed. */
static int end_of(void (*action)(void))
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        struct error error;

        if (!guest_filter_install(&error)) {
            _exit(2);
        }
        action();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void open_a_file(void)
{
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void make_a_process(void)
{
    syscall(SYS_fork);
}

static void make_a_socket(void)
{
    syscall(SYS_socket, 1, 1, 0);
}

static void write_to_the_terminal(void)
{
    syscall(SYS_write, STDOUT_FILENO, "x", 1);
}

static void kill_the_parent(void)
{
    syscall(SYS_kill, getppid(), SIGCONT);
}

static void take_memory(void)
{
    void *volatile memory = malloc(1 << 24);

    free(memory);
}

static void filter_refuses_what_reaches_the_host(void **state)
{
    static void (*const refused[])(void) = {open_a_file, make_a_process, make_a_socket,
                                            write_to_the_terminal, kill_the_parent};
    int status;

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        status = end_of(refused[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    }
    status = end_of(take_memory);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static enum guest_event_kind run_random_bytes(enum guest_isa isa, uint32_t seed)
{
    const struct fixture_options options = {.isa = isa,
                                            .stream = FIXTURE_DISCARDED,
                                            .base_offset = seed % 4096,
                                            .max_steps = 2000,
                                            .code_flags = MMU_FLAG_WRITE};
    struct fixture fixture;
    struct guest_event event;
    uint64_t last = 0;

    fixture_open(&fixture, &options);
    for (uint32_t i = 0; i < FIXTURE_CODE_BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        *fixture_at(&fixture, i) = (uint8_t)(seed >> 13);
    }
    for (unsigned i = 1; i < 32; i++) {
        seed = seed * 1664525 + 1013904223;
        guest_cpu(fixture.guest)->reg[i] =
            (i & 1) != 0 ? FIXTURE_DATA + 0x100 + (seed >> 20) : START + (seed >> 22);
    }
    guest_cpu(fixture.guest)->reg[GUEST_ESP] = FIXTURE_STACK_TOP - 0x100;
    guest_cpu(fixture.guest)->pc = START;
    /* Go on after each system call and fault that can be stepped over. */
    do {
        last = fixture.target->instructions;
        guest_resume(fixture.guest, fixture.max_steps, &event);
        guest_cpu(fixture.guest)->pc += event.kind == GUEST_SYSCALL ? 0 : 1;
    } while (event.kind != GUEST_DIED && event.kind != GUEST_LIMIT &&
             (fixture.target->instructions != last || event.kind != GUEST_FAULT));
    assert_in_range(fixture.target->instructions, 0, options.max_steps);
    fixture_close(&fixture);
    return event.kind;
}

static void random_bytes_end_with_an_event(void **state)
{
    unsigned deaths = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= RANDOM_GUESTS; seed++) {
        deaths += run_random_bytes(GUEST_I386, seed) == GUEST_DIED;
        assert_int_not_equal(run_random_bytes(GUEST_RV32, seed), GUEST_DIED);
    }
    assert_in_range(deaths, 0, RANDOM_GUESTS / 20);
}

/* add [ebx], ecx; dec ecx; jnz back; int 0x80 and the like in RV32: the sum of 1..1000. */
static void sum_up(enum guest_isa isa, bool bare, struct guest_cpu *cpu, uint32_t *sum)
{
    static const uint8_t i386[] = {0x01, 0x0b, 0x49, 0x75, 0xfb, 0xcd, 0x80};
    /* amoadd.w x0, a1, (a2); addi a1, a1, -1; bnez a1, back; ecall */
    static const uint32_t rv32[] = {0x00b6202f, 0xfff58593, 0xfe059ce3, 0x00000073};
    const struct fixture_options options = {.isa = isa, .stream = FIXTURE_DISCARDED, .bare = bare};
    struct fixture fixture;

    fixture_open(&fixture, &options);
    if (isa == GUEST_I386) {
        fixture_put(&fixture, START, i386, sizeof(i386));
        guest_cpu(fixture.guest)->reg[GUEST_ECX] = 1000;
        guest_cpu(fixture.guest)->reg[GUEST_EBX] = FIXTURE_DATA;
    } else {
        fixture_put(&fixture, START, rv32, sizeof(rv32));
        guest_cpu(fixture.guest)->reg[11] = 1000;
        guest_cpu(fixture.guest)->reg[12] = FIXTURE_DATA;
    }
    guest_cpu(fixture.guest)->pc = START;
    fixture_expect(&fixture, GUEST_SYSCALL);
    *cpu = *guest_cpu(fixture.guest);
    *sum = fixture_word(&fixture, FIXTURE_DATA);
    assert_int_equal(fixture.target->instructions, bare ? 0 : 3001);
    fixture_close(&fixture);
}

/* What `segmmu bench` measures against does the same work, in the same memory. */
static void bare_guest_does_the_same(void **state)
{
    static const enum guest_isa isas[] = {GUEST_I386, GUEST_RV32};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest_cpu cpu[2];
        uint32_t sum[2];

        sum_up(isas[i], false, &cpu[0], &sum[0]);
        sum_up(isas[i], true, &cpu[1], &sum[1]);
        assert_int_equal(sum[0], 500500);
        assert_int_equal(sum[1], 500500);
        assert_memory_equal(&cpu[0], &cpu[1], sizeof(cpu[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_child_is_reported_as_such),
        cmocka_unit_test(interrupt_and_terminate_are_the_parents),
        cmocka_unit_test(filter_refuses_what_reaches_the_host),
        cmocka_unit_test(bare_guest_does_the_same),
        cmocka_unit_test(random_bytes_end_with_an_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
