/* SPDX-License-Identifier: MIT */
/* The two pictures of physical memory over time, held against places that were worked out by hand;
 * and that no log, however long or hostile, makes a page that is not one. */
#include "unit.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sink/memory_log.h"
#include "sink/memory_map.h"

enum { MEMORY_BYTES = 65536, PAGE_LIMIT_BYTES = 2000000 };

static const struct memory_log_figures some_figures = {40000, 30000, 3, 20000, 25536};

static struct memory_log *new_log(void)
{
    struct memory_log *const log = memory_log_new(MEMORY_BYTES);

    assert_non_null(log);
    return log;
}

/* --- pages --- */

/* The page, malloc'ed. */
static char *page_of(const struct memory_map *map, size_t *size)
{
    char *text = NULL;
    FILE *const file = open_memstream(&text, size);

    assert_non_null(file);
    assert_true(memory_map_put_html(map, file));
    fclose(file);
    return text;
}

static char *picture_of(const struct memory_map *map, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const file = open_memstream(&text, &size);

    assert_non_null(file);
    assert_true(memory_map_print(map, file, colour));
    fclose(file);
    return text;
}

/* `NAME="VALUE"`, up to the end of the tag; NULL where it is not that. */
static const char *skip_attributes(const char *at)
{
    while (*at == ' ') {
        at++;
        while (isalnum((unsigned char)*at) || *at == '-') {
            at++;
        }
        if (at[0] != '=' || at[1] != '"') {
            return NULL;
        }
        at += 2 + strcspn(at + 2, "\"<>");
        if (*at++ != '"') {
            return NULL;
        }
    }
    return at;
}

/* Whether tags nest, attributes are quoted, and `<` and `&` of texts are escaped: less than a
 * parser of XML asks for, and enough to be cut or broken into by a name. */
static bool is_well_formed(const char *at)
{
    enum { DEPTH = 32, NAME = 16 };
    char open[DEPTH][NAME];
    unsigned depth = 0;

    if (strncmp(at, "<!DOCTYPE html>\n", 16) != 0) {
        return false;
    }
    for (at += 16; *at != '\0';) {
        const bool is_end = at[0] == '<' && at[1] == '/';
        char name[NAME];
        size_t length;

        if (*at == '&') {
            length = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz");
            if (length == 0 || at[1 + length] != ';') {
                return false;
            }
        }
        if (*at != '<') {
            at++;
            continue;
        }
        at += is_end ? 2 : 1;
        length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (length == 0 || length >= NAME) {
            return false;
        }
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        at = skip_attributes(at + length);
        if (at == NULL) {
            return false;
        }
        if (is_end) {
            if (depth == 0 || strcmp(open[--depth], name) != 0) {
                return false;
            }
        } else if (*at == '/') {
            at++;
        } else {
            if (depth == DEPTH) {
                return false;
            }
            strcpy(open[depth++], name);
        }
        if (*at++ != '>') {
            return false;
        }
    }
    return depth == 0;
}

static void well_formed_tells_broken_pages(void **state)
{
    (void)state;
    assert_true(is_well_formed("<!DOCTYPE html>\n<p class=\"a\">1 &lt; 2<br/></p>\n"));
    assert_false(is_well_formed("<p></p>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p><b></p></b>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p class=a></p>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p>1 < 2</p>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p>&</p>"));
    assert_false(is_well_formed("<!DOCTYPE html>\n<p class=\"a\"b\"></p>"));
}

static uint32_t place_at(struct memory_log *log, uint64_t cycle, uint32_t region,
                         enum memory_change change, uint64_t address, uint64_t reserved_bytes,
                         uint64_t size_bytes)
{
    const uint32_t event =
        memory_log_place(log, region, change, address, reserved_bytes, size_bytes, &some_figures);

    memory_log_stamp(log, event, cycle);
    return event;
}

static void remove_at(struct memory_log *log, uint64_t cycle, uint32_t region,
                      enum memory_change change)
{
    memory_log_stamp(log, memory_log_remove(log, region, change, &some_figures), cycle);
}

/* Two processes and code that they share, in 64 KiB and 1000 cycles. */
static struct memory_log *story(void)
{
    struct memory_log *const log = new_log();
    const uint32_t code = memory_log_region(log, 0, "code");
    const uint32_t heap = memory_log_region(log, 0, "heap of a");
    const uint32_t stack = memory_log_region(log, 1, "stack of b");

