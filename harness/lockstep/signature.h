/* SPDX-License-Identifier: MIT */
/* What kind of failure ended a testbench: two runs with one signature show, as far as can be told
 * from outside, one bug. */
#ifndef LOCKSTEP_SIGNATURE_H
#define LOCKSTEP_SIGNATURE_H

#include "lockstep/testbench.h"

struct signature {
    enum testbench_verdict verdict;
    /* DISAGREED: the output that differs, "rsp_fault_o"; of several the first that the others
     * follow from: a handshake, then the fault, then what it carries. NULL otherwise. */
    const char *field;
    const char
        *rule;      /* the fault that the model found, else the one that the DUT found, or "none" */
    const char *op; /* of the request that it is about, or "none" */
    /* Otherwise: why the DUT stopped, a # for each number in it; or which rule of the channels it
     * broke. */
    char reason[256];
    bool is_unanswered; /* that rule is the one of answering at all: transaction_is_unanswered */
};

enum { SIGNATURE_TEXT = 320 };

/* Of a testbench whose verdict is not TESTBENCH_AGREED. */
void signature_of(const struct testbench *bench, struct signature *signature);
bool signatures_equal(const struct signature *one, const struct signature *other);
/* "rsp_fault_o, limit, translate". Returns `buffer`. */
char *signature_text(const struct signature *signature, char *buffer, size_t size);

#endif
