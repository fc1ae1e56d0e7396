/* SPDX-License-Identifier: MIT */
/* Included first in every unit of a DUT, Verilator's runtime among them: takes the place of the
 * parts of the runtime that print to standard output or end the process. */
#ifndef DUT_HOOKS_H
#define DUT_HOOKS_H

#define VL_USER_FINISH
#define VL_USER_STOP
#define VL_USER_FATAL
#define VL_PRINTF dut_print

__attribute__((format(printf, 1, 2))) int dut_print(const char *format, ...);

#endif
