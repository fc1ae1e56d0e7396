/* SPDX-License-Identifier: MIT */
#include "source/waveform.h"

#include "source/play.h"

static bool count_clock(void *context, const struct play_cycle *cycle)
{
    (void)cycle;
    ++*(uint64_t *)context;
    return true;
}

/* A DUT without a model beside it: what is recorded goes in, whatever comes out. */
struct lone_dut {
    const struct dut_interface *interface;
    void *dut;
};

static bool clock_dut(void *context, const struct play_cycle *cycle)
{
    struct lone_dut *const lone = context;
    struct mmu_out out;

    lone->interface->cycle(lone->dut, &cycle->in, &out);
    return lone->interface->failure(lone->dut) == NULL;
}

static bool play_on(const struct dut_library *library, uint64_t random_seed, const char *trace_path,
                    const char *fst_path, uint64_t clock_count, struct error *error)
{
    static const struct play_cycle nothing = {.in.rsp_ready = 1};
    const struct dut_start start = {
        .random_seed = random_seed,
        .waveform_path = fst_path,
        .waveform_skip = clock_count > WAVEFORM_BEFORE ? clock_count - WAVEFORM_BEFORE : 0,
    };
    struct lone_dut lone = {.interface = library->interface};
    bool is_played;

    lone.dut = lone.interface->start(&start);
    if (lone.dut == NULL) {
        return error_set(error, "%s: the waveform cannot be written", fst_path);
    }
    is_played = play_trace(trace_path, clock_dut, &lone, error);
    for (unsigned i = 0; is_played && i < WAVEFORM_AFTER; i++) {
        clock_dut(&lone, &nothing);
    }
    lone.interface->stop(lone.dut);
    return is_played;
}

bool waveform_write(const char *trace_path, const struct dut_source *source,
                    const uint64_t *random_seed, const char *fst_path, uint64_t *end_time,
                    struct error *error)
{
    uint64_t clock_count = 0;
    struct dut_library *library;
    bool is_written;

    if (!play_trace(trace_path, count_clock, &clock_count, error)) {
        return false;
    }
    if (clock_count == 0) {
        return error_set(error, "%s: found no frame, expected at least one", trace_path);
    }
    library = dut_library_open(source, random_seed != NULL ? DUT_RANDOM : DUT_TRACED, error);
    if (library == NULL) {
        return false;
    }
    is_written = play_on(library, random_seed != NULL ? *random_seed : 0, trace_path, fst_path,
                         clock_count, error);
    dut_library_close(library);
    if (end_time != NULL) {
        *end_time = (clock_count - 1) * DUT_WAVEFORM_TIME;
    }
    return is_written;
}
