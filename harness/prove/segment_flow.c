/* SPDX-License-Identifier: MIT */
/* What the pipeline does is what the requests would do one after the other, without a clock: by
 * induction over the clocks, for every state that a reset leads to.
 *
 *     in.req -> [req_q] -> lookup -> [look_q] -> check -> rsp_q
 *
 * A clock either leaves every register as it is, or moves each request one place on, in the order
 * in which they came (prove_channels). So each request passes lookup once and check once, behind
 * all that were accepted before it and ahead of all that come after it; and what it meets in these
 * two steps is what it would meet on its own: the registers as the requests before it left them
 * (prove_translate, prove_execute).
 *
 * For cbmc. */
#include "machine.h"
#include "prove.h"
#include "segment_reachable.h"

static bool is_same_response(const struct mmu_response *a, const struct mmu_response *b)
{
    return a->addr == b->addr && a->data == b->data && a->fault == b->fault &&
           a->segment == b->segment;
}

static bool is_same_request(const struct mmu_request *a, const struct mmu_request *b)
{
    return a->addr == b->addr && a->wdata == b->wdata && a->op == b->op && a->bytes == b->bytes &&
           a->access == b->access && a->priv == b->priv && a->segment == b->segment &&
           a->reg == b->reg;
}

static bool is_same_look(const struct mmu_look *a, const struct mmu_look *b)
{
    return a->addr == b->addr && a->base == b->base && a->size == b->size && a->data == b->data &&
           a->op == b->op && a->bytes == b->bytes && a->access == b->access && a->priv == b->priv &&
           a->segment == b->segment && a->reg == b->reg && a->flags == b->flags &&
           a->fault == b->fault;
}

static bool is_same_record(const struct mmu_regs *a, const struct mmu_regs *b)
{
    return a->fault_valid == b->fault_valid && a->fault_more == b->fault_more &&
           a->fault_code == b->fault_code && a->fault_access == b->fault_access &&
           a->fault_priv == b->fault_priv && a->fault_segment == b->fault_segment &&
           a->fault_bytes == b->fault_bytes && a->fault_addr == b->fault_addr;
}

static void copy_record(struct mmu_regs *to, const struct mmu_regs *from)
{
    to->fault_valid = from->fault_valid;
    to->fault_more = from->fault_more;
    to->fault_code = from->fault_code;
    to->fault_access = from->fault_access;
    to->fault_priv = from->fault_priv;
    to->fault_segment = from->fault_segment;
    to->fault_bytes = from->fault_bytes;
    to->fault_addr = from->fault_addr;
}

static bool is_same_segment(const struct mmu_segment *a, const struct mmu_segment *b)
{
    return a->base == b->base && a->size == b->size && a->flags == b->flags;
}

static void begin(struct mmu *mmu)
{
    mmu_init(mmu, &machine);
    mmu->state = any_state();
    ASSUME(is_reachable(&mmu->state));
}

/* --- the steps --- */

/* The way of a request through lookup and check. */
struct passage {
    struct mmu_request request;
    struct mmu_regs regs;       /* that it meets: those of lookup then, those of check then */
    struct mmu_regs looked_up;  /* behind its lookup */
    struct mmu_regs checked;    /* behind its check */
    struct mmu_response answer; /* that it puts into rsp_q */
};

static void advance(struct mmu *mmu, const struct mmu_in *in)
{
    struct mmu_out out;

    mmu_cycle(mmu, in, &out);
    ASSUME(out.req_ready && !in->rst);
}

/* Any passage. A clock in which the pipeline stands changes nothing (prove_channels), so that none
 * is needed between the two steps. */
static void pass(struct passage *passage)
{
    const struct mmu_in in = any_input();
    struct mmu mmu;

    begin(&mmu);
    ASSUME(STAGES >= 2 ? mmu.state.req_valid_q : in.req_valid);
    passage->request = STAGES >= 2 ? mmu.state.req_q : in.req;
    passage->regs = mmu.state.regs;
    advance(&mmu, &in);
    passage->looked_up = mmu.state.regs;
    if (STAGES == 3) {
        const struct mmu_in next = any_input();

        copy_record(&passage->regs, &mmu.state.regs);
        advance(&mmu, &next);
    }
    passage->checked = mmu.state.regs;
    passage->answer = mmu.state.rsp_q;
    PROVE(mmu.state.rsp_valid_q, "a request that passed both steps is answered");
}

void prove_translate(void)
{
    struct mmu_segment bank[MMU_MAX_SEGMENTS];
    struct passage passage;
    struct mmu_response expected;

    pass(&passage);
    ASSUME(passage.request.op == MMU_OP_TRANSLATE);
    for (unsigned s = 0; s < (1u << SEG_BITS); s++) {
        bank[s] = passage.regs.segment[(unsigned)passage.regs.context << SEG_BITS | s];
    }
    expected = mmu_translate(&machine, bank, &passage.request);
    PROVE(is_same_response(&passage.answer, &expected),
          "the answer of mmu_translate for the bank that CONTEXT names");
}

