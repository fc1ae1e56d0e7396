/* SPDX-License-Identifier: MIT */
#include "guest_crowd.h"

#include <string.h>

#include "unit.h"

enum {
    START = 0x100,
    DATA = 0x40000000,
    STACK_TOP = 0xfffffff0,
    DATA_OFFSET = 0x4000, /* in the block */
    SEGMENTS = 3,
};

/* 60 rounds of loads, stores, pushes and a copy with `rep`, whose ends overlap by what the number
 * says; the code is moved by as many `nop`s. */
static void write_i386(uint8_t *code, unsigned number)
{
    const uint8_t loop[] = {
        0x8b,
        0x03, /* mov eax, [ebx] */
        0x05,
        0x11,
        0x32,
        (uint8_t)number,
        0x54, /* add eax, imm32 */
        0xc1,
        0xc0,
        (uint8_t)(3 + number), /* rol eax, imm8 */
        0x89,
        0x03, /* mov [ebx], eax */
        0x51, /* push ecx */
        0xb9,
        (uint8_t)(40 + number),
        0,
        0,
        0, /* mov ecx, imm32 */
        0x89,
        0xde, /* mov esi, ebx */
        0x8d,
        0x7b,
        (uint8_t)(3 + number), /* lea edi, [ebx + imm8] */
        0xf3,
        0xa4, /* rep movsb */
        0x59, /* pop ecx */
        0x49, /* dec ecx */
        0x75,
        (uint8_t)-29, /* jnz loop */
        0xcd,
        0x80, /* int 0x80 */
    };

    memset(code, 0x90, number);
    memcpy(code + number, loop, sizeof(loop));
}

/* The same without a copy. */
static void write_rv32(uint8_t *code, unsigned number)
{
    const uint32_t nop = 0x00000013;
    const uint32_t loop[] = {
        0x00062503,                  /* lw a0, 0(a2) */
        0x00150513 + (number << 20), /* addi a0, a0, 1 + number */
        0x00551693 + (number << 20), /* slli a3, a0, 5 + number */
        0x00d54533,                  /* xor a0, a0, a3 */
        0x00a62023,                  /* sw a0, 0(a2) */
        0xfea12e23,                  /* sw a0, -4(sp) */
        0x00a62223 + (number << 7),  /* sw a0, 4 + number(a2) */
        0xfff58593,                  /* addi a1, a1, -1 */
        0xfe0590e3,                  /* bnez a1, loop */
        0x00000073,                  /* ecall */
    };

    for (unsigned i = 0; i < number; i++) {
        memcpy(code + (size_t)4 * i, &nop, sizeof(nop));
    }
    memcpy(code + (size_t)4 * number, loop, sizeof(loop));
}

static void write_register(struct crowd *crowd, uint8_t reg, uint64_t value)
{
    const struct mmu_request request = {
        .op = MMU_OP_WRITE_REGISTER, .reg = reg, .wdata = value, .priv = 1};

    assert_int_equal(target_request(crowd->target, &request, 0, STREAM_SUPERVISOR).fault,
                     MMU_FAULT_NONE);
}

uint8_t *crowd_memory(struct crowd *crowd, unsigned number)
{
    return crowd->target->ram + (size_t)crowd->guests[number].slot * CROWD_BLOCK_BYTES;
}

/* Into the bank that the window shows. */
static void write_segments(struct crowd *crowd, unsigned number)
{
    const uint64_t block = (uint64_t)crowd->guests[number].slot * CROWD_BLOCK_BYTES;
    const struct {
        uint8_t segment;
        uint64_t base;
        uint64_t size;
        uint8_t flags;
    } segments[SEGMENTS] = {
        {0, block, CROWD_CODE_BYTES, MMU_FLAG_READ | MMU_FLAG_EXECUTE},
        {1, block + DATA_OFFSET, CROWD_DATA_BYTES, MMU_FLAG_READ | MMU_FLAG_WRITE},
        {3, block + CROWD_BLOCK_BYTES, CROWD_STACK_BYTES,
         MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_GROWS_DOWN},
    };

    for (unsigned i = 0; i < SEGMENTS; i++) {
        write_register(crowd, MMU_REG_BASE(segments[i].segment), segments[i].base);
        write_register(crowd, MMU_REG_SIZE(segments[i].segment), segments[i].size);
        write_register(crowd, MMU_REG_FLAGS(segments[i].segment),
                       segments[i].flags | MMU_FLAG_PRESENT);
    }
}

