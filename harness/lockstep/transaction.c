/* SPDX-License-Identifier: MIT */
#include "lockstep/transaction.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lockstep/testbench.h"

/* --- figures --- */

static void count(struct transaction_figure *figure, uint64_t cycles)
{
    figure->count[cycles < TRANSACTION_COUNTED ? cycles : TRANSACTION_COUNTED - 1]++;
    figure->total++;
    if (cycles > figure->max) {
        figure->max = cycles;
    }
}

uint64_t transaction_percentile(const struct transaction_figure *figure, unsigned percent)
{
    const uint64_t wanted =
        figure->total / 100 * percent + (figure->total % 100 * percent + 99) / 100;
    uint64_t seen = 0;

    for (unsigned cycles = 0; cycles < TRANSACTION_COUNTED - 1; cycles++) {
        seen += figure->count[cycles];
        if (seen > 0 && seen >= wanted) {
            return cycles;
        }
    }
    return figure->max;
}

/* --- the rules --- */

/* The receiver holds the pipeline: that the DUT does not go on is not its own doing. */
static bool is_held(const struct mmu_in *in, const struct mmu_out *dut)
{
    return dut->rsp_valid && !in->rsp_ready;
}

static const char too_many[] = "more requests accepted than can be followed, none of them answered";
static const char no_response[] = "no response within ";

bool transaction_is_unanswered(const char *broken)
{
    return strcmp(broken, too_many) == 0 ||
           strncmp(broken, no_response, sizeof(no_response) - 1) == 0;
}

const char *transaction_check(struct transaction *transaction, const struct testbench *bench,
                              const struct mmu_in *in, const struct mmu_out *dut, char *buffer,
                              unsigned buffer_size)
{
    if (transaction->is_waiting && !dut->rsp_valid) {
        return "a response that waited was taken back";
    }
    if (transaction->is_waiting && !responses_equal(&transaction->waiting, &dut->rsp)) {
        return "a response that waited has changed";
    }
    if (dut->rsp_valid && bench->flight_count == 0) {
        return "a response without a request that was accepted before";
    }
    if (in->req_valid && dut->req_ready && bench->flight_count == TRANSACTION_IN_FLIGHT) {
        return too_many;
    }
    if (bench->flight_count > 0 && !dut->rsp_valid &&
        transaction->silent_cycles + 1 >= transaction->timeout_cycles) {
        snprintf(buffer, buffer_size, "%s%" PRIu64 " cycles", no_response,
                 transaction->timeout_cycles);
        return buffer;
    }
    if (in->req_valid && !dut->req_ready && !is_held(in, dut) &&
        transaction->refused_cycles + 1 >= transaction->timeout_cycles) {
        snprintf(buffer, buffer_size, "a request is not accepted within %" PRIu64 " cycles",
                 transaction->timeout_cycles);
        return buffer;
    }
    return NULL;
}

static void reset(struct transaction *transaction)
{
    memset(&transaction->regs, 0, sizeof(transaction->regs));
    transaction->is_waiting = false;
    transaction->silent_cycles = 0;
    transaction->refused_cycles = 0;
}

static void accept(struct transaction *transaction, const struct testbench *bench,
                   const struct mmu_request *request)
{
    const unsigned place =
        (bench->flight_first + bench->flight_count) & (TRANSACTION_IN_FLIGHT - 1);

    transaction->expected[place] = mmu_execute(&bench->machine->mmu, &transaction->regs, request);
    count(&transaction->stall, transaction->refused_cycles);
    transaction->refused_cycles = 0;
}

void transaction_advance(struct transaction *transaction, const struct testbench *bench,
                         const struct mmu_in *in, const struct mmu_out *dut)
{
    if (in->rst) {
        reset(transaction);
        return;
    }
    if (dut->rsp_valid && !transaction->is_waiting) {
        count(&transaction->latency,
              bench->cycle - bench->flights[bench->flight_first].accepted_cycle);
    }
    transaction->silent_cycles =
        bench->flight_count > 0 && !dut->rsp_valid ? transaction->silent_cycles + 1 : 0;
    if (in->req_valid && dut->req_ready) {
        accept(transaction, bench, &in->req);
    } else if (in->req_valid && !is_held(in, dut)) {
        transaction->refused_cycles++;
    }
    transaction->is_waiting = is_held(in, dut);
    transaction->waiting = dut->rsp;
}
