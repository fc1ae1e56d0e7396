/* SPDX-License-Identifier: MIT */
/* What the parts of abi_semihosting share. Calls answer a value for a0, or -errno. */
#ifndef OS_ABI_SEMIHOSTING_H
#define OS_ABI_SEMIHOSTING_H

#include "os/abi.h"

/* Reads the block of `count` words, at most 4, that a1 points at. */
bool semihosting_block(struct process *process, uint32_t *words, unsigned count);

/* What goes to a0: the result, or -1 with the error kept for SYS_ERRNO. */
uint32_t semihosting_answer(struct process *process, int64_t result);

int64_t semihosting_open(struct process *process);
int64_t semihosting_close(struct process *process);
int64_t semihosting_write(struct process *process);
int64_t semihosting_read(struct process *process);
int64_t semihosting_istty(struct process *process);
int64_t semihosting_seek(struct process *process);
int64_t semihosting_flen(struct process *process);
int64_t semihosting_tmpnam(struct process *process);
int64_t semihosting_remove(struct process *process);
int64_t semihosting_rename(struct process *process);

#endif
