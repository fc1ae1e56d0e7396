/* SPDX-License-Identifier: MIT */
#include "hostile_code.h"

#include <string.h>

#include "guest_cases_i386.h"

enum { LONGEST = 16 }; /* bytes that are written for one instruction */

struct writer {
    struct random_source *random;
    hostile_address *address;
    void *context;
};

static uint32_t some_address(const struct writer *writer)
{
    return writer->address(writer->context, writer->random);
}

static uint32_t some_word(const struct writer *writer)
{
    return (uint32_t)random_next(writer->random);
}

static size_t put_word(uint8_t *at, uint32_t word)
{
    memcpy(at, &word, sizeof(word));
    return sizeof(word);
}

/* lui and addi of an address into a register. */
static size_t put_rv32_address(const struct writer *writer, uint8_t *at)
{
    const uint32_t address = some_address(writer);
    const uint32_t reg = some_word(writer) & 31;
    const uint32_t low = address & 0xfff;

    put_word(at, ((address + 0x800) & ~UINT32_C(0xfff)) | reg << 7 | 0x37);
    put_word(at + 4, low << 20 | reg << 15 | reg << 7 | 0x13);
    return 8;
}

/* An opcode with random fields. Jumps and branches are short in half of the cases. */
static size_t put_rv32(const struct writer *writer, uint8_t *at)
{
    static const uint8_t opcodes[] = {
        0x03, 0x03, 0x03, 0x23, 0x23, 0x23, 0x07, 0x27, /* loads and stores, of F and D too */
        0x2f, 0x2f,                                     /* atomic */
        0x63, 0x6f, 0x67, 0x67,                         /* branch, jal, jalr */
        0x13, 0x33, 0x37, 0x17,                         /* arithmetic, lui, auipc */
        0x73, 0x0f, 0x53,                               /* system, fence, floating point */
    };
    static const uint32_t system[] = {
        0x00000073, /* ecall */
        0x00100073, /* ebreak */
        0x7c059073, /* csrw 0x7c0, a1: the MMU's registers */
        0x7d2025f3, /* csrr a1, 0x7d2 */
        0x30529073, /* csrw mtvec, t0 */
        0x30200073, /* mret */
    };
    const uint8_t opcode = opcodes[random_below(writer->random, sizeof(opcodes))];
    uint32_t word = (some_word(writer) & ~UINT32_C(0x7f)) | opcode;

    if (random_chance(writer->random, 1, 6)) {
        return put_rv32_address(writer, at);
    }
    if (random_chance(writer->random, 1, 20)) {
        return put_word(at,
                        system[random_below(writer->random, sizeof(system) / sizeof(system[0]))]);
    }
    if (random_chance(writer->random, 1, 5)) {
        put_word(at, (word & ~UINT32_C(3)) | (uint32_t)random_below(writer->random, 3));
        return 2;
    }
    if (opcode == 0x63 && random_chance(writer->random, 1, 2)) {
        word &= 0x01fff0ff;
    }
    if (opcode == 0x6f && random_chance(writer->random, 1, 2)) {
        word &= 0x03e00fff;
    }
    if (opcode == 0x2f) {
        word = (word & ~UINT32_C(0x7000)) | 0x2000;
    }
    return put_word(at, word);
}

/* Prefixes, an opcode, and behind it whatever a ModRM byte may ask for: an address. */
static size_t put_i386_random(const struct writer *writer, uint8_t *at)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26,
                                       0x2e, 0x36, 0x3e, 0x64, 0x65};
    size_t length = 0;

    while (length < 3 && random_chance(writer->random, 1, 4)) {
        at[length++] = prefixes[random_below(writer->random, sizeof(prefixes))];
    }
    if (random_chance(writer->random, 1, 4)) {
        at[length++] = 0x0f;
    }
    at[length++] = (uint8_t)some_word(writer);
    at[length++] = (uint8_t)some_word(writer);
    if (random_chance(writer->random, 1, 2)) {
        length += put_word(at + length, some_address(writer));
    }
    return length;
}

