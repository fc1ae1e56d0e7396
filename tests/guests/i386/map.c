/* SPDX-License-Identifier: MIT */
/* Anonymous memory in segments of its own (OSTEP 14.5, mmap): a mapping that is filled, grown,
 * shrunk and given back, then as many at once as there are segments free; one more is ENOMEM. map
 * [stale]      with the argument it reads the mapping after it gave it back, and should fault
 */
#include "../lib/pattern.h"
#include "mapping.h"
#include "start.h"

enum { BYTES = 64 * 1024, MORE_BYTES = 256 * 1024, FEW_BYTES = 16 * 1024, MOST_MAPPINGS = 16 };

static void check_pattern(const char *what, uint32_t address, uint32_t bytes, uint32_t seed)
{
    uint32_t wrong = pattern_find_wrong((uint8_t *)address, 0, bytes, seed);
    if (wrong < bytes) {
        fail(what, (int32_t)wrong);
    }
}

static void check_zero(const char *what, uint32_t address, uint32_t first, uint32_t end)
{
    uint32_t count = count_not_zero((uint8_t *)address, first, end);
    if (count > 0) {
        fail(what, (int32_t)count);
    }
}

static void fill_and_resize(void)
{
    uint32_t address = map_anonymous(BYTES);
    if (is_error(address)) {
        fail("map", (int32_t)address);
    }
    check_zero("fresh bytes not zero", address, 0, BYTES);
    pattern_fill((uint8_t *)address, 0, BYTES, 1);
    print("mapped\n");
    address = remap(address, BYTES, MORE_BYTES);
    if (is_error(address)) {
        fail("remap to more", (int32_t)address);
    }
    check_pattern("byte changed as it grew", address, BYTES, 1);
    check_zero("grown bytes not zero", address, BYTES, MORE_BYTES);
    pattern_fill((uint8_t *)address, BYTES, MORE_BYTES, 1);
    print("grown\n");
    address = remap(address, MORE_BYTES, FEW_BYTES);
    if (is_error(address)) {
        fail("remap to less", (int32_t)address);
    }
    check_pattern("byte changed as it shrank", address, FEW_BYTES, 1);
    print("shrunk\n");
    if (unmap(address, FEW_BYTES) != 0) {
        fail("unmap", 0);
    }
}

/* As many mappings as there are free segments, each with a pattern of its own. */
static uint32_t map_all(uint32_t addresses[MOST_MAPPINGS])
{
    uint32_t count = 0;
    for (; count < MOST_MAPPINGS; count++) {
        uint32_t address = map_anonymous(BYTES);
        if (address == (uint32_t)-LINUX_ENOMEM) {
            break;
        }
        if (is_error(address)) {
            fail("map, no segment left", (int32_t)address);
        }
        check_zero("bytes of the next mapping not zero", address, 0, BYTES);
        pattern_fill((uint8_t *)address, 0, BYTES, count);
        addresses[count] = address;
    }
    return count;
}

static int run(int argc, char **argv)
{
    uint32_t addresses[MOST_MAPPINGS];
    (void)argv;
    fill_and_resize();
    if (map_anonymous(0) != (uint32_t)-LINUX_EINVAL) {
        fail("map of nothing", 0);
    }
    for (int round = 0; round < 2; round++) {
        uint32_t count = map_all(addresses);
        print("mappings at once, before ENOMEM: ");
        print_number(count);
        print("\n");
        for (uint32_t i = 0; i < count; i++) {
            check_pattern("byte changed", addresses[i], BYTES, i);
            if (unmap(addresses[i], BYTES) != 0) {
                fail("unmap of mapping", (int32_t)i);
            }
        }
    }
    if (argc > 1) {
        print("about to read what was given back\n");
        print_number(*(volatile uint8_t *)addresses[0]);
        print("\n");
    }
    return 0;
}
