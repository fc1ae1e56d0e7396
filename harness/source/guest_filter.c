/* SPDX-License-Identifier: MIT */
/* The system-call filter of a guest's process. It has no files but the pipe of its last
 * words, so memory calls reach nothing of the host.
 *
 * It is the same in a build with sanitizers: those need no other call until they have found
 * something. With ASAN_OPTIONS=color=never the finding's first line comes out as last words; its
 * stack trace needs files, so it takes --no-sandbox to see it. Leaks of this process are not looked
 * for: it ends with _exit. */
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/guest_shared.h"

static const int allowed[] = {
    /* Unicorn's memory */
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    /* turn and stream */
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall), /* a wait of it, after SIGSTOP and SIGCONT (Ctrl-Z and fg) */
    /* abort() and a return from a signal */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), /* asked for by sanitizers at a longjmp, which Unicorn does */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    /* rdtsc is answered by us, but glibc's allocator and Unicorn ask for the time */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static bool add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0) {
            return false;
        }
    }
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                            SCMP_A0_32(SCMP_CMP_EQ, STDERR_FILENO, 0)) == 0 &&
           /* anonymous memory only: there is no file to map */
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A3_32(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid(), 0)) == 0;
}

bool guest_filter_install(struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int result = -ENOMEM;

    if (filter != NULL) {
        result = add_rules(filter) ? seccomp_load(filter) : -EINVAL;
        seccomp_release(filter);
    }
    if (result != 0) {
        return error_set(error, "cannot install the guest's system-call filter: %s",
                         strerror(-result));
    }
    return true;
}