static size_t put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return count;
}

static size_t put_i386(const struct writer *writer, uint8_t *at)
{
    /* What reaches far: an opcode and an address. */
    static const struct {
        uint8_t length;
        uint8_t bytes[3];
    } far[] = {
        {1, {0xa1}},             /* mov eax, [address] */
        {1, {0xa3}},             /* mov [address], eax */
        {2, {0x01, 0x05}},       /* add [address], eax */
        {2, {0xff, 0x15}},       /* call [address] */
        {2, {0xff, 0x25}},       /* jmp [address] */
        {2, {0x8f, 0x05}},       /* pop [address] */
        {3, {0x0f, 0xae, 0x05}}, /* fxsave [address] */
        {2, {0xdd, 0x35}},       /* fnsave [address] */
        {1, {0x68}},             /* push address */
        {1, {0xbb}},             /* mov ebx, address */
        {1, {0xbc}},             /* mov esp, address */
        {1, {0xbe}},             /* mov esi, address */
        {1, {0xbf}},             /* mov edi, address */
        {1, {0x9a}},             /* call far */
        {1, {0xe8}},             /* call near: 4 GB away */
    };
    /* What takes no address. */
    static const struct {
        uint8_t length;
        uint8_t bytes[4];
    } near[] = {
        {1, {0xc3}},                /* ret */
        {1, {0xcb}},                /* retf */
        {1, {0xcf}},                /* iret */
        {2, {0xcd, 0x80}},          /* int 0x80 */
        {2, {0xf3, 0xa5}},          /* rep movsd */
        {2, {0xf3, 0xaa}},          /* rep stosb */
        {1, {0x60}},                /* pusha */
        {1, {0x61}},                /* popa */
        {4, {0xc8, 0xff, 0, 3}},    /* enter 255, 3 */
        {1, {0xc9}},                /* leave */
        {4, {0x66, 0xba, 0xe0, 5}}, /* mov dx, 0x5e0: the MMU's registers */
        {4, {0x66, 0xba, 0xe4, 5}}, /* mov dx, 0x5e4 */
        {1, {0xed}},                /* in eax, dx */
        {1, {0xef}},                /* out dx, eax */
        {2, {0x8e, 0xd8}},          /* mov ds, ax */
        {2, {0x8e, 0xe8}},          /* mov gs, ax */
        {2, {0xff, 0xe3}},          /* jmp ebx */
        {2, {0xff, 0xd0}},          /* call eax */
        {2, {0xeb, 0x02}},          /* jmp $ + 4 */
        {1, {0xfd}},                /* std */
    };
    size_t number;
    size_t length;

    switch (random_below(writer->random, 4)) {
    case 0:
        return put_i386_random(writer, at);
    case 1:
        number = random_below(writer->random, sizeof(i386_cases) / sizeof(i386_cases[0]));
        return put_bytes(at, i386_cases[number].code, i386_cases[number].bytes);
    case 2:
        number = random_below(writer->random, sizeof(far) / sizeof(far[0]));
        length = put_bytes(at, far[number].bytes, far[number].length);
        return length + put_word(at + length, some_address(writer));
    default:
        number = random_below(writer->random, sizeof(near) / sizeof(near[0]));
        return put_bytes(at, near[number].bytes, near[number].length);
    }
}

static void put_random_bytes(const struct writer *writer, uint8_t *code, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        code[i] = (uint8_t)some_word(writer);
    }
}

void hostile_code(enum guest_isa isa, struct random_source *random, hostile_address *address,
                  void *context, uint8_t *code, size_t bytes)
{
    const struct writer writer = {random, address, context};
    uint8_t one[LONGEST + 4];
    size_t at = 0;

    if (random_chance(random, 1, 4)) {
        put_random_bytes(&writer, code, bytes);
        return;
    }
    while (at < bytes) {
        size_t length = isa == GUEST_RV32 ? put_rv32(&writer, one) : put_i386(&writer, one);

        length = length < bytes - at ? length : bytes - at;
        memcpy(code + at, one, length);
        at += length;
    }
}
