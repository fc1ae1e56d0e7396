/* SPDX-License-Identifier: MIT */
/* The picture for a terminal: a row for a moment, a letter for a cell of memory. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sink/memory_history.h"
#include "sink/memory_map.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
enum { LETTERS = sizeof(letters) - 1, FREE = '.', SHARED = '=', NOBODY = '#' };

/* One row: who has most of the used part of each cell. */
struct strip {
    char cells[MEMORY_MAP_CELLS];
    uint64_t most_bytes[MEMORY_MAP_CELLS]; /* that one region has of it */
};

static char letter_of(uint32_t process)
{
    if (process == MEMORY_SHARED) {
        return SHARED;
    }
    if (process == ACCOUNT_NOBODY) {
        return NOBODY;
    }
    return letters[process % LETTERS];
}

static uint64_t cell_bytes(const struct memory_history *history)
{
    return (history->view_bytes + MEMORY_MAP_CELLS - 1) / MEMORY_MAP_CELLS;
}

static void add_to_strip(struct strip *strip, const struct memory_history *history,
                         const struct memory_stay *stay)
{
    const uint64_t bytes = cell_bytes(history);
    const uint64_t end = stay->address + stay->reserved_bytes;
    const char letter = letter_of(memory_log_region_at(history->log, stay->region)->process);

    for (uint64_t cell = stay->address / bytes; cell < MEMORY_MAP_CELLS && cell * bytes < end;
         cell++) {
        const uint64_t from = stay->address > cell * bytes ? stay->address : cell * bytes;
        const uint64_t to = end < (cell + 1) * bytes ? end : (cell + 1) * bytes;

        if (to - from > strip->most_bytes[cell]) {
            strip->most_bytes[cell] = to - from;
            strip->cells[cell] = letter;
        }
    }
}

static void fill_strip(struct strip *strip, const struct memory_history *history, uint64_t cycle)
{
    memset(strip, 0, sizeof(*strip));
    memset(strip->cells, FREE, sizeof(strip->cells));
    for (size_t i = 0; i < history->stay_count; i++) {
        const struct memory_stay *const stay = &history->stays[i];

        if (stay->from_cycle <= cycle &&
            (cycle < stay->to_cycle || stay->ended == MEMORY_CHANGES)) {
            add_to_strip(strip, history, stay);
        }
    }
}

static void put_strip(FILE *file, const struct strip *strip, bool colour)
{
    char last = FREE;

    for (unsigned cell = 0; cell < MEMORY_MAP_CELLS; cell++) {
        const char letter = strip->cells[cell];

        if (colour && letter != last) {
            /* 41 to 46: backgrounds that are neither black nor white. */
            if (letter == FREE) {
                fputs("\033[0m", file);
            } else {
                fprintf(file, "\033[30;%dm", 41 + (unsigned char)letter % 6);
            }
        }
        fputc(letter, file);
        last = letter;
    }
    fputs(colour && last != FREE ? "\033[0m" : "", file);
}

/* The cycles of all events, where they are few; false where they are not. */
static bool list_cycles(const struct memory_history *history, uint64_t cycles[MEMORY_MAP_ROWS],
                        unsigned *rows)
{
    const uint32_t count = memory_log_count(history->log);

    *rows = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (*rows == 0 || history->event_cycles[i] != cycles[*rows - 1]) {
            if (*rows == MEMORY_MAP_ROWS) {
                return false;
            }
            cycles[(*rows)++] = history->event_cycles[i];
        }
    }
    return true;
}

/* The ends of equal parts of the time. */
static unsigned divide_cycles(const struct memory_history *history,
                              uint64_t cycles[MEMORY_MAP_ROWS])
{
    const uint64_t part = history->end_cycle / MEMORY_MAP_ROWS;
    const uint64_t rest = history->end_cycle % MEMORY_MAP_ROWS;

    for (unsigned row = 0; row < MEMORY_MAP_ROWS; row++) {
        cycles[row] = part * (row + 1) + rest * (row + 1) / MEMORY_MAP_ROWS;
    }
    return MEMORY_MAP_ROWS;
}

static void put_rows(const struct memory_history *history, FILE *file, bool colour)
{
    uint64_t cycles[MEMORY_MAP_ROWS];
    unsigned rows;
    uint32_t event = 0;
    uint32_t shown_event = UINT32_MAX;

    if (!list_cycles(history, cycles, &rows)) {
        rows = divide_cycles(history, cycles);
    }
    fprintf(file, "%14s  %-*s %12s %12s\n", "cycle", MEMORY_MAP_CELLS + 2, "memory", "free",
            "largest");
    for (unsigned row = 0; row < rows; row++) {
        const struct memory_log_figures figures =
            memory_history_figures(history, cycles[row], &event);
        struct strip strip;

        if (event == shown_event) {
            continue; /* nothing happened since the row above */
        }
        shown_event = event;
        fill_strip(&strip, history, cycles[row]);
        fprintf(file, "%14" PRIu64 "  |", cycles[row]);
        put_strip(file, &strip, colour);
        fprintf(file, "| %12" PRIu64 " %12" PRIu64 "\n", figures.free_bytes,
                figures.largest_free_bytes);
    }
}

static void put_legend(const struct memory_map *map, FILE *file)
{
    for (size_t i = 0; i < map->row_count && i < LETTERS; i++) {
        const char *name = map->rows[i].name;

        fprintf(file, "  %c  ", letter_of(map->rows[i].process));
        for (; *name != '\0'; name++) {
            fputc(*name >= ' ' && *name <= '~' ? *name : '?', file);
        }
        fputc('\n', file);
    }
    if (map->row_count > LETTERS) {
        fprintf(file, "  and %zu more; letters repeat\n", map->row_count - LETTERS);
    }
}

bool memory_map_print(const struct memory_map *map, FILE *file, bool colour)
{
    struct memory_history history;
    char cell[MEMORY_SIZE_TEXT], view[MEMORY_SIZE_TEXT], whole[MEMORY_SIZE_TEXT];

    if (!memory_history_init(&history, map->log, map->end_cycle)) {
        errno = ENOMEM;
        return false;
    }
    fprintf(file, "physical memory: the lowest %s of %s, in cells of %s\n",
            memory_size_text(history.view_bytes, view),
            memory_size_text(memory_log_bytes(map->log), whole),
            memory_size_text(cell_bytes(&history), cell));
    fprintf(file,
            "a cell shows who has most of what is used of it; %c free, %c shared, %c of no "
            "process\n",
            FREE, SHARED, NOBODY);
    put_rows(&history, file, colour);
    if (memory_log_left_out(map->log) > 0) {
        fprintf(file, "  the log was full: %" PRIu64 " later events are not shown\n",
                memory_log_left_out(map->log));
    }
    put_legend(map, file);
    memory_history_free(&history);
    return !ferror(file);
}
