/* SPDX-License-Identifier: MIT */
/* The registers that a machine file asks for, as the requests that load them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/machine.h"
#include "machine/setup.h"
#include "segmmu/execute.h"

static void setup_loads_each_bank_and_ends_in_bank_0(void **state)
{
    static const char text[] =
        "mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: 2,\n"
        "      contexts: 3}\n"
        "segments:\n"
        "- {segment: 0, context: 2, base: 1K, size: 2K, access: rx}\n"
        "- {segment: 3, context: 0, base: 8K, size: 1K, access: rw, grows: down}\n"
        "- {segment: 1, context: 2, base: 4K, size: 3K, access: w, present: no}\n";
    struct error error = {""};
    struct machine *machine = machine_parse(text, sizeof(text) - 1, "m.yaml", &error);
    struct mmu_request request[MACHINE_SETUP_MAX];
    struct mmu_regs regs = {.window = 0};
    (void)state;
    assert_non_null(machine);
    const unsigned count = machine_setup(machine, request, MACHINE_SETUP_MAX);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(mmu_execute(&machine->mmu, &regs, &request[i]).fault, MMU_FAULT_NONE);
    }
    assert_int_equal(regs.window, 0);
    assert_int_equal(regs.context, 0);
    for (unsigned i = 0; i < machine->segment_count; i++) {
        const struct machine_segment *segment = &machine->segments[i];
        const struct mmu_segment *reg = &regs.segment[segment->context << 2 | segment->segment];
        assert_int_equal(reg->base, segment->reg.base);
        assert_int_equal(reg->size, segment->reg.size);
        assert_int_equal(reg->flags, segment->reg.flags);
    }
    assert_int_equal(machine_setup(machine, request, 2), count); /* tells, and does not overrun */
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup_loads_each_bank_and_ends_in_bank_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
