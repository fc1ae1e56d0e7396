/* SPDX-License-Identifier: MIT */
/* Translate requests answered by any engine, in order, with their latency. Behind one call lies the
 * pure function, or the machine's CPU, MMU and memory clock by clock. */
#ifndef CLI_TRANSLATOR_H
#define CLI_TRANSLATOR_H

#include "lockstep/testbench.h"
#include "sink/trace.h"
#include "source/timing.h"

enum { TRANSLATOR_RING = 8 }; /* more than can be under way */

/* An answer. `latency_cycles` is 0 for ENGINE_TRANSLATE, which has no clock; no clocked answer
 * takes less than 1. */
typedef void translator_answer(void *context, const struct mmu_request *request,
                               const struct mmu_response *response, uint64_t latency_cycles);

struct translator {
    enum engine engine;
    const struct machine *machine;
    translator_answer *answer;
    void *context; /* of `answer` */
    /* The registers as the machine file sets them; the engine translate uses them. */
    struct mmu_regs regs;
    /* The other engines. */
    struct dut_source source;
    struct dut_library *library;
    struct testbench bench;
    struct trace_writer *recording; /* of the last cycles, for a disagreement; else NULL */
    struct timing timing;
    struct stream_record ring[TRANSLATOR_RING];
    unsigned next;
    bool is_clocked; /* the testbench has been started */
};

/* Loads the machine's segments and selects bank `bank` by register writes through the channel. On
 * failure returns false: with an error, or where bench.verdict is not TESTBENCH_AGREED, without. In
 * either case the caller ends it with translator_close. `command` goes into the recording. */
bool translator_open(struct translator *translator, enum engine engine,
                     const struct machine *machine, uint8_t bank, const char *command,
                     translator_answer *answer, void *context, struct error *error);

/* Sends one request; its answer and those before it come now or, where the machine's CPU is
 * pipelined, with later requests. False when bench.verdict says why. */
bool translator_send(struct translator *translator, const struct mmu_request *request);

/* Waits for the answers that are still under way. */
bool translator_drain(struct translator *translator);

void translator_close(struct translator *translator);

#endif
