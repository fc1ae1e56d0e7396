/* SPDX-License-Identifier: MIT */
#include "lockstep/signature.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What follows from what: a wrong fault brings a wrong address with it, not the other way. */
static const char *first_difference(const struct testbench_cycle *cycle)
{
    static const char *const by_cause[] = {"req_ready_o",   "rsp_valid_o", "rsp_fault_o",
                                           "rsp_segment_o", "rsp_addr_o",  "rsp_data_o"};

    for (unsigned i = 0; i < sizeof(by_cause) / sizeof(by_cause[0]); i++) {
        for (unsigned f = 0; f < output_field_count; f++) {
            const struct output_field *const field = &output_fields[f];

            if (strcmp(field->port, by_cause[i]) == 0 &&
                output_field_value(field, &cycle->model) !=
                    output_field_value(field, &cycle->dut)) {
                return field->port;
            }
        }
    }
    return "none";
}

/* Of the oldest request in flight, or else of the one on offer. */
static const char *op_of(const struct testbench *bench, const struct testbench_cycle *cycle)
{
    if (bench->flight_count > 0) {
        return mmu_op_name(bench->flights[bench->flight_first].request.op);
    }
    return cycle->in.req_valid ? mmu_op_name(cycle->in.req.op) : "none";
}

/* What the RTL says of itself, but for the numbers in it, which differ from run to run; its file
 * and line stay, and what is not plain text does not. */
static void copy_reason(char *to, const char *from, size_t size)
{
    const char *const place = strchr(from, ':');
    const char *const text = place != NULL ? strchr(place + 1, ':') : NULL;
    size_t length = 0;

    for (; *from != '\0' && length + 1 < size; from++) {
        if (isdigit((unsigned char)*from) && (text == NULL || from > text)) {
            to[length++] = '#';
            from += strspn(from, "0123456789abcdefABCDEFx") - 1;
        } else {
            to[length++] = (char)(*from < ' ' || *from > '~' ? '?' : *from);
        }
    }
    to[length] = '\0';
}

void signature_of(const struct testbench *bench, struct signature *signature)
{
    const struct testbench_cycle *const cycle = &bench->history[bench->cycle % TESTBENCH_HISTORY];
    const uint8_t fault =
        cycle->model.rsp.fault != MMU_FAULT_NONE ? cycle->model.rsp.fault : cycle->dut.rsp.fault;

    memset(signature, 0, sizeof(*signature));
    signature->verdict = bench->verdict;
    if (bench->verdict == TESTBENCH_DISAGREED) {
        signature->field = first_difference(cycle);
        /* Whether the MMU is ready is not about a request. */
        if (strcmp(signature->field, "req_ready_o") == 0) {
            signature->rule = "none";
            signature->op = "none";
        } else {
            signature->rule = mmu_fault_name(fault);
            signature->op = op_of(bench, cycle);
        }
    } else if (bench->verdict == TESTBENCH_DUT_STOPPED) {
        copy_reason(signature->reason, bench->dut_failure, sizeof(signature->reason));
    } else {
        memcpy(signature->reason, bench->dut_failure, sizeof(signature->reason));
        signature->is_unanswered = transaction_is_unanswered(signature->reason);
    }
}

bool signatures_equal(const struct signature *one, const struct signature *other)
{
    if (one->verdict != other->verdict) {
        return false;
    }
    if (one->verdict != TESTBENCH_DISAGREED) {
        return (one->is_unanswered && other->is_unanswered) ||
               strcmp(one->reason, other->reason) == 0;
    }
    return strcmp(one->field, other->field) == 0 && strcmp(one->rule, other->rule) == 0 &&
           strcmp(one->op, other->op) == 0;
}

char *signature_text(const struct signature *signature, char *buffer, size_t size)
{
    if (signature->verdict == TESTBENCH_DISAGREED) {
        snprintf(buffer, size, "%s, %s, %s", signature->field, signature->rule, signature->op);
    } else {
        snprintf(buffer, size, "%s: %s",
                 signature->verdict == TESTBENCH_DUT_STOPPED ? "stopped" : "protocol",
                 signature->reason);
    }
    return buffer;
}
