#!/bin/bash
# SPDX-License-Identifier: MIT
# rtl/mmu_defs.vh and model/segmmu/types.h give the same codes, register indices and flag positions.
# The C side's lists and enumerators are printed by a program, as lines of the Verilog file.
. "$(dirname "$0")/common.sh"
need "${CC:-cc}"

cat >"$work/defs.c" <<'EOF'
#include <stdio.h>

#include "segmmu/types.h"

static unsigned bit_number(unsigned flag)
{
    unsigned bit = 0;
    while (flag >> bit != 1)
        bit++;
    return bit;
}

int main(void)
{
#define X(code, NAME, name) printf("`define MMU_OP_%s 2'd%d\n", #NAME, code);
    MMU_OP_LIST(X)
#undef X
#define X(code, NAME, name) printf("`define MMU_ACCESS_%s 2'd%d\n", #NAME, code);
    MMU_ACCESS_LIST(X)
#undef X
    printf("`define MMU_ACCESS_RESERVED 2'd%d\n", MMU_ACCESS_RESERVED);
#define X(code, NAME, name) printf("`define MMU_FAULT_%s 4'd%d\n", #NAME, code);
    MMU_FAULT_LIST(X)
#undef X
#define X(name) printf("`define %s 8'h%02x\n", #name, name);
    X(MMU_REG_ID)
    X(MMU_REG_CONTEXT)
    X(MMU_REG_FAULT_STATUS)
    X(MMU_REG_FAULT_ADDR)
    X(MMU_REG_WINDOW)
    X(MMU_REG_SEGMENT)
#undef X
    printf("`define MMU_REG_SEGMENT_STRIDE %d\n", MMU_REG_SEGMENT_STRIDE);
    printf("`define MMU_FIELD_BASE 2'd%d\n", MMU_REG_BASE(0) - MMU_REG_SEGMENT);
    printf("`define MMU_FIELD_SIZE 2'd%d\n", MMU_REG_SIZE(0) - MMU_REG_SEGMENT);
    printf("`define MMU_FIELD_FLAGS 2'd%d\n", MMU_REG_FLAGS(0) - MMU_REG_SEGMENT);
#define X(name) printf("`define %s_BIT %u\n", #name, bit_number(name));
    X(MMU_FLAG_PRESENT)
    X(MMU_FLAG_READ)
    X(MMU_FLAG_WRITE)
    X(MMU_FLAG_EXECUTE)
    X(MMU_FLAG_GROWS_DOWN)
#undef X
    printf("`define MMU_SELECT_EXPLICIT %d\n", MMU_SELECT_EXPLICIT);
    printf("`define MMU_SELECT_NAMED %d\n", MMU_SELECT_NAMED);
    return 0;
}
EOF
"${CC:-cc}" -std=c11 -I "$rtl/../model" -o "$work/defs" "$work/defs.c" || fail "defs.c"
"$work/defs" | sort >"$work/c"

# What the C side has no name for: the include guard, the fourth field, the kind.
only_verilog='MMU_DEFS_VH$|MMU_FIELD_NONE |MMU_KIND_SEGMENT '
verilog_defs() { # FILE
  grep '^`define' "$1" | grep -Ev "$only_verilog" | sort
}

check_same() { # FILE
  diff "$work/c" <(verilog_defs "$1") >"$work/diff"
}
checks=$(wc -l <"$work/c")
check_same "$rtl/mmu_defs.vh" || fail "types.h (<) and mmu_defs.vh (>): $(cat "$work/diff")"

# Twins: a number that differs, and a name that is missing.
plant_in number mmu_defs.vh "s/FAULT_LIMIT 4'd4/FAULT_LIMIT 4'd5/"
check_same "$work/number/mmu_defs.vh" && fail "a fault code that differs was not found"
plant_in name mmu_defs.vh '/MMU_REG_WINDOW/d'
check_same "$work/name/mmu_defs.vh" && fail "a register that is missing was not found"

finish_checks "mmu_defs.vh is types.h"
