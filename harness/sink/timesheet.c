/* SPDX-License-Identifier: MIT */
#include "sink/timesheet.h"

#include <stdlib.h>

#include "sink/distribution.h"

struct timesheet {
    struct timesheet_process *processes; /* by number */
    uint32_t process_count;
    struct timesheet_process nobody;
    struct switches {
        struct distribution cycles; /* of each */
        uint64_t count;
    } switches, selections;
    bool is_incomplete;
    /* The interval that has not ended. */
    uint64_t start_cycle;
    uint32_t process;
    enum account_purpose purpose;
};

static const struct timesheet_process never_seen = {.first_user_cycle = UINT64_MAX};

static const char *const purpose_names[] = {
#define X(constant, name) [constant] = (name),
    ACCOUNT_PURPOSE_LIST(X)
#undef X
};

const char *account_purpose_name(enum account_purpose purpose)
{
    return purpose_names[purpose];
}

struct timesheet *timesheet_new(void)
{
    struct timesheet *const timesheet = calloc(1, sizeof(*timesheet));

    if (timesheet != NULL) {
        timesheet->nobody = never_seen;
        timesheet->process = ACCOUNT_NOBODY;
        timesheet->purpose = ACCOUNT_LOAD;
    }
    return timesheet;
}

void timesheet_free(struct timesheet *timesheet)
{
    if (timesheet != NULL) {
        distribution_free(&timesheet->switches.cycles);
        distribution_free(&timesheet->selections.cycles);
        free(timesheet->processes);
        free(timesheet);
    }
}

static bool make_room(struct timesheet *timesheet, uint32_t process)
{
    const uint32_t count = process < 16 ? 32 : 2 * process;
    struct timesheet_process *processes;

    if (process >= TIMESHEET_PROCESSES) {
        return false;
    }
    processes = realloc(timesheet->processes, count * sizeof(*processes));
    if (processes == NULL) {
        return false;
    }
    for (uint32_t i = timesheet->process_count; i < count; i++) {
        processes[i] = never_seen;
    }
    timesheet->processes = processes;
    timesheet->process_count = count;
    return true;
}

static struct timesheet_process *process_at(struct timesheet *timesheet, uint32_t process)
{
    if (process == ACCOUNT_NOBODY) {
        return &timesheet->nobody;
    }
    if (process >= timesheet->process_count && !make_room(timesheet, process)) {
        timesheet->is_incomplete = true;
        return &timesheet->nobody;
    }
    return &timesheet->processes[process];
}

/* Where a purpose's intervals are counted one by one, or NULL. */
static struct switches *switches_of(struct timesheet *timesheet, enum account_purpose purpose)
{
    return purpose == ACCOUNT_SWITCH   ? &timesheet->switches
           : purpose == ACCOUNT_SELECT ? &timesheet->selections
                                       : NULL;
}

static void end_interval(struct timesheet *timesheet, uint64_t cycle)
{
    struct timesheet_process *const process = process_at(timesheet, timesheet->process);
    struct switches *const switches = switches_of(timesheet, timesheet->purpose);
    const uint64_t cycles = cycle - timesheet->start_cycle;

    process->cycles[timesheet->purpose] += cycles;
    if (timesheet->purpose == ACCOUNT_USER || timesheet->purpose == ACCOUNT_CALL) {
        process->last_cycle = cycle;
    }
    if (timesheet->purpose == ACCOUNT_USER && process->first_user_cycle == UINT64_MAX) {
        process->first_user_cycle = timesheet->start_cycle;
    }
    if (switches != NULL) {
        switches->count++;
        timesheet->is_incomplete |= !distribution_add(&switches->cycles, cycles);
    }
    timesheet->start_cycle = cycle;
}

void timesheet_mark(struct timesheet *timesheet, uint64_t cycle, uint32_t process,
                    enum account_purpose purpose)
{
    if (process == timesheet->process && purpose == timesheet->purpose &&
        switches_of(timesheet, purpose) == NULL) {
        return;
    }
    end_interval(timesheet, cycle);
    timesheet->process = process;
    timesheet->purpose = purpose;
}

void timesheet_end(struct timesheet *timesheet, uint64_t cycle)
{
    end_interval(timesheet, cycle);
    timesheet->process = ACCOUNT_NOBODY;
    timesheet->purpose = ACCOUNT_IDLE;
}

static void on_marked(void *context, uint64_t cycle, uint64_t account, uint64_t event)
{
    (void)event;
    timesheet_mark(context, cycle, account_process(account), account_purpose(account));
}

struct sink timesheet_sink(struct timesheet *timesheet)
{
    return (struct sink){.context = timesheet, .marked = on_marked};
}

const struct timesheet_process *timesheet_process(const struct timesheet *timesheet,
                                                  uint32_t process)
{
    if (process == ACCOUNT_NOBODY) {
        return &timesheet->nobody;
    }
    return process < timesheet->process_count ? &timesheet->processes[process] : &never_seen;
}

uint32_t timesheet_current(const struct timesheet *timesheet)
{
    return timesheet->process;
}

static void add_cycles(uint64_t sum[ACCOUNT_PURPOSES], const struct timesheet_process *process)
{
    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        sum[purpose] += process->cycles[purpose];
    }
}

static struct timesheet_switches figures_of(const struct switches *switches)
{
    static const unsigned percents[] = {50, 99};
    uint64_t cycles[2] = {0};

    distribution_percentiles(&switches->cycles, percents, cycles, 2);
    return (struct timesheet_switches){switches->count, cycles[0], cycles[1]};
}

struct timesheet_total timesheet_total(const struct timesheet *timesheet)
{
    struct timesheet_total total = {
        .switches = figures_of(&timesheet->switches),
        .selections = figures_of(&timesheet->selections),
    };

    add_cycles(total.cycles, &timesheet->nobody);
    for (uint32_t i = 0; i < timesheet->process_count; i++) {
        add_cycles(total.cycles, &timesheet->processes[i]);
    }
    return total;
}

bool timesheet_is_complete(const struct timesheet *timesheet)
{
    return !timesheet->is_incomplete;
}
