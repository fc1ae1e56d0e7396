/* SPDX-License-Identifier: MIT */
/* The original and the mutant side by side with the same inputs, the miter, begin with a cycle of
 * reset. From then on every output must be the same in every cycle, as the contract compares them.
 *
 *     netlist --Yosys--> miter as AIG --ABC--> proved ------------------------> equivalent
 *                                        +---> inputs --Yosys's own SAT-------> not equivalent
 *                                        +---> neither -----------------------> undecided
 *
 * Nothing is assumed of the inputs, so a proof holds for all of them. A difference that an illegal
 * sender alone brings about is no hole in the stimulus: it is looked for again among legal ones. */
#include "mutation/equivalence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/input.h"
#include "lockstep/dut_contract.h"
#include "lockstep/dut_strings.h"
#include "mutation/counterexample.h"
#include "mutation/equivalence_script.h"
#include "mutation/yosys.h"

/* What came of a part of the check. */
enum outcome {
    OUTCOME_EQUIVALENT,
    OUTCOME_DIFFERENT, /* inputs are known, and not yet confirmed */
    OUTCOME_OPEN,      /* the reason says why */
    OUTCOME_ERROR,     /* the error is set */
};

struct check {
    const struct equivalence_query *query;
    struct timespec end;
    char *reason;
    size_t size;
    struct error *error; /* its own: not every failure of a step is one of the check */
    struct counterexample counterexample;
};

static unsigned seconds_left(const struct check *check)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < check->end.tv_sec ? (unsigned)(check->end.tv_sec - now.tv_sec) : 0;
}

static enum outcome out_of_time(const struct check *check, const char *what)
{
    snprintf(check->reason, check->size, "%s in %u seconds", what, check->query->timeout_seconds);
    return OUTCOME_OPEN;
}

static enum outcome no_memory(const struct check *check)
{
    error_set(check->error, "out of memory");
    return OUTCOME_ERROR;
}

/* --- steps --- */

/* What the netlist may have that the check cannot deal with, by the words of Yosys. */
static bool is_beyond_us(const char *text)
{
    return strstr(text, "selection is not empty") || strstr(text, "Unsupported cell type");
}

/* Runs Yosys, or ABC, on a script, which it frees. OUTCOME_EQUIVALENT: it came to its end. */
static enum outcome run(const struct check *check, const char *name, char *script, bool is_abc)
{
    if (!script)
        return no_memory(check);
    const struct yosys_step step = {
        .directory = check->query->directory,
        .name = name,
        .script = script,
        .limit_seconds = seconds_left(check),
    };
    enum yosys_result result =
        is_abc ? yosys_run_abc(&step, check->error) : yosys_run(&step, check->error);
    free(script);
    if (result == YOSYS_DONE)
        return OUTCOME_EQUIVALENT;
    if (result == YOSYS_TIMED_OUT)
        return out_of_time(check, "neither a difference nor a proof that there is none was found");
    if (result == YOSYS_FAILED && is_beyond_us(check->error->text)) {
        snprintf(check->reason, check->size,
                 "the design has more than registers at the rising edge of clk_i: %.300s",
                 check->error->text);
        return OUTCOME_OPEN;
    }
    return OUTCOME_ERROR;
}

static enum outcome make_miter(const struct check *check, bool is_legal)
{
    char *path = string_format("%s/" MITER_WRAPPER, check->query->directory);
    FILE *verilog = path ? fopen(path, "we") : NULL;
    if (!verilog) {
        error_set(check->error, "%s/" MITER_WRAPPER ": %s", check->query->directory,
                  strerror(errno));
        free(path);
        return OUTCOME_ERROR;
    }
    free(path);
    script_wrapper(verilog, is_legal);
    if (fclose(verilog) != 0) {
        error_set(check->error, "%s/" MITER_WRAPPER ": cannot be written: %s",
                  check->query->directory, strerror(errno));
        return OUTCOME_ERROR;
    }
    char *text = NULL;
    size_t size;
    FILE *script = open_memstream(&text, &size);
    if (!script)
        return no_memory(check);
    bool is_good = script_miter(script, check->query, check->error);
    if (fclose(script) != 0 && is_good)
        is_good = error_set(check->error, "out of memory");
    if (!is_good) {
        free(text);
        return OUTCOME_ERROR;
    }
    return run(check, "miter", text, false);
}

/* --- what ABC says --- */

struct findings {
    bool has_latches;
    unsigned latches;
    unsigned unknown_latches; /* of which the state after the reset is not known */
    bool is_proved;
    bool is_different;
    unsigned frame; /* in which it is, from 0 */
    unsigned depth; /* frames without a difference */
};

