/* SPDX-License-Identifier: MIT */
/* What holds of every state that a segment MMU comes into after a reset, as far as the proofs need
 * it. Nothing is taken on trust: each proof that assumes it shows that a clock keeps it. */
#ifndef SEGMENT_REACHABLE_H
#define SEGMENT_REACHABLE_H

#include "machine.h"
#include "segmmu/segmmu.h"

/* What an operation does not use is 0 from lookup on. */
static inline bool is_look_consistent(const struct mmu_look *look, bool is_valid)
{
    const bool is_of_check = look->reg == MMU_REG_FAULT_STATUS || look->reg == MMU_REG_FAULT_ADDR;

    if (!is_valid) {
        return look->op == 0 && look->fault == 0 && look->data == 0 && look->segment == 0;
    }
    if (look->op == MMU_OP_TRANSLATE) {
        return look->fault == 0 && look->data == 0 && (!look->priv || look->segment == 0);
    }
    return look->segment == 0 && look->bytes == 0 && look->access == 0 &&
           (look->data == 0 ||
            (look->op == MMU_OP_READ_REGISTER && look->fault == 0 && !is_of_check));
}

static inline bool is_reachable(const struct mmu_state *state)
{
    return is_look_consistent(&state->look_q, state->look_valid_q) &&
           state->regs.context < machine.contexts && state->regs.window < machine.contexts;
}

#endif