    memory_log_share(log, code);
    memory_log_grows_down(log, stack);
    place_at(log, 0, code, MEMORY_NEW, 0, 16384, 16384);
    place_at(log, 0, heap, MEMORY_NEW, 16384, 16384, 8192);
    place_at(log, 100, stack, MEMORY_NEW, 32768, 4096, 1024);
    place_at(log, 500, heap, MEMORY_MOVED, 40960, 20480, 20000);
    remove_at(log, 600, stack, MEMORY_SWAPPED_OUT);
    place_at(log, 800, stack, MEMORY_SWAPPED_IN, 20480, 4096, 1024);
    return log;
}

static void page_shows_regions_at_their_places(void **state)
{
    struct memory_log *const log = story();
    const struct memory_map_row rows[] = {
        {.process = 0, .name = "a.elf", .response_cycles = 12, .turnaround_cycles = 345},
        {.process = 1, .name = "b.elf", .response_cycles = MEMORY_MAP_NONE}};
    struct memory_map map = {
        .log = log, .title = "story", .end_cycle = 1000, .rows = rows, .row_count = 2};
    size_t size;
    char *page = page_of(&map, &size);

    (void)state;
    assert_true(is_well_formed(page));
    /* 1000 units are 1000 cycles from x = 90 on; 420 units are 64 KiB, upwards from y = 430. */
    assert_non_null(
        strstr(page, "<rect class=\"c24\" x=\"90\" y=\"325\" width=\"1000\" height=\"105\"/>"));
    assert_non_null(
        strstr(page, "<rect class=\"c0\" x=\"90\" y=\"220\" width=\"500\" height=\"105\"/>"
                     "<rect class=\"unused\" x=\"90\" y=\"220\" width=\"500\" height=\"52.5\"/>"
                     "<title>heap of a\nprocess 0\n0x4000, 16 KiB, 8 KiB of it asked for\n"
                     "cycles 0 to 500: new, then moved</title>"));
    /* What grows down is unused at its low end. */
    assert_non_null(
        strstr(page, "<rect class=\"c1\" x=\"190\" y=\"193.8\" width=\"500\" height=\"26.3\"/>"
                     "<rect class=\"unused\" x=\"190\" y=\"200.3\" width=\"500\" "
                     "height=\"19.7\"/>"));
    assert_non_null(strstr(page, "<line class=\"move\" x1=\"587\" y1=\"259.4\" x2=\"593\" "
                                 "y2=\"101.9\"/>"));
    assert_non_null(strstr(page, "<path class=\"out\" d=\"M684 "));
    assert_non_null(strstr(page, "<path class=\"in\" d=\"M890 "));
    assert_non_null(strstr(page, "<td>a.elf</td><td class=\"n\">12</td><td class=\"n\">345</td>"));
    assert_non_null(strstr(page, "<td>b.elf</td><td class=\"n\">-</td>"));
    assert_null(strstr(page, "<li>")); /* nothing is left out */
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "http"));
    free(page);

    /* The twin: another end is another picture. */
    map.end_cycle = 2000;
    page = page_of(&map, &size);
    assert_null(strstr(page, "x=\"90\" y=\"220\" width=\"500\""));
    assert_non_null(strstr(page, "x=\"90\" y=\"220\" width=\"250\""));
    free(page);
    memory_log_free(log);
}

static void page_of_hostile_names_escapes_them(void **state)
{
    static const char hostile[] = "</title><script>alert(\"&\")</script>";
    struct memory_log *const log = new_log();
    const struct memory_map_row row = {.process = 0, .name = hostile};
    const struct memory_map map = {
        .log = log, .title = hostile, .end_cycle = 10, .rows = &row, .row_count = 1};
    const char *at;
    unsigned count = 0;
    size_t size;
    char *page;

    (void)state;
    place_at(log, 0, memory_log_region(log, 0, hostile), MEMORY_NEW, 0, 4096, 4096);
    page = page_of(&map, &size);
    assert_true(is_well_formed(page));
    assert_null(strstr(page, "<script"));
    for (at = page;
         (at = strstr(at, "&lt;/title&gt;&lt;script&gt;alert(&quot;&amp;&quot;)")) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, 4); /* title, heading, region, process */
    free(page);
    memory_log_free(log);
}

