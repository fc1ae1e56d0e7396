/* SPDX-License-Identifier: MIT */
/* Properties of the RTL alone (segment_properties.v), by Yosys's own SAT solver. */
#ifndef PROVE_PROPERTIES_H
#define PROVE_PROPERTIES_H

#include "prove/proof.h"

/* `what` is ACCESS, GUARD or CHANNELS. As cbmc_decide. Needs what translation_make leaves. */
bool properties_decide(const struct proof *proof, const char *what, struct claim_answer *answer,
                       struct error *error);

#endif
