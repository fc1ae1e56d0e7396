/* SPDX-License-Identifier: MIT */
/* The page: the drawing, what it leaves out, and a table of the processes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/markup.h"
#include "sink/memory_drawing.h"
#include "sink/timesheet.h"

enum { TABLE_ROWS = 300 };

static void put_style(FILE *file)
{
    fputs("<style>\n"
          ":root{color-scheme:light dark;--plot:#f3f3f3;--line:#888;--one:#06c;--two:#c50;"
          "--l:62%}\n"
          "@media(prefers-color-scheme:dark){:root{--plot:#222;--one:#6af;--two:#fa5;--l:48%}}\n"
          "body{font:15px/1.4 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}\n"
          "svg{width:100%;height:auto}g "
          "rect{stroke:var(--plot);stroke-width:.4}text{font-size:11px;fill:currentColor}\n"
          ".e{text-anchor:end}.m{text-anchor:middle}\n"
          ".plot{fill:var(--plot);stroke:var(--line);stroke-width:.5}\n"
          ".tick{stroke:var(--line)}.unused{fill:url(#hatch)}.move{stroke:currentColor;"
          "stroke-width:.7;opacity:.7}\n"
          ".in{fill:#2a7}.out{fill:#d33}\n"
          "path.one,path.two{fill:none;stroke-width:1.3}path.one{stroke:var(--one)}"
          "path.two{stroke:var(--two)}text.one{fill:var(--one)}text.two{fill:var(--two)}\n"
          "table{border-spacing:.8em .1em}th{text-align:left}.n{text-align:right}\n"
          ".key{width:1.2em}\n",
          file);
    for (unsigned colour = 0; colour < PROCESS_COLOURS; colour++) {
        /* The golden angle: neighbours are far apart. */
        fprintf(file, ".c%u{fill:hsl(%u,60%%,var(--l));background:hsl(%u,60%%,var(--l))}\n", colour,
                (210 + colour * 137) % 360, (210 + colour * 137) % 360);
    }
    fprintf(file, ".c%d{fill:#999;background:#999}.c%d{fill:#555;background:#555}\n</style>\n",
            SHARED_COLOUR, NOBODY_COLOUR);
}

/* What the picture leaves out. */
static void put_notes(const struct memory_drawing *drawing)
{
    const uint64_t memory_bytes = memory_log_bytes(drawing->log);
    const uint64_t left_out = memory_log_left_out(drawing->log);
    char size[MEMORY_SIZE_TEXT];
    FILE *const file = drawing->file;

    fputs("<p>Across: cycles. Up: physical addresses. Hatched: reserved and not asked for. Thin "
          "lines: moves, from the old place to the new one. Triangles: green from the disk, red to "
          "the disk. The charts show what was so at the middle of each column.</p>\n<ul>\n",
          file);
    if (drawing->history.view_bytes < memory_bytes) {
        fprintf(file, "<li>Nothing lay at or above 0x%" PRIx64 " of %s.</li>\n",
                drawing->history.view_bytes, memory_size_text(memory_bytes, size));
    }
    if (drawing->drawn < drawing->history.stay_count) {
        fprintf(file,
                "<li>Drawn are %zu of %zu stays of a region in a place: each of the picture's %u "
                "columns shows what was so in its middle%s.</li>\n",
                drawing->drawn, drawing->history.stay_count, drawing->columns,
                drawing->is_by_rows ? ", and each of its rows" : "");
    }
    if (!drawing->is_named) {
        fputs("<li>They are too many for a text each.</li>\n", file);
    }
    if (memory_drawing_mark_step(drawing) > 1) {
        fprintf(file, "<li>Of %zu moves and swaps one in %zu is marked.</li>\n",
                drawing->mark_count, memory_drawing_mark_step(drawing));
    }
    if (left_out > 0) {
        fprintf(file,
                "<li>The log was full: the picture ends with event %" PRIu32 ", and %" PRIu64
                " later ones are not in it.</li>\n",
                memory_log_count(drawing->log), left_out);
    }
    fputs("</ul>\n", file);
}

static void put_cell(FILE *file, uint64_t cycles)
{
    if (cycles == MEMORY_MAP_NONE) {
        fputs("<td class=\"n\">-</td>", file);
    } else {
        fprintf(file, "<td class=\"n\">%" PRIu64 "</td>", cycles);
    }
}

static void put_clipped_text(FILE *file, const char *text)
{
    char clipped[MEMORY_LOG_NAME_SIZE];

    snprintf(clipped, sizeof(clipped), "%s", text);
    markup_put_text(file, clipped);
}

static void put_table(const struct memory_map *map, FILE *file)
{
    fputs("<table>\n<tr><th></th><th>process</th><th>response</th><th>turnaround</th>", file);
    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        fprintf(file, "<th>%s</th>", account_purpose_name((enum account_purpose)purpose));
    }
    fputs("</tr>\n", file);
    for (size_t i = 0; i < map->row_count && i < TABLE_ROWS; i++) {
        const struct memory_map_row *const row = &map->rows[i];

        fprintf(file, "<tr><td class=\"key c%u\"></td><td>", memory_drawing_colour(row->process));
        put_clipped_text(file, row->name);
        fputs("</td>", file);
        put_cell(file, row->response_cycles);
        put_cell(file, row->turnaround_cycles);
        for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
            put_cell(file, row->cycles[purpose]);
        }
        fputs("</tr>\n", file);
    }
    fprintf(file,
            "<tr><td class=\"key c%d\"></td><td>shared</td></tr>\n"
            "<tr><td class=\"key c%d\"></td><td>of no process</td></tr>\n</table>\n",
            SHARED_COLOUR, NOBODY_COLOUR);
    if (map->row_count > TABLE_ROWS) {
        fprintf(file, "<p>And %zu more processes.</p>\n", map->row_count - TABLE_ROWS);
    }
    fprintf(file, "<p>Times are in cycles. Colours repeat after %d processes.</p>\n",
            PROCESS_COLOURS);
}

bool memory_map_put_html(const struct memory_map *map, FILE *file)
{
    struct memory_drawing drawing = {.log = map->log, .file = file};

    if (!memory_history_init(&drawing.history, map->log, map->end_cycle)) {
        errno = ENOMEM;
        return false;
    }
    memory_drawing_choose(&drawing);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
          "<title>segmmu memory: ",
          file);
    put_clipped_text(file, map->title);
    fputs("</title>\n", file);
    put_style(file);
    fputs("</head><body>\n<h1>", file);
    put_clipped_text(file, map->title);
    fputs("</h1>\n", file);
    memory_drawing_put(&drawing);
    put_notes(&drawing);
    put_table(map, file);
    fputs("</body></html>\n", file);
    memory_history_free(&drawing.history);
    return fflush(file) == 0 && !ferror(file);
}
