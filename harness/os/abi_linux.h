/* SPDX-License-Identifier: MIT */
/* The calls of 32-bit x86 Linux (int 0x80), by subject. Numbers: arch/x86/entry/syscalls/
 * syscall_32.tbl; structures: the kernel's uapi headers, as a 32-bit program sees them.
 */
#ifndef OS_ABI_LINUX_H
#define OS_ABI_LINUX_H

#include <errno.h>

#include "os/abi.h"

/* Arguments are EBX, ECX, EDX, ESI, EDI, EBP. A result >= 0, or -errno. */
typedef int64_t linux_handler(struct process *process, const uint32_t argument[6]);

/* X(number, name of the call and of its handler) */
#define LINUX_FILE_CALLS(X)                                                                        \
    X(3, read)                                                                                     \
    X(4, write)                                                                                    \
    X(5, open)                                                                                     \
    X(6, close)                                                                                    \
    X(8, creat)                                                                                    \
    X(19, lseek)                                                                                   \
    X(41, dup)                                                                                     \
    X(42, pipe)                                                                                    \
    X(54, ioctl)                                                                                   \
    X(55, fcntl)                                                                                   \
    X(63, dup2)                                                                                    \
    X(92, truncate)                                                                                \
    X(93, ftruncate)                                                                               \
    X(140, _llseek)                                                                                \
    X(145, readv)                                                                                  \
    X(146, writev)                                                                                 \
    X(168, poll)                                                                                   \
    X(180, pread64)                                                                                \
    X(181, pwrite64)                                                                               \
    X(193, truncate64)                                                                             \
    X(194, ftruncate64)                                                                            \
    X(221, fcntl64)                                                                                \
    X(295, openat)                                                                                 \
    X(330, dup3)                                                                                   \
    X(331, pipe2)

#define LINUX_NAME_CALLS(X)                                                                        \
    X(9, link)                                                                                     \
    X(10, unlink)                                                                                  \
    X(12, chdir)                                                                                   \
    X(15, chmod)                                                                                   \
    X(33, access)                                                                                  \
    X(38, rename)                                                                                  \
    X(39, mkdir)                                                                                   \
    X(40, rmdir)                                                                                   \
    X(60, umask)                                                                                   \
    X(83, symlink)                                                                                 \
    X(85, readlink)                                                                                \
    X(94, fchmod)                                                                                  \
    X(133, fchdir)                                                                                 \
    X(183, getcwd)                                                                                 \
    X(198, lchown32)                                                                               \
    X(207, fchown32)                                                                               \
    X(212, chown32)                                                                                \
    X(296, mkdirat)                                                                                \
    X(298, fchownat)                                                                               \
    X(301, unlinkat)                                                                               \
    X(302, renameat)                                                                               \
    X(303, linkat)                                                                                 \
    X(304, symlinkat)                                                                              \
    X(305, readlinkat)                                                                             \
    X(306, fchmodat)                                                                               \
    X(307, faccessat)                                                                              \
    X(320, utimensat)                                                                              \
    X(353, renameat2)                                                                              \
    X(412, utimensat_time64)                                                                       \
    X(439, faccessat2)

#define LINUX_STATUS_CALLS(X)                                                                      \
    X(195, stat64)                                                                                 \
    X(196, lstat64)                                                                                \
    X(197, fstat64)                                                                                \
    X(220, getdents64)                                                                             \
    X(268, statfs64)                                                                               \
    X(269, fstatfs64)                                                                              \
    X(300, fstatat64)                                                                              \
    X(383, statx)

#define LINUX_MEMORY_CALLS(X)                                                                      \
    X(45, brk)                                                                                     \
    X(90, mmap)                                                                                    \
    X(91, munmap)                                                                                  \
    X(125, mprotect)                                                                               \
    X(144, msync)                                                                                  \
    X(163, mremap)                                                                                 \
    X(192, mmap2)                                                                                  \
    X(219, madvise)                                                                                \
    X(243, set_thread_area)

#define LINUX_TIME_CALLS(X)                                                                        \
    X(13, time)                                                                                    \
    X(43, times)                                                                                   \
    X(77, getrusage)                                                                               \
    X(78, gettimeofday)                                                                            \
    X(162, nanosleep)                                                                              \
    X(265, clock_gettime)                                                                          \
    X(266, clock_getres)                                                                           \
    X(267, clock_nanosleep)                                                                        \
    X(403, clock_gettime64)                                                                        \
    X(406, clock_getres_time64)                                                                    \
    X(407, clock_nanosleep_time64)

#define LINUX_PROCESS_CALLS(X)                                                                     \
    X(1, exit)                                                                                     \
    X(7, waitpid)                                                                                  \
    X(20, getpid)                                                                                  \
    X(64, getppid)                                                                                 \
    X(65, getpgrp)                                                                                 \
    X(76, getrlimit)                                                                               \
    X(114, wait4)                                                                                  \
    X(116, sysinfo)                                                                                \
    X(122, uname)                                                                                  \
    X(132, getpgid)                                                                                \
    X(147, getsid)                                                                                 \
    X(172, prctl)                                                                                  \
    X(191, ugetrlimit)                                                                             \
    X(209, getresuid32)                                                                            \
    X(211, getresgid32)                                                                            \
    X(224, gettid)                                                                                 \
    X(240, futex)                                                                                  \
    X(242, sched_getaffinity)                                                                      \
    X(252, exit_group)                                                                             \
    X(258, set_tid_address)                                                                        \
    X(340, prlimit64)                                                                              \
    X(355, getrandom)

#define LINUX_SIGNAL_CALLS(X)                                                                      \
    X(37, kill)                                                                                    \
    X(174, rt_sigaction)                                                                           \
    X(175, rt_sigprocmask)                                                                         \
    X(238, tkill)                                                                                  \
    X(270, tgkill)

#define X(number, name) linux_handler linux_##name;
LINUX_FILE_CALLS(X)
LINUX_NAME_CALLS(X)
LINUX_STATUS_CALLS(X)
LINUX_MEMORY_CALLS(X)
LINUX_TIME_CALLS(X)
LINUX_PROCESS_CALLS(X)
LINUX_SIGNAL_CALLS(X)
#undef X

/* Flags of the ..at calls. */
enum {
    LINUX_AT_SYMLINK_NOFOLLOW = 0x100,
    LINUX_AT_REMOVEDIR = 0x200,
    LINUX_AT_EMPTY_PATH = 0x1000,
};

/* Reads a path of FILES_PATH_BYTES. 0 or -errno. */
static inline int64_t linux_read_path(struct process *process, uint32_t vaddr, char *path)
{
    return -process_read_string(process, vaddr, path, FILES_PATH_BYTES);
}

/* Answers a call whose result goes to memory: 0, or -EFAULT. */
static inline int64_t linux_give(struct process *process, uint32_t vaddr, const void *from,
                                 size_t bytes)
{
    return process_write(process, vaddr, from, bytes) ? 0 : -EFAULT;
}

/* A write into a pipe that nobody reads: the process is killed by SIGPIPE, unless it asked not to
 * be (abi_linux_signals.c). */
void linux_break_pipe(struct process *process);

/* Sets up the stack and the registers of a program (abi_linux_start.c). */
bool linux_start(struct process *process, struct error *error);

#endif
