/* SPDX-License-Identifier: MIT */
/* Calls of RV32 programs by `ecall`: the number in a7, arguments in a0.., the answer in a0, -1 when
 * it could not be done or there is no such call. tests/guests/README.md is their table. */
#include "os/abi.h"

enum { A0 = 10, A1 = 11, A2 = 12, A7 = 17 };

enum ecall {
    ECALL_SBRK = 1,  /* a0: bytes, signed; the old break */
    ECALL_YIELD = 2, /* 0; another process may run */
    ECALL_READ = 3,  /* a0: descriptor, a1: where to, a2: bytes; how many were read */
};

static const uint32_t ecall_failed = UINT32_MAX;

static uint32_t sbrk_by(struct process *process, int32_t increment)
{
    const uint64_t old_break = process->brk;

    if (process->layout.heap < 0 ||
        (increment < 0 && (uint64_t) - (int64_t)increment > old_break)) {
        return ecall_failed;
    }
    return process_set_break(process, old_break + (uint64_t)(int64_t)increment)
               ? (uint32_t)old_break
               : ecall_failed;
}

static uint32_t read_file(struct process *process, uint32_t fd, uint32_t vaddr, uint32_t bytes)
{
    const int64_t got = abi_read_file(process, (int)fd, vaddr, bytes, -1);

    return got < 0 ? ecall_failed : (uint32_t)got;
}

enum abi_result abi_ecall(struct process *process)
{
    uint32_t *const reg = process->cpu->reg;

    switch (reg[A7]) {
    case ECALL_SBRK:
        reg[A0] = sbrk_by(process, (int32_t)reg[A0]);
        break;
    case ECALL_YIELD:
        reg[A0] = 0;
        break;
    case ECALL_READ:
        process_flush(process);
        reg[A0] = read_file(process, reg[A0], reg[A1], reg[A2]);
        break;
    default:
        process_unknown_call(process, reg[A7]);
        reg[A0] = ecall_failed;
        break;
    }
    return ABI_CONTINUE;
}
