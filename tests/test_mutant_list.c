/* SPDX-License-Identifier: MIT */
/* The list of mutants of Yosys: what is read, what is refused, and what is left of it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutation/mutants.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CELL "mutate -mode inv -module top -cell $and$a.v:7$12 -port Y -portbit 3"

static bool read_text(struct mutants *mutants, const char *text, struct error *error)
{
    FILE *const list = fmemopen((char *)text, strlen(text), "r");
    bool is_read;

    assert_non_null(list);
    is_read = mutants_read(mutants, list, "list.txt", error);
    fclose(list);
    return is_read;
}

/* One line, which must be good. */
static struct mutants read_one(const char *line)
{
    struct mutants mutants;
    struct error error;

    assert_true(read_text(&mutants, line, &error));
    assert_int_equal(mutants.count, 1);
    return mutants;
}

static void mutant_line_with_everything_is_read(void **state)
{
    struct mutants mutants =
        read_one("mutate -mode cnot1 -module top -cell $eq$a.v:7$12 -port A -portbit 3 -ctrlbit 5 "
                 "-wire look_op_i -wirebit 1 -src a.v:7.3-7.40 -src top.v:1.1-90.2\n");
    const struct mutant *const mutant = &mutants.items[0];

    (void)state;
    assert_string_equal(mutant->mode, "cnot1");
    assert_string_equal(mutant->module, "top");
    assert_string_equal(mutant->cell, "$eq$a.v:7$12");
    assert_string_equal(mutant->port, "A");
    assert_int_equal(mutant->port_bit, 3);
    assert_true(mutant->has_control_bit);
    assert_int_equal(mutant->control_bit, 5);
    assert_string_equal(mutant->wire, "look_op_i");
    assert_int_equal(mutant->wire_bit, 1);
    assert_string_equal(mutant->source.file, "a.v");
    assert_int_equal(mutant->source.first_line, 7);
    assert_int_equal(mutant->source.first_column, 3);
    assert_int_equal(mutant->source.last_line, 7);
    assert_int_equal(mutant->source.last_column, 40);
    mutants_free(&mutants);
}

static void mutant_command_is_the_line_without_sources_and_wire(void **state)
{
    struct mutants mutants = read_one(CELL " -ctrlbit 1 -wire w -wirebit 0 -src a.v:7.3-7.40\n");
    char *const command = mutant_command(&mutants.items[0]);

    (void)state;
    assert_string_equal(command, CELL " -ctrlbit 1");
    free(command);
    mutants_free(&mutants);
}

static void mutant_description_names_kind_path_and_wire(void **state)
{
    static const struct {
        const char *cell;
        const char *rest;
        const char *text;
    } cases[] = {
        {"$and$a.v:7$12", "", "inv $and.Y[3]"},
        {"$and$a.v:7$12", " -ctrlbit 1", "inv $and.Y[3] by [1]"},
        {"$flatten\\g.u_x.\\u_check.$le$a.v:7$1", " -wire g.u_x.end -wirebit 2",
         "inv $le.Y[3] in g.u_x.u_check (end[2])"},
        {"$flatten\\u.$procmux$509", "", "inv $procmux.Y[3] in u"},
        {"$auto$pmuxtree.cc:65:make$1106", "", "inv $auto.Y[3]"},
        {"u.hand_made", "", "inv u.hand_made.Y[3]"},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        char *line, *text;
        struct mutants mutants;

        assert_true(asprintf(&line, "mutate -mode inv -module top -cell %s -port Y -portbit 3%s\n",
                             cases[i].cell, cases[i].rest) > 0);
        mutants = read_one(line);
        text = mutant_describe(&mutants.items[0]);
        assert_string_equal(text, cases[i].text);
        free(text);
        free(line);
        mutants_free(&mutants);
    }
}

static void mutant_has_the_range_of_its_cell_or_the_narrowest(void **state)
{
    static const struct {
        const char *sources;
        const char *file;
        unsigned line;
    } cases[] = {
        {"-src top.v:1.1-90.2 -src a.v:7.3-9.1", "a.v", 7},
        {"-src a.v:7.3-9.1 -src top.v:1.1-90.2", "a.v", 7},
        {"-src b.v:7.3-7.30 -src b.v:8.3-8.9", "b.v", 8},
        {"-src a.v:8.3-8.9 -src a.v:7.3-9.30", "a.v", 7}, /* it is in the cell's name */
        {"-src a file.v:7.3-7.30", "a file.v", 7},        /* a space */
        {"-src C:/a:b.v:7.3-7.30", "C:/a:b.v", 7},        /* colons */
        {"-src a.v:7 -src b.v:8.1-8.2", "b.v", 8},        /* no range */
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        char *line;
        struct mutants mutants;

        assert_true(asprintf(&line, CELL " %s\n", cases[i].sources) > 0);
        mutants = read_one(line);
        assert_string_equal(mutants.items[0].source.file, cases[i].file);
        assert_int_equal(mutants.items[0].source.first_line, cases[i].line);
        mutants_free(&mutants);
        free(line);
    }
}

