/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_contract.h"

#include <assert.h>
#include <string.h>

const struct contract_port_info contract_ports[CONTRACT_PORTS] = {
#define X(port, direction, bits, type, member)                                                     \
    {#port, CONTRACT_##direction, bits, offsetof(struct type, member)},
    CONTRACT_PORT_LIST(X)
#undef X
};

void input_limits_init(struct input_limits *limits)
{
    memset(&limits->mask, 0xFF, sizeof limits->mask);
    memset(&limits->value, 0, sizeof limits->value);
}

/* A member of struct mmu_in is a word of 64 bits or, up to 8 bits, a byte. */
static void write_member(struct mmu_in *in, const struct contract_port_info *info, uint64_t value)
{
    char *at = (char *)in + info->offset;
    if (info->width_bits > 8)
        memcpy(at, &value, sizeof value);
    else
        *at = (char)value;
}

void input_limits_set(struct input_limits *limits, enum contract_port port, unsigned width_bits,
                      uint64_t value)
{
    assert(contract_ports[port].direction == CONTRACT_IN && width_bits < 64);
    write_member(&limits->mask, &contract_ports[port], (UINT64_C(1) << width_bits) - 1);
    write_member(&limits->value, &contract_ports[port], value);
}

void input_limits_apply(const struct input_limits *limits, struct mmu_in *in)
{
    const char *mask = (const char *)&limits->mask, *value = (const char *)&limits->value;
    char *byte = (char *)in;
    for (size_t i = 0; i < sizeof *in; i++)
        byte[i] = (char)((byte[i] & mask[i]) | value[i]);
}

/* Whether a cycle with these inputs depends on a port. */
static bool is_used(enum contract_port port, const struct mmu_config *config,
                    const struct mmu_in *in)
{
    const bool is_translate = in->req.op == MMU_OP_TRANSLATE;

    switch (port) {
    case CONTRACT_rst_i:
    case CONTRACT_req_valid_i:
    case CONTRACT_rsp_ready_i:
        return true;
    case CONTRACT_req_op_i:
    case CONTRACT_req_priv_i:
        return in->req_valid;
    case CONTRACT_req_addr_i:
    case CONTRACT_req_bytes_i:
    case CONTRACT_req_access_i:
        return in->req_valid && is_translate;
    case CONTRACT_req_segment_i:
        return in->req_valid && is_translate && !in->req.priv && config->select == MMU_SELECT_NAMED;
    case CONTRACT_req_reg_i:
        return in->req_valid && !is_translate;
    case CONTRACT_req_wdata_i:
        return in->req_valid && in->req.op == MMU_OP_WRITE_REGISTER;
    default:
        return false;
    }
}

const char *input_limits_refuse(const struct input_limits *limits, const struct mmu_config *config,
                                const struct mmu_in *in)
{
    struct mmu_in held = *in;

    input_limits_apply(limits, &held);
    for (unsigned port = 0; port < CONTRACT_PORTS; port++) {
        const struct contract_port_info *const info = &contract_ports[port];
        const size_t size = info->width_bits > 8 ? sizeof(uint64_t) : 1;

        if (is_used(port, config, in) && memcmp((const char *)in + info->offset,
                                                (const char *)&held + info->offset, size) != 0) {
            return info->name;
        }
    }
    return NULL;
}
