/* SPDX-License-Identifier: MIT */
#include "os/supervisor_message.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "segmmu/names.h"

/* The name that the layout gave a segment, or NULL where the process has none such. */
static const struct layout_segment *find_segment(const struct process *process, uint8_t number)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].segment == number) {
            return &process->layout.segments[i];
        }
    }
    return NULL;
}

/* "read, write and execute" as the flags allow: "rw-". */
static void flags_text(uint8_t flags, char text[4])
{
    text[0] = flags & MMU_FLAG_READ ? 'r' : '-';
    text[1] = flags & MMU_FLAG_WRITE ? 'w' : '-';
    text[2] = flags & MMU_FLAG_EXECUTE ? 'x' : '-';
    text[3] = '\0';
}

/* Why the MMU refused a translation, in the words of the books. */
static void explain(const struct process *process, const struct fault_record *fault, char *text,
                    size_t size)
{
    const struct mmu_config *const config = &process->target->config;
    const uint64_t span = mmu_span(config);
    const uint64_t offset = fault->addr & (span - 1);
    const struct layout_segment *const segment = find_segment(process, fault->segment);
    char flags[4];

    if (fault->code == MMU_FAULT_NOT_PRESENT || segment == NULL) {
        snprintf(text, size, "segment %u is not present", fault->segment);
    } else if (fault->code == MMU_FAULT_LIMIT && fault->addr >> config->va_w != 0) {
        snprintf(text, size, "the address has more than %u bits", config->va_w);
    } else if (fault->code == MMU_FAULT_LIMIT && (segment->reg.flags & MMU_FLAG_GROWS_DOWN)) {
        snprintf(text, size,
                 "segment %u (%s), offset 0x%" PRIx64 " lies outside 0x%" PRIx64 "..0x%" PRIx64
                 " (size %" PRIu64 ", grows down to at most %" PRIu64 ")",
                 fault->segment, segment->name, offset, span - segment->reg.size, span,
                 segment->reg.size, segment->max_size_bytes);
    } else if (fault->code == MMU_FAULT_LIMIT) {
        snprintf(text, size,
                 "segment %u (%s), offset 0x%" PRIx64 " + %u exceeds the limit 0x%" PRIx64,
                 fault->segment, segment->name, offset, fault->bytes, segment->reg.size);
    } else if (fault->code == MMU_FAULT_PERMISSION) {
        flags_text(segment->reg.flags, flags);
        snprintf(text, size, "segment %u (%s) is %s", fault->segment, segment->name, flags);
    } else {
        snprintf(text, size, "segment %u (%s), base 0x%" PRIx64 " + offset 0x%" PRIx64,
                 fault->segment, segment->name, segment->reg.base, offset);
    }
}

void supervisor_fault_message(const struct process *process, const struct fault_record *fault,
                              struct supervisor_process *result)
{
    char reason[256];

    if (!fault->is_valid) {
        snprintf(result->message, sizeof(result->message),
                 "Segmentation fault: at 0x%" PRIx64 ", but the MMU recorded no fault",
                 result->fault_pc);
    } else if (fault->code == MMU_FAULT_PRIVILEGE) {
        char name[16];

        mmu_register_name(&process->target->config, (unsigned)fault->addr, name, sizeof(name));
        snprintf(result->message, sizeof(result->message),
                 "Segmentation fault: the instruction at 0x%" PRIx64
                 " reached for the MMU's register 0x%" PRIx64 " (%s) in user mode: privilege",
                 result->fault_pc, fault->addr, name);
    } else {
        explain(process, fault, reason, sizeof(reason));
        snprintf(result->message, sizeof(result->message),
                 "Segmentation fault: %s of %u byte%s at 0x%" PRIx64
                 " by the instruction at 0x%" PRIx64 ": %s: %s",
                 mmu_access_name(fault->access), fault->bytes, fault->bytes == 1 ? "" : "s",
                 fault->addr, result->fault_pc, mmu_fault_name(fault->code), reason);
    }
}

void supervisor_bus_message(const struct process *process, const struct guest_event *event,
                            struct supervisor_process *result)
{
    snprintf(result->message, sizeof(result->message),
             "Bus error: %s of %u byte%s at 0x%" PRIx64 " by the instruction at 0x%" PRIx64
             ": physical address 0x%" PRIx64 " has no memory (ram ends at 0x%" PRIx64 ")",
             mmu_access_name(event->request.access), event->request.bytes,
             event->request.bytes == 1 ? "" : "s", event->request.addr, result->fault_pc,
             event->response.addr, process->target->ram_bytes);
}

void supervisor_signal_message(const struct process *process, int number,
                               struct supervisor_process *result)
{
    (void)process;
    snprintf(result->message, sizeof(result->message), "%s: at 0x%" PRIx64, strsignal(number),
             result->fault_pc);
}
