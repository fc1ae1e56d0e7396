/* SPDX-License-Identifier: MIT */
/* The guest ABIs: how a program starts, and what its calls mean. */
#ifndef OS_ABI_H
#define OS_ABI_H

#include "os/process.h"

/* What became of the process. */
enum abi_result {
    ABI_CONTINUE,
    ABI_EXITED, /* process->exit_status */
    ABI_KILLED, /* process->signal */
};

struct abi {
    const char *name;
    enum guest_isa isa;
    /* Sets the registers and the stack of a program that is loaded. */
    bool (*start)(struct process *process, struct error *error);
    /* Carries out the call that an event of GUEST_SYSCALL or GUEST_SEMIHOST reports. */
    enum abi_result (*call)(struct process *process, enum guest_event_kind kind);
    /* The descriptor that this call would read from, and so perhaps wait for; -1: none. */
    int (*reads)(struct process *process, enum guest_event_kind kind);
};

/* RV32, bare metal: semihosting, and ecalls of our own (tests/guests/README.md). */
extern const struct abi abi_semihosting;
/* i386: static Linux programs, int 0x80. */
extern const struct abi abi_linux;

/* The ecalls of RV32 programs, part of abi_semihosting. */
enum abi_result abi_ecall(struct process *process);
int abi_ecall_reads(const struct process *process);

/* The one for a machine and a program; NULL and an error where they do not fit. */
const struct abi *abi_choose(const struct machine *machine, const struct image *image,
                             struct error *error);

/* Reads from a file into the guest's memory, or writes from there, in pieces. The bytes that were
 * done, or -errno when there were none. `offset` as in files_read_at. */
int64_t abi_read_file(struct process *process, int fd, uint32_t vaddr, uint64_t bytes,
                      int64_t offset);
int64_t abi_write_file(struct process *process, int fd, uint32_t vaddr, uint64_t bytes,
                       int64_t offset);

#endif
