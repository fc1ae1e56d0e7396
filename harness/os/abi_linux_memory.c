/* SPDX-License-Identifier: MIT */
/* Memory of a Linux program: the heap's end, the thread area. */
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
