/* SPDX-License-Identifier: MIT */
#include "cli/lost_dut.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

bool lost_is_crash(int status)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

    for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == crashes[i]) {
            return true;
        }
    }
    return false;
}

static void tame_request(struct mmu_request *request)
{
    request->op &= 3;
    request->bytes &= 31;
    request->access &= 3;
    request->priv &= 1;
    request->segment &= 15;
}

static void tame_output(struct mmu_out *out)
{
    out->req_ready &= 1;
    out->rsp_valid &= 1;
    out->rsp.fault &= 15;
    out->rsp.segment &= 15;
}

static void tame_cycle(struct testbench_cycle *cycle)
{
    tame_request(&cycle->in.req);
    cycle->in.rst &= 1;
    cycle->in.req_valid &= 1;
    cycle->in.rsp_ready &= 1;
    tame_output(&cycle->model);
    tame_output(&cycle->dut);
}

static void tame(struct testbench *bench, const struct lost_setup *setup)
{
    const unsigned places = setup->by_transactions ? TRANSACTION_IN_FLIGHT : MMU_MAX_STAGES + 1;

    bench->machine = setup->machine;
    bench->engine = ENGINE_LOCKSTEP;
    bench->dut = NULL;
    bench->dut_interface = NULL;
    bench->transaction = NULL;
    bench->sink_count = 0;
    bench->mark_sink_count = 0;
    bench->cycle = bench->cycle < setup->max_cycle ? bench->cycle : setup->max_cycle;
    bench->compared_cycles &= INT64_MAX;
    bench->clock = NULL; /* it is not clocked any more */
    bench->flight_count %= places + 1;
    bench->flight_first %= places;
    bench->is_offered &= 1;
    for (unsigned i = 0; i < TESTBENCH_HISTORY; i++) {
        tame_cycle(&bench->history[i]);
    }
    for (unsigned i = 0; i < TRANSACTION_IN_FLIGHT; i++) {
        tame_request(&bench->flights[i].request);
    }
    tame_request(&bench->offered.request);
}

void lost_bench_copy(struct testbench *bench, const struct testbench *shared,
                     const struct mmu_in *last, const struct lost_setup *setup,
                     const struct lost_reason *reason)
{
    struct testbench_cycle *cycle;

    memcpy(bench, shared, sizeof(*bench));
    tame(bench, setup);
    cycle = &bench->history[bench->cycle % TESTBENCH_HISTORY];
    cycle->in = *last;
    cycle->number = bench->cycle;
    cycle->offer = (struct offer){0};
    tame_cycle(cycle);
    if (cycle->in.req_valid && !bench->is_offered) {
        bench->is_offered = true;
        bench->offered = (struct flight){.request = cycle->in.req, .offered_cycle = bench->cycle};
    }
    bench->verdict = TESTBENCH_DUT_STOPPED;
    if (reason->timeout_seconds > 0) {
        snprintf(bench->dut_failure, sizeof(bench->dut_failure),
                 "it does not come back from this cycle (an endless loop?), ended after %u s",
                 reason->timeout_seconds);
    } else {
        snprintf(bench->dut_failure, sizeof(bench->dut_failure), "it crashed: %s",
                 strsignal(reason->signal));
    }
}
