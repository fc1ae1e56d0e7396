/* SPDX-License-Identifier: MIT */
/* How far a long run is, on standard error, and only where that is a terminal. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *label;  /* what goes on; must outlive the progress */
    const char *unit;   /* what is counted, "cycles" */
    uint64_t total;     /* 0: not known */
    bool is_visible;    /* standard error is a terminal */
    double start, last; /* seconds of the monotonic clock */
};

void progress_start(struct progress *progress, const char *label, const char *unit, uint64_t total);

/* Shows rate and time left, at most a few times a second; cheap enough for every thousandth unit.
 */
void progress_update(struct progress *progress, uint64_t done);

/* Takes the line away, so that what follows begins on a clean one. Returns the seconds since
 * progress_start. */
double progress_end(struct progress *progress);

#endif
