/* SPDX-License-Identifier: MIT */
/* What random episodes are mixed of. An ingredient is a request, or a few, with an intent: it keeps
 * all preconditions, or violates exactly one, or is wholly random. */
#ifndef SOURCE_STIMULUS_INGREDIENTS_H
#define SOURCE_STIMULUS_INGREDIENTS_H

#include "source/stimulus_script.h"

/* X(name) */
#define INGREDIENT_LIST(X)                                                                         \
    X(admitted)                                                                                    \
    X(not_present)                                                                                 \
    X(limit)                                                                                       \
    X(permission)                                                                                  \
    X(physical)                                                                                    \
    X(privileged)                                                                                  \
    X(wild)                                                                                        \
    X(write)                                                                                       \
    X(unholdable_write)                                                                            \
    X(read)                                                                                        \
    X(user_register)                                                                               \
    X(reserved)                                                                                    \
    X(context)                                                                                     \
    X(layout)                                                                                      \
    X(fault_read)                                                                                  \
    X(fault_clear)                                                                                 \
    X(reset)

enum ingredient {
#define X(name) WITH_##name,
    INGREDIENT_LIST(X)
#undef X
        INGREDIENTS
};

void script_ingredient(struct script *script, enum ingredient ingredient);

#endif
