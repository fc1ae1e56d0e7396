/* SPDX-License-Identifier: MIT */
/* The limit that `segmmu bench` holds guests against: the same guest on the same Unicorn, in the
 * same kind of child, with empty CODE and MEM_READ and MEM_WRITE hooks, which is the least that
 * anyone can pay to see every access. Set `bare` in struct guest_options and drive the guest with
 * guest_resume as any other.
 *
 * What differs, all in favour of the limit:
 * - No request is made; memory is mapped straight: the pages of the target's RAM appear where the
 *   segments put them. So a segment's base must be congruent to its lowest virtual address modulo
 *   4096, and a supervisor that reads and writes guest memory through the MMU finds the same bytes.
 *   The mapping follows the segment registers at each guest_resume.
 * - Nothing is refused: a store outside every segment goes nowhere. A stack must begin as large as
 *   it will become.
 * - Only events that Unicorn itself raises arrive: system calls, semihosting, exceptions. Neither
 *   limit nor interrupt is looked at.
 * - target->instructions and target->requests stay as they are: the instruction count is that of
 *   the guest's run with segmmu, which is the same by determinism.
 */
#ifndef SOURCE_GUEST_BARE_H
#define SOURCE_GUEST_BARE_H

#include "source/guest.h"

#endif
