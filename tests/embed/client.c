/* SPDX-License-Identifier: MIT */
/* How an emulator embeds libsegmmu: a board with 64 KB of memory behind an MMU, with the code, heap
 * and stack segments of OSTEP 16. C11, and C++20 as it stands. */
#include <stdint.h>
#include <stdio.h>

#include <segmmu/segmmu.h>

struct board {
    struct mmu_config config;
    struct mmu_regs regs;
    uint8_t ram[64 << 10]; /* by physical address */
};

static bool write_register(struct board *board, uint8_t reg, uint64_t value)
{
    const struct mmu_request request = {
        .wdata = value, .op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg};

    return mmu_execute(&board->config, &board->regs, &request).fault == MMU_FAULT_NONE;
}

/* What the emulated operating system does; `present` is set last. False when the MMU refuses a
 * value. */
static bool set_segment(struct board *board, unsigned number, uint64_t base, uint64_t size,
                        uint8_t flags)
{
    return write_register(board, MMU_REG_BASE(number), base) &&
           write_register(board, MMU_REG_SIZE(number), size) &&
           write_register(board, MMU_REG_FLAGS(number), flags);
}

/* What the emulated CPU does for each access of a user program. The fault, if there is one, is also
 * in FAULT_STATUS and FAULT_ADDR, for the emulated operating system to read. */
static struct mmu_response access_byte(struct board *board, uint64_t vaddr, enum mmu_access access)
{
    const struct mmu_request request = {
        .addr = vaddr, .op = MMU_OP_TRANSLATE, .bytes = 1, .access = (uint8_t)access};

    return mmu_execute(&board->config, &board->regs, &request);
}

static void show_load(struct board *board, uint64_t vaddr)
{
    const struct mmu_response answer = access_byte(board, vaddr, MMU_ACCESS_READ);

    if (answer.fault == MMU_FAULT_NONE) {
        printf("load %5u: segment %u, physical %5u, value %u\n", (unsigned)vaddr, answer.segment,
               (unsigned)answer.addr, board->ram[answer.addr]);
    } else {
        printf("load %5u: segment %u, fault %s\n", (unsigned)vaddr, answer.segment,
               mmu_fault_name(answer.fault));
    }
}

/* The same load clock by clock: cycles from its acceptance to its response. */
static unsigned load_cycles(const struct board *board, uint64_t vaddr)
{
    struct mmu mmu;
    struct mmu_in in = {.req = {.addr = vaddr, .bytes = 1}, .req_valid = 1, .rsp_ready = 1};
    struct mmu_out out;
    unsigned cycles = 0;

    mmu_init(&mmu, &board->config);
    mmu.state.regs = board->regs;
    for (mmu_cycle(&mmu, &in, &out); !out.rsp_valid; mmu_cycle(&mmu, &in, &out)) {
        in.req_valid = 0; /* it was taken in the first cycle */
        cycles++;
    }
    return cycles;
}

int main(void)
{
    static struct board board = {
        .config = {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 2}};
    const uint8_t rx = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_EXECUTE;
    const uint8_t rw = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;
    struct mmu_response answer;

    if (mmu_config_error(&board.config) != NULL || !set_segment(&board, 0, 32 << 10, 2 << 10, rx) ||
        !set_segment(&board, 1, 34 << 10, 3 << 10, rw) ||
        !set_segment(&board, 3, 28 << 10, 2 << 10, rw | MMU_FLAG_GROWS_DOWN)) {
        return 1;
    }
    answer = access_byte(&board, 15 << 10, MMU_ACCESS_WRITE);
    if (answer.fault != MMU_FAULT_NONE) {
        return 1;
    }
    board.ram[answer.addr] = 42;

    show_load(&board, 100);
    show_load(&board, 4200);
    show_load(&board, 7 << 10);
    show_load(&board, 15 << 10);
    printf("a load takes %u cycles\n", load_cycles(&board, 15 << 10));
    return 0;
}
