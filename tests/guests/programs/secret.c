/* SPDX-License-Identifier: MIT */
/* Writes "SECRET! " all over its memory and ends (OSTEP 13.4, protection and isolation):
 *     secret [HEAP_BYTES [STACK_BYTES]]
 * Whoever gets the memory next, as `seeker` does, must not find it. */
#include <stdio.h>
#include <unistd.h>

#include "arguments.h"

static const char secret[] = "SECRET! ";
static char data[4096];

static void write_over(volatile char *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = secret[i % (sizeof secret - 1)];
    }
}

int main(int argc, char **argv)
{
    uint32_t heap_bytes = number_argument(argc, argv, 1, 16 * 1024);
    uint32_t stack_bytes = number_argument(argc, argv, 2, 4 * 1024);
    char *heap = sbrk((ptrdiff_t)heap_bytes);
    if (heap == (void *)-1) {
        printf("secret: no memory for a heap of %lu bytes\n", (unsigned long)heap_bytes);
        return 1;
    }
    write_over(data, sizeof data);
    write_over(heap, heap_bytes);
    write_over(__builtin_alloca(stack_bytes), stack_bytes);
    printf("secret: %lu bytes of heap and %lu of stack written\n", (unsigned long)heap_bytes,
           (unsigned long)stack_bytes);
    return 0;
}
