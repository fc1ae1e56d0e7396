/* SPDX-License-Identifier: MIT */
/* The ports and parameters of a DUT, specification, sections 2 and 3: the one list that the port
 * map, the adapter and the limits of the stimulus come from. */
#ifndef LOCKSTEP_DUT_CONTRACT_H
#define LOCKSTEP_DUT_CONTRACT_H

#include <stddef.h>

#include "segmmu/cycle.h"

/* X(port, direction, bits, struct of the harness, member of it)
 * IN of struct mmu_in, OUT of struct mmu_out; clk_i is in neither. */
#define CONTRACT_PORT_LIST(X)                                                                      \
    X(clk_i, CLOCK, 1, mmu_in, rst)                                                                \
    X(rst_i, IN, 1, mmu_in, rst)                                                                   \
    X(req_valid_i, IN, 1, mmu_in, req_valid)                                                       \
    X(req_ready_o, OUT, 1, mmu_out, req_ready)                                                     \
    X(req_op_i, IN, 2, mmu_in, req.op)                                                             \
    X(req_addr_i, IN, 64, mmu_in, req.addr)                                                        \
    X(req_bytes_i, IN, 5, mmu_in, req.bytes)                                                       \
    X(req_access_i, IN, 2, mmu_in, req.access)                                                     \
    X(req_priv_i, IN, 1, mmu_in, req.priv)                                                         \
    X(req_segment_i, IN, 4, mmu_in, req.segment)                                                   \
    X(req_reg_i, IN, 8, mmu_in, req.reg)                                                           \
    X(req_wdata_i, IN, 64, mmu_in, req.wdata)                                                      \
    X(rsp_valid_o, OUT, 1, mmu_out, rsp_valid)                                                     \
    X(rsp_ready_i, IN, 1, mmu_in, rsp_ready)                                                       \
    X(rsp_addr_o, OUT, 64, mmu_out, rsp.addr)                                                      \
    X(rsp_data_o, OUT, 64, mmu_out, rsp.data)                                                      \
    X(rsp_fault_o, OUT, 4, mmu_out, rsp.fault)                                                     \
    X(rsp_segment_o, OUT, 4, mmu_out, rsp.segment)

enum contract_port {
#define X(port, direction, bits, type, member) CONTRACT_##port,
    CONTRACT_PORT_LIST(X)
#undef X
        CONTRACT_PORTS
};

enum contract_direction { CONTRACT_CLOCK, CONTRACT_IN, CONTRACT_OUT };

struct contract_port_info {
    const char *name;
    enum contract_direction direction;
    unsigned width_bits;
    size_t offset; /* in struct mmu_in; of an output, in struct mmu_out */
};
extern const struct contract_port_info contract_ports[CONTRACT_PORTS];

/* X(parameter, member of struct mmu_config) */
#define CONTRACT_PARAMETER_LIST(X)                                                                 \
    X(VA_W, va_w)                                                                                  \
    X(PA_W, pa_w)                                                                                  \
    X(SEG_BITS, seg_bits)                                                                          \
    X(SELECT, select)                                                                              \
    X(CONTEXTS, contexts)                                                                          \
    X(STAGES, stages)

/* What the inputs of a DUT are held to where its ports cannot carry all of the contract's. */
struct input_limits {
    struct mmu_in mask;  /* bits that may be 1 */
    struct mmu_in value; /* bits that are 1 whatever the source wants */
};

/* No limits. */
void input_limits_init(struct input_limits *limits);

/* A port carries its lowest `width_bits` bits only, and is `value` above. */
void input_limits_set(struct input_limits *limits, enum contract_port port, unsigned width_bits,
                      uint64_t value);

void input_limits_apply(const struct input_limits *limits, struct mmu_in *in);

/* The port that cannot carry what the inputs ask for, NULL where all can. What the operation does
 * not use is not asked for. */
const char *input_limits_refuse(const struct input_limits *limits, const struct mmu_config *config,
                                const struct mmu_in *in);

#endif
