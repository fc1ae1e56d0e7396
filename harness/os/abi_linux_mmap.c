/* SPDX-License-Identifier: MIT */
/* mmap and its relatives. There are no pages: a mapping is a segment (os/mapping.h), so there are
 * as many as the program leaves segments free, and each call that would make two of one is refused.
 * The order of the checks is Linux's (mm/mmap.c, mm/mremap.c, mm/msync.c).
 */
#include "os/abi_linux.h"
#include "os/mapping.h"

enum {
    LINUX_PROT_READ = 1,
    LINUX_PROT_WRITE = 2,
    LINUX_PROT_EXEC = 4,

    LINUX_MAP_SHARED = 1,
    LINUX_MAP_PRIVATE = 2,
    LINUX_MAP_SHARED_VALIDATE = 3,
    LINUX_MAP_TYPE = 0xf,
    LINUX_MAP_FIXED = 0x10,
    LINUX_MAP_ANONYMOUS = 0x20,
    LINUX_MAP_FIXED_NOREPLACE = 0x100000,

    LINUX_MREMAP_MAYMOVE = 1,
    LINUX_MREMAP_FIXED = 2,

    LINUX_MADV_DONTNEED = 4,

    LINUX_MS_ASYNC = 1,
    LINUX_MS_INVALIDATE = 2,
    LINUX_MS_SYNC = 4,
};

/* struct mmap_arg_struct32 */
struct mmap_arguments {
    uint32_t vaddr;
    uint32_t bytes;
    uint32_t protection;
    uint32_t flags;
    uint32_t fd;
    uint32_t offset_bytes;
};

/* Whoever may write or execute may read, as on x86. */
static uint8_t access_of(uint32_t protection)
{
    uint8_t access = 0;

    if (protection & (LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC)) {
        access |= MMU_FLAG_READ;
    }
    if (protection & LINUX_PROT_WRITE) {
        access |= MMU_FLAG_WRITE;
    }
    if (protection & LINUX_PROT_EXEC) {
        access |= MMU_FLAG_EXECUTE;
    }
    return access;
}

static int64_t map(struct process *process, const struct mmap_arguments *arguments,
                   uint64_t offset_bytes)
{
    const uint32_t flags = arguments->flags;
    const uint32_t type = flags & LINUX_MAP_TYPE;
    const struct mapping_request request = {
        .vaddr = arguments->vaddr,
        .is_fixed = flags & (LINUX_MAP_FIXED | LINUX_MAP_FIXED_NOREPLACE),
        .keeps_others = flags & LINUX_MAP_FIXED_NOREPLACE,
        .size_bytes = arguments->bytes,
        .access = access_of(arguments->protection),
        .is_shared = type != LINUX_MAP_PRIVATE,
        .is_anonymous = flags & LINUX_MAP_ANONYMOUS,
        .fd = (int)arguments->fd,
        .offset_bytes = offset_bytes,
    };

    if (!request.is_anonymous && files_flags(process->files, request.fd) < 0) {
        return -EBADF;
    }
    if (type != LINUX_MAP_SHARED && type != LINUX_MAP_PRIVATE &&
        (type != LINUX_MAP_SHARED_VALIDATE || request.is_anonymous)) {
        return -EINVAL;
    }
    return mapping_make(process, &request);
}

int64_t linux_mmap(struct process *process, const uint32_t argument[6])
{
    struct mmap_arguments arguments;

    if (!process_read(process, argument[0], &arguments, sizeof(arguments))) {
        return -EFAULT;
    }
    if (arguments.offset_bytes % MAPPING_PAGE_BYTES != 0) {
        return -EINVAL;
    }
    return map(process, &arguments, arguments.offset_bytes);
}

int64_t linux_mmap2(struct process *process, const uint32_t argument[6])
{
    const struct mmap_arguments arguments = {argument[0], argument[1], argument[2],
                                             argument[3], argument[4], 0};

    return map(process, &arguments, (uint64_t)argument[5] * MAPPING_PAGE_BYTES);
}

/* --- changes --- */

/* What of a mapping munmap would take away. */
struct cut {
    bool is_hit;
    bool is_possible;
    uint64_t rest_bytes; /* what stays; 0: all goes */
};

static struct cut find_cut(const struct process *process, const struct layout_segment *segment,
                           uint64_t begin, uint64_t end)
{
    const uint64_t first = mapping_vaddr(process, segment);
    const uint64_t limit = first + segment->mapping->size_bytes;
    struct cut cut = {.is_hit = begin < limit && first < end};

    cut.rest_bytes = begin > first ? begin - first : 0;
    cut.is_possible = end >= limit && (cut.rest_bytes == 0 || segment->region->users == 1);
    return cut;
}

static bool is_range(uint32_t vaddr, uint64_t bytes)
{
    return vaddr % MAPPING_PAGE_BYTES == 0 && vaddr + bytes <= UINT64_C(1) << 32;
}

