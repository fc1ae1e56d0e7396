/* SPDX-License-Identifier: MIT */
#include "source/guest_i386.h"

#include <string.h>

#include "source/guest_engine.h"

enum { MODRM_REGISTER = 0xc0 };

static bool is_prefix(uint8_t byte)
{
    switch (byte) {
    case 0x26: /* segment overrides */
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66: /* operand size */
    case 0x67: /* address size */
    case 0xf0: /* lock */
    case 0xf2: /* repeat */
    case 0xf3:
        return true;
    default:
        return false;
    }
}

/* Opcodes of one byte whose modrm byte is looked at. */
static bool short_has_modrm(uint8_t opcode)
{
    return (opcode >= 0xd8 && opcode <= 0xdf) || opcode == 0x8e || opcode == 0x8f ||
           opcode == 0xc4 || opcode == 0xc5 || opcode == 0xff;
}

static bool extended_has_modrm(uint8_t opcode)
{
    return !((opcode >= 0x05 && opcode <= 0x0b) || (opcode >= 0x30 && opcode <= 0x37) ||
             opcode == 0x31 || (opcode >= 0x80 && opcode <= 0x8f) || opcode == 0x77 ||
             opcode == 0xa0 || opcode == 0xa1 || opcode == 0xa2 || opcode == 0xa8 ||
             opcode == 0xa9 || opcode == 0xaa || (opcode >= 0xc8 && opcode <= 0xcf));
}

static bool is_immediate_port(uint8_t opcode)
{
    return opcode >= 0xe4 && opcode <= 0xe7;
}

/* C4 and C5 are LES and LDS with a memory operand, and VEX prefixes otherwise. */
static bool is_vex(const struct i386_insn *insn)
{
    return !insn->is_extended && (insn->opcode == 0xc4 || insn->opcode == 0xc5) &&
           insn->modrm >= MODRM_REGISTER;
}

/* The next byte; 0 where the instruction may have no further one. */
static uint8_t next_byte(const uint8_t *bytes, struct i386_insn *insn)
{
    if (insn->bytes == ENGINE_MAX_INSTRUCTION) {
        insn->is_too_long = true;
        return 0;
    }
    return bytes[insn->bytes++];
}

void i386_decode(const uint8_t *bytes, struct i386_insn *insn)
{
    memset(insn, 0, sizeof(*insn));
    /* Any number of prefixes, and any of them repeatedly (SDM 2A 2.1.1), up to the last byte. */
    do {
        insn->opcode = next_byte(bytes, insn);
        insn->repeats |= insn->opcode == 0xf2 || insn->opcode == 0xf3;
    } while (is_prefix(insn->opcode));
    if (insn->opcode == 0x0f) {
        insn->is_extended = true;
        insn->opcode = next_byte(bytes, insn);
    }
    insn->has_modrm =
        insn->is_extended ? extended_has_modrm(insn->opcode) : short_has_modrm(insn->opcode);
    if (insn->has_modrm) {
        insn->modrm = next_byte(bytes, insn);
    } else if (!insn->is_extended && (insn->opcode == 0xcd || is_immediate_port(insn->opcode))) {
        insn->has_port = is_immediate_port(insn->opcode);
        insn->immediate = next_byte(bytes, insn);
    }
}

static enum i386_special special_extended(const struct i386_insn *insn)
{
    switch (insn->opcode) {
    case 0x05: /* syscall */
    case 0x07: /* sysret */
    case 0x34: /* sysenter */
    case 0x35: /* sysexit */
        return I386_UNDEFINED;
    case 0x01: /* smsw alone may be run with a register; monitor, vmrun and the like not */
        return insn->modrm >= MODRM_REGISTER && (insn->modrm >> 3 & 7) != 4 ? I386_UNDEFINED
                                                                            : I386_ORDINARY;
    case 0x31:
        return I386_COUNTER;
    default:
        return I386_ORDINARY;
    }
}

enum i386_special i386_special(const struct i386_insn *insn)
{
    const uint8_t opcode = insn->opcode;

    if (insn->is_too_long) {
        return I386_PRIVILEGED; /* it raises the same exception (SDM 3A 6.15, interrupt 13) */
    }
    if (insn->is_extended) {
        return special_extended(insn);
    }
    /* Unicorn takes the opcode after a VEX prefix for any of 0F, such as rdtsc. */
    if (is_vex(insn)) {
        return I386_UNDEFINED;
    }
    if (opcode == 0xcd && insn->immediate == 0x80) {
        return I386_SYSCALL;
    }
    if (opcode == 0xcc || opcode == 0xf1 || (opcode == 0xcd && insn->immediate == 3)) {
        return I386_BREAKPOINT;
    }
    if (is_immediate_port(opcode) || (opcode >= 0xec && opcode <= 0xef) ||
        (opcode >= 0x6c && opcode <= 0x6f)) {
        return I386_PORT;
    }
    /* Any other int; iret, which could switch tasks; hlt, cli, sti. */
    if (opcode == 0xcd || opcode == 0xcf || opcode == 0xf4 || opcode == 0xfa || opcode == 0xfb) {
        return I386_PRIVILEGED;
    }
    return I386_ORDINARY;
}

