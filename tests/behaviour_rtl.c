/* SPDX-License-Identifier: MIT */
#include "behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep/dut_build.h"

struct rtl {
    struct dut_library *library;
    void *dut;
};

void *machine_start(const struct mmu_config *config)
{
    const struct dut_source source = {.config = *config};
    const struct dut_start start = {.random_seed = 1};
    struct rtl *const rtl = calloc(1, sizeof(*rtl));
    struct error error;

    if (rtl == NULL) {
        abort();
    }
    rtl->library = dut_library_open(&source, DUT_RANDOM, &error);
    if (rtl->library == NULL) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    rtl->dut = rtl->library->interface->start(&start);
    if (rtl->dut == NULL) {
        abort();
    }
    return rtl;
}

void machine_cycle(void *machine, const struct mmu_in *in, struct mmu_out *out)
{
    struct rtl *const rtl = machine;

    memset(out, 0xA5, sizeof(*out));
    rtl->library->interface->cycle(rtl->dut, in, out);
}

void machine_stop(void *machine)
{
    struct rtl *const rtl = machine;

    rtl->library->interface->stop(rtl->dut);
    dut_library_close(rtl->library);
    free(rtl);
}
