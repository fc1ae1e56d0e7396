/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "os/layout.h"

/* The program puts something of its own into the segment: a part, its heap or its stack. */
static bool is_used(const struct layout *layout, unsigned index)
{
    return layout->segments[index].image_bytes > 0 || (int)index == layout->heap ||
           (int)index == layout->stack;
}

/* With named selection two registers may show the same memory at the same addresses. */
static bool is_same_view(const struct mmu_config *mmu, const struct mmu_segment *a,
                         const struct mmu_segment *b)
{
    return mmu->select == MMU_SELECT_NAMED && a->base == b->base &&
           ((a->flags ^ b->flags) & MMU_FLAG_GROWS_DOWN) == 0;
}

bool layout_check_overlaps(const struct layout *layout, const struct machine *machine,
                           struct error *error)
{
    for (unsigned i = 0; i < layout->count; i++) {
        const struct layout_segment *const a = &layout->segments[i];
        const struct layout_range range_a = layout_range(&a->reg, a->reg.size);

        for (unsigned k = i + 1; k < layout->count; k++) {
            const struct layout_segment *const b = &layout->segments[k];
            const struct layout_range range_b = layout_range(&b->reg, b->reg.size);

            if (is_used(layout, i) && is_used(layout, k) &&
                !is_same_view(&machine->mmu, &a->reg, &b->reg) && range_a.begin < range_b.end &&
                range_b.begin < range_a.end) {
                return error_set(error,
                                 "%s: segments %u (%s) and %u (%s) overlap in physical memory, "
                                 "0x%" PRIx64 "..0x%" PRIx64 " and 0x%" PRIx64 "..0x%" PRIx64
                                 ", and the program needs both",
                                 machine->path, a->segment, a->name, b->segment, b->name,
                                 range_a.begin, range_a.end, range_b.begin, range_b.end);
            }
        }
    }
    return true;
}
