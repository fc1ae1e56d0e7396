/* SPDX-License-Identifier: MIT */
/* What a Linux program finds on its stack when it starts (System V ABI for i386, 2.3): argc, argv,
 * the environment, the auxiliary vector, and the strings that they point to.
 */
#include <elf.h>
#include <string.h>

#include "os/abi_linux.h"

enum {
    START_WORDS = 2048,   /* of pointers and auxiliary vector */
    START_EFLAGS = 0x202, /* interrupts on, and the bit that is always 1 */
    CLOCK_TICKS = 100,    /* a second, of times() */
    PAGE_BYTES = 4096,    /* what programs believe in */
};

/* The environment does not come from the host, so that runs are the same everywhere. */
static char *const environment[] = {"PATH=/usr/bin:/bin", "HOME=/", "LANG=C", NULL};

struct stack {
    struct process *process;
    uint64_t sp;
    bool is_full;
    uint32_t words[START_WORDS];
    unsigned word_count;
};

/* Puts bytes below what is there; their address. */
static uint32_t push_bytes(struct stack *stack, const void *bytes, size_t count)
{
    if (count > stack->sp ||
        !process_write(stack->process, (uint32_t)(stack->sp - count), bytes, count)) {
        stack->is_full = true;
        return 0;
    }
    stack->sp -= count;
    return (uint32_t)stack->sp;
}

static void add_word(struct stack *stack, uint32_t word)
{
    if (stack->word_count == START_WORDS) {
        stack->is_full = true;
        return;
    }
    stack->words[stack->word_count++] = word;
}

static void add_auxiliary(struct stack *stack, uint32_t type, uint32_t value)
{
    add_word(stack, type);
    add_word(stack, value);
}

/* The strings of a list, and their addresses with a 0 at the end. */
static void add_strings(struct stack *stack, char *const *strings)
{
    for (; *strings != NULL; strings++) {
        add_word(stack, push_bytes(stack, *strings, strlen(*strings) + 1));
    }
    add_word(stack, 0);
}

static void add_auxiliary_vector(struct stack *stack, uint32_t random, uint32_t platform,
                                 uint32_t path)
{
    const struct image *const image = stack->process->image;

    if (image->phdr_vaddr != 0) {
        add_auxiliary(stack, AT_PHDR, image->phdr_vaddr);
        add_auxiliary(stack, AT_PHENT, image->phdr_bytes);
        add_auxiliary(stack, AT_PHNUM, image->phdr_count);
    }
    add_auxiliary(stack, AT_PAGESZ, PAGE_BYTES);
    add_auxiliary(stack, AT_ENTRY, image->entry);
    add_auxiliary(stack, AT_UID, 0);
    add_auxiliary(stack, AT_EUID, 0);
    add_auxiliary(stack, AT_GID, 0);
    add_auxiliary(stack, AT_EGID, 0);
    add_auxiliary(stack, AT_SECURE, 0);
    add_auxiliary(stack, AT_CLKTCK, CLOCK_TICKS);
    add_auxiliary(stack, AT_HWCAP, 0);
    add_auxiliary(stack, AT_RANDOM, random);
    add_auxiliary(stack, AT_PLATFORM, platform);
    add_auxiliary(stack, AT_EXECFN, path);
    add_auxiliary(stack, AT_NULL, 0);
}

bool linux_start(struct process *process, struct error *error)
{
    struct stack stack = {.process = process, .sp = process->layout.stack_top};
    const uint64_t seeds[2] = {random_next(&process->random), random_next(&process->random)};
    uint32_t random;
    uint32_t platform;
    uint32_t path;
    uint32_t count = 0;

    push_bytes(&stack, &(uint32_t){0}, sizeof(uint32_t));
    random = push_bytes(&stack, seeds, sizeof(seeds));
    platform = push_bytes(&stack, "i686", sizeof("i686"));
    path = push_bytes(&stack, process->argv[0], strlen(process->argv[0]) + 1);
    while (process->argv[count] != NULL) {
        count++;
    }
    add_word(&stack, count);
    add_strings(&stack, process->argv);
    add_strings(&stack, environment);
    add_auxiliary_vector(&stack, random, platform, path);

    /* ESP is a multiple of 16 and points at argc. */
    stack.sp = (stack.sp - stack.word_count * sizeof(uint32_t)) & ~UINT64_C(15);
    stack.sp += stack.word_count * sizeof(uint32_t);
    push_bytes(&stack, stack.words, stack.word_count * sizeof(uint32_t));
    if (stack.is_full) {
        return error_set(error,
                         "%s: arguments and environment do not fit on the stack at 0x%llx..0x%llx",
                         process->image->path, (unsigned long long)process->layout.stack_limit,
                         (unsigned long long)process->layout.stack_top);
    }
    process->cpu->pc = process->image->entry;
    process->cpu->reg[GUEST_ESP] = (uint32_t)stack.sp;
    process->cpu->eflags = START_EFLAGS;
    return true;
}
