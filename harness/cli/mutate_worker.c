/* SPDX-License-Identifier: MIT */
#include "cli/mutate_worker.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/cli.h"
#include "lockstep/dut_load.h"

/* A result counts once its fate is there: this process may end at any time. */
static void publish(struct mutant_result *shared, const struct mutant_result *result)
{
    struct mutant_result copy = *result;

    copy.fate = MUTANT_NOT_RUN;
    *shared = copy;
    atomic_thread_fence(memory_order_release);
    shared->fate = result->fate;
}

static bool run_mutants(struct mutate_shared *shared, struct mutate_slot *slot,
                        const struct dut_library *library)
{
    unsigned number = slot->first;
    struct mutant_result result;
    struct error error;

    while (!atomic_load(&shared->stop)) {
        struct mutate_entry *entry;

        if (number == MUTATE_NO_ENTRY) {
            number = atomic_fetch_add(&shared->next, 1);
        }
        if (number >= shared->count) {
            break;
        }
        entry = &shared->entries[number];
        atomic_store(&slot->cycle, 0);
        atomic_store(&slot->entry, number);
        slot->phase = MUTATE_PHASE_RUNNING;
        if (!mutant_run(&shared->trial, library, entry->mutant, &result, &slot->cycle,
                        &shared->stop, &error)) {
            cli_error("%s", error.text);
            return false;
        }
        publish(&entry->result, &result);
        atomic_store(&slot->entry, MUTATE_NO_ENTRY);
        number = MUTATE_NO_ENTRY;
    }
    slot->phase = MUTATE_PHASE_DONE;
    return true;
}

static struct mutate_shared *map_shared(const char *text)
{
    struct mutate_shared *shared;
    struct stat status;
    uint64_t fd;

    if (!number_parse(text, &fd) || fd > INT32_MAX || fstat((int)fd, &status) != 0 ||
        status.st_size < (off_t)mutate_shared_size(1)) {
        return NULL;
    }
    shared = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    close((int)fd);
    return shared != MAP_FAILED ? shared : NULL;
}

int cmd_mutate_worker(int argc, char **argv)
{
    struct mutate_shared *const shared = argc == 4 ? map_shared(argv[1]) : NULL;
    struct dut_library *library;
    struct error error;
    uint64_t slot;
    bool is_good;

    if (shared == NULL || !number_parse(argv[2], &slot) || slot >= MUTATE_MAX_JOBS) {
        cli_error("mutate-worker is started by `segmmu mutate` only");
        return CLI_ERROR;
    }
    shared->slots[slot].phase = MUTATE_PHASE_LOADING;
    library = dut_load(argv[3], &error);
    if (library == NULL) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    is_good = run_mutants(shared, &shared->slots[slot], library);
    dut_library_close(library);
    munmap(shared, mutate_shared_size(shared->count));
    return is_good ? CLI_AGREED : CLI_ERROR;
}
