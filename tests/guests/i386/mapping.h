/* SPDX-License-Identifier: MIT */
/* mmap2 and its relatives. */
#ifndef MAPPING_H
#define MAPPING_H

#include "linux.h"

enum { PROT_READ_WRITE = 3, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20 };
enum { MREMAP_MAYMOVE = 1 };

static inline int is_error(uint32_t answer)
{
    return answer >= (uint32_t)-4095;
}

static inline uint32_t map(uint32_t bytes, uint32_t flags, int32_t fd)
{
    const uint32_t arguments[6] = {0, bytes, PROT_READ_WRITE, flags, (uint32_t)fd, 0};
    return (uint32_t)linux_call6(LINUX_MMAP2, arguments);
}

static inline uint32_t map_anonymous(uint32_t bytes)
{
    return map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static inline uint32_t remap(uint32_t address, uint32_t old_bytes, uint32_t bytes)
{
    const uint32_t arguments[6] = {address, old_bytes, bytes, MREMAP_MAYMOVE, 0, 0};
    return (uint32_t)linux_call6(LINUX_MREMAP, arguments);
}

static inline int32_t unmap(uint32_t address, uint32_t bytes)
{
    return linux_call(LINUX_MUNMAP, address, bytes, 0);
}

#endif
