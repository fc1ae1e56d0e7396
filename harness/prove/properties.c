/* SPDX-License-Identifier: MIT */
#include "prove/properties.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine/machine.h"
#include "mutation/yosys.h"

/* Induction over so many clocks; one is enough for the RTL that comes with segmmu. */
enum { MOST_CLOCKS = 4 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *write_script(const char *what, struct error *error)
{
    char *const path = string_format("%s/prove/segment_properties.v", machine_data_directory());
    char *text = NULL;
    size_t size;
    FILE *const script = path != NULL ? open_memstream(&text, &size) : NULL;
    bool is_written = false;

    if (script == NULL) {
        error_set(error, "out of memory");
    } else {
        fprintf(script,
                "read_rtlil netlist.il\n"
                "script expose.ys\n"
                "read_verilog -formal -sv -D%s ",
                what);
        is_written = yosys_write_path(script, path, error);
        fprintf(script,
                " properties.v\n"
                "hierarchy -check -top segmmu_properties\n"
                "proc\n"
                "flatten\n"
                "opt -keepdc\n"
                "memory_map\n"
                "chformal -cover -remove\n"
                "dffunmap\n"
                "opt_clean\n"
                "sat -verify -tempinduct -prove-asserts -set-assumes -seq 1 -maxsteps %d\n",
                MOST_CLOCKS);
        if (fclose(script) != 0 && is_written) {
            is_written = error_set(error, "out of memory");
        }
    }
    free(path);
    if (!is_written) {
        free(text);
        text = NULL;
    }
    return text;
}

/* Whether a counterexample begins with the reset; else induction did not get anywhere. */
static bool has_counterexample(const struct tool_step *step)
{
    char *const log = tool_log(step);
    const bool has = log != NULL && strstr(log, "model found for base case: FAIL") != NULL;

    free(log);
    return has;
}

static bool take_failure(const struct yosys_step *step, struct claim_answer *answer,
                         struct error *error)
{
    const struct tool_step logged = {.directory = step->directory, .name = step->name};

    if (strstr(error->text, "proof did fail") == NULL) {
        return false;
    }
    if (has_counterexample(&logged)) {
        answer->verdict = PROOF_REFUTED;
        snprintf(answer->reason, sizeof(answer->reason), "an assertion fails within %d clocks",
                 MOST_CLOCKS);
    } else {
        answer->verdict = PROOF_UNDECIDED;
        snprintf(answer->reason, sizeof(answer->reason),
                 "no proof by induction over %d clocks, and no failure in so many from a reset",
                 MOST_CLOCKS);
    }
    return true;
}

bool properties_decide(const struct proof *proof, const char *what, struct claim_answer *answer,
                       struct error *error)
{
    const double started = now();
    char *const script = write_script(what, error);
    char *const name = string_format("properties_%s", what);
    const struct yosys_step step = {
        .directory = proof->directory,
        .name = name,
        .script = script,
        .limit_seconds = proof->timeout_seconds,
        .is_sandboxed = proof->source->is_sandboxed,
    };
    bool is_decided = false;

    *answer = (struct claim_answer){.verdict = PROOF_PROVED};
    if (script != NULL && name != NULL) {
        switch (yosys_run(&step, error)) {
        case YOSYS_DONE:
            is_decided = true;
            break;
        case YOSYS_FAILED:
            is_decided = take_failure(&step, answer, error);
            break;
        case YOSYS_TIMED_OUT:
            answer->verdict = PROOF_UNDECIDED;
            snprintf(answer->reason, sizeof(answer->reason), "not decided in %u seconds",
                     step.limit_seconds);
            is_decided = true;
            break;
        case YOSYS_INTERRUPTED:
        case YOSYS_ERROR:
            break;
        }
    }
    answer->seconds = now() - started;
    free(script);
    free(name);
    return is_decided;
}
