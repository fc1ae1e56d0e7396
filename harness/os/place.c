/* SPDX-License-Identifier: MIT */
#include "os/place.h"

void place_init(struct place_map *map, uint64_t memory_bytes)
{
    map->memory_bytes = memory_bytes;
    map->count = 0;
}

bool place_take(struct place_map *map, uint64_t begin, uint64_t end)
{
    unsigned at = map->count;

    if (begin >= end) {
        return true;
    }
    if (map->count == PLACE_MAX_RANGES) {
        return false;
    }
    while (at > 0 && map->taken[at - 1].begin > begin) {
        map->taken[at] = map->taken[at - 1];
        at--;
    }
    map->taken[at] = (struct place_range){begin, end};
    map->count++;
    return true;
}

/* The free range behind the first `index` taken ones; it may be empty. Called with index 0, 1, ..
 * count, `*end_of_taken` being 0 at first. */
static struct place_range next_hole(const struct place_map *map, unsigned index,
                                    uint64_t *end_of_taken)
{
    struct place_range hole;

    if (index > 0 && map->taken[index - 1].end > *end_of_taken) {
        *end_of_taken = map->taken[index - 1].end;
    }
    hole.begin = *end_of_taken;
    hole.end = index < map->count ? map->taken[index].begin : map->memory_bytes;
    if (hole.end < hole.begin) {
        hole.end = hole.begin;
    }
    return hole;
}

bool place_first_fit(struct place_map *map, uint64_t size_bytes, uint64_t alignment, uint64_t *base)
{
    uint64_t end_of_taken = 0;

    for (unsigned i = 0; i <= map->count; i++) {
        const struct place_range hole = next_hole(map, i, &end_of_taken);
        const uint64_t aligned = (hole.begin + alignment - 1) & ~(alignment - 1);

        if (aligned <= hole.end && size_bytes <= hole.end - aligned) {
            *base = aligned;
            return place_take(map, aligned, aligned + size_bytes);
        }
    }
    return false;
}

bool place_random(struct place_map *map, uint64_t size_bytes, struct random_source *random,
                  uint64_t *base)
{
    uint64_t bases = 0; /* possible ones so far */
    uint64_t end_of_taken = 0;
    uint64_t choice;

    for (unsigned i = 0; i <= map->count; i++) {
        const struct place_range hole = next_hole(map, i, &end_of_taken);

        bases += size_bytes <= hole.end - hole.begin ? hole.end - hole.begin - size_bytes + 1 : 0;
    }
    if (bases == 0) {
        return false;
    }
    choice = random_below(random, bases);
    end_of_taken = 0;
    for (unsigned i = 0;; i++) {
        const struct place_range hole = next_hole(map, i, &end_of_taken);
        const uint64_t here =
            size_bytes <= hole.end - hole.begin ? hole.end - hole.begin - size_bytes + 1 : 0;

        if (choice < here) {
            *base = hole.begin + choice;
            return place_take(map, *base, *base + size_bytes);
        }
        choice -= here;
    }
}

uint64_t place_free_bytes(const struct place_map *map, uint64_t *largest_bytes)
{
    uint64_t end_of_taken = 0;
    uint64_t free_bytes = 0;

    *largest_bytes = 0;
    for (unsigned i = 0; i <= map->count; i++) {
        const struct place_range hole = next_hole(map, i, &end_of_taken);

        free_bytes += hole.end - hole.begin;
        if (hole.end - hole.begin > *largest_bytes) {
            *largest_bytes = hole.end - hole.begin;
        }
    }
    return free_bytes;
}
