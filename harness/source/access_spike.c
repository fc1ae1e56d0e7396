/* SPDX-License-Identifier: MIT */
/* Spike, the RISC-V simulator, with --log-commits: a line for each instruction that retired, with
 * its privilege mode, address, encoding, the registers that it wrote, a `mem ADDRESS` for each load
 * and a `mem ADDRESS VALUE` for each store (riscv/execute.cc, commit_log_print_insn).
 *
 *     core   0: 3 0x0000000080000118 (0x0182b283) x5  0x0000000080000000 mem 0x0000000000001018
 *     core   0: 3 0x000000008000011c (0xfe543423) mem 0x0000000080002ff8 0x0000000080000000
 *
 * A store's size is in the digits of its value. A load has none: it is taken from the instruction.
 * What -l adds, the disassembly and traps, is left out. */
#include <ctype.h>
#include <string.h>

#include "source/access_log_text.h"

static enum access_log_result refuse(const struct access_text *text, struct error *error,
                                     const char *found, const char *expected)
{
    lines_refuse(text->lines, error, "found `%.60s`, expected %s", found, expected);
    return ACCESS_LOG_ERROR;
}

/* Of a load: the base instruction set, A, C, D, F, Q, V (of an element) and Zcb; as wide as a
 * register for any other. */
static uint32_t load_bytes(uint32_t instruction, uint32_t register_bytes)
{
    const uint32_t width = instruction >> 12 & 7;
    const uint32_t top = instruction >> 13 & 7;

    switch (instruction & 3) {
    case 3:
        switch (instruction & 0x7f) {
        case 0x03: /* LOAD */
            return 1u << (width & 3);
        case 0x07: /* LOAD-FP, and vectors where width is 0, 5, 6 or 7 */
            return width < 5 ? 1u << width : 1u << (width - 4);
        case 0x2f: /* AMO */
            return width < 5 ? 1u << width : register_bytes;
        }
        break;
    case 0: /* c.fld, c.lw, c.ld or c.flw, c.lbu or c.lh */
    case 2: /* the same from the stack pointer */
        if (top == 1 || top == 2) {
            return top == 1 ? 8 : 4;
        }
        if ((instruction & 3) == 0 && top == 4) {
            return (instruction >> 10 & 7) == 0 ? 1 : 2;
        }
        break;
    }
    return register_bytes;
}

static char *skip_spaces(char *text)
{
    return text + strspn(text, " ");
}

/* "0x" and 1 to 16 digits. */
static bool take_number(char **text, uint64_t *value, unsigned *digits)
{
    if (strncmp(*text, "0x", 2) != 0) {
        return false;
    }
    *text += 2;
    return access_take_hexadecimal(text, value, digits);
}

/* Behind "core   0: ", where the line has it (older versions have not). */
static char *behind_core(char *line)
{
    if (strncmp(line, "core", 4) == 0) {
        char *colon = skip_spaces(line + 4);

        colon += strspn(colon, "0123456789");
        return *colon == ':' ? skip_spaces(colon + 1) : NULL;
    }
    return line;
}

/* The fetch, with which the line of a commit begins. */
static enum access_log_result begin_line(struct access_text *text, struct access *access,
                                         struct error *error)
{
    static const char expected[] =
        "`core N: PRIVILEGE 0xADDRESS (0xINSTRUCTION) ...` (with --log=FILE the program's own "
        "output stays out of the log)";
    char *const line = text->rest;
    char *place = behind_core(line);
    uint64_t instruction;
    unsigned digits, instruction_digits;

    if (line[0] == '\0') {
        return ACCESS_LOG_END;
    }
    if (place == NULL) {
        return refuse(text, error, line, expected);
    }
    if (!isdigit((unsigned char)place[0]) || place[1] != ' ') {
        /* Disassembly, a trap, a symbol. */
        return place != line ? ACCESS_LOG_END : refuse(text, error, line, expected);
    }
    place += 2;
    if (!take_number(&place, &text->pc, &digits) || strncmp(place, " (0x", 4) != 0) {
        return refuse(text, error, line, expected);
    }
    place += 2;
    if (!take_number(&place, &instruction, &instruction_digits) || *place != ')') {
        return refuse(text, error, line, expected);
    }
    text->rest = place + 1;
    text->load_bytes = load_bytes((uint32_t)instruction, digits <= 8 ? 4 : 8);
    *access = (struct access){
        .vaddr = text->pc,
        .pc = text->pc,
        .size_bytes = (instruction & 3) == 3 ? 4 : 2,
        .access = MMU_ACCESS_EXECUTE,
    };
    return access_fits(access) ? ACCESS_LOG_ACCESS
                               : refuse(text, error, line, "an instruction below 2^64");
}

/* Behind "mem": an address, and of a store the value. */
static enum access_log_result take_access(struct access_text *text, struct access *access,
                                          struct error *error)
{
    char *const start = text->rest;
    char *place = skip_spaces(start);
    unsigned digits;

    *access =
        (struct access){.pc = text->pc, .size_bytes = text->load_bytes, .access = MMU_ACCESS_READ};
    if (!take_number(&place, &access->vaddr, &digits) || (*place != ' ' && *place != '\0')) {
        return refuse(text, error, start, "`mem 0xADDRESS` or `mem 0xADDRESS 0xVALUE`");
    }
    if (strncmp(skip_spaces(place), "0x", 2) == 0) {
        place = skip_spaces(place) + 2;
        digits = (unsigned)strspn(place, "0123456789abcdefABCDEF");
        place += digits;
        access->access = MMU_ACCESS_WRITE;
        access->size_bytes = digits / 2;
        if (digits % 2 != 0 || digits == 0 || access->size_bytes > ACCESS_MAX_BYTES ||
            (*place != ' ' && *place != '\0')) {
            return refuse(text, error, start, "two digits for each byte of the value");
        }
    }
    if (!access_fits(access)) {
        return refuse(text, error, start, "an access that ends below 2^64");
    }
    text->rest = place;
    return ACCESS_LOG_ACCESS;
}

enum access_log_result access_spike_next(struct access_text *text, struct access *access,
                                         struct error *error)
{
    if (!text->is_in_line) {
        const enum access_log_result result = begin_line(text, access, error);

        text->is_in_line = result == ACCESS_LOG_ACCESS;
        return result;
    }
    /* Registers and their values are words of their own. */
    for (;;) {
        char *const word = skip_spaces(text->rest);
        const size_t length = strcspn(word, " ");

        if (length == 0) {
            text->is_in_line = false;
            return ACCESS_LOG_END;
        }
        text->rest = word + length;
        if (length == 3 && strncmp(word, "mem", 3) == 0) {
            return take_access(text, access, error);
        }
    }
}
