/* SPDX-License-Identifier: MIT */
#include "cli/check_transactions.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *figure_json(const struct transaction_figure *figure)
{
    return json_pack("{s:I, s:I, s:I}", "min", (json_int_t)transaction_percentile(figure, 0),
                     "median", (json_int_t)transaction_percentile(figure, 50), "max",
                     (json_int_t)transaction_percentile(figure, 100));
}

json_t *transaction_json(const struct transaction *transaction)
{
    return json_pack("{s:o, s:o}", "latency_cycles", figure_json(&transaction->latency),
                     "stall_cycles", figure_json(&transaction->stall));
}

static void print_figure(const char *name, const json_t *figure)
{
    printf("  %s: %" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT
           " cycles (least / median / most)\n",
           name, json_integer_value(json_object_get(figure, "min")),
           json_integer_value(json_object_get(figure, "median")),
           json_integer_value(json_object_get(figure, "max")));
}

void transaction_json_print(const json_t *figures)
{
    if (json_is_object(figures)) {
        print_figure("latency of the RTL", json_object_get(figures, "latency_cycles"));
        print_figure("stalls of the RTL", json_object_get(figures, "stall_cycles"));
    }
}
