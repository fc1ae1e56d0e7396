/* SPDX-License-Identifier: MIT */
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double update_seconds = 0.2;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void progress_start(struct progress *progress, const char *label, const char *unit, uint64_t total)
{
    *progress = (struct progress){
        .label = label,
        .unit = unit,
        .total = total,
        .is_visible = isatty(STDERR_FILENO) == 1,
        .start = now(),
    };
    progress->last = progress->start;
}

void progress_update(struct progress *progress, uint64_t done)
{
    double time, rate;

    if (!progress->is_visible) {
        return;
    }
    time = now();
    if (time - progress->last < update_seconds) {
        return;
    }
    progress->last = time;
    rate = (double)done / (time - progress->start);
    fprintf(stderr, "\r%s: %" PRIu64 " %s, ", progress->label, done, progress->unit);
    fprintf(stderr, rate < 1e5 ? "%.1f/s" : "%.2f M/s", rate < 1e5 ? rate : rate * 1e-6);
    if (progress->total >= done && rate > 0) {
        const unsigned seconds = (unsigned)((double)(progress->total - done) / rate + 0.5);

        fprintf(stderr, ", %u:%02u left", seconds / 60, seconds % 60);
    }
    fprintf(stderr, "\033[K");
    fflush(stderr);
}

double progress_end(struct progress *progress)
{
    if (progress->is_visible) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    return now() - progress->start;
}
