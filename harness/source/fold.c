/* SPDX-License-Identifier: MIT */
#include "source/fold.h"

#include <inttypes.h>
#include <stdlib.h>

#include "machine/setup.h"

enum {
    MAX_PAGE_BYTES = 4096,
    MIN_PAGE_BYTES = 16, /* so that most accesses stay in one piece */
    MIN_PAGES = 16,      /* in a segment; a small machine gets smaller pages */
    MAX_PAGES = 1 << 16, /* of a fold: 256 MB in large pages */
    AREA_SHIFT = 26,
    AREAS = 64, /* those that come later take their segment by their number */
};

static const uint32_t NOWHERE = UINT32_MAX;

/* Pages of all segments: page `n` of segment `s` is slot s * pages + n. */
struct fold {
    const struct mmu_config *config;
    unsigned segment_count;
    uint64_t page_bytes;
    uint64_t share_bytes; /* of physical memory, for each segment */
    uint32_t pages;       /* of each segment */
    uint32_t used[MMU_MAX_SEGMENTS];
    uint32_t oldest[MMU_MAX_SEGMENTS]; /* the page that a full segment takes next */
    uint64_t given_out, reused;
    uint64_t area[AREAS]; /* in the order in which they came */
    unsigned area_count;
    /* From key_of(page) to its slot: chains. */
    uint32_t first[MAX_PAGES];
    uint32_t next[MAX_PAGES];
    uint64_t key[MAX_PAGES];
};

struct fold *fold_new(const struct machine *machine, struct error *error)
{
    const unsigned count = mmu_segment_count(&machine->mmu);
    const uint64_t span = mmu_span(&machine->mmu);
    uint64_t share = machine->memory.ram_bytes / count, room, page = MAX_PAGE_BYTES;
    struct fold *fold;

    room = span < share ? span : share;
    while (page > MIN_PAGE_BYTES && room / page < MIN_PAGES) {
        page /= 2;
    }
    if (room / page == 0) {
        error_set(error,
                  "%s: a segment has room for %" PRIu64
                  " bytes, expected %d at least to fold addresses into it",
                  machine->path, room, MIN_PAGE_BYTES);
        return NULL;
    }
    fold = calloc(1, sizeof(*fold));
    if (fold == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    fold->config = &machine->mmu;
    fold->segment_count = count;
    fold->page_bytes = page;
    fold->share_bytes = share / page * page;
    fold->pages = room / page < MAX_PAGES / count ? (uint32_t)(room / page) : MAX_PAGES / count;
    for (unsigned i = 0; i < MAX_PAGES; i++) {
        fold->first[i] = NOWHERE;
    }
    return fold;
}

void fold_free(struct fold *fold)
{
    free(fold);
}

static bool grows_down(const struct fold *fold, unsigned segment)
{
    return fold->segment_count >= 4 && segment == fold->segment_count - 1;
}

static uint8_t flags_of(const struct fold *fold, unsigned segment)
{
    const uint8_t data = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;

    if (fold->segment_count == 1) {
        return data | MMU_FLAG_EXECUTE;
    }
    return segment == 0                ? MMU_FLAG_PRESENT | MMU_FLAG_EXECUTE
           : grows_down(fold, segment) ? data | MMU_FLAG_GROWS_DOWN
                                       : data;
}

unsigned fold_setup(const struct fold *fold, struct mmu_request *out)
{
    unsigned count = 0;

    for (unsigned segment = 0; segment < fold->segment_count; segment++) {
        const unsigned end = segment + (grows_down(fold, segment) ? 1 : 0);

        out[count++] = machine_write_register(MMU_REG_BASE(segment), end * fold->share_bytes);
        out[count++] = machine_write_register(MMU_REG_FLAGS(segment), flags_of(fold, segment));
    }
    return count;
}

static unsigned data_segment(struct fold *fold, uint64_t vaddr)
{
    const uint64_t area = vaddr >> AREA_SHIFT;
    unsigned number = 0;

    if (fold->segment_count == 1) {
        return 0;
    }
    while (number < fold->area_count && fold->area[number] != area) {
        number++;
    }
    if (number == AREAS) {
        number = (unsigned)(area % AREAS);
    } else if (number == fold->area_count) {
        fold->area[fold->area_count++] = area;
    }
    return 1 + number % (fold->segment_count - 1);
}

/* --- pages and their slots --- */

static uint32_t chain_of(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 48) % MAX_PAGES;
}

static uint32_t find(const struct fold *fold, uint64_t key)
{
    uint32_t slot = fold->first[chain_of(key)];

    while (slot != NOWHERE && fold->key[slot] != key) {
        slot = fold->next[slot];
    }
    return slot;
}

static void forget(struct fold *fold, uint32_t slot)
{
    uint32_t *link = &fold->first[chain_of(fold->key[slot])];

    while (*link != slot) {
        link = &fold->next[*link];
    }
    *link = fold->next[slot];
}

static uint32_t give_out(struct fold *fold, unsigned segment, uint64_t key)
{
    uint32_t *const first = &fold->first[chain_of(key)];
    uint32_t slot;

    fold->given_out++;
    if (fold->used[segment] < fold->pages) {
        slot = segment * fold->pages + fold->used[segment]++;
    } else {
        slot = segment * fold->pages + fold->oldest[segment];
        fold->oldest[segment] = (fold->oldest[segment] + 1) % fold->pages;
        fold->reused++;
        forget(fold, slot);
    }
    fold->key[slot] = key;
    fold->next[slot] = *first;
    *first = slot;
    return slot;
}

struct fold_place fold_place(struct fold *fold, uint64_t vaddr, uint8_t access)
{
    /* Bytes of a page are at least 16, so the number of a page leaves room for a bit. */
    const bool is_code = access == MMU_ACCESS_EXECUTE && fold->segment_count > 1;
    const uint64_t key = vaddr / fold->page_bytes << 1 | (is_code ? 1 : 0);
    const uint64_t span = mmu_span(fold->config);
    struct fold_place place = {0};
    uint32_t slot = find(fold, key);
    uint64_t page, offset;

    if (slot == NOWHERE) {
        const unsigned segment = is_code ? 0 : data_segment(fold, vaddr);
        const uint32_t used = fold->used[segment];

        slot = give_out(fold, segment, key);
        place.new_size = fold->used[segment] > used ? (used + 1) * fold->page_bytes : 0;
    }
    place.segment = (uint8_t)(slot / fold->pages);
    page = slot % fold->pages;
    offset = vaddr % fold->page_bytes + (grows_down(fold, place.segment)
                                             ? span - (page + 1) * fold->page_bytes
                                             : page * fold->page_bytes);
    place.vaddr = fold->config->select == MMU_SELECT_NAMED ? offset : place.segment * span + offset;
    return place;
}

uint64_t fold_page_bytes(const struct fold *fold)
{
    return fold->page_bytes;
}

uint64_t fold_pages(const struct fold *fold)
{
    return fold->given_out;
}

uint64_t fold_reused(const struct fold *fold)
{
    return fold->reused;
}
