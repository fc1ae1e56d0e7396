/* SPDX-License-Identifier: MIT */
/* The child: opens Unicorn, shuts itself in, and runs the guest whenever it is told to. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "source/guest_engine.h"

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
                    struct guest_shared *shared)
{
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* a few pages are touched of gigabytes of tables */
    engine->target = options->target;
    engine->shared = shared;
    engine->isa = options->isa == GUEST_RV32 ? &isa_rv32 : &isa_i386;
    engine->bare = options->bare;
    if (!engine_open(engine, &shared->error)) {
        return false;
    }
    engine->isa->get(engine, &shared->cpu);
    return options->no_sandbox || guest_filter_install(&shared->error);
}

_Noreturn void guest_child(const struct guest_options *options, struct guest_shared *shared)
{
    struct engine *const engine = calloc(1, sizeof(*engine));

    guest_turn_adopt(&shared->turn);
    ignore_signals();
    if (engine == NULL) {
        error_set(&shared->error, "cannot start the guest's process: out of memory");
        _exit(1);
    }
    if (!prepare(engine, options, shared)) {
        _exit(1);
    }
    for (;;) {
        guest_turn_yield(&shared->turn);
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
    }
}
