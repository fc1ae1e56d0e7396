/* SPDX-License-Identifier: MIT */
/* The C model and the RTL are the same machine. By induction over the clocks:
 *
 *     prove_base   one clock of reset brings both, from any states, into the same state;
 *     prove_step   from the same state, with the same inputs, both give the same outputs and come
 *                  into the same state.
 *
 * So from the first reset on they agree in every cycle, for every sequence of inputs. "The same
 * state" is what binding.h, made of segment.binding, says; `is_reachable` narrows it down, and is
 * proved along with it.
 *
 * For cbmc; the directory of the generated rtl.c, binding.h and machine.h is on the include path.
 */
#include "machine.h"
#include "prove.h"
#include "rtl.c"
#include "segment_reachable.h"

#define SAME(model, rtl, name) PROVE((model) == (rtl), "register " name)
#include "binding.h"

/* What is undefined to Yosys is any value, in either clock. */
struct rtl_state nondet_rtl_state(void);
struct rtl_unknown nondet_rtl_unknown(void);

static void drive(struct rtl_in *to, const struct mmu_in *from)
{
    to->rst_i = from->rst;
    to->req_valid_i = from->req_valid;
    to->req_op_i = from->req.op;
    to->req_addr_i = from->req.addr;
    to->req_bytes_i = from->req.bytes;
    to->req_access_i = from->req.access;
    to->req_priv_i = from->req.priv;
    to->req_segment_i = from->req.segment;
    to->req_reg_i = from->req.reg;
    to->req_wdata_i = from->req.wdata;
    to->rsp_ready_i = from->rsp_ready;
}

static void compare_outputs(const struct mmu_out *model, const struct rtl_out *rtl)
{
    PROVE(model->req_ready == rtl->req_ready_o, "req_ready_o");
    PROVE(model->rsp_valid == rtl->rsp_valid_o, "rsp_valid_o");
    PROVE(model->rsp.addr == rtl->rsp_addr_o, "rsp_addr_o");
    PROVE(model->rsp.data == rtl->rsp_data_o, "rsp_data_o");
    PROVE(model->rsp.fault == rtl->rsp_fault_o, "rsp_fault_o");
    PROVE(model->rsp.segment == rtl->rsp_segment_o, "rsp_segment_o");
}

void prove_base(void)
{
    struct mmu mmu;
    struct mmu_in in = any_input();
    struct mmu_out model_out;
    struct rtl_state rtl = nondet_rtl_state();
    struct rtl_in rtl_in;
    struct rtl_out rtl_out;
    const struct rtl_unknown unknown = nondet_rtl_unknown();

    ASSUME(rtl_is_in_range(&rtl));
    mmu_init(&mmu, &machine);
    mmu.state = nondet_state();
    in.rst = 1;
    drive(&rtl_in, &in);
    mmu_cycle(&mmu, &in, &model_out);
    rtl_cycle(&rtl, &rtl_in, &unknown, &rtl_out);
    compare_state(&mmu.state, &rtl);
    PROVE(is_reachable(&mmu.state), "the invariant");
}

void prove_step(void)
{
    struct mmu mmu;
    const struct mmu_in in = any_input();
    struct mmu_out model_out;
    struct rtl_state rtl = nondet_rtl_state();
    struct rtl_in rtl_in;
    struct rtl_out rtl_out;
    const struct rtl_unknown unknown = nondet_rtl_unknown();

    ASSUME(rtl_is_in_range(&rtl));
    mmu_init(&mmu, &machine);
    mmu.state = nondet_state();
    bind_state(&mmu.state, &rtl);
    ASSUME(is_reachable(&mmu.state));
    drive(&rtl_in, &in);
    mmu_cycle(&mmu, &in, &model_out);
    rtl_cycle(&rtl, &rtl_in, &unknown, &rtl_out);
    PART(0, compare_outputs(&model_out, &rtl_out));
    compare_state(&mmu.state, &rtl);
    PART(0, PROVE(is_reachable(&mmu.state), "the invariant"));
}
