/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "cli/json_output.h"
#include "machine/machine.h"

static const struct argp_option option_table[] = {
    {"json", 'j', NULL, 0, "as JSON", 0},
    {0},
};

static const char documentation[] =
    "Lists the machine files that come with segmmu.\v"
    "Each name can be given to -m. To make a machine of your own, copy the file that is nearest to "
    "it (--json tells its path) and give its path to -m.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    bool *as_json = state->input;
    (void)text;
    switch (key) {
    case 'j':
        *as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "found `%s`, expected no arguments", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- what is listed --- */

static int is_machine_file(const struct dirent *entry)
{
    const char *suffix = strrchr(entry->d_name, '.');
    return suffix && suffix != entry->d_name && strcmp(suffix, ".yaml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A file's description is its first line, where that is a comment. */
static bool read_description(const char *path, char *description, size_t size)
{
    char line[256] = "";
    FILE *file = fopen(path, "r");
    if (!file) {
        return false;
    }
    const bool is_read = fgets(line, sizeof(line), file) || !ferror(file);
    fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    snprintf(description, size, "%s", line[0] == '#' ? line + 1 + (line[1] == ' ') : "");
    return is_read;
}

static void print_line(const struct machine *machine, const char *description)
{
    const struct mmu_config *mmu = &machine->mmu;
    char parameters[80];
    snprintf(parameters, sizeof(parameters), "segment VA %u PA %u, %2u %s, %2u ctx, %u st",
             mmu->va_w, mmu->pa_w, mmu_segment_count(mmu),
             mmu->select == MMU_SELECT_NAMED ? "named   " : "explicit", mmu->contexts, mmu->stages);
    printf("%-11s %s  %s\n", machine->name, parameters, description);
}

static bool add_to_list(json_t *list, const struct machine *machine, const char *description)
{
    const struct mmu_config *mmu = &machine->mmu;
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:I}", "name", machine->name,
        "description", description, "path", machine->path, "kind", "segment", "address_bits",
        mmu->va_w, "physical_bits", mmu->pa_w, "segment_bits", mmu->seg_bits, "select",
        mmu->select == MMU_SELECT_NAMED ? "named" : "explicit", "contexts", mmu->contexts, "stages",
        mmu->stages, "ram_bytes", (json_int_t)machine->memory.ram_bytes);
    return entry && json_array_append_new(list, entry) == 0;
}

/* One machine; it goes to `list`, or is printed where that is NULL. */
static bool list_machine(const char *directory, const char *file, json_t *list)
{
    char path[PATH_MAX];
    char description[256];
    struct error error;
    int length = snprintf(path, sizeof(path), "%s/%s", directory, file);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        cli_error("%s: the path is too long", directory);
        return false;
    }
    struct machine *machine = machine_load(path, &error);
    if (!machine) {
        cli_error("%s", error.text);
        return false;
    }
    bool is_good = true;
    if (!read_description(path, description, sizeof(description))) {
        cli_error("%s: %s", path, strerror(errno));
        is_good = false;
    } else if (!list) {
        print_line(machine, description);
    } else if (!add_to_list(list, machine, description)) {
        cli_error("%s: out of memory, or not UTF-8", path);
        is_good = false;
    }
    machine_free(machine);
    return is_good;
}

static bool print_json(const json_t *list)
{
    if (json_output_write(list, stdout)) {
        return true;
    }
    if (!ferror(stdout)) { /* of which main will tell */
        cli_error("cannot write the list: %s", strerror(errno));
    }
    return false;
}

int cmd_machines(int argc, char **argv)
{
    const struct argp argp = {
        .options = option_table, .parser = parse_option, .doc = documentation};
    bool as_json = false;
    bool is_good = true;
    char directory[PATH_MAX];
    struct dirent **entries;

    if (!cli_parse(&argp, argc, argv, 0, &as_json)) {
        return CLI_ERROR;
    }
    int length = snprintf(directory, sizeof(directory), "%s/machines", machine_data_directory());
    if (length < 0 || (size_t)length >= sizeof(directory)) {
        cli_error("the path of the data directory is too long");
        return CLI_ERROR;
    }
    int count = scandir(directory, &entries, is_machine_file, by_name);
    if (count < 0) {
        cli_error("%s: %s", directory, strerror(errno));
        return CLI_ERROR;
    }
    json_t *list = as_json ? json_array() : NULL;
    for (int i = 0; i < count; i++) {
        is_good &= list_machine(directory, entries[i]->d_name, list);
        free(entries[i]);
    }
    free(entries);
    if (as_json) {
        is_good &= print_json(list);
        json_decref(list);
    }
    return cli_flush() && is_good ? CLI_AGREED : CLI_ERROR;
}
