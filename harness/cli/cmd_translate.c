/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "cli/disagreement.h"
#include "cli/explain.h"
#include "cli/translator.h"
#include "source/csv.h"

/* --- the command line --- */

struct options {
    const char *machine;
    const char *input; /* CSV, or NULL */
    enum engine engine;
    uint8_t context;
    struct mmu_request request; /* what all have in common */
    const char *per_row_option; /* --bytes or --access, where it was given */
    uint64_t *addresses;        /* room for one an argument */
    unsigned address_count;
};

enum {
    OPTION_BYTES = 256,
    OPTION_ACCESS,
    OPTION_PRIV,
    OPTION_SEGMENT,
    OPTION_CONTEXT,
    OPTION_INPUT,
};

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "a machine file, or the name of one (see segmmu machines)", 0},
    {"engine", 'e', "ENGINE", 0, "translate, model, rtl or lockstep (default)", 0},
    {"bytes", OPTION_BYTES, "N", 0, "bytes of each access, default 1", 0},
    {"access", OPTION_ACCESS, "A", 0, "read (default), write or execute", 0},
    {"priv", OPTION_PRIV, NULL, 0, "in privileged mode", 0},
    {"segment", OPTION_SEGMENT, "S", 0, "the segment that is named (select: named), default 0", 0},
    {"context", OPTION_CONTEXT, "C", 0, "the bank of segment registers, default 0", 0},
    {"input", OPTION_INPUT, "FILE", 0, "CSV to translate row by row, - for standard input", 0},
    {0},
};

static const char documentation[] =
    "Translates virtual addresses, and explains each step.\v"
    "Numbers are decimal or 0x, with K, M or G: 15K is 0x3c00.\n"
    "\n"
    "The CSV has the columns vaddr,bytes,access and optionally priv,segment, in any order. The "
    "answer has vaddr,bytes,access,priv,segment,offset,paddr,fault,latency_cycles: paddr is empty "
    "on a fault, latency_cycles for the engine translate, and segment and offset are 0 for "
    "privileged requests, which have neither. --priv and --segment fill columns that the CSV does "
    "not have.\n"
    "\n"
    "A fault is an answer. Exit status: 0 answered, 1 model and RTL disagreed (which leaves "
    "segmmu-translate-MACHINE.trace and .fst, and .shrunk.trace and .shrunk.fst), 2 usage, input "
    "or output error.";

