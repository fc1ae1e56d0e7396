/* SPDX-License-Identifier: MIT */
#include "cli/run_memory_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void describe(const struct run_report *report, unsigned number, struct memory_map_row *row)
{
    const struct supervisor_process *const process = &report->result->processes[number];
    const struct timesheet_process *const sheet = timesheet_process(report->sheet, number);

    *row = (struct memory_map_row){
        .process = number,
        .name = process->name,
        .response_cycles = sheet->first_user_cycle == UINT64_MAX
                               ? MEMORY_MAP_NONE
                               : sheet->first_user_cycle - process->arrival_cycle,
        .turnaround_cycles = process->end_cycle - process->arrival_cycle,
    };
    memcpy(row->cycles, sheet->cycles, sizeof(row->cycles));
}

/* False where memory is short. `map->rows` is malloc'ed. */
static bool make_map(const struct run_report *report, struct memory_map *map)
{
    const unsigned count = report->result->process_count;
    struct memory_map_row *const rows = calloc(count + 1, sizeof(*rows));

    if (rows == NULL) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        describe(report, i, &rows[i]);
    }
    *map = (struct memory_map){
        .log = report->log,
        .title = report->command,
        .end_cycle = report->result->cycles,
        .rows = rows,
        .row_count = count,
    };
    return true;
}

void run_memory_map_print(const struct run_report *report, bool colour, FILE *stream)
{
    struct memory_map map;

    if (make_map(report, &map)) {
        memory_map_print(&map, stream, colour);
        free((void *)map.rows);
    }
}

bool run_memory_map_save(const struct run_report *report, FILE *file, const char *path,
                         struct error *error)
{
    struct memory_map map = {.rows = NULL};
    bool is_written;

    errno = ENOMEM;
    is_written = make_map(report, &map) && memory_map_put_html(&map, file) && fflush(file) == 0;
    if (!is_written) {
        error_set(error, "%s: cannot write the memory map: %s", path, strerror(errno));
    }
    free((void *)map.rows);
    if (fclose(file) != 0 && is_written) {
        is_written = error_set(error, "%s: cannot write the memory map: %s", path, strerror(errno));
    }
    return is_written;
}
