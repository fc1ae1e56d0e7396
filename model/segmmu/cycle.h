/* SPDX-License-Identifier: MIT */
/* mmu_cycle: the cycle-accurate model. One call is one clock: struct in, struct out.
 *
 *          +--------- one clock a stage, `stages` of them ---------+
 *   in.req |  req_q  ->  lookup  ->  look_q  ->  check  ->  rsp_q  | out.rsp
 *          +------------- regs (segments)  --- regs (fault) -------+
 *
 *   stages 1: lookup and check work on the inputs, rsp_q alone remains
 *   stages 2: req_q and rsp_q
 *   stages 3: all three
 *
 * The state is exactly the registers of rtl/mmu.v, and each has its name there: `req_q.addr` here
 * is `req_addr_q` there, `regs.context` is `context_q`. A stage that holds no request holds zeros.
 *
 * Source: specification, section 3.
 */
#ifndef SEGMMU_CYCLE_H
#define SEGMMU_CYCLE_H

#include "segmmu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Inputs of one clock, sampled together with the outputs before the edge. A beat moves when both
 * of its handshakes are high and rst is low; req must then stay as it is until it moves. */
struct mmu_in {
    struct mmu_request req;
    uint8_t rst;       /* 1: the edge clears every register */
    uint8_t req_valid; /* 1: req is offered */
    uint8_t rsp_ready; /* 1: a response is taken */
};

/* Outputs of one clock. req_ready depends on this clock's rsp_ready; the rest on the state alone.
 * While rsp_valid is 0 every field of rsp is 0. */
struct mmu_out {
    struct mmu_response rsp;
    uint8_t req_ready;
    uint8_t rsp_valid;
};

/* A request with what the registers said of it (stage 2 of 3). */
struct mmu_look {
    uint64_t addr; /* as requested; 0 for anything but a translate */
    uint64_t base; /* of its segment; 0 where there is none, also below */
    uint64_t size; /* of its segment */
    uint64_t data; /* what a register read answers, FAULT_STATUS and FAULT_ADDR apart */
    uint8_t op;
    uint8_t bytes; /* 0 for anything but a translate, also access and segment */
    uint8_t access;
    uint8_t priv;
    uint8_t segment; /* of a user translate, otherwise 0 */
    uint8_t reg;     /* of a register operation, otherwise 0 */
    uint8_t flags;   /* of its segment */
    uint8_t fault;   /* of a register operation: none, privilege or register */
};

struct mmu_state {
    struct mmu_request req_q;
    struct mmu_look look_q;
    struct mmu_response rsp_q;
    uint8_t req_valid_q;
    uint8_t look_valid_q;
    uint8_t rsp_valid_q;
    struct mmu_regs regs;
};

struct mmu {
    struct mmu_config config;     /* constant after mmu_init, also the next */
    struct mmu_geometry geometry; /* of config */
    struct mmu_state state;
};

/* Sets the parameters, which must be valid (mmu_config_error), and the state after reset. */
void mmu_init(struct mmu *mmu, const struct mmu_config *config);

/* One clock. Writes every field of *out. */
void mmu_cycle(struct mmu *mmu, const struct mmu_in *in, struct mmu_out *out);

#ifdef __cplusplus
}
#endif
#endif
