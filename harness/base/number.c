/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>

/* The value of a digit in `radix`, or -1. */
static int digit_value(char c, unsigned radix)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (radix == 16 && c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (radix == 16 && c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* log2 of a unit's factor, or -1 where the letter is no unit. */
static int unit_shift(char letter)
{
    switch (letter) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return -1;
    }
}

bool number_parse(const char *text, uint64_t *value)
{
    unsigned radix = 10;
    if (text[0] == '0' && text[1] == 'x') {
        radix = 16;
        text += 2;
    } else if (text[0] == '0' && digit_value(text[1], 10) >= 0) {
        return false; /* would be octal in C: ambiguous, so refused */
    }

    if (digit_value(*text, radix) < 0) {
        return false;
    }
    uint64_t sum = 0;
    for (int digit; (digit = digit_value(*text, radix)) >= 0; text++) {
        if (__builtin_mul_overflow(sum, (uint64_t)radix, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)digit, &sum)) {
            return false;
        }
    }

    if (*text != '\0') {
        int shift = unit_shift(*text++);
        if (shift < 0 || *text != '\0' || sum > UINT64_MAX >> shift) {
            return false;
        }
        sum <<= shift;
    }
    *value = sum;
    return true;
}

const char *number_print(uint64_t value, char *buffer)
{
    static const char units[] = {'G', 'M', 'K'};
    for (unsigned i = 0; i < sizeof(units); i++) {
        uint64_t factor = UINT64_C(1) << unit_shift(units[i]);
        if (value != 0 && value % factor == 0) {
            snprintf(buffer, NUMBER_TEXT_BYTES, "%" PRIu64 "%c", value / factor, units[i]);
            return buffer;
        }
    }
    snprintf(buffer, NUMBER_TEXT_BYTES, "%" PRIu64, value);
    return buffer;
}