static void mutant_without_a_source_has_none(void **state)
{
    static const char *const lines[] = {CELL "\n", CELL, CELL " -src a.v\n", CELL " -src \n"};

    (void)state;
    for (unsigned i = 0; i < COUNT(lines); i++) {
        struct mutants mutants = read_one(lines[i]);

        assert_null(mutants.items[0].source.file);
        mutants_free(&mutants);
    }
}

static void mutant_list_that_is_bad_names_the_place(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {CELL "\nnonsense\n", "list.txt:2: found `nonsense`, expected mutate"},
        {"\n", "list.txt:1: found ``, expected mutate"},
        {"mutate\n",
         "list.txt:1: found `mutate`, expected -mode, -module, -cell and -port with it"},
        {"mutate -mode none\n",
         "list.txt:1: found `mutate`, expected -mode, -module, -cell and -port with it"},
        {"mutate -mode swap -module m -cell c -port p\n",
         "list.txt:1: found `swap`, expected inv, const0, const1, cnot0 or cnot1"},
        {CELL " -mode inv\n", "list.txt:1: found `-mode`, expected it once, with a value"},
        {CELL " -wire\n", "list.txt:1: found `-wire`, expected it once, with a value"},
        {CELL " -wire  -wirebit 1\n", "list.txt:1: found `-wire`, expected it once, with a value"},
        {CELL " -ctrlbit x\n", "list.txt:1: found `x`, expected the number of a bit"},
        {CELL " -ctrlbit\n", "list.txt:1: found `-ctrlbit`, expected the number of a bit"},
        {CELL " -ctrlbit -1\n", "list.txt:1: found `-1`, expected the number of a bit"},
        {CELL " -ctrlbit 99999999999\n",
         "list.txt:1: found `99999999999`, expected the number of a bit"},
        {CELL " -ctrl mutsel 9 0\n", "list.txt:1: found `-ctrl`, expected an option of `mutate`"},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        struct mutants mutants;
        struct error error;

        assert_false(read_text(&mutants, cases[i].text, &error));
        assert_string_equal(error.text, cases[i].message);
        mutants_free(&mutants);
    }
}

/* `count` mutants of the bits 0, 1, ... */
static struct mutants make_many(unsigned count)
{
    char *text = NULL;
    size_t size;
    FILE *const list = open_memstream(&text, &size);
    struct mutants mutants;
    struct error error;

    for (unsigned i = 0; i < count; i++) {
        fprintf(list, "mutate -mode inv -module m -cell c -port p -portbit %u\n", i);
    }
    fclose(list);
    assert_true(read_text(&mutants, text, &error));
    assert_int_equal(mutants.count, count);
    free(text);
    return mutants;
}

static void mutants_thinned_are_so_many_and_evenly_spread(void **state)
{
    (void)state;
    for (size_t all = 1; all <= 130; all += 43) {
        for (size_t count = 0; count <= all + 1; count++) {
            struct mutants mutants = make_many((unsigned)all);

            mutants_thin(&mutants, count);
            assert_int_equal(mutants.count, count < all ? count : all);
            for (size_t i = 0; i < mutants.count; i++) {
                const unsigned bit = mutants.items[i].port_bit;

                /* The first at or behind its share of the whole. */
                assert_in_range(bit * mutants.count, i * all, i * all + mutants.count - 1);
            }
            mutants_free(&mutants);
        }
    }
}

static bool is_odd(const struct mutant *mutant, void *context)
{
    ++*(unsigned *)context;
    return mutant->port_bit % 2 == 1;
}

static void mutants_kept_are_those_wanted_in_order(void **state)
{
    struct mutants mutants = make_many(7);
    unsigned asked = 0;

    (void)state;
    mutants_keep(&mutants, is_odd, &asked);
    assert_int_equal(asked, 7);
    assert_int_equal(mutants.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(mutants.items[i].port_bit, 2 * i + 1);
    }
    mutants_free(&mutants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutant_line_with_everything_is_read),
        cmocka_unit_test(mutant_command_is_the_line_without_sources_and_wire),
        cmocka_unit_test(mutant_description_names_kind_path_and_wire),
        cmocka_unit_test(mutant_has_the_range_of_its_cell_or_the_narrowest),
        cmocka_unit_test(mutant_without_a_source_has_none),
        cmocka_unit_test(mutant_list_that_is_bad_names_the_place),
        cmocka_unit_test(mutants_thinned_are_so_many_and_evenly_spread),
        cmocka_unit_test(mutants_kept_are_those_wanted_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
