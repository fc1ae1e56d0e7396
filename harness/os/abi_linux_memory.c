/* SPDX-License-Identifier: MIT */
/* Memory of a Linux program: the heap's end, the thread area. There are no pages to map: mmap
 * answers ENOMEM, and glibc takes the heap instead. */
#include "os/abi_linux.h"

enum {
    THREAD_ENTRY = 6, /* GDT_ENTRY_TLS_MIN of 32-bit x86: selector 0x33 */
};

/* struct user_desc */
struct thread_area {
    uint32_t entry_number;
    uint32_t base_addr;
    uint32_t limit;
    uint32_t flags;
};

/* The answer is the break, moved or not. */
int64_t linux_brk(struct process *process, const uint32_t argument[6])
{
    process_set_break(process, argument[0]);
    return (int64_t)process->brk;
}

int64_t linux_mmap(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return -ENOMEM;
}

int64_t linux_mmap2(struct process *process, const uint32_t argument[6])
{
    return linux_mmap(process, argument);
}

int64_t linux_mremap(struct process *process, const uint32_t argument[6])
{
    return linux_mmap(process, argument);
}

/* Nothing was ever mapped. */
int64_t linux_munmap(struct process *process, const uint32_t argument[6])
{
    (void)process;
    return argument[0] % 4096 != 0 || argument[1] == 0 ? -EINVAL : 0;
}

/* A segment has one set of flags; parts of it cannot be protected apart. */
int64_t linux_mprotect(struct process *process, const uint32_t argument[6])
{
    (void)process;
    return argument[0] % 4096 != 0 ? -EINVAL : 0;
}

int64_t linux_madvise(struct process *process, const uint32_t argument[6])
{
    return linux_mprotect(process, argument);
}

int64_t linux_set_thread_area(struct process *process, const uint32_t argument[6])
{
    struct thread_area area;

    if (!process_read(process, argument[0], &area, sizeof(area))) {
        return -EFAULT;
    }
    if (area.entry_number != UINT32_MAX && area.entry_number != THREAD_ENTRY) {
        return -EINVAL;
    }
    if (area.entry_number == UINT32_MAX) {
        area.entry_number = THREAD_ENTRY;
        if (!process_write(process, argument[0], &area.entry_number, sizeof(uint32_t))) {
            return -EFAULT;
        }
    }
    process->cpu->gs_base = area.base_addr;
    return 0;
}
