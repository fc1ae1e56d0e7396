/* SPDX-License-Identifier: MIT */
/* Numbers as people write them in machine files, CSV and options: parsed strictly, printed so that
 * they can be read back. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x hexadecimal, optionally with K, M or G (times 2^10, 2^20, 2^30), the whole of
 * `text`; no sign, no space, no leading zero but "0" itself and "0x...", no overflow of 64 bits.
 * Leaves *value alone and returns false on anything else. */
bool number_parse(const char *text, uint64_t *value);

enum { NUMBER_TEXT_BYTES = 24 }; /* of the longest printed number, its end included */

/* With the largest of K, M and G that divides it, in decimal: 28672 is "28K", 28673 is "28673".
 * Writes into `buffer` of NUMBER_TEXT_BYTES and returns it. */
const char *number_print(uint64_t value, char *buffer);

#endif