/* Of every operation. What one step leaves alone, another request may change meanwhile. */
void prove_execute(void)
{
    struct passage passage;
    struct mmu_regs regs;
    struct mmu_response expected;

    pass(&passage);
    regs = passage.regs;
    expected = mmu_execute(&machine, &regs, &passage.request);
    PART(0, PROVE(is_same_response(&passage.answer, &expected), "the answer of mmu_execute"));
    PART(1, PROVE(is_same_record(&passage.checked, &regs),
                  "what it leaves in FAULT_STATUS and FAULT_ADDR"));
    PART(1, PROVE(passage.looked_up.context == regs.context, "what it leaves in CONTEXT"));
    PART(1, PROVE(passage.looked_up.window == regs.window, "what it leaves in WINDOW"));
    for (unsigned entry = 0; entry < MMU_SEGMENT_REGISTERS; entry++) {
        PART(PART_MEMORY + entry / ENTRIES_OF_A_PART,
             PROVE(is_same_segment(&passage.looked_up.segment[entry], &regs.segment[entry]),
                   "what it leaves in the segment registers"));
    }
}

/* --- the places --- */

static void prove_kept(const struct mmu_state *before, const struct mmu_state *after)
{
    PART(0, PROVE(after->rsp_valid_q == before->rsp_valid_q &&
                      is_same_response(&after->rsp_q, &before->rsp_q),
                  "a response that waits stays as it is"));
    PART(0, PROVE(after->req_valid_q == before->req_valid_q &&
                      is_same_request(&after->req_q, &before->req_q) &&
                      after->look_valid_q == before->look_valid_q &&
                      is_same_look(&after->look_q, &before->look_q),
                  "requests behind a response that waits stay where they are"));
    PART(0, PROVE(after->regs.context == before->regs.context &&
                      after->regs.window == before->regs.window &&
                      is_same_record(&after->regs, &before->regs),
                  "nothing takes effect behind a response that waits"));
    for (unsigned entry = 0; entry < MMU_SEGMENT_REGISTERS; entry++) {
        PART(PART_MEMORY + entry / ENTRIES_OF_A_PART,
             PROVE(is_same_segment(&after->regs.segment[entry], &before->regs.segment[entry]),
                   "no segment register changes behind a response that waits"));
    }
}

static void prove_moved(const struct mmu_in *in, const struct mmu_state *before,
                        const struct mmu_state *after)
{
    const bool first = in->req_valid;
    const bool second = STAGES >= 2 ? before->req_valid_q : first;
    const bool third = STAGES == 3 ? before->look_valid_q : second;

    PART(0,
         PROVE(after->req_valid_q == (STAGES >= 2 && first), "a request that is accepted is kept"));
    PART(0, PROVE(STAGES < 2 || !first || is_same_request(&after->req_q, &in->req),
                  "a request that is accepted is kept as it came"));
    PART(0, PROVE(after->look_valid_q == (STAGES == 3 && second), "a request moves on to check"));
    PART(0, PROVE(after->rsp_valid_q == third,
                  "a response for each request in its turn, and for nothing else"));
}

void prove_channels(void)
{
    const struct mmu_in in = any_input();
    struct mmu_state before;
    struct mmu_out out;
    struct mmu mmu;

    begin(&mmu);
    before = mmu.state;
    mmu_cycle(&mmu, &in, &out);
    PART(0, PROVE(is_reachable(&mmu.state), "the invariant"));
    PART(0, PROVE(out.req_ready == (!out.rsp_valid || in.rsp_ready),
                  "requests are taken where there is no response, or it is taken"));
    PART(0, PROVE(out.rsp_valid == before.rsp_valid_q && is_same_response(&out.rsp, &before.rsp_q),
                  "what is on offer is the oldest response"));
    PART(0, PROVE(out.rsp_valid || (out.rsp.addr == 0 && out.rsp.data == 0 && out.rsp.fault == 0 &&
                                    out.rsp.segment == 0),
                  "without a response its ports are 0"));
    if (in.rst) {
        PART(0, PROVE(!mmu.state.req_valid_q && !mmu.state.look_valid_q && !mmu.state.rsp_valid_q,
                      "a reset drops everything"));
    } else if (out.req_ready) {
        prove_moved(&in, &before, &mmu.state);
    } else {
        prove_kept(&before, &mmu.state);
    }
}

/* Whatever is in flight, STAGES clocks with a ready receiver answer it all. */
void prove_bounded(void)
{
    static const struct mmu_in idle = {.rsp_ready = 1};
    struct mmu mmu;

    begin(&mmu);
    for (unsigned stage = 0; stage < STAGES; stage++) {
        struct mmu_out out;

        mmu_cycle(&mmu, &idle, &out);
        PROVE(out.req_ready, "requests are taken while the receiver is ready");
    }
    PROVE(!mmu.state.req_valid_q && !mmu.state.look_valid_q && !mmu.state.rsp_valid_q,
          "every accepted request is answered within as many clocks as there are stages");
}
