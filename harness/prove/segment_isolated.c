/* SPDX-License-Identifier: MIT */
/* No access leaves its segment: of the pure function, for every bank of segment registers, and of
 * who may change them. That the pipeline answers what the function says is shown in segment_flow.c,
 * and that the RTL is the pipeline, in segment_equal.c.
 *
 * Written with sums that cannot wrap: every number below is less than 2^50. For cbmc. */
#include "machine.h"
#include "prove.h"
#include "segment_reachable.h"

struct bank {
    struct mmu_segment segment[MMU_MAX_SEGMENTS];
};
struct bank nondet_bank(void);
struct mmu_request nondet_request(void);

static bool is_admitted(const struct mmu_response *response)
{
    return response->fault == MMU_FAULT_NONE;
}

/* The bank holds what its registers can hold. */
static struct bank any_bank(void)
{
    struct bank bank = nondet_bank();

    for (unsigned s = 0; s < (1u << SEG_BITS); s++) {
        bank.segment[s] = cut_segment(bank.segment[s]);
        ASSUME(is_holdable(&bank.segment[s]));
    }
    return bank;
}

static struct mmu_request any_request(void)
{
    return cut_request(nondet_request());
}

/* An admitted access lies wholly in the physical range of its segment, which is present and
 * permits it. */
void prove_inside(void)
{
    const struct bank bank = any_bank();
    struct mmu_request request = any_request();
    struct mmu_response response;

    request.priv = 0;
    response = mmu_translate(&machine, bank.segment, &request);
    if (!is_admitted(&response)) {
        return;
    }
    PROVE(response.segment < 1u << SEG_BITS, "it has a segment");

    const struct mmu_segment segment = bank.segment[response.segment & ((1u << SEG_BITS) - 1)];
    const uint64_t end = response.addr + request.bytes;
    const bool grows_down = (segment.flags & MMU_FLAG_GROWS_DOWN) != 0;
    const unsigned needed = request.access == MMU_ACCESS_READ    ? MMU_FLAG_READ
                            : request.access == MMU_ACCESS_WRITE ? MMU_FLAG_WRITE
                                                                 : MMU_FLAG_EXECUTE;

    PROVE(segment.flags & MMU_FLAG_PRESENT, "its segment is present");
    PROVE(request.access <= MMU_ACCESS_EXECUTE && (segment.flags & needed),
          "its segment permits it");
    PROVE(request.bytes >= 1 && request.bytes <= MMU_MAX_BYTES, "it has 1 to 16 bytes");
    PROVE(response.addr < UINT64_C(1) << PA_W && end <= UINT64_C(1) << PA_W,
          "every byte is a physical address");
    PROVE(grows_down || (response.addr >= segment.base && end <= segment.base + segment.size),
          "it lies in its segment, which grows up");
    PROVE(!grows_down || (end <= segment.base && segment.base - response.addr <= segment.size),
          "it lies in its segment, which grows down");
}

/* Each byte of an admitted access is the byte that an access of one byte there would get, and two
 * such bytes of one segment are one byte of memory only where they are one virtual byte. */
void prove_apart(void)
{
    const struct bank bank = any_bank();
    struct mmu_request request = any_request();
    struct mmu_request one = any_request(), other = any_request();
    const uint8_t byte = nondet_byte();
    struct mmu_response response, of_one, of_other;

    request.priv = one.priv = other.priv = 0;
    one.bytes = other.bytes = 1;
    of_one = mmu_translate(&machine, bank.segment, &one);
    of_other = mmu_translate(&machine, bank.segment, &other);
    if (is_admitted(&of_one) && is_admitted(&of_other) && of_one.segment == of_other.segment) {
        PROVE(one.addr == other.addr || of_one.addr != of_other.addr,
              "two virtual bytes of a segment are two physical ones");
    }
    response = mmu_translate(&machine, bank.segment, &request);
    if (is_admitted(&response) && byte < request.bytes) {
        one = request;
        one.addr = request.addr + byte;
        one.bytes = 1;
        of_one = mmu_translate(&machine, bank.segment, &one);
        PROVE(is_admitted(&of_one) && of_one.addr == response.addr + byte &&
                  of_one.segment == response.segment,
              "each byte of an access is where it would be on its own");
    }
}

/* Of every operation. */
void prove_silent(void)
{
    struct mmu_state state = any_state();
    const struct mmu_request request = any_request();
    struct mmu_response response;

    ASSUME(is_reachable(&state));
    response = mmu_execute(&machine, &state.regs, &request);
    PROVE(is_admitted(&response) || (response.addr == 0 && response.data == 0),
          "a fault leaks nothing");
    PROVE(request.op == MMU_OP_TRANSLATE || response.addr == 0, "no address but of a translation");
    PROVE(request.op == MMU_OP_READ_REGISTER || response.data == 0, "no data but of a read");
    PROVE(request.priv || request.op == MMU_OP_TRANSLATE || response.fault == MMU_FAULT_PRIVILEGE,
          "a user reaches no register");
}

/* Nothing but a privileged write that is in the lookup step changes a segment register, and then
 * to what it can hold. */
void prove_guarded(void)
{
    struct mmu mmu;
    const struct mmu_in in = any_input();
    struct mmu_out out;

    mmu_init(&mmu, &machine);
    mmu.state = any_state();
    ASSUME(is_reachable(&mmu.state));

    const struct mmu_regs before = mmu.state.regs;
    const struct mmu_request *const request = STAGES >= 2 ? &mmu.state.req_q : &in.req;
    const bool is_there = STAGES >= 2 ? mmu.state.req_valid_q : in.req_valid;
    const bool is_allowed =
        is_there && request->priv && request->op == MMU_OP_WRITE_REGISTER && !in.rst;

    mmu_cycle(&mmu, &in, &out);
    for (unsigned entry = 0; entry < MMU_SEGMENT_REGISTERS; entry++) {
        const struct mmu_segment *const old = &before.segment[entry];
        const struct mmu_segment *const new = &mmu.state.regs.segment[entry];
        const bool is_same =
            new->base == old->base &&new->size == old->size &&new->flags == old->flags;
        const bool is_clear = new->base == 0 && new->size == 0 && new->flags == 0;

        PART(PART_MEMORY + entry / ENTRIES_OF_A_PART,
             PROVE(is_same || is_allowed || (in.rst && is_clear),
                   "only a privileged write or a reset changes a segment register"));
        PART(PART_MEMORY + entry / ENTRIES_OF_A_PART,
             PROVE(is_holdable(new) || !is_holdable(old), "a segment register holds what it can"));
    }
}