static void start_guest(struct crowd *crowd, unsigned number, unsigned program)
{
    const struct guest_options options = {.target = crowd->target, .isa = crowd->options.isa};
    struct crowd_guest *const member = &crowd->guests[number];
    struct error error = {""};
    struct guest_cpu *cpu;

    member->slot = number;
    member->last = GUEST_LIMIT;
    member->guest = guest_start(&options, &error);
    if (member->guest == NULL) {
        fail_msg("%s", error.text);
    }
    memset(crowd_memory(crowd, number) + DATA_OFFSET, (int)(0x11 * program + 1), 0x100);
    cpu = guest_cpu(member->guest);
    cpu->pc = START;
    if (options.isa == GUEST_I386) {
        write_i386(crowd_memory(crowd, number) + START, program);
        cpu->reg[GUEST_EBX] = DATA;
        cpu->reg[GUEST_ECX] = 60;
        cpu->reg[GUEST_ESP] = STACK_TOP;
    } else {
        write_rv32(crowd_memory(crowd, number) + START, program);
        cpu->reg[2] = STACK_TOP;
        cpu->reg[11] = 400;
        cpu->reg[12] = DATA;
    }
    if (crowd->options.mode == CROWD_CONTEXTS) {
        write_register(crowd, MMU_REG_WINDOW, number);
        write_segments(crowd, number);
    }
}

void crowd_open(struct crowd *crowd, const struct crowd_options *options, unsigned first)
{
    const struct machine machine = {
        .path = (char *)"crowd",
        .mmu = {.va_w = 32,
                .pa_w = 32,
                .seg_bits = 2,
                .select = MMU_SELECT_EXPLICIT,
                .contexts = options->mode == CROWD_CONTEXTS ? CROWD_MAX : 1,
                .stages = 1},
        .memory = {.ram_bytes = UINT64_C(1) * (CROWD_MAX + 1) * CROWD_BLOCK_BYTES},
    };
    struct error error = {""};

    memset(crowd, 0, sizeof(*crowd));
    crowd->options = *options;
    crowd->free_slot = CROWD_MAX;
    crowd->target = target_new(&machine, &error);
    assert_non_null(crowd->target);
    crowd->target->stream.discard = !options->recorded;
    for (unsigned number = 0; number < options->count; number++) {
        start_guest(crowd, number, first + number);
    }
}

void crowd_close(struct crowd *crowd)
{
    for (unsigned number = 0; number < crowd->options.count; number++) {
        guest_stop(crowd->guests[number].guest);
    }
    target_free(crowd->target);
}

static void move(struct crowd *crowd, unsigned number)
{
    uint8_t *const from = crowd_memory(crowd, number);
    const unsigned slot = crowd->guests[number].slot;

    crowd->guests[number].slot = crowd->free_slot;
    crowd->free_slot = slot;
    memcpy(crowd_memory(crowd, number), from, CROWD_BLOCK_BYTES);
    memset(from, 0, CROWD_BLOCK_BYTES);
}

enum guest_event_kind crowd_turn(struct crowd *crowd, unsigned number, uint64_t quantum)
{
    struct crowd_guest *const member = &crowd->guests[number];
    const struct target *const target = crowd->target;
    const uint64_t instructions = target->instructions;
    const uint64_t steps = target_steps(target);
    struct guest_event event;

    switch (crowd->options.mode) {
    case CROWD_CONTEXTS:
        write_register(crowd, MMU_REG_CONTEXT, number);
        break;
    case CROWD_MOVE:
        move(crowd, number);
        write_segments(crowd, number);
        break;
    case CROWD_REWRITE:
        write_segments(crowd, number);
        break;
    }
    guest_resume(member->guest, quantum == 0 ? 0 : steps + quantum, &event);
    if (event.kind == GUEST_LIMIT) {
        assert_int_equal(target_steps(target), steps + quantum);
    } else if (quantum != 0) {
        assert_in_range(target_steps(target), steps, steps + quantum);
    }
    member->last = event.kind;
    member->instructions += target->instructions - instructions;
    member->steps += target_steps(target) - steps;
    return event.kind;
}

void crowd_run(struct crowd *crowd, uint64_t quantum)
{
    bool is_anybody_left;

    do {
        is_anybody_left = false;
        for (unsigned number = 0; number < crowd->options.count; number++) {
            if (crowd->guests[number].last == GUEST_LIMIT) {
                crowd_turn(crowd, number, quantum);
                is_anybody_left = true;
            }
        }
    } while (is_anybody_left);
}
