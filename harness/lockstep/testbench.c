/* SPDX-License-Identifier: MIT */
#include "lockstep/testbench.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const engine_names[] = {
    [ENGINE_TRANSLATE] = "translate",
    [ENGINE_MODEL] = "model",
    [ENGINE_RTL] = "rtl",
    [ENGINE_LOCKSTEP] = "lockstep",
};

int engine_parse(const char *word)
{
    for (int engine = ENGINE_TRANSLATE; engine <= ENGINE_LOCKSTEP; engine++) {
        if (strcmp(engine_names[engine], word) == 0) {
            return engine;
        }
    }
    return -1;
}

const char *engine_name(enum engine engine)
{
    return engine_names[engine];
}

const struct output_field output_fields[] = {
#define X(port, member, bits)                                                                      \
    {#port "_o", offsetof(struct mmu_out, member), bits, sizeof(((struct mmu_out *)0)->member)},
    OUTPUT_LIST(X)
#undef X
};
const unsigned output_field_count = sizeof(output_fields) / sizeof(output_fields[0]);

uint64_t output_field_value(const struct output_field *field, const struct mmu_out *out)
{
    const char *const place = (const char *)out + field->offset;
    uint64_t value;

    if (field->size == 1) {
        return *(const uint8_t *)place;
    }
    memcpy(&value, place, sizeof(value));
    return value;
}

/* --- the scoreboard: what moved, and what is under way --- */

enum { CYCLE_FLIGHTS = MMU_MAX_STAGES + 1 }; /* places in use where it is compared by cycles */
static_assert((CYCLE_FLIGHTS & (CYCLE_FLIGHTS - 1)) == 0, "a power of 2");

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define TELL(bench, function, ...)                                                                 \
    for (unsigned s_ = 0; s_ < (bench)->sink_count; s_++) {                                        \
        if ((bench)->sinks[s_].function != NULL) {                                                 \
            (bench)->sinks[s_].function((bench)->sinks[s_].context, __VA_ARGS__);                  \
        }                                                                                          \
    }

static ALWAYS_INLINE struct flight *flight_at(struct testbench *bench, unsigned position,
                                              unsigned places)
{
    return &bench->flights[(bench->flight_first + position) % places];
}

static void drop_all(struct testbench *bench, unsigned places)
{
    for (unsigned i = 0; i < bench->flight_count; i++) {
        TELL(bench, dropped, bench->cycle, flight_at(bench, i, places), true);
    }
    if (bench->is_offered) {
        TELL(bench, dropped, bench->cycle, &bench->offered, false);
    }
    bench->flight_count = 0;
    bench->is_offered = false;
    bench->stages_valid = 0;
    memset(&bench->retired, 0, sizeof(bench->retired));
}

static ALWAYS_INLINE void complete_oldest(struct testbench *bench,
                                          const struct mmu_response *response, unsigned places)
{
    struct flight *const flight = flight_at(bench, 0, places);

    flight->context = bench->retired.context;
    if (flight->request.op != MMU_OP_TRANSLATE || response->fault != MMU_FAULT_NONE) {
        mmu_execute(&bench->machine->mmu, &bench->retired, &flight->request);
    }
    TELL(bench, completed, bench->cycle, flight, response);
    bench->flight_first = (bench->flight_first + 1) % places;
    bench->flight_count--;
}

static void fill_flight(struct flight *flight, const struct testbench *bench,
                        const struct mmu_in *in, const struct offer *offer)
{
    flight->request = in->req;
    flight->offer = offer != NULL ? *offer : (struct offer){0};
    flight->offered_cycle = bench->cycle;
}

static ALWAYS_INLINE void accept(struct testbench *bench, const struct mmu_in *in,
                                 const struct offer *offer, unsigned places)
{
    struct flight *const flight = flight_at(bench, bench->flight_count, places);

    if (bench->is_offered) {
        *flight = bench->offered;
    } else {
        fill_flight(flight, bench, in, offer);
    }
    flight->accepted_cycle = bench->cycle;
    bench->flight_count++;
    bench->is_offered = false;
    TELL(bench, accepted, flight);
}

enum { RSP_READY_UNTOLD = 2 };

static void tell_control(struct testbench *bench, const struct mmu_in *in)
{
    bench->told_rsp_ready = in->rst ? RSP_READY_UNTOLD : in->rsp_ready;
    bench->wake_cycle = UINT64_MAX;
    TELL(bench, control, bench->cycle, in);
}

static ALWAYS_INLINE void count_cycle(struct testbench *bench, enum cycle_class cycle_class,
                                      const struct mmu_in *in, const struct mmu_out *out,
                                      unsigned in_flight)
{
    bench->class_cycles[cycle_class]++;
    bench->in_flight_cycles += in_flight;
    if (bench->has_cycle_sinks) {
        TELL(bench, cycle, bench->cycle, cycle_class, in, out, in_flight);
    }
    if (__builtin_expect(
            (in->rsp_ready != bench->told_rsp_ready) | (bench->cycle >= bench->wake_cycle), 0)) {
        tell_control(bench, in);
    }
}

static ALWAYS_INLINE void offer_first(struct testbench *bench, const struct mmu_in *in,
                                      const struct offer *offer)
{
    if (!bench->is_offered) {
        bench->is_offered = true;
        fill_flight(&bench->offered, bench, in, offer);
    }
}

static void keep_score_of_reset(struct testbench *bench, const struct mmu_in *in,
                                const struct offer *offer, const struct mmu_out *out,
                                unsigned places)
{
    const unsigned in_flight = bench->flight_count;

    if (in->req_valid) {
        offer_first(bench, in, offer);
    }
    drop_all(bench, places);
    bench->was_reset = true;
    bench->told_rsp_ready = RSP_READY_UNTOLD;
    count_cycle(bench, CYCLE_RESET, in, out, in_flight);
}

/* False when a DUT alone does what no MMU may. `places`: of the flights, how many may be in use; a
 * constant wherever this is inlined. */
static ALWAYS_INLINE bool keep_score(struct testbench *bench, const struct mmu_in *in,
                                     const struct offer *offer, const struct mmu_out *out,
                                     unsigned places)
{
    const unsigned in_flight = bench->flight_count;
    enum cycle_class cycle_class = in_flight > 0 ? CYCLE_WAIT : CYCLE_IDLE;
    bool req_moves = false;

    if (in->rst) {
        keep_score_of_reset(bench, in, offer, out, places);
        return true;
    }
    if (out->rsp_valid & in->rsp_ready) {
        if (in_flight == 0) {
            snprintf(bench->dut_failure, sizeof(bench->dut_failure),
                     "a response without a request");
            return false;
        }
        complete_oldest(bench, &out->rsp, places);
    }
    if (in->req_valid) {
        req_moves = out->req_ready;
        if (!req_moves) {
            cycle_class = CYCLE_STALL;
            offer_first(bench, in, offer);
        } else if (bench->flight_count == places) {
            snprintf(bench->dut_failure, sizeof(bench->dut_failure),
                     "more requests accepted than the pipeline holds");
            return false;
        } else {
            cycle_class = CYCLE_ACCEPT;
            accept(bench, in, offer, places);
        }
    }
    if ((out->rsp_valid ^ 1) | in->rsp_ready) {
        bench->stages_valid = (uint8_t)(bench->stages_valid << 1 | req_moves);
    }
    count_cycle(bench, cycle_class, in, out, in_flight);
    return true;
}

/* --- the clock --- */

static const struct mmu_out *stop(struct testbench *bench, enum testbench_verdict verdict)
{
    bench->verdict = verdict;
    return NULL;
}

/* A DUT that failed answers zeros, which no running MMU does: it is ready, or it has a response. */
static bool has_dut_failed(struct testbench *bench, const struct mmu_out *dut)
{
    const char *failure;

    if (dut->req_ready || dut->rsp_valid) {
        return false;
    }
    failure = bench->dut_interface->failure(bench->dut);
    if (failure == NULL) {
        return false;
    }
    snprintf(bench->dut_failure, sizeof(bench->dut_failure), "%s", failure);
    return true;
}

/* The response on offer, if there is one, against the one that the model gives. */
static bool is_response_right(struct testbench *bench, struct testbench_cycle *now)
{
    now->model = now->dut;
    if (!now->dut.rsp_valid) {
        return true;
    }
    bench->compared_cycles++;
    now->model.rsp = bench->transaction->expected[bench->flight_first];
    return outputs_equal(&now->model, &now->dut);
}

/* After the clock: the inputs have just been stored, in narrow pieces, and a wide load of them
 * would have waited for that. */
static ALWAYS_INLINE void note_inputs(const struct testbench *bench, struct testbench_cycle *now,
                                      const struct mmu_in *in, const struct offer *offer)
{
    now->in = *in;
    now->number = bench->cycle;
    now->offer = offer != NULL ? *offer : (struct offer){0};
}

static const struct mmu_out *clock_transaction(struct testbench *bench, const struct mmu_in *in,
                                               const struct offer *offer)
{
    struct testbench_cycle *const now = &bench->history[bench->cycle % TESTBENCH_HISTORY];
    const char *broken;
    char buffer[96];

    bench->dut_interface->cycle(bench->dut, in, &now->dut);
    now->model = now->dut;
    note_inputs(bench, now, in, offer);
    if (has_dut_failed(bench, &now->dut)) {
        return stop(bench, TESTBENCH_DUT_STOPPED);
    }
    if (!bench->was_reset && !in->rst) {
        now->dut = now->model = (struct mmu_out){0}; /* not to be believed yet */
    } else if (!in->rst) {
        broken =
            transaction_check(bench->transaction, bench, in, &now->dut, buffer, sizeof(buffer));
        if (broken != NULL) {
            snprintf(bench->dut_failure, sizeof(bench->dut_failure), "%s", broken);
            return stop(bench, TESTBENCH_DUT_BROKEN);
        }
        if (!is_response_right(bench, now)) {
            return stop(bench, TESTBENCH_DISAGREED);
        }
    }
    transaction_advance(bench->transaction, bench, in, &now->dut);
    keep_score(bench, in, offer, &now->dut, TRANSACTION_IN_FLIGHT);
    bench->cycle++;
    return &now->dut;
}

/* One clock of model, DUT or both; which of them are there is a constant wherever this is
 * inlined. */
static ALWAYS_INLINE const struct mmu_out *clock_cycle(struct testbench *bench,
                                                       const struct mmu_in *in,
                                                       const struct offer *offer, bool has_model,
                                                       bool has_dut)
{
    struct testbench_cycle *const now = &bench->history[bench->cycle % TESTBENCH_HISTORY];
    const struct mmu_out *const out = has_model ? &now->model : &now->dut;

    if (has_model) {
        mmu_cycle(&bench->model, in, &now->model);
    }
    if (has_dut) {
        bench->dut_interface->cycle(bench->dut, in, &now->dut);
    }
    note_inputs(bench, now, in, offer);
    if (has_model && has_dut && bench->was_reset) {
        bench->compared_cycles++;
        if (!outputs_equal(&now->model, &now->dut)) {
            return stop(bench, has_dut_failed(bench, &now->dut) ? TESTBENCH_DUT_STOPPED
                                                                : TESTBENCH_DISAGREED);
        }
    } else if (has_dut && has_dut_failed(bench, &now->dut)) {
        return stop(bench, TESTBENCH_DUT_STOPPED);
    }
    if (!keep_score(bench, in, offer, out, CYCLE_FLIGHTS)) {
        return stop(bench, TESTBENCH_DUT_BROKEN);
    }
    bench->cycle++;
    return out;
}

static const struct mmu_out *clock_model(struct testbench *bench, const struct mmu_in *in,
                                         const struct offer *offer)
{
    return clock_cycle(bench, in, offer, true, false);
}

static const struct mmu_out *clock_rtl(struct testbench *bench, const struct mmu_in *in,
                                       const struct offer *offer)
{
    return clock_cycle(bench, in, offer, false, true);
}

static const struct mmu_out *clock_lockstep(struct testbench *bench, const struct mmu_in *in,
                                            const struct offer *offer)
{
    return clock_cycle(bench, in, offer, true, true);
}

/* --- from outside --- */

const struct mmu_out *testbench_clock(struct testbench *bench, const struct mmu_in *in,
                                      const struct offer *offer)
{
    return bench->clock(bench, in, offer);
}

bool testbench_init(struct testbench *bench, enum engine engine, const struct machine *machine,
                    const struct dut_library *library, const struct dut_start *start,
                    struct error *error)
{
    static const struct dut_start plain_start;

    memset(bench, 0, sizeof(*bench));
    bench->engine = engine;
    bench->machine = machine;
    bench->clock = engine == ENGINE_LOCKSTEP ? clock_lockstep
                   : engine == ENGINE_RTL    ? clock_rtl
                                             : clock_model;
    bench->told_rsp_ready = RSP_READY_UNTOLD;
    bench->wake_cycle = UINT64_MAX;
    mmu_init(&bench->model, &machine->mmu);
    if (engine == ENGINE_RTL || engine == ENGINE_LOCKSTEP) {
        bench->dut_interface = library->interface;
        bench->dut = bench->dut_interface->start(start != NULL ? start : &plain_start);
        if (bench->dut == NULL) {
            return error_set(error,
                             "%s: the DUT does not start (out of memory, or its waveform "
                             "cannot be written)",
                             library->path);
        }
    }
    return true;
}

void testbench_by_transactions(struct testbench *bench, struct transaction *transaction,
                               uint64_t timeout_cycles)
{
    memset(transaction, 0, sizeof(*transaction));
    transaction->timeout_cycles = timeout_cycles;
    bench->transaction = transaction;
    bench->clock = clock_transaction;
}

static bool hears_marks_only(const struct sink *sink)
{
    return sink->marked != NULL && sink->completed == NULL && sink->accepted == NULL &&
           sink->dropped == NULL && sink->squashed == NULL && sink->cycle == NULL &&
           sink->control == NULL;
}

void testbench_add_sink(struct testbench *bench, const struct sink *sink)
{
    if (hears_marks_only(sink)) {
        bench->mark_sinks[bench->mark_sink_count++] = *sink;
        return;
    }
    bench->sinks[bench->sink_count++] = *sink;
    bench->has_cycle_sinks |= sink->cycle != NULL;
    bench->told_rsp_ready = RSP_READY_UNTOLD;
}

void testbench_wake(struct testbench *bench, uint64_t cycle)
{
    if (cycle < bench->wake_cycle) {
        bench->wake_cycle = cycle;
    }
}

void testbench_end(struct testbench *bench)
{
    if (bench->dut != NULL) {
        bench->dut_interface->stop(bench->dut);
        bench->dut = NULL;
    }
}

void testbench_squash(struct testbench *bench, uint64_t count)
{
    TELL(bench, squashed, count);
}

void testbench_mark(struct testbench *bench, uint64_t account, uint64_t event)
{
    TELL(bench, marked, bench->cycle, account, event);
    for (unsigned i = 0; i < bench->mark_sink_count; i++) {
        bench->mark_sinks[i].marked(bench->mark_sinks[i].context, bench->cycle, account, event);
    }
}

void testbench_snapshot(const struct testbench *bench, struct snapshot *snapshot)
{
    unsigned position = 0;

    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->regs = bench->retired;
    for (unsigned stage = bench->machine->mmu.stages; stage-- > 0;) {
        if ((bench->stages_valid >> stage & 1) && position < bench->flight_count) {
            snapshot->is_valid[stage] = true;
            snapshot->flight[stage] =
                bench->flights[(bench->flight_first + position++) % CYCLE_FLIGHTS];
        }
    }
}
