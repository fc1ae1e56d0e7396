/* SPDX-License-Identifier: MIT */
/* The text formats of access_log.h: what a line says. */
#ifndef SOURCE_ACCESS_LOG_TEXT_H
#define SOURCE_ACCESS_LOG_TEXT_H

#include "source/access_log.h"
#include "source/lines.h"

/* What is left of a line. */
struct access_text {
    struct lines *lines; /* for complaints */
    char *rest;          /* NULL: take the next line */
    uint64_t pc;         /* of the instruction that was fetched last */
    uint32_t load_bytes; /* Spike: of a load of this instruction */
    bool is_in_line;     /* Spike: the fetch has been given */
    bool has_store_half; /* lackey: of a modify, the load has been given */
    struct access half;
};

/* The next access of the line, ACCESS_LOG_END where it has no more. */
enum access_log_result access_lackey_next(struct access_text *text, struct access *access,
                                          struct error *error);
enum access_log_result access_spike_next(struct access_text *text, struct access *access,
                                         struct error *error);

/* Takes the hexadecimal digits at *text, 1 to 16 of them, and their number; moves *text behind
 * them.
 */
bool access_take_hexadecimal(char **text, uint64_t *value, unsigned *digits);

/* True where the access does not run past the end of the address space. */
static inline bool access_fits(const struct access *access)
{
    return access->vaddr <= UINT64_MAX - (access->size_bytes - 1);
}

#endif