/* Random places, moves and swaps of `regions` regions, none of which touches another. */
static uint64_t fill_log(struct memory_log *log, unsigned regions, uint32_t events)
{
    const uint64_t slot_bytes = MEMORY_BYTES / regions;
    struct random_source random = {regions};
    uint64_t cycle = 0;

    for (unsigned i = 0; i < regions; i++) {
        memory_log_region(log, i % 50,
                          "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
    }
    for (uint32_t i = 0; i < events; i++) {
        const uint32_t region = (uint32_t)random_below(&random, regions);
        const uint64_t bytes = 1 + random_below(&random, slot_bytes);

        cycle += random_below(&random, 100);
        if (random_chance(&random, 1, 4)) {
            remove_at(log, cycle, region, MEMORY_SWAPPED_OUT);
        } else {
            place_at(log, cycle, region, MEMORY_COMPACTED, region * slot_bytes, bytes,
                     random_below(&random, bytes));
        }
    }
    return cycle;
}

static void page_of_many_events_stays_small_and_says_what_it_leaves_out(void **state)
{
    static const unsigned regions[] = {1, 40, 300, 8000};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct memory_log *const log = new_log();
        static struct memory_map_row rows[1000];
        struct memory_map map = {.log = log, .title = "many", .rows = rows, .row_count = 1000};
        size_t size;
        char *page;

        for (unsigned row = 0; row < 1000; row++) {
            rows[row] = (struct memory_map_row){
                .process = row,
                .name = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
                .response_cycles = UINT64_MAX - 1,
                .turnaround_cycles = UINT64_MAX - 1,
            };
            memset(rows[row].cycles, 0xee, sizeof(rows[row].cycles));
        }
        map.end_cycle = fill_log(log, regions[i], 100000) + 1;
        page = page_of(&map, &size);
        assert_true(size < PAGE_LIMIT_BYTES);
        assert_true(size > 100000);
        assert_true(is_well_formed(page));
        assert_non_null(strstr(page, " stays of a region in a place: each of the picture's "));
        assert_non_null(strstr(page, "moves and swaps one in "));
        assert_non_null(strstr(page, "And 700 more processes."));
        free(page);
        memory_log_free(log);
    }
}

static void page_of_a_full_log_says_so(void **state)
{
    struct memory_log *const log = new_log();
    const struct memory_map map = {.log = log, .title = "full", .end_cycle = UINT64_MAX};
    size_t size;
    char *page;

    (void)state;
    fill_log(log, 10, MEMORY_LOG_EVENTS + 5);
    page = page_of(&map, &size);
    assert_true(size < PAGE_LIMIT_BYTES);
    assert_non_null(strstr(page, "ends with event 1000000, and 5 later ones are not in it."));
    free(page);
    memory_log_free(log);
}

static void pictures_of_an_empty_log_are_empty(void **state)
{
    struct memory_log *const log = new_log();
    const struct memory_map map = {.log = log, .title = "empty"};
    size_t size;
    char *text = page_of(&map, &size);

    (void)state;
    assert_true(is_well_formed(text));
    free(text);
    text = picture_of(&map, false);
    assert_null(strchr(text, '|'));
    free(text);
    memory_log_free(log);
}

/* --- the picture for a terminal --- */

static void picture_shows_each_event_of_a_short_story(void **state)
{
    struct memory_log *const log = story();
    const struct memory_map_row rows[] = {{.process = 0, .name = "a.elf"},
                                          {.process = 1, .name = "b\033.elf"}};
    const struct memory_map map = {
        .log = log, .title = "story", .end_cycle = 1000, .rows = rows, .row_count = 2};
    char *text = picture_of(&map, false);

    (void)state;
    assert_string_equal(
        text, "physical memory: the lowest 64 KiB of 64 KiB, in cells of 1 KiB\n"
              "a cell shows who has most of what is used of it; . free, = shared, # of no process\n"
              "         cycle  memory                                                     "
              "                free      largest\n"
              "             0  |================AAAAAAAAAAAAAAAA................................|"
              "        40000        30000\n"
              "           100  |================AAAAAAAAAAAAAAAABBBB............................|"
              "        40000        30000\n"
              "           500  |================................BBBB....AAAAAAAAAAAAAAAAAAAA....|"
              "        40000        30000\n"
              "           600  |================........................AAAAAAAAAAAAAAAAAAAA....|"
              "        40000        30000\n"
              "           800  |================....BBBB................AAAAAAAAAAAAAAAAAAAA....|"
              "        40000        30000\n"
              "  A  a.elf\n"
              "  B  b?.elf\n");
    free(text);
    text = picture_of(&map, true);
    assert_non_null(
        strstr(text, "  |\033[30;42m================\033[30;46mAAAAAAAAAAAAAAAA\033[0m."));
    free(text);
    memory_log_free(log);
}

