/* SPDX-License-Identifier: MIT */
/* Code that means no good: random bytes, and random instructions that try to reach as far as they
 * can. */
#ifndef TESTS_HOSTILE_CODE_H
#define TESTS_HOSTILE_CODE_H

#include <stddef.h>

#include "base/random.h"
#include "source/guest.h"

/* An address that is worth trying; `context` is the caller's. */
typedef uint32_t hostile_address(void *context, struct random_source *random);

/* Fills the bytes with code of one kind or another. */
void hostile_code(enum guest_isa isa, struct random_source *random, hostile_address *address,
                  void *context, uint8_t *code, size_t bytes);

#endif
