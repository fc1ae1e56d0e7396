/* SPDX-License-Identifier: MIT */
#include "os/process.h"

/* FAULT_STATUS, specification section 3. */
enum {
    STATUS_CODE = 0xF,
    STATUS_ACCESS_SHIFT = 4,
    STATUS_ACCESS = 0x3,
    STATUS_PRIV_SHIFT = 6,
    STATUS_SEGMENT_SHIFT = 8,
    STATUS_SEGMENT = 0xF,
    STATUS_BYTES_SHIFT = 12,
    STATUS_BYTES = 0x1F,
    STATUS_MORE_SHIFT = 30,
    STATUS_VALID_SHIFT = 31,
};

static struct mmu_response access_register(struct process *process, enum mmu_op op, uint8_t reg,
                                           uint64_t value)
{
    const struct mmu_request request = {.op = (uint8_t)op, .priv = 1, .reg = reg, .wdata = value};

    return target_request(process->target, &request, process->cpu->pc, STREAM_SUPERVISOR);
}

struct fault_record process_take_fault(struct process *process)
{
    const uint64_t status =
        access_register(process, MMU_OP_READ_REGISTER, MMU_REG_FAULT_STATUS, 0).data;
    const uint64_t addr =
        access_register(process, MMU_OP_READ_REGISTER, MMU_REG_FAULT_ADDR, 0).data;

    access_register(process, MMU_OP_WRITE_REGISTER, MMU_REG_FAULT_STATUS, 0);
    process->figures.faults++;
    return (struct fault_record){
        .is_valid = status >> STATUS_VALID_SHIFT & 1,
        .has_more = status >> STATUS_MORE_SHIFT & 1,
        .is_privileged = status >> STATUS_PRIV_SHIFT & 1,
        .code = status & STATUS_CODE,
        .access = status >> STATUS_ACCESS_SHIFT & STATUS_ACCESS,
        .segment = status >> STATUS_SEGMENT_SHIFT & STATUS_SEGMENT,
        .bytes = status >> STATUS_BYTES_SHIFT & STATUS_BYTES,
        .addr = addr,
    };
}

/* A stack grows in steps that are small beside its maximum. */
static uint64_t growth_step(uint64_t max_size_bytes)
{
    uint64_t step = 16;

    while (step < 4096 && step * 2 <= max_size_bytes / 64) {
        step *= 2;
    }
    return step;
}

bool process_grow_by_fault(struct process *process, const struct fault_record *fault)
{
    const struct mmu_config *const config = &process->target->config;
    const uint64_t span = mmu_span(config);
    struct layout_segment *const segment = process_find_segment(process, fault->segment);
    uint64_t needed;
    uint64_t step;

    if (!fault->is_valid || fault->code != MMU_FAULT_LIMIT || fault->is_privileged ||
        fault->addr >> config->va_w != 0 || segment == NULL ||
        !(segment->reg.flags & MMU_FLAG_GROWS_DOWN)) {
        return false;
    }
    needed = span - (fault->addr & (span - 1));
    if (needed <= segment->reg.size || needed > segment->max_size_bytes) {
        return false;
    }
    step = growth_step(segment->max_size_bytes);
    needed = (needed + step - 1) / step * step;
    if (needed > segment->max_size_bytes) {
        needed = segment->max_size_bytes;
    }
    if (!process_resize(process, segment, needed)) {
        return false;
    }
    process->figures.stack_growths++;
    return true;
}
