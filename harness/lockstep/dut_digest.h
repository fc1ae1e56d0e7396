/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4), the name of a content: two builds share a cache entry only where everything
 * that went into them is equal. */
#ifndef LOCKSTEP_DUT_DIGEST_H
#define LOCKSTEP_DUT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_TEXT_SIZE = 65 }; /* 64 hexadecimal digits and the end */

struct digest {
    uint32_t state[8];
    uint64_t size_bytes;
    uint8_t block[64];
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t size_bytes);
/* With its end, so that "ab", "c" and "a", "bc" differ. */
void digest_add_text(struct digest *digest, const char *text);
void digest_end(struct digest *digest, char text[DIGEST_TEXT_SIZE]);

/* Of a whole regular file. False with errno where it cannot be read. */
bool digest_file(const char *path, char text[DIGEST_TEXT_SIZE]);

#endif
