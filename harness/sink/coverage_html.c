/* SPDX-License-Identifier: MIT */
/* The page: a bar for each group, each value of each dimension by how much of it was hit, the holes
 * by name, and why the rest is excluded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "sink/coverage_report.h"

static void put_bar(FILE *file, unsigned hit, unsigned reachable)
{
    const double percent = reachable > 0 ? 100.0 * hit / reachable : 100.0;

    fprintf(file,
            "<td class=n>%u of %u</td><td><div class=bar><div class=%s style=\"width:%.1f%%\">"
            "</div></div></td>",
            hit, reachable, hit == reachable ? "full" : "part", percent);
}

/* How much of each value of a dimension was hit. */
static void put_dimension(FILE *file, const struct coverage_report *report,
                          enum coverage_group group, unsigned dimension)
{
    const unsigned values = report->bins.values[group][dimension];
    unsigned *const counts = calloc(values, 2 * sizeof(*counts)); /* reachable, hit */

    if (counts == NULL) {
        return;
    }
    for (unsigned bin = report->bins.first[group]; bin < report->bins.first[group + 1]; bin++) {
        unsigned at[COVERAGE_DIMENSIONS];

        if (report->bins.exclusion[bin] == NULL) {
            coverage_bin_place(&report->bins, bin, at);
            counts[(size_t)2 * at[dimension]]++;
            counts[(size_t)2 * at[dimension] + 1] += report->hits[bin] != 0;
        }
    }
    fputs("<table><tr><th colspan=3>", file);
    markup_put_text(file, coverage_dimension_name(group, dimension));
    fputs("</th></tr>\n", file);
    for (unsigned value = 0; value < values; value++) {
        char name[COVERAGE_NAME_SIZE];

        if (counts[(size_t)2 * value] == 0) {
            continue;
        }
        fputs("<tr><td>", file);
        markup_put_text(file,
                        coverage_value_name(&report->bins.config, group, dimension, value, name));
        fputs("</td>", file);
        put_bar(file, counts[(size_t)2 * value + 1], counts[(size_t)2 * value]);
        fputs("</tr>\n", file);
    }
    fputs("</table>\n", file);
    free(counts);
}

static void put_holes(FILE *file, const struct coverage_report *report, enum coverage_group group,
                      unsigned count)
{
    if (count == 0) {
        return;
    }
    fprintf(file, "<details open><summary>%u not hit</summary><ul>\n", count);
    for (unsigned bin = report->bins.first[group]; bin < report->bins.first[group + 1]; bin++) {
        if (coverage_report_is_hole(report, bin)) {
            char name[COVERAGE_NAME_SIZE];

            fputs("<li>", file);
            markup_put_text(file, coverage_bin_name(&report->bins, bin, name));
            fputs("</li>\n", file);
        }
    }
    fputs("</ul></details>\n", file);
}

static void put_group(FILE *file, const struct coverage_report *report, enum coverage_group group)
{
    const struct coverage_group_count count = coverage_report_count(report, group);
    const char *reason;
    unsigned bins;

    fputs("<h2>", file);
    markup_put_text(file, coverage_group_name(group));
    fputs("</h2>\n<p>", file);
    markup_put_text(file, coverage_group_subject(group));
    fputs("</p>\n<table><tr>", file);
    put_bar(file, count.hit, count.reachable);
    fputs("</tr></table>\n", file);
    put_holes(file, report, group, count.reachable - count.hit);
    if (count.reachable > 0) {
        fputs("<details><summary>by value</summary><div class=row>\n", file);
        for (unsigned i = 0; i < coverage_dimension_count(group); i++) {
            put_dimension(file, report, group, i);
        }
        fputs("</div></details>\n", file);
    }
    if (count.bins > count.reachable) {
        fprintf(file, "<details><summary>%u excluded</summary><ul>\n",
                count.bins - count.reachable);
        for (unsigned i = 0; (reason = coverage_report_reason(report, group, i, &bins)) != NULL;
             i++) {
            fprintf(file, "<li>%u: ", bins);
            markup_put_text(file, reason);
            fputs("</li>\n", file);
        }
        fputs("</ul></details>\n", file);
    }
}

static void put_page(FILE *file, const struct coverage_report *report)
{
    const struct mmu_config *const config = &report->bins.config;

    fputs("<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>segmmu coverage: ",
          file);
    markup_put_text(file, report->machine);
    fputs("</title>\n<style>\n"
          "body{font:15px/1.4 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}\n"
          "h2{margin:1.5em 0 0}p{margin:.2em 0}table{border-spacing:.6em .1em}th{text-align:left}\n"
          ".n{text-align:right;white-space:nowrap}.row{display:flex;flex-wrap:wrap;gap:1em}\n"
          ".bar{width:12em;height:.8em;background:#ddd}.bar div{height:100%}\n"
          ".full{background:#2a7}.part{background:#d80}\n"
          "</style></head><body>\n<h1>",
          file);
    markup_put_text(file, report->machine);
    fprintf(file,
            "</h1>\n<p>VA_W %u, PA_W %u, SEG_BITS %u, SELECT %u, CONTEXTS %u, STAGES %u; %zu "
            "runs</p>\n<table><tr>",
            config->va_w, config->pa_w, config->seg_bits, config->select, config->contexts,
            config->stages, json_array_size(report->runs));
    put_bar(file, report->reached_count, report->bins.reachable_count);
    fprintf(file, "<td>%u excluded</td></tr></table>\n",
            report->bins.count - report->bins.reachable_count);
    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        put_group(file, report, (enum coverage_group)group);
    }
    fputs("</body></html>\n", file);
}

bool coverage_report_write_html(const struct coverage_report *report, const char *path,
                                struct error *error)
{
    FILE *const file = fopen(path, "w");
    bool is_written;

    if (file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    put_page(file, report);
    is_written = !ferror(file);
    is_written = fclose(file) == 0 && is_written;
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
