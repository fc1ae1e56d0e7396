/* SPDX-License-Identifier: MIT */
#include "prove/translation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/machine.h"
#include "mutation/rtl_netlist.h"

enum { TRANSLATION_LIMIT_SECONDS = 300 };

/* Every register is kept, also one that nothing reads, so that a missing one is missing in the
 * source. What mem2reg makes beside the words of a memory has a $ in its name. */
static const char passes[] = "proc\n"
                             "select w:*_q* w:*$* %d\n"
                             "setattr -set keep 1\n"
                             "select -clear\n"
                             "flatten\n"
                             "opt_expr\n"
                             "opt_clean\n"
                             "memory_collect\n"
                             "memory_map\n"
                             "opt_expr\n"
                             "dffunmap\n"
                             "bmuxmap\n"
                             "demuxmap\n"
                             "opt_clean\n"
                             "write_rtlil netlist.il\n"
                             "write_json netlist.json\n";

unsigned translation_entries(const struct mmu_config *config)
{
    unsigned banks = 1;

    while (banks < config->contexts) {
        banks *= 2;
    }
    return banks << config->seg_bits;
}

static bool add_lines(struct proof *proof, const struct rtl_netlist *netlist, char *text)
{
    char *rest = text;

    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0') {
            char *const spelled = rtl_netlist_spell_out(netlist, line);

            strings_add(&proof->refusals, "%s", spelled != NULL ? spelled : line);
            free(spelled);
        }
    }
    return !proof->refusals.is_short;
}

static void add_parameters(struct strings *argv, const struct mmu_config *config)
{
#define X(parameter, member)                                                                       \
    strings_add(argv, "--param");                                                                  \
    strings_add(argv, #parameter "=%u", (unsigned)config->member);
    CONTRACT_PARAMETER_LIST(X)
#undef X
}

/* Runs binding.py. */
static bool translate(struct proof *proof, const struct rtl_netlist *netlist, struct error *error)
{
    const char *const data = machine_data_directory();
    struct strings argv = {0};
    const struct tool_step step = {
        .directory = proof->directory,
        .name = "binding",
        .argv = &argv,
        .limit_seconds = TRANSLATION_LIMIT_SECONDS,
        .is_sandboxed = proof->source->is_sandboxed,
    };
    enum spawn_result result;
    char *said;

    strings_add_all(&argv, (const char *const[]){"python3", "-B", NULL});
    strings_add(&argv, "%s/prove/binding.py", data);
    strings_add_all(&argv, (const char *const[]){"netlist.json", "--top", NETLIST_TOP, "--log",
                                                 "netlist.log", "-o", ".", "--binding", NULL});
    strings_add(&argv, "%s/prove/segment.binding", data);
    add_parameters(&argv, &proof->source->config);
    result = tool_run(&step, error);
    strings_free(&argv);
    if (result == SPAWN_SUCCEEDED) {
        return true;
    }
    if (result != SPAWN_FAILED) {
        return false;
    }
    said = tool_log(&step);
    if (said == NULL || !add_lines(proof, netlist, said)) {
        error_set(error, "out of memory");
    } else if (proof->refusals.count == 0) {
        error_set(error, "binding.py ended without a word");
    } else {
        error_set(error, "%s", proof->refusals.items[0]);
    }
    free(said);
    return false;
}

bool translation_make(struct proof *proof, struct error *error)
{
    struct rtl_netlist netlist;
    const bool is_made = rtl_netlist_make(&netlist, proof->source, proof->directory, "netlist",
                                          " -dump_ast1 -no_dump_ptr", passes, error) &&
                         translate(proof, &netlist, error);

    rtl_netlist_free(&netlist);
    return is_made;
}
