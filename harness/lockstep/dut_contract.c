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
