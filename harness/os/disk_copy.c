/* SPDX-License-Identifier: MIT */
#include "os/disk_copy.h"

#include <stdlib.h>

#include "os/memory.h"

/* False where memory is short; the slot is the caller's still. */
static bool add_piece(struct disk_copy *copy, uint64_t offset, uint64_t bytes, uint64_t slot)
{
    struct disk_piece *const pieces =
        reallocarray(copy->pieces, copy->count + 1, sizeof(*copy->pieces));

    if (pieces == NULL) {
        return false;
    }
    pieces[copy->count++] = (struct disk_piece){offset, bytes, slot};
    copy->pieces = pieces;
    copy->bytes += bytes;
    return true;
}

bool disk_copy_write(struct disk_copy *copy, struct swap *swap, const struct memory *memory,
                     uint64_t address, uint64_t size_bytes, struct error *error)
{
    const uint64_t limit = address + size_bytes;
    uint64_t at = memory_skip_zeros(memory, address, limit);

    while (at < limit) {
        const uint64_t end = memory_skip_data(memory, at, limit);
        uint64_t slot;

        if (!swap_write(swap, memory->target->ram + at, end - at, &slot, error)) {
            disk_copy_release(copy, swap);
            return false;
        }
        if (!add_piece(copy, at - address, end - at, slot)) {
            swap_release(swap, slot);
            disk_copy_release(copy, swap);
            return error_set(error, "out of memory");
        }
        at = memory_skip_zeros(memory, end, limit);
    }
    return true;
}

bool disk_copy_read(const struct disk_copy *copy, struct swap *swap, const struct memory *memory,
                    uint64_t address, struct error *error)
{
    for (size_t i = 0; i < copy->count; i++) {
        const struct disk_piece *const piece = &copy->pieces[i];

        if (!swap_read(swap, piece->slot, memory->target->ram + address + piece->offset,
                       piece->bytes, error)) {
            return false;
        }
    }
    return true;
}

void disk_copy_release(struct disk_copy *copy, struct swap *swap)
{
    for (size_t i = 0; i < copy->count; i++) {
        swap_release(swap, copy->pieces[i].slot);
    }
    free(copy->pieces);
    *copy = (struct disk_copy){.pieces = NULL};
}
