/* SPDX-License-Identifier: MIT */
/* The testbench: model and DUT on one clock, compared in every cycle; what moved on the channels is
 * worked out once (the scoreboard) and given to the sinks. Sources of stimulus (timing of a guest's
 * stream, generated stimulus, a recorded trace) call testbench_clock; nothing here points back at
 * them, and the model is never told what the DUT answered. */
#ifndef LOCKSTEP_TESTBENCH_H
#define LOCKSTEP_TESTBENCH_H

#include "lockstep/account.h"
#include "lockstep/dut_build.h"
#include "lockstep/transaction.h"
#include "machine/machine.h"
#include "segmmu/segmmu.h"

enum engine {
    ENGINE_TRANSLATE, /* the pure function only: there is no clock, and no testbench */
    ENGINE_MODEL,     /* the cycle-accurate model */
    ENGINE_RTL,       /* the DUT alone; its outputs drive the sources */
    ENGINE_LOCKSTEP,  /* both, compared in every cycle */
};

/* "translate", "model", "rtl", "lockstep"; -1 for another word. */
int engine_parse(const char *word);
const char *engine_name(enum engine engine);

/* What the source knows of the request that it offers. */
struct offer {
    uint64_t pc;        /* of the guest, 0 where there is none */
    uint8_t supervisor; /* 1: sent by the supervisor */
};

enum {
    TESTBENCH_HISTORY = 32
}; /* cycles on the mismatch page, the failing one included; power of 2 */

/* One cycle as it was. A power of two in size. */
struct testbench_cycle {
    struct mmu_in in;
    struct mmu_out model;
    struct mmu_out dut;
    uint64_t number; /* cycles since the start, from 0 */
    struct offer offer;
} __attribute__((aligned(16)));

/* A request between its first offer and the transfer of its response. */
struct flight {
    struct mmu_request request;
    struct offer offer;
    uint64_t offered_cycle;  /* first cycle with req_valid */
    uint64_t accepted_cycle; /* the cycle in which it moved */
    uint8_t context;         /* CONTEXT that it translates with; valid at completion */
};

enum cycle_class { CYCLE_RESET, CYCLE_ACCEPT, CYCLE_STALL, CYCLE_WAIT, CYCLE_IDLE, CYCLE_CLASSES };

/* The whole state between two cycles, in a form that any DUT can be brought to through its channel:
 * the registers before the oldest request in flight took effect, and the requests in flight, by
 * pipeline stage (bubbles included), oldest last. */
struct snapshot {
    struct mmu_regs regs;
    struct flight flight[MMU_MAX_STAGES]; /* [0] is the youngest stage */
    bool is_valid[MMU_MAX_STAGES];
};

/* A consumer of what happened; any function may be NULL. Called in this order within a cycle:
 * response moved, request moved, cycle, control. `context` is the sink's own. */
struct sink {
    void *context;
    /* A response moved in `cycle`; `flight` is its request. */
    void (*completed)(void *context, uint64_t cycle, const struct flight *flight,
                      const struct mmu_response *response);
    /* A request moved in flight->accepted_cycle. */
    void (*accepted)(void *context, const struct flight *flight);
    /* A reset in `cycle` dropped a request: in flight (accepted) or offered (not accepted). */
    void (*dropped)(void *context, uint64_t cycle, const struct flight *flight, bool was_accepted);
    /* The last `count` accepted guest requests will be issued again. */
    void (*squashed)(void *context, uint64_t count);
    /* The cycles from `cycle` on are those of `account`; nothing is in flight. `event`: the number
     * of the memory event that happens here, or 0. */
    void (*marked)(void *context, uint64_t cycle, uint64_t account, uint64_t event);
    /* Every cycle, with its class and the requests in flight at its start. */
    void (*cycle)(void *context, uint64_t cycle, enum cycle_class cycle_class,
                  const struct mmu_in *in, const struct mmu_out *out, unsigned in_flight);
    /* A cycle of reset, the first after one, one in which rsp_ready is not what it was in the cycle
     * before, and the first from the one on that testbench_wake asked for. */
    void (*control)(void *context, uint64_t cycle, const struct mmu_in *in);
};

enum { TESTBENCH_SINKS = 4 }; /* and as many that hear of nothing but marks */

/* Why a testbench stopped. */
enum testbench_verdict {
    TESTBENCH_AGREED,
    TESTBENCH_DISAGREED,   /* the outputs differ: see the last history entry */
    TESTBENCH_DUT_STOPPED, /* see dut_failure */
    TESTBENCH_DUT_BROKEN,  /* the DUT alone broke the rules of the channels: see dut_failure */
};

struct testbench {
    /* As testbench_clock, by what is clocked and how it is compared. */
    const struct mmu_out *(*clock)(struct testbench *bench, const struct mmu_in *in,
                                   const struct offer *offer);
    enum engine engine;
    const struct machine *machine;
    struct mmu model;
    const struct dut_interface *dut_interface;
    void *dut;

    uint64_t cycle;           /* cycles run */
    uint64_t compared_cycles; /* of these, compared */
    bool was_reset;           /* a reset edge has passed: outputs are compared from then on */
    enum testbench_verdict verdict;
    char dut_failure[256];

    struct testbench_cycle history[TESTBENCH_HISTORY]; /* cycle n at n % TESTBENCH_HISTORY */

