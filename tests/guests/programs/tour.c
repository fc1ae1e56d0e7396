/* SPDX-License-Identifier: MIT */
/* The address space, seen from inside (OSTEP 13, va.c): where code, data, heap and stack lie. Every
 * address that a program can print is a virtual one. */
#include <stdio.h>
#include <stdlib.h>

static int global = 1;

int main(void)
{
    int local = 3;
    void *heap = malloc(100000);
    if (!heap) {
        puts("no memory for the heap");
        return 1;
    }
    printf("location of code  : %p\n", (void *)main);
    printf("location of data  : %p\n", (void *)&global);
    printf("location of heap  : %p\n", heap);
    printf("location of stack : %p\n", (void *)&local);
    free(heap);
    return local - 3 * global;
}
