/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "os/process.h"

/* The register that a data access of the guest names (specification, section 1). */
static uint8_t data_segment(const struct process *process)
{
    return process->target->config.select == MMU_SELECT_NAMED ? 1 : 0;
}

/* Where `bytes` of the guest lie, by a request such as the guest's own; a stack grows as it would
 * for the guest. NULL on a fault. */
static uint8_t *locate(struct process *process, uint32_t vaddr, unsigned bytes,
                       enum mmu_access access)
{
    const struct mmu_request request = {
        .addr = vaddr,
        .op = MMU_OP_TRANSLATE,
        .bytes = (uint8_t)bytes,
        .access = (uint8_t)access,
        .segment = data_segment(process),
    };
    struct target *const target = process->target;

    for (;;) {
        const struct mmu_response response =
            target_request(target, &request, process->cpu->pc, STREAM_SUPERVISOR);
        struct fault_record fault;

        if (stream_is_halted(&target->stream)) {
            return NULL;
        }
        if (response.fault == MMU_FAULT_NONE) {
            const bool is_ram =
                response.addr <= target->ram_bytes && bytes <= target->ram_bytes - response.addr;

            return is_ram ? target->ram + response.addr : NULL;
        }
        fault = process_take_fault(process);
        if (!process_grow_by_fault(process, &fault)) {
            return NULL;
        }
    }
}

/* The bytes of the next request: up to an address that is a multiple of 16, and never from one
 * segment into the next. */
static unsigned chunk_bytes(const struct process *process, uint32_t vaddr, size_t left)
{
    const uint64_t span = mmu_span(&process->target->config);
    const uint32_t most = span < MMU_MAX_BYTES ? (uint32_t)span : MMU_MAX_BYTES;
    const uint32_t chunk = most - vaddr % most;

    return left < chunk ? (unsigned)left : chunk;
}

/* Bytes from `vaddr` to the end of the CPU's addresses; nothing wraps there. */
static uint64_t space_left(uint32_t vaddr)
{
    return (UINT64_C(1) << 32) - vaddr;
}

bool process_read(struct process *process, uint32_t vaddr, void *to, size_t bytes)
{
    uint8_t *out = to;

    if (bytes > space_left(vaddr)) {
        return false;
    }
    while (bytes > 0) {
        const unsigned chunk = chunk_bytes(process, vaddr, bytes);
        const uint8_t *const memory = locate(process, vaddr, chunk, MMU_ACCESS_READ);

        if (memory == NULL) {
            return false;
        }
        memcpy(out, memory, chunk);
        out += chunk;
        vaddr += chunk;
        bytes -= chunk;
    }
    return true;
}

bool process_write(struct process *process, uint32_t vaddr, const void *from, size_t bytes)
{
    const uint8_t *in = from;

    if (bytes > space_left(vaddr)) {
        return false;
    }
    while (bytes > 0) {
        const unsigned chunk = chunk_bytes(process, vaddr, bytes);
        uint8_t *const memory = locate(process, vaddr, chunk, MMU_ACCESS_WRITE);

        if (memory == NULL) {
            return false;
        }
        memcpy(memory, in, chunk);
        in += chunk;
        vaddr += chunk;
        bytes -= chunk;
    }
    return true;
}

int process_read_string(struct process *process, uint32_t vaddr, char *to, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!process_read(process, vaddr + (uint32_t)i, &to[i], 1)) {
            return EFAULT;
        }
        if (to[i] == '\0') {
            return 0;
        }
    }
    return ENAMETOOLONG;
}

void process_put(struct process *process, char character)
{
    if (process->output_count == PROCESS_OUTPUT_BYTES) {
        process_flush(process);
    }
    process->output[process->output_count++] = character;
    if (character == '\n') {
        process_flush(process);
    }
}

void process_flush(struct process *process)
{
    unsigned done = 0;

    while (done < process->output_count) {
        const int64_t written =
            files_write(process->files, 1, process->output + done, process->output_count - done);

        if (written <= 0) {
            if (process->output_error == 0) {
                process->output_error = written < 0 ? (int)-written : EIO;
            }
            break;
        }
        done += (unsigned)written;
    }
    process->output_count = 0;
}

void process_unknown_call(struct process *process, uint32_t number)
{
    if (process->figures.unknown_calls++ == 0) {
        process->figures.first_unknown = number;
    }
}

uint64_t process_time_ns(const struct process *process)
{
    return process->target->instructions + process->services->slept_ns;
}

void process_sleep(struct process *process, uint64_t ns)
{
    process->wake_ns = process_time_ns(process) + ns;
}