static void check_options(struct argp_state *state, const struct options *options)
{
    if (!options->machine) {
        argp_error(state, "expected -m MACHINE");
    }
    if (!options->input && options->address_count == 0) {
        argp_error(state, "expected an ADDRESS or --input FILE");
    }
    if (options->input && options->address_count > 0) {
        argp_error(state, "expected addresses or --input, found both");
    }
    if (options->input && options->per_row_option) {
        argp_error(state, "%s: with --input the CSV's own column says it", options->per_row_option);
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    uint64_t address = 0;
    int code;
    switch (key) {
    case 'm':
        options->machine = text;
        return 0;
    case 'e':
        code = engine_parse(text);
        if (code < 0) {
            argp_error(state, "--engine: found `%s`, expected translate, model, rtl or lockstep",
                       text);
        }
        options->engine = (enum engine)code;
        return 0;
    case OPTION_INPUT:
        options->input = text;
        return 0;
    case OPTION_BYTES:
        options->request.bytes = (uint8_t)cli_number(state, "--bytes", text, 0, 31);
        options->per_row_option = "--bytes";
        return 0;
    case OPTION_ACCESS:
        code = mmu_access_code(text);
        if (code < 0) {
            argp_error(state, "--access: found `%s`, expected read, write or execute", text);
        }
        options->request.access = (uint8_t)code;
        options->per_row_option = "--access";
        return 0;
    case OPTION_PRIV:
        options->request.priv = 1;
        return 0;
    case OPTION_SEGMENT:
        options->request.segment =
            (uint8_t)cli_number(state, "--segment", text, 0, MMU_MAX_SEGMENTS - 1);
        return 0;
    case OPTION_CONTEXT:
        options->context = (uint8_t)cli_number(state, "--context", text, 0, MMU_MAX_CONTEXTS - 1);
        return 0;
    case ARGP_KEY_ARG:
        if (!number_parse(text, &address)) {
            argp_error(state,
                       "found `%s`, expected an address (decimal or 0x, then K, M, G or "
                       "nothing)",
                       text);
        }
        options->addresses[options->address_count++] = address;
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- answers in words --- */

struct pages {
    const struct translator *translator;
    uint8_t context;
};

static void answer_in_words(void *context, const struct mmu_request *request,
                            const struct mmu_response *response, uint64_t latency_cycles)
{
    const struct pages *pages = context;
    const struct machine *machine = pages->translator->machine;
    const struct mmu_segment *bank = mmu_bank(&machine->mmu, &pages->translator->regs);
    explain_translation(stdout, machine, pages->context, bank, request, response, latency_cycles,
                        cli_colour(stdout));
}

/* --- answers as CSV --- */

static const char answer_header[] =
    "vaddr,bytes,access,priv,segment,offset,paddr,fault,latency_cycles\n";

/* printf would take half of the time of a long run. */
static char *put_number(char *out, uint64_t value)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        *out++ = digits[--count];
    }
    return out;
}

static void answer_in_csv(void *context, const struct mmu_request *request,
                          const struct mmu_response *response, uint64_t latency_cycles)
{
    const struct mmu_config *config = context;
    char line[192];
    char *out = line;
    uint8_t segment = 0;
    uint64_t offset = 0;

    if (!request->priv) {
        mmu_locate(config, request, &segment, &offset);
    }
    out = put_number(out, request->addr);
    *out++ = ',';
    out = put_number(out, request->bytes);
    *out++ = ',';
    out = stpcpy(out, mmu_access_name(request->access));
    *out++ = ',';
    out = put_number(out, request->priv);
    *out++ = ',';
    out = put_number(out, response->segment);
    *out++ = ',';
    out = put_number(out, offset);
    *out++ = ',';
    if (response->fault == MMU_FAULT_NONE) {
        out = put_number(out, response->addr);
    }
    *out++ = ',';
    out = stpcpy(out, mmu_fault_name(response->fault));
    *out++ = ',';
    if (latency_cycles != 0) {
        out = put_number(out, latency_cycles);
    }
    *out++ = '\n';
    if (fwrite_unlocked(line, 1, (size_t)(out - line), stdout) < (size_t)(out - line)) {
        cli_note_failed_write();
    }
}

/* --- the two ways to ask --- */

/* False when the engine stopped; see its verdict. */
static bool translate_addresses(struct translator *translator, const struct options *options)
{
    explain_machine(stdout, translator->machine);
    for (unsigned i = 0; i < options->address_count; i++) {
        struct mmu_request request = options->request;
        request.addr = options->addresses[i];
        if (!translator_send(translator, &request)) {
            return false;
        }
    }
    return translator_drain(translator);
}

/* Row by row. What is answered is written before a read that may wait for more input. False when
 * the engine stopped; *input_is_good tells of the input, *error why it is not. */
static bool translate_rows(struct translator *translator, struct csv_reader *reader,
                           bool *input_is_good, struct error *error)
{
    struct mmu_request request;
    enum csv_result result;

    fputs(answer_header, stdout);
    for (;;) {
        if (csv_may_wait(reader) && fflush(stdout) != 0) {
            cli_note_failed_write();
            return true; /* nobody can read the answers; cli_flush says so */
        }
        result = csv_next(reader, &request, error);
        if (result != CSV_ROW) {
            *input_is_good = result == CSV_END;
            return translator_drain(translator);
        }
        if (!translator_send(translator, &request)) {
            return false;
        }
    }
}

/* --- the command --- */

static int report_disagreement(const struct translator *translator, const char *command)
{
    char *prefix = NULL;
    if (asprintf(&prefix, "segmmu-translate-%s", translator->machine->name) < 0) {
        prefix = NULL;
    }
    const struct disagreement disagreement = {
        .bench = &translator->bench,
        .setup = {.engine = translator->bench.engine,
                  .machine = translator->bench.machine,
                  .library = translator->library},
        .source = &translator->source,
        .command = command,
        .prefix = prefix,
        .recording = translator->recording,
        .shrink_cycles = DISAGREEMENT_SHRINK_CYCLES,
    };
    fflush(stdout);
    disagreement_report(&disagreement, NULL);
    free(prefix);
    return CLI_DISAGREED;
}

static int finish(bool is_good, const struct error *error)
{
    const bool written = cli_flush();
    if (!is_good) {
        cli_error("%s", error->text);
    }
    return is_good && written ? CLI_AGREED : CLI_ERROR;
}

static int run(const struct options *options, const struct machine *machine, const char *command)
{
    struct error error = {""};
    struct csv_reader *reader = NULL;
    if (options->context >= machine->mmu.contexts) {
        cli_error("--context: found %u, expected 0 to %u: %s has no more", options->context,
                  machine->mmu.contexts - 1u, machine->name);
        return CLI_ERROR;
    }
    if (options->input && !(reader = csv_open(options->input, &options->request, &error))) {
        return finish(false, &error);
    }

    static struct translator translator; /* 20 KB: too much for a stack frame */
    struct pages pages = {.translator = &translator, .context = options->context};
    struct mmu_config config = machine->mmu;
    bool input_is_good = true;
    bool is_running = reader
                          ? translator_open(&translator, options->engine, machine, options->context,
                                            command, answer_in_csv, &config, &error)
                          : translator_open(&translator, options->engine, machine, options->context,
                                            command, answer_in_words, &pages, &error);
    if (is_running) {
        is_running = reader ? translate_rows(&translator, reader, &input_is_good, &error)
                            : translate_addresses(&translator, options);
    }

    int status;
    if (is_running) {
        status = finish(input_is_good, &error);
    } else if (translator.bench.verdict != TESTBENCH_AGREED) {
        status = report_disagreement(&translator, command);
    } else {
        status = finish(false, &error);
    }
    translator_close(&translator);
    if (reader) {
        csv_close(reader);
    }
    return status;
}

int cmd_translate(int argc, char **argv)
{
    const struct argp argp = {.options = option_table,
                              .parser = parse_option,
                              .args_doc = "ADDRESS...\n--input FILE",
                              .doc = documentation};
    struct options options = {
        .engine = ENGINE_LOCKSTEP,
        .request = {.op = MMU_OP_TRANSLATE, .bytes = 1, .access = MMU_ACCESS_READ},
        .addresses = calloc((size_t)argc, sizeof(uint64_t)),
    };
    char *const command = cli_command_line(argc, argv);
    struct error error;
    int status = CLI_ERROR;

    if (!options.addresses || !command) {
        cli_error("out of memory");
    } else if (cli_parse(&argp, argc, argv, 0, &options)) {
        struct machine *machine = machine_load(options.machine, &error);
        if (machine) {
            status = run(&options, machine, command);
        } else {
            cli_error("%s", error.text);
        }
        machine_free(machine);
    }
    free(command);
    free(options.addresses);
    return status;
}
