/* SPDX-License-Identifier: MIT */
/* Calls of RV32 programs by `ecall`: the number in a7, arguments in a0.., the answer in a0, -1 when
 * it could not be done or there is no such call. tests/guests/README.md is their table. */
#include "os/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A0 = 10, A1 = 11, A2 = 12, A7 = 17 };

enum ecall {
    ECALL_SBRK = 1,  /* a0: bytes, signed; the old break */
    ECALL_YIELD = 2, /* 0; another process may run */
    ECALL_READ = 3,  /* a0: descriptor, a1: where to, a2: bytes; how many were read */
    ECALL_SPAWN = 4, /* a0: path of a program, or 0: its own; a1: arguments or 0; the pid */
};

enum {
    SPAWN_MAX_ARGUMENTS = 64, /* with the program's name */
    SPAWN_ARGUMENT_BYTES = 1024,
};

static const uint32_t ecall_failed = UINT32_MAX;

static uint32_t sbrk_by(struct process *process, int32_t increment)
{
    const uint64_t old_break = process->brk;

    if (process->layout.heap < 0 ||
        (increment < 0 && (uint64_t) - (int64_t)increment > old_break)) {
        return ecall_failed;
    }
    return process_set_break(process, old_break + (uint64_t)(int64_t)increment)
               ? (uint32_t)old_break
               : ecall_failed;
}

static uint32_t read_file(struct process *process, uint32_t fd, uint32_t vaddr, uint32_t bytes)
{
    const int64_t got = abi_read_file(process, (int)fd, vaddr, bytes, -1);

    return got < 0 ? ecall_failed : (uint32_t)got;
}

/* The strings that a NULL-terminated array of pointers names; NULL when they cannot be read, or are
 * too many. Ends with free_arguments. */
static void free_arguments(char **arguments)
{
    for (unsigned i = 0; arguments != NULL && arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    free(arguments);
}

static char **read_arguments(struct process *process, uint32_t vaddr)
{
    char **const arguments = calloc(SPAWN_MAX_ARGUMENTS + 1, sizeof(*arguments));

    for (unsigned i = 0; arguments != NULL; i++) {
        char text[SPAWN_ARGUMENT_BYTES];
        uint8_t bytes[4];
        uint32_t pointer;

        if (!process_read(process, vaddr + 4 * i, bytes, sizeof(bytes))) {
            break;
        }
        pointer = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                  (uint32_t)bytes[3] << 24;
        if (pointer == 0) {
            return arguments;
        }
        if (i == SPAWN_MAX_ARGUMENTS ||
            process_read_string(process, pointer, text, sizeof(text)) != 0 ||
            (arguments[i] = strdup(text)) == NULL) {
            break;
        }
    }
    free_arguments(arguments);
    return NULL;
}

static uint32_t spawn(struct process *process, uint32_t path_vaddr, uint32_t argv_vaddr)
{
    char path[FILES_PATH_BYTES];
    char *const alone[] = {path, NULL};
    char **arguments = NULL;
    int64_t pid = -1;

    process_flush(process);
    if (path_vaddr == 0) {
        snprintf(path, sizeof(path), "%s", process->image->path);
    } else if (process_read_string(process, path_vaddr, path, sizeof(path)) != 0) {
        return ecall_failed;
    }
    if (argv_vaddr == 0) {
        pid = process->services->spawn(process->services->context, process, path, alone);
    } else if ((arguments = read_arguments(process, argv_vaddr)) != NULL) {
        pid = process->services->spawn(process->services->context, process, path, arguments);
    }
    free_arguments(arguments);
    return pid < 0 ? ecall_failed : (uint32_t)pid;
}

int abi_ecall_reads(const struct process *process)
{
    const uint32_t *const reg = process->cpu->reg;

    return reg[A7] == ECALL_READ ? (int)reg[A0] : -1;
}

enum abi_result abi_ecall(struct process *process)
{
    uint32_t *const reg = process->cpu->reg;

    switch (reg[A7]) {
    case ECALL_SBRK:
        reg[A0] = sbrk_by(process, (int32_t)reg[A0]);
        break;
    case ECALL_YIELD:
        process->has_yielded = true;
        reg[A0] = 0;
        break;
    case ECALL_SPAWN:
        reg[A0] = spawn(process, reg[A0], reg[A1]);
        break;
    case ECALL_READ:
        process_flush(process);
        reg[A0] = read_file(process, reg[A0], reg[A1], reg[A2]);
        break;
    default:
        process_unknown_call(process, reg[A7]);
        reg[A0] = ecall_failed;
        break;
    }
    return ABI_CONTINUE;
}