static FILE *open_file(const struct check *check, const char *name)
{
    char *path = string_format("%s/%s", check->query->directory, name);
    int descriptor = path ? input_open(path) : -1;
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (!file) {
        error_set(check->error, "%s/%s: cannot be read: %s", check->query->directory, name,
                  strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
    }
    free(path);
    return file;
}

static bool read_findings(const struct check *check, const char *log_name,
                          struct findings *findings)
{
    FILE *log = open_file(check, log_name);
    char line[1024];
    *findings = (struct findings){0};
    if (!log)
        return false;
    while (fgets(line, sizeof line, log)) {
        const char *asserted = strstr(line, "was asserted in frame ");
        const char *none = strstr(line, "No output asserted in ");
        if (sscanf(line, "Total latches = %u. Init0 = %*u. Init1 = %*u. InitDC = %u.",
                   &findings->latches, &findings->unknown_latches) == 2)
            findings->has_latches = true;
        else if (asserted)
            findings->is_different =
                sscanf(asserted, "was asserted in frame %u", &findings->frame) == 1;
        else if (none)
            sscanf(none, "No output asserted in %u", &findings->depth);
        else if (strncmp(line, "Property proved.", 16) == 0)
            findings->is_proved = true;
    }
    fclose(log);
    return true;
}

/* Which input of the AIG is which bit of which port; lines "input INDEX BIT NAME". */
static const struct contract_port_info *find_input(const char *name)
{
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (contract_ports[i].direction == CONTRACT_IN && strcmp(contract_ports[i].name, name) == 0)
            return &contract_ports[i];
    return NULL;
}

static void set_bit(struct mmu_in *in, const struct contract_port_info *port, unsigned bit)
{
    char *field = (char *)in + port->offset;
    if (port->width_bits > 8) {
        uint64_t value;
        memcpy(&value, field, sizeof value);
        value |= UINT64_C(1) << bit;
        memcpy(field, &value, sizeof value);
    } else {
        *field = (char)(*field | 1 << bit);
    }
}

/* Reads the bits of the inputs, cycle by cycle; in front of them is one of every register. */
static bool take_bits(struct check *check, FILE *map, const char *bits, size_t inputs,
                      unsigned first_cycle)
{
    struct counterexample *counterexample = &check->counterexample;
    unsigned index, bit;
    char kind[16], name[64];
    while (fscanf(map, "%15s %u %u %63s%*[^\n]", kind, &index, &bit, name) == 4) {
        const struct contract_port_info *port =
            strcmp(kind, "input") == 0 ? find_input(name) : NULL;
        if (!port)
            continue;
        if (index >= inputs || bit >= port->width_bits)
            return false;
        for (unsigned cycle = first_cycle; cycle < counterexample->count; cycle++)
            if (bits[(cycle - first_cycle) * inputs + index] == '1')
                set_bit(&counterexample->cycles[cycle].in, port, bit);
    }
    return true;
}

/* The bits alone, up to the remark behind them; malloc'ed. */
static char *read_bits(FILE *file)
{
    char *bits = NULL;
    size_t size = 0;
    ssize_t length = getdelim(&bits, &size, '#', file);
    size_t kept = 0;
    for (ssize_t i = 0; i < length; i++)
        if (bits[i] == '0' || bits[i] == '1')
            bits[kept++] = bits[i];
    if (length < 0) {
        free(bits);
        return NULL;
    }
    bits[kept] = '\0';
    return bits;
}

static bool read_inputs(struct check *check, const struct findings *findings, bool is_initial)
{
    const char *map_name = is_initial ? MITER_MAP_INITIAL : MITER_MAP;
    struct counterexample *counterexample = &check->counterexample;
    unsigned first_cycle = is_initial ? 0 : 1, frames = findings->frame + 1;
    *counterexample = (struct counterexample){.count = frames + first_cycle};
    if (counterexample->count > COUNTEREXAMPLE_CYCLES)
        return error_set(check->error, "a difference after %u cycles: more than %u are not read",
                         counterexample->count, COUNTEREXAMPLE_CYCLES);
    FILE *file = open_file(check, COUNTEREXAMPLE_BITS);
    char *bits = file ? read_bits(file) : NULL;
    FILE *map = bits ? open_file(check, map_name) : NULL;
    size_t length = bits ? strlen(bits) : 0;
    /* ABC writes as many registers as are left at the end, which it does not say; every cycle has
     * the same inputs, as many as the AIG's header says. */
    size_t inputs = 0;
    FILE *aig = map ? open_file(check, is_initial ? MITER_AIGER_INITIAL : MITER_AIGER) : NULL;
    bool is_read = aig && fscanf(aig, "aig %*u %zu", &inputs) == 1 && inputs > 0 &&
                   length / frames >= inputs &&
                   take_bits(check, map, bits + (length - inputs * frames), inputs, first_cycle);
    if (file && map && aig && !is_read)
        error_set(check->error,
                  "%s/" COUNTEREXAMPLE_BITS ": found %zu bits, expected %zu inputs "
                  "of %u cycles",
                  check->query->directory, length, inputs, frames);
    if (aig)
        fclose(aig);
    if (map)
        fclose(map);
    if (file)
        fclose(file);
    free(bits);
    counterexample->cycles[0].in.rst = 1;
    return is_read;
}

/* --- the parts --- */

/* Runs ABC and reads what it found. OUTCOME_EQUIVALENT: it came to its end. */
static enum outcome run_abc(const struct check *check, const char *name, bool is_search,
                            bool is_initial, struct findings *findings)
{
    char log_name[32], *text = NULL;
    size_t size;
    FILE *script = open_memstream(&text, &size);
    if (!script)
        return no_memory(check);
    if (is_search)
        script_search(script, is_initial, seconds_left(check));
    else
        script_prove(script, seconds_left(check));
    if (fclose(script) != 0) {
        free(text);
        return no_memory(check);
    }
    enum outcome outcome = run(check, name, text, true);
    if (outcome != OUTCOME_EQUIVALENT)
        return outcome;
    snprintf(log_name, sizeof log_name, "%s.log", name);
    if (!read_findings(check, log_name, findings))
        return OUTCOME_ERROR;
    if (!findings->has_latches) {
        error_set(check->error, "ABC, %s: it did not read the design; see %s/%s", name,
                  check->query->directory, log_name);
        return OUTCOME_ERROR;
    }
    return OUTCOME_EQUIVALENT;
}

static bool is_open(const struct findings *findings)
{
    return !findings->is_different && !findings->is_proved;
}

static enum outcome decide(struct check *check)
{
    struct findings findings;
    bool is_initial = false;
    enum outcome outcome = run_abc(check, "search", true, false, &findings);
    if (outcome == OUTCOME_EQUIVALENT && findings.unknown_latches > 0) {
        /* What is not reset begins with any value, in both the same or not: an input each. */
        is_initial = true;
        outcome = run_abc(check, "search_initial", true, true, &findings);
    }
    if (outcome == OUTCOME_EQUIVALENT && is_open(&findings))
        outcome = run_abc(check, "prove", false, is_initial, &findings);
    if (outcome != OUTCOME_EQUIVALENT)
        return outcome;
    if (findings.is_different)
        return read_inputs(check, &findings, is_initial) ? OUTCOME_DIFFERENT : OUTCOME_ERROR;
    if (findings.is_proved && findings.unknown_latches == 0)
        return OUTCOME_EQUIVALENT;
    snprintf(check->reason, check->size,
             "no difference in the first %u cycles, and no proof that there is none in %u seconds",
             findings.depth, check->query->timeout_seconds);
    return OUTCOME_OPEN;
}

/* OUTCOME_DIFFERENT: it is; the outputs are known now. */
static enum outcome confirm(struct check *check)
{
    char *text = NULL;
    size_t size;
    FILE *script = open_memstream(&text, &size);
    if (!script)
        return no_memory(check);
    bool is_good = script_confirm(script, check->query, &check->counterexample, check->error);
    if (fclose(script) != 0 && is_good)
        is_good = error_set(check->error, "out of memory");
    if (!is_good) {
        free(text);
        return OUTCOME_ERROR;
    }
    enum outcome outcome = run(check, "confirm", text, false);
    if (outcome == OUTCOME_ERROR && strstr(check->error->text, "proof did succeed")) {
        snprintf(check->reason, check->size,
                 "ABC found a difference in cycle %u that Yosys does not find there",
                 check->counterexample.count - 1);
        return OUTCOME_OPEN;
    }
    if (outcome != OUTCOME_EQUIVALENT)
        return outcome;
    char *path = string_format("%s/" COUNTEREXAMPLE_VCD, check->query->directory);
    if (!path)
        return no_memory(check);
    is_good = counterexample_read(&check->counterexample, path, check->error);
    free(path);
    return is_good ? OUTCOME_DIFFERENT : OUTCOME_ERROR;
}

static enum outcome compare(struct check *check, bool is_legal)
{
    enum outcome outcome = make_miter(check, is_legal);
    if (outcome == OUTCOME_EQUIVALENT)
        outcome = decide(check);
    if (outcome == OUTCOME_DIFFERENT)
        outcome = confirm(check);
    return outcome;
}

bool equivalence_check(const struct equivalence_query *query, enum equivalence *verdict,
                       char *reason, size_t size, struct error *error)
{
    struct error own = {""};
    struct check *check = calloc(1, sizeof *check);
    if (!check)
        return error_set(error, "out of memory");
    *check = (struct check){.query = query, .reason = reason, .size = size, .error = &own};
    clock_gettime(CLOCK_MONOTONIC, &check->end);
    check->end.tv_sec += query->timeout_seconds;

    bool only_illegal = false;
    enum outcome outcome = compare(check, false);
    if (outcome == OUTCOME_DIFFERENT && !counterexample_is_legal(&check->counterexample)) {
        only_illegal = true;
        outcome = compare(check, true);
    }
    switch (outcome) {
    case OUTCOME_EQUIVALENT:
        *verdict = EQUIVALENT;
        snprintf(reason, size,
                 only_illegal ? "proved, where requests wait unchanged until they move"
                              : "proved, for all inputs");
        break;
    case OUTCOME_DIFFERENT:
        *verdict = NOT_EQUIVALENT;
        counterexample_text(&check->counterexample, query->config, reason, size);
        break;
    case OUTCOME_OPEN:
        *verdict = UNDECIDED;
        break;
    case OUTCOME_ERROR:
        *verdict = UNDECIDED;
        error_set(error, "%s", own.text);
        break;
    }
    free(check);
    return outcome != OUTCOME_ERROR;
}
