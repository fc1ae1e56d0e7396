/* SPDX-License-Identifier: MIT */
/* cmocka.h with the headers that it needs before it, in the order in which it needs them. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#endif
