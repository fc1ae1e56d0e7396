/* SPDX-License-Identifier: MIT */
/* To be preloaded (LD_PRELOAD): makes one allocation fail. Counted are the calls of malloc, calloc,
 * realloc, posix_memalign and aligned_alloc from the start of main on, those of libc itself
 * (strdup, fopen, ...) included; processes that are forked or executed are left alone.
 *
 *   FAIL_MALLOC=N        the N-th fails, from 1; 0: none
 *   FAIL_MALLOC_LOG=FILE how many there were is written there at the end
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The names are glibc's, and so are their parameters.
// NOLINTBEGIN
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                      void (*)(void), void *);

static atomic_bool is_counting;
static atomic_ulong calls;
static unsigned long failing;
static int log_fd = -1;

static bool fails(void)
{
    if (!atomic_load(&is_counting) || atomic_fetch_add(&calls, 1) + 1 != failing) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (fails()) {
        return ENOMEM;
    }
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

static void leave_alone(void)
{
    atomic_store(&is_counting, false);
    log_fd = -1;
}

__attribute__((destructor)) static void write_log(void)
{
    if (log_fd >= 0) {
        atomic_store(&is_counting, false);
        dprintf(log_fd, "%lu\n", atomic_load(&calls));
    }
}

/* By now the constructors of all libraries have run. */
int __libc_start_main(int (*main_function)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end)
{
    const char *const number = getenv("FAIL_MALLOC");
    const char *const log = getenv("FAIL_MALLOC_LOG");
    int (*const start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                       void (*)(void), void *) = dlsym(RTLD_NEXT, "__libc_start_main");

    pthread_atfork(NULL, NULL, leave_alone);
    failing = number == NULL ? 0 : strtoul(number, NULL, 10);
    if (log != NULL) {
        log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    }
    unsetenv("LD_PRELOAD");
    atomic_store(&is_counting, true);
    return start(main_function, argc, argv, init, fini, rtld_fini, stack_end);
}
// NOLINTEND