    /* NULL: every output is compared with the model's in every cycle. */
    struct transaction *transaction;

    /* Scoreboard. */
    struct flight flights[TRANSACTION_IN_FLIGHT]; /* in flight, oldest at flight_first */
    unsigned flight_first, flight_count;
    uint8_t stages_valid;  /* which stages hold one, bit 0 the youngest */
    struct flight offered; /* what is offered now, if is_offered */
    bool is_offered;
    /* The registers as the completed requests left them: with the flights, the whole state. */
    struct mmu_regs retired;

    /* Totals of specification, section 5: the classes add up to `cycle`, and the latencies of all
     * requests that were answered or dropped, to in_flight_cycles. */
    uint64_t class_cycles[CYCLE_CLASSES];
    uint64_t in_flight_cycles; /* sum over cycles of the requests in flight at their start */

    struct sink sinks[TESTBENCH_SINKS];
    unsigned sink_count;
    /* Those that hear of nothing but marks: requests need not pass by them. */
    struct sink mark_sinks[TESTBENCH_SINKS];
    unsigned mark_sink_count;
    bool has_cycle_sinks;   /* some sink wants every cycle */
    uint8_t told_rsp_ready; /* at the last control; neither 0 nor 1 where it is due in any case */
    uint64_t wake_cycle;    /* control is due from then on */
};

/* `library` may be NULL for ENGINE_MODEL. The machine must outlive the testbench. False with an
 * error when the DUT does not start. No reset is applied: a source begins with one. */
bool testbench_init(struct testbench *bench, enum engine engine, const struct machine *machine,
                    const struct dut_library *library, const struct dut_start *start,
                    struct error *error);

/* Compares by transactions from now on (lockstep/transaction.h); for ENGINE_LOCKSTEP, before the
 * first cycle. `transaction` must outlive the testbench. Outputs are then the DUT's, and a snapshot
 * cannot be had. */
void testbench_by_transactions(struct testbench *bench, struct transaction *transaction,
                               uint64_t timeout_cycles);
void testbench_add_sink(struct testbench *bench, const struct sink *sink);

/* A sink wants `control` in `cycle`, or as soon after it as there is one. One call settles what was
 * asked for before it. */
void testbench_wake(struct testbench *bench, uint64_t cycle);

/* One clock. `offer` describes in->req when in->req_valid (NULL: nothing known). The outputs (the
 * model's; the DUT's for ENGINE_RTL) stay valid until the next clock but TESTBENCH_HISTORY - 1.
 * NULL when the outputs differ or the DUT stopped: the cycle is in the history, the sinks have not
 * seen it, and no further cycle may be run. */
const struct mmu_out *testbench_clock(struct testbench *bench, const struct mmu_in *in,
                                      const struct offer *offer);

/* Tells the sinks that the last `count` accepted requests will be issued again. */
void testbench_squash(struct testbench *bench, uint64_t count);

/* Tells the sinks whose cycles follow: see struct sink. */
void testbench_mark(struct testbench *bench, uint64_t account, uint64_t event);

/* The state before the next cycle. Only while the DUT's latency is the contract's. */
void testbench_snapshot(const struct testbench *bench, struct snapshot *snapshot);

/* Stops the DUT. */
void testbench_end(struct testbench *bench);

/* --- comparing, by one table of the outputs --- */

/* X(port without its suffix, member of struct mmu_out, bits) */
#define OUTPUT_LIST(X)                                                                             \
    X(req_ready, req_ready, 1)                                                                     \
    X(rsp_valid, rsp_valid, 1)                                                                     \
    X(rsp_addr, rsp.addr, 64)                                                                      \
    X(rsp_data, rsp.data, 64)                                                                      \
    X(rsp_fault, rsp.fault, 4)                                                                     \
    X(rsp_segment, rsp.segment, 4)

struct output_field {
    const char *port; /* as in the specification, "rsp_addr_o" */
    uint16_t offset;  /* in struct mmu_out */
    uint8_t width;    /* bits */
    uint8_t size;     /* bytes in struct mmu_out: 1 or 8 */
};
extern const struct output_field output_fields[];
extern const unsigned output_field_count;
uint64_t output_field_value(const struct output_field *field, const struct mmu_out *out);

static inline bool requests_equal(const struct mmu_request *one, const struct mmu_request *other)
{
    return one->addr == other->addr && one->wdata == other->wdata && one->op == other->op &&
           one->bytes == other->bytes && one->access == other->access && one->priv == other->priv &&
           one->segment == other->segment && one->reg == other->reg;
}

static inline bool responses_equal(const struct mmu_response *one, const struct mmu_response *other)
{
    return one->addr == other->addr && one->data == other->data && one->fault == other->fault &&
           one->segment == other->segment;
}

static inline bool outputs_equal(const struct mmu_out *a, const struct mmu_out *b)
{
    /* By difference, not by `==`: a compiler joins comparisons of neighbours into one wide load,
     * which then waits for the narrow stores that have just been made. */
    uint64_t wide = 0;
    unsigned narrow = 0;

#define X(port, member, width)                                                                     \
    if (width > 8) {                                                                               \
        wide |= (uint64_t)(a->member ^ b->member);                                                 \
    } else {                                                                                       \
        narrow |= (unsigned)(a->member ^ b->member);                                               \
    }
    OUTPUT_LIST(X)
#undef X
    return (wide | narrow) == 0;
}

#endif
