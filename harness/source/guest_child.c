/* SPDX-License-Identifier: MIT */
/* The child: opens Unicorn, shuts itself in, and runs the guest whenever it is told to. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/guest_engine.h"

/* False when the parent is gone. */
static bool send_byte(int socket, char byte)
{
    ssize_t sent;

    do {
        sent = write(socket, &byte, 1);
    } while (sent < 0 && errno == EINTR);
    return sent == 1;
}

static bool receive_byte(int socket, char *byte)
{
    ssize_t received;

    do {
        received = read(socket, byte, 1);
    } while (received < 0 && errno == EINTR);
    return received == 1;
}

/* The terminal's signals are the parent's to handle. */
static void ignore_signals(void)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGQUIT, SIGHUP,
                                  SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    signal(SIGABRT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
}

static bool prepare(struct engine *engine, const struct guest_options *options,
                    struct guest_shared *shared, int socket)
{
    engine->target = options->target;
    engine->shared = shared;
    engine->isa = options->isa == GUEST_RV32 ? &isa_rv32 : &isa_i386;
    engine->bare = options->bare;
    if (!engine_open(engine, &shared->error)) {
        return false;
    }
    engine->isa->get(engine, &shared->cpu);
    return options->no_sandbox || guest_filter_install(socket, &shared->error);
}

_Noreturn void guest_child(const struct guest_options *options, struct guest_shared *shared,
                           int socket)
{
    struct engine *const engine = calloc(1, sizeof(*engine));
    char byte;

    ignore_signals();
    if (engine == NULL) {
        error_set(&shared->error, "cannot start the guest's process: out of memory");
    } else if (prepare(engine, options, shared, socket)) {
        send_byte(socket, GUEST_BYTE_READY);
        while (receive_byte(socket, &byte) && byte == GUEST_BYTE_RESUME) {
            engine->isa->set(engine, &shared->cpu);
            engine->resume_pc = shared->cpu.pc;
            engine->max_steps = shared->max_steps;
            if (options->bare) {
                engine_run_bare(engine, &shared->event);
            } else {
                engine_run(engine, &shared->event);
            }
            engine->isa->get(engine, &shared->cpu);
            shared->cpu.pc = engine->resume_pc;
            if (!send_byte(socket, GUEST_BYTE_EVENT)) {
                break;
            }
        }
        _exit(0);
    }
    send_byte(socket, GUEST_BYTE_FAILED);
    _exit(1);
}
