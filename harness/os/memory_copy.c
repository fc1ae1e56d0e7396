/* SPDX-License-Identifier: MIT */
/* Copying and clearing by requests of 16 bytes. A page of physical memory that is all zero is not
 * copied but cleared, and not cleared but left alone, as a memory controller that knows its zero
 * pages would have it: a segment with a large hole costs what is in it. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/memory.h"

enum {
    PAGE_BYTES = 4096,
    CHUNK_BYTES = 1 << 20,         /* of a hole that is passed over at once */
    WORTH_GIVING_BYTES = 64 << 10, /* to the host at once */
};

/* One privileged request: the physical address is the virtual one. */
static void send(const struct memory *memory, uint64_t address, uint64_t bytes,
                 enum mmu_access access)
{
    const struct mmu_request request = {
        .addr = address,
        .op = MMU_OP_TRANSLATE,
        .bytes = (uint8_t)bytes,
        .access = (uint8_t)access,
        .priv = 1,
    };

    target_request(memory->target, &request, memory->banks->pc, STREAM_SUPERVISOR);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_zero(const uint8_t *bytes, uint64_t count)
{
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

/* The bytes from `address` on, up to `limit`, that lie in one unit of `unit_bytes`. */
static uint64_t unit_part(uint64_t address, uint64_t limit, uint64_t unit_bytes)
{
    return lesser(unit_bytes - address % unit_bytes, limit - address);
}

/* The first address from `first` on that lies in the same unit as the byte before `limit`. */
static uint64_t last_unit(uint64_t first, uint64_t limit, uint64_t unit_bytes)
{
    const uint64_t unit = (limit - 1) / unit_bytes * unit_bytes;

    return unit > first ? unit : first;
}

/* The first address from `address` on, or `limit`, whose page the host has: what it does not have
 * is zero, and looking at it would make it. */
static uint64_t skip_holes(const struct memory *memory, uint64_t address, uint64_t limit)
{
    const off_t data = lseek(memory->target->ram_fd, (off_t)address, SEEK_DATA);

    return data < 0 ? limit : lesser((uint64_t)data, limit);
}

uint64_t memory_skip_zeros(const struct memory *memory, uint64_t address, uint64_t limit)
{
    uint64_t at = skip_holes(memory, address, limit);

    while (at < limit && is_zero(memory->target->ram + at, unit_part(at, limit, PAGE_BYTES))) {
        at = skip_holes(memory, at + unit_part(at, limit, PAGE_BYTES), limit);
    }
    return at;
}

uint64_t memory_skip_data(const struct memory *memory, uint64_t address, uint64_t limit)
{
    uint64_t at = address;

    while (at < limit && skip_holes(memory, at, limit) == at &&
           !is_zero(memory->target->ram + at, unit_part(at, limit, PAGE_BYTES))) {
        at += unit_part(at, limit, PAGE_BYTES);
    }
    return at;
}

static void clear_part(struct memory *memory, uint64_t address, uint64_t bytes)
{
    uint8_t *const ram = memory->target->ram + address;

    if (is_zero(ram, bytes)) {
        return;
    }
    for (uint64_t done = 0; done < bytes; done += MMU_MAX_BYTES) {
        send(memory, address + done, lesser(bytes - done, MMU_MAX_BYTES), MMU_ACCESS_WRITE);
    }
    memset(ram, 0, bytes);
    memory->figures.cleared_bytes += bytes;
}

/* The host needs no memory for what is zero. */
static void give_to_host(const struct memory *memory, uint64_t address, uint64_t limit)
{
    const uint64_t first = (address + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    const uint64_t end = limit / PAGE_BYTES * PAGE_BYTES;

    if (end > first && end - first >= WORTH_GIVING_BYTES) {
        /* Where the host does not take it, it stays as it is. */
        (void)fallocate(memory->target->ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        (off_t)first, (off_t)(end - first));
    }
}

static void clear(struct memory *memory, uint64_t address, uint64_t bytes)
{
    const uint64_t limit = address + bytes;

    if (skip_holes(memory, address, limit) == limit) {
        return;
    }
    for (uint64_t at = skip_holes(memory, address, limit); at < limit;
         at = skip_holes(memory, at + unit_part(at, limit, PAGE_BYTES), limit)) {
        clear_part(memory, at, unit_part(at, limit, PAGE_BYTES));
    }
    give_to_host(memory, address, limit);
}

/* Where something moves, clearing its old place is part of that. */
static bool is_moving(const struct memory *memory)
{
    const enum account_purpose purpose = memory->accounts->purpose;

    return purpose == ACCOUNT_MOVE || purpose == ACCOUNT_COMPACT;
}

void memory_clear(struct memory *memory, uint64_t address, uint64_t bytes)
{
    enum account_purpose before;

    if (!memory->is_closing) {
        before = accounts_turn(memory->accounts,
                               is_moving(memory) ? memory->accounts->purpose : ACCOUNT_ZERO);
        clear(memory, address, bytes);
        accounts_turn(memory->accounts, before);
    }
}

/* A part of a page, whose destination may overlap it. */
static void copy_part(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes)
{
    uint8_t *const ram = memory->target->ram;

    if (skip_holes(memory, from, from + bytes) > from || is_zero(ram + from, bytes)) {
        clear(memory, to, bytes);
        return;
    }
    for (uint64_t done = 0; done < bytes; done += MMU_MAX_BYTES) {
        const uint64_t piece = lesser(bytes - done, MMU_MAX_BYTES);

        send(memory, from + done, piece, MMU_ACCESS_READ);
        send(memory, to + done, piece, MMU_ACCESS_WRITE);
    }
    memmove(ram + to, ram + from, bytes);
}

typedef void copy_unit(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes);

/* Unit by unit, from the end that the destination leaves first. */
static void copy_by(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes,
                    uint64_t unit_bytes, copy_unit *copy)
{
    const uint64_t limit = from + bytes;

    if (to <= from) {
        for (uint64_t at = from, part; at < limit; at += part) {
            part = unit_part(at, limit, unit_bytes);
            copy(memory, to + (at - from), at, part);
        }
    } else {
        for (uint64_t end = limit, at; end > from; end = at) {
            at = last_unit(from, end, unit_bytes);
            copy(memory, to + (at - from), at, end - at);
        }
    }
}

static void copy_chunk(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes)
{
    if (skip_holes(memory, from, from + bytes) == from + bytes) {
        clear(memory, to, bytes);
    } else {
        copy_by(memory, to, from, bytes, PAGE_BYTES, copy_part);
    }
}

void memory_copy(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes)
{
    copy_by(memory, to, from, bytes, CHUNK_BYTES, copy_chunk);
}
