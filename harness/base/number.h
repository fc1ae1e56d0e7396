/* SPDX-License-Identifier: MIT */
/* Numbers as people write them in machine files, CSV and options, parsed strictly. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x hexadecimal, optionally with K, M or G (times 2^10, 2^20, 2^30), the whole of
 * `text`; no sign, no space, no leading zero but "0" itself and "0x...", no overflow of 64 bits.
 * Leaves *value alone and returns false on anything else. */
bool number_parse(const char *text, uint64_t *value);

#endif