/* Cells of 1 byte in 64, of which a half byte cannot be shown: whoever has most of a cell. */
static void picture_cell_shows_who_has_most_of_it(void **state)
{
    struct memory_log *const log = memory_log_new(640);
    const struct memory_map map = {.log = log, .title = "cells", .end_cycle = 10};
    char *text;

    (void)state;
    assert_non_null(log);
    place_at(log, 0, memory_log_region(log, 0, "a"), MEMORY_NEW, 0, 13, 13);
    place_at(log, 0, memory_log_region(log, 1, "b"), MEMORY_NEW, 13, 4, 4);
    place_at(log, 0, memory_log_region(log, 27, "c"), MEMORY_NEW, 639, 1, 1);
    text = picture_of(&map, false);
    /* of cell 1, 3 bytes are a's and 4 are b's */
    assert_non_null(
        strstr(text, "|AB.............................................................b|"));
    free(text);
    memory_log_free(log);
}

static void picture_of_many_events_has_24_rows_at_most(void **state)
{
    static const uint32_t events[] = {24, 25, 10000};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct memory_log *const log = new_log();
        const uint32_t heap = memory_log_region(log, 0, "heap");
        const struct memory_map map = {
            .log = log, .title = "rows", .end_cycle = UINT64_C(10) * events[i]};
        unsigned rows = 0;
        char *text;

        for (uint32_t event = 0; event < events[i]; event++) {
            place_at(log, (uint64_t)10 * event, heap, MEMORY_GREW, 0, 1024 + event, 1024 + event);
        }
        text = picture_of(&map, false);
        for (const char *at = text; (at = strstr(at, "  |")) != NULL; at++) {
            rows++;
        }
        assert_int_equal(rows, 24);
        free(text);
        memory_log_free(log);
    }
}

/* What was never stamped came before what was. */
static void picture_takes_the_next_stamp_for_events_without_one(void **state)
{
    struct memory_log *const log = new_log();
    const uint32_t heap = memory_log_region(log, 0, "heap");
    const struct memory_map map = {.log = log, .title = "stamps", .end_cycle = 1000};
    char *text;

    (void)state;
    place_at(log, 10, heap, MEMORY_NEW, 0, 16384, 16384);
    memory_log_place(log, heap, MEMORY_GREW, 0, 32768, 32768, &some_figures);
    place_at(log, 30, memory_log_region(log, 1, "b"), MEMORY_NEW, 32768, 16384, 16384);
    memory_log_remove(log, heap, MEMORY_FREED, &some_figures);
    text = picture_of(&map, false);
    assert_non_null(strstr(text, " 10  |AAAAAAAAAAAAAAAA......"));
    assert_non_null(strstr(text, " 30  |AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB...."));
    assert_non_null(strstr(text, " 1000  |................................BBBBBBBBBBBBBBBB...."));
    free(text);
    memory_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_tells_broken_pages),
        cmocka_unit_test(page_shows_regions_at_their_places),
        cmocka_unit_test(page_of_hostile_names_escapes_them),
        cmocka_unit_test(page_of_many_events_stays_small_and_says_what_it_leaves_out),
        cmocka_unit_test(page_of_a_full_log_says_so),
        cmocka_unit_test(pictures_of_an_empty_log_are_empty),
        cmocka_unit_test(picture_shows_each_event_of_a_short_story),
        cmocka_unit_test(picture_cell_shows_who_has_most_of_it),
        cmocka_unit_test(picture_of_many_events_has_24_rows_at_most),
        cmocka_unit_test(picture_takes_the_next_stamp_for_events_without_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
