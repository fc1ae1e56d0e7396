/* SPDX-License-Identifier: MIT */
/* The heap's end, moved by the supervisor. Linked in place of picolibc's sbrk, which only compares
 * linker symbols and asks nobody: a segment that grows needs someone who writes its size register.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "supervisor.h"

void *sbrk(ptrdiff_t increment)
{
    uint32_t old_break = supervisor_call(SUPERVISOR_SBRK, (uint32_t)increment, 0, 0);
    if (old_break == SUPERVISOR_FAILED) {
        errno = ENOMEM;
        return (void *)-1;
    }
    return (void *)old_break;
}