static bool has_memory(const struct i386_insn *insn)
{
    return insn->has_modrm && insn->modrm < MODRM_REGISTER;
}

/* Reads a descriptor; *before: after so many data accesses. */
static bool loads_segment(const struct i386_insn *insn, unsigned *before)
{
    const uint8_t opcode = insn->opcode;
    const uint8_t group = insn->modrm >> 3 & 7;

    *before = 0;
    if (insn->is_extended) {
        switch (opcode) {
        case 0x00: /* verr, verw */
        case 0x02: /* lar */
        case 0x03: /* lsl */
            *before = has_memory(insn);
            return true;
        case 0xa1: /* pop fs, gs */
        case 0xa9:
            *before = 1;
            return true;
        case 0xb2: /* lss, lfs, lgs */
        case 0xb4:
        case 0xb5:
            *before = 2;
            return true;
        default:
            return false;
        }
    }
    switch (opcode) {
    case 0x07: /* pop es, ss, ds */
    case 0x17:
    case 0x1f:
        *before = 1;
        return true;
    case 0x8e: /* mov */
        *before = has_memory(insn);
        return true;
    case 0x9a: /* far call, jump */
    case 0xea:
        return true;
    case 0xc4: /* les, lds */
    case 0xc5:
    case 0xca: /* far return */
    case 0xcb:
        *before = 2;
        return true;
    case 0xff: /* far call, jump */
        *before = 2;
        return group == 3 || group == 5;
    default:
        return false;
    }
}

/* Extended opcodes with a memory operand that change no register before their last access. */
static bool extended_is_late(const struct i386_insn *insn)
{
    const uint8_t opcode = insn->opcode;

    return (opcode >= 0x18 && opcode <= 0x1f) || (opcode >= 0x40 && opcode <= 0x4f) ||
           (opcode >= 0x90 && opcode <= 0x9f) || (opcode >= 0xa3 && opcode <= 0xa5) ||
           opcode == 0xab || opcode == 0xac || opcode == 0xad || opcode == 0xaf || opcode == 0xb0 ||
           opcode == 0xb1 || opcode == 0xb3 || opcode == 0xb6 || opcode == 0xb7 ||
           (opcode >= 0xba && opcode <= 0xc1);
}

/* Accesses memory after it may have changed a register. Rather one too many: it costs a tenth of
 * a microsecond. */
static bool is_early(const struct i386_insn *insn)
{
    const uint8_t opcode = insn->opcode;
    const uint8_t group = insn->modrm >> 3 & 7;
    unsigned before;

    if (loads_segment(insn, &before)) {
        return true;
    }
    if (insn->is_extended) {
        return has_memory(insn) && !extended_is_late(insn);
    }
    if (opcode >= 0xd8 && opcode <= 0xdf && has_memory(insn)) {
        /* fldenv, fnstenv; fld and fstp of 80 bits, frstor, fnsave; fbld, fbstp */
        return (opcode == 0xd9 && (group == 4 || group == 6)) || (opcode == 0xdb && group >= 5) ||
               (opcode == 0xdd && (group == 4 || group == 6)) ||
               (opcode == 0xdf && (group == 4 || group == 6));
    }
    return opcode == 0x61 || opcode == 0xc8; /* popa, enter */
}

static bool branches(const struct i386_insn *insn)
{
    const uint8_t opcode = insn->opcode;
    const uint8_t group = insn->modrm >> 3 & 7;

    if (insn->is_extended) {
        return opcode >= 0x80 && opcode <= 0x8f;
    }
    return (opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xe0 && opcode <= 0xe3) ||
           (opcode >= 0xe8 && opcode <= 0xeb) || opcode == 0x9a || opcode == 0xc2 ||
           opcode == 0xc3 || opcode == 0xca || opcode == 0xcb ||
           (opcode == 0xff && group >= 2 && group <= 5);
}

static bool is_string(const struct i386_insn *insn)
{
    const uint8_t opcode = insn->opcode;

    return !insn->is_extended &&
           ((opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf));
}

uint16_t i386_classify(const uint8_t *bytes, uint32_t length)
{
    struct i386_insn insn;
    unsigned kind = INSN_KNOWN;
    unsigned before;

    i386_decode(bytes, &insn);
    kind |= length != 0 ? length : insn.bytes;
    if (i386_special(&insn) != I386_ORDINARY) {
        return (uint16_t)(kind | INSN_SPECIAL);
    }
    if (is_early(&insn)) {
        kind |= INSN_SAVE;
    }
    if (loads_segment(&insn, &before)) {
        kind |= INSN_DESCRIPTOR | before << INSN_PLAIN_SHIFT;
    }
    if (branches(&insn)) {
        kind |= INSN_BRANCHES;
    }
    if (insn.repeats && is_string(&insn)) {
        kind |= INSN_REPEATS;
    }
    return (uint16_t)kind;
}