/* All of a mapping, or its end: a register has no room for two parts. */
int64_t linux_munmap(struct process *process, const uint32_t argument[6])
{
    const uint64_t begin = argument[0];
    const uint64_t end = begin + mapping_round(argument[1]);
    struct layout *const layout = &process->layout;

    if (argument[1] == 0 || !is_range(argument[0], end - begin)) {
        return -EINVAL;
    }
    for (unsigned i = 0; i < layout->count; i++) {
        if (layout->segments[i].mapping != NULL) {
            const struct cut cut = find_cut(process, &layout->segments[i], begin, end);

            if (cut.is_hit && !cut.is_possible) {
                return -EINVAL;
            }
        }
    }
    for (unsigned i = layout->count; i-- > 0;) {
        struct layout_segment *const segment = &layout->segments[i];
        struct cut cut;

        if (segment->mapping == NULL || !(cut = find_cut(process, segment, begin, end)).is_hit) {
            continue;
        }
        if (cut.rest_bytes == 0) {
            mapping_release(process, segment);
        } else {
            const int64_t status = mapping_resize(process, segment, cut.rest_bytes);

            if (status < 0) {
                return status;
            }
        }
    }
    return 0;
}

/* In place or not at all: the address says which segment it is. */
int64_t linux_mremap(struct process *process, const uint32_t argument[6])
{
    const uint32_t vaddr = argument[0];
    const uint64_t old_size = mapping_round(argument[1]);
    const uint32_t flags = argument[3];
    struct layout_segment *const segment = mapping_find(process, vaddr);
    int64_t status;

    if (flags & ~(uint32_t)(LINUX_MREMAP_MAYMOVE | LINUX_MREMAP_FIXED) ||
        vaddr % MAPPING_PAGE_BYTES != 0 || argument[2] == 0 || old_size == 0 ||
        ((flags & LINUX_MREMAP_FIXED) && !(flags & LINUX_MREMAP_MAYMOVE))) {
        return -EINVAL;
    }
    if (segment == NULL ||
        vaddr - mapping_vaddr(process, segment) + old_size > segment->mapping->size_bytes) {
        return -EFAULT;
    }
    if (vaddr != mapping_vaddr(process, segment) || old_size != segment->mapping->size_bytes ||
        ((flags & LINUX_MREMAP_FIXED) && argument[4] != vaddr)) {
        return -ENOMEM;
    }
    status = mapping_resize(process, segment, argument[2]);
    return status < 0 ? status : (int64_t)vaddr;
}

/* A segment has one set of flags; parts of it cannot be protected apart, and stay as they are. */
int64_t linux_mprotect(struct process *process, const uint32_t argument[6])
{
    struct layout_segment *const segment = mapping_find(process, argument[0]);

    if (!is_range(argument[0], 0)) {
        return -EINVAL;
    }
    if (segment == NULL || argument[0] != mapping_vaddr(process, segment) ||
        mapping_round(argument[1]) != segment->mapping->size_bytes) {
        return 0;
    }
    return mapping_protect(process, segment, access_of(argument[2]));
}

/* What is not needed any more is zero, or what the file has, when it is looked at again. */
int64_t linux_madvise(struct process *process, const uint32_t argument[6])
{
    struct layout_segment *const segment = mapping_find(process, argument[0]);
    uint64_t begin, end;

    if (!is_range(argument[0], 0)) {
        return -EINVAL;
    }
    if (argument[2] != LINUX_MADV_DONTNEED || segment == NULL || segment->mapping->is_shared) {
        return 0;
    }
    begin = argument[0] - mapping_vaddr(process, segment);
    end = begin + mapping_round(argument[1]);
    if (end > segment->mapping->size_bytes) {
        end = segment->mapping->size_bytes;
    }
    memory_clear(process->memory, segment->reg.base + begin, end - begin);
    return mapping_read_file(process, segment, begin, end) < 0 ? -EIO : 0;
}

int64_t linux_msync(struct process *process, const uint32_t argument[6])
{
    const uint32_t flags = argument[2];
    const uint64_t size = mapping_round(argument[1]);
    const struct layout_segment *const segment = mapping_find(process, argument[0]);

    if (flags & ~(uint32_t)(LINUX_MS_ASYNC | LINUX_MS_INVALIDATE | LINUX_MS_SYNC) ||
        argument[0] % MAPPING_PAGE_BYTES != 0 ||
        ((flags & LINUX_MS_ASYNC) && (flags & LINUX_MS_SYNC))) {
        return -EINVAL;
    }
    if (size == 0) {
        return 0;
    }
    if (segment == NULL ||
        argument[0] - mapping_vaddr(process, segment) + size > segment->mapping->size_bytes) {
        return -ENOMEM;
    }
    return mapping_write_back(process, segment);
}
