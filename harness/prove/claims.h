/* SPDX-License-Identifier: MIT */
/* What is to be shown of a machine, claim by claim. */
#ifndef PROVE_CLAIMS_H
#define PROVE_CLAIMS_H

#include "prove/proof.h"

struct claim_entry {
    enum proof_property property;
    const char *what; /* in words; static */
    struct claim claim;
    struct strings words;   /* of the claim */
    char name[32];          /* of the claim */
    const char *properties; /* of the RTL alone (prove/properties.h); or NULL */
    struct claim_answer answer;
};

struct claims {
    struct claim_entry *items;
    size_t count;
};

/* Lists the claims and writes machine.h into the directory of the proof. The caller ends *claims
 * with claims_free in either case. */
bool claims_list(struct claims *claims, const struct proof *proof, struct error *error);
void claims_free(struct claims *claims);

#endif
