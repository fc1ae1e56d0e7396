/* SPDX-License-Identifier: MIT */
/* As much of the i386's instruction encoding as must be known before an instruction runs.
 * Source: Intel SDM 2A, chapter 2, and 2D, appendix A (opcode maps). */
#ifndef SOURCE_GUEST_I386_H
#define SOURCE_GUEST_I386_H

#include <stdbool.h>
#include <stdint.h>

struct i386_insn {
    uint8_t opcode;   /* the last byte of it */
    bool is_extended; /* 0F opcode */
    bool repeats;     /* a prefix F2 or F3 */
    bool has_modrm;   /* for the opcodes that matter here, and all of 0F but a few */
    uint8_t modrm;
    bool has_port;     /* in and out with a port in the instruction */
    uint8_t immediate; /* of int, in, out */
    uint8_t bytes;     /* prefixes, opcode, modrm, immediate as far as they are named here */
    bool is_too_long;  /* these need more than ENGINE_MAX_INSTRUCTION bytes */
};

enum i386_special {
    I386_ORDINARY,
    I386_SYSCALL,    /* int 0x80 */
    I386_BREAKPOINT, /* int3, int 3, int1 */
    I386_COUNTER,    /* rdtsc */
    I386_PORT,       /* in, out, ins, outs */
    I386_UNDEFINED,  /* what this CPU does not have, such as syscall and VEX */
    I386_PRIVILEGED, /* raises exception 13 at level 3, or anywhere */
};

/* `bytes` has ENGINE_MAX_INSTRUCTION readable. */
void i386_decode(const uint8_t *bytes, struct i386_insn *insn);
enum i386_special i386_special(const struct i386_insn *insn);
/* enum engine_insn, for struct isa. */
uint16_t i386_classify(const uint8_t *bytes, uint32_t length);

#endif
