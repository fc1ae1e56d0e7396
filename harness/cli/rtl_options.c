/* SPDX-License-Identifier: MIT */
#include "cli/rtl_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lockstep/dut_job.h"

/* --- the command line --- */

enum {
    OPTION_RTL = 512,
    OPTION_TOP,
    OPTION_DEFINE,
    OPTION_PARAM,
    OPTION_PORTS,
    OPTION_SANDBOX,
    OPTION_NO_SANDBOX,
};

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "RTL of your own:", 1},
    {"rtl", OPTION_RTL, "FILE", 0, "a source in Verilog or SystemVerilog; repeat it for more", 1},
    {"top", OPTION_TOP, "NAME", 0, "its top module; default: the one that no other instantiates",
     1},
    {"define", OPTION_DEFINE, "NAME[=VALUE]", 0, "a macro for its preprocessor; repeat it for more",
     1},
    {"param", OPTION_PARAM, "K=V", 0,
     "a parameter of the top, also in place of the machine's value; repeat it for more", 1},
    {"ports", OPTION_PORTS, "FILE", 0,
     "its port map (YAML); default: it has the ports of the specification", 1},
    {"sandbox", OPTION_SANDBOX, NULL, 0,
     "run the RTL in bubblewrap, also our own; the default with --rtl", 1},
    {"no-sandbox", OPTION_NO_SANDBOX, NULL, 0, "run the RTL of --rtl as it is", 1},
    {0},
};

/* Verilog takes what its own lexer takes; here goes only what cannot leave the place of a value. */
static bool is_value(const char *text)
{
    static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "_'.-";
    const size_t length = strlen(text);

    if (text[0] == '"') {
        return length >= 2 && text[length - 1] == '"' && strcspn(text + 1, "\"\\\n") == length - 2;
    }
    return length > 0 && strspn(text, plain) == length;
}

/* NAME=VALUE, or NAME alone where that is enough. */
static bool is_setting(const char *text, bool is_value_needed)
{
    const char *const equals = strchr(text, '=');
    char *const name = strndup(text, equals != NULL ? (size_t)(equals - text) : strlen(text));
    const bool is_good =
        name != NULL && dut_is_identifier(name) &&
        (equals != NULL ? !is_value_needed || is_value(equals + 1) : !is_value_needed);

    free(name);
    return is_good;
}

static bool is_reserved_define(const char *text)
{
    static const char *const names[] = {"SEGMMU_DUT_TOP", "DUT_TWO_EVALS"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(text, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_set_already(const struct strings *settings, const char *text)
{
    const size_t length = strcspn(text, "=");

    for (size_t i = 0; i < settings->count; i++) {
        if (strncmp(settings->items[i], text, length) == 0 &&
            strchr("=", settings->items[i][length]) != NULL) {
            return true;
        }
    }
    return false;
}

static void parse_setting(struct argp_state *state, const char *option, const char *text,
                          bool is_value_needed, struct strings *settings)
{
    if (!is_setting(text, is_value_needed)) {
        argp_error(state, "%s: found `%s`, expected %s", option, text,
                   is_value_needed ? "NAME=VALUE, VALUE a Verilog number or a \"text\""
                                   : "NAME or NAME=VALUE");
    }
    if (is_set_already(settings, text)) {
        argp_error(state, "%s: found %.*s again, expected it once", option, (int)strcspn(text, "="),
                   text);
    }
    strings_add(settings, "%s", text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct rtl_options *const options = state->input;

    switch (key) {
    case OPTION_RTL:
        strings_add(&options->files, "%s", text);
        return 0;
    case OPTION_TOP:
        if (!dut_is_identifier(text)) {
            argp_error(state, "--top: found `%s`, expected the name of a module", text);
        }
        options->top = text;
        return 0;
    case OPTION_DEFINE:
        if (is_reserved_define(text)) {
            argp_error(state, "--define: found `%s`, which segmmu uses itself", text);
        }
        parse_setting(state, "--define", text, false, &options->defines);
        return 0;
    case OPTION_PARAM:
        parse_setting(state, "--param", text, true, &options->parameters);
        return 0;
    case OPTION_PORTS:
        options->ports = text;
        return 0;
    case OPTION_SANDBOX:
        options->sandbox = SANDBOX_ALWAYS;
        return 0;
    case OPTION_NO_SANDBOX:
        options->sandbox = SANDBOX_NEVER;
        return 0;
    case ARGP_KEY_END:
        if (options->files.count == 0 &&
            (options->top != NULL || options->ports != NULL || options->defines.count > 0 ||
             options->parameters.count > 0)) {
            argp_error(state, "expected --rtl FILE with --top, --define, --param or --ports");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp rtl_argp = {option_table, parse_option, NULL, NULL, NULL, NULL, NULL};

bool rtl_options_want_sandbox(const struct rtl_options *options)
{
    return options->sandbox == SANDBOX_ALWAYS ||
           (options->sandbox == SANDBOX_FOREIGN && options->files.count > 0);
}

/* --- the source --- */

static void say_all(const struct dut_adapter *adapter)
{
    for (size_t i = 0; i < adapter->problems.count; i++) {
        cli_error("%s", adapter->problems.items[i]);
    }
    if (adapter->warning_count > 0) {
        cli_error("%s: Verilator has %u warning%s, the first: %s", adapter->top,
                  adapter->warning_count, adapter->warning_count == 1 ? "" : "s",
                  adapter->first_warning != NULL ? adapter->first_warning : "");
    }
    for (size_t i = 0; i < adapter->notes.count; i++) {
        cli_error("%s: %s", adapter->top, adapter->notes.items[i]);
    }
}

bool rtl_options_resolve(struct rtl_options *options, const struct mmu_config *config, bool is_loud,
                         struct dut_source *source, struct error *error)
{
    const struct dut_foreign foreign = {
        .files = (const char *const *)options->files.items,
        .top = options->top,
        .defines = (const char *const *)options->defines.items,
        .parameters = (const char *const *)options->parameters.items,
        .port_map = options->ports,
        .is_sandboxed = options->is_sandboxed,
    };
    bool is_good;

    *source = (struct dut_source){.config = *config, .is_sandboxed = options->is_sandboxed};
    if (options->files.is_short || options->defines.is_short || options->parameters.is_short) {
        return error_set(error, "out of memory");
    }
    rtl_options_add_words(options, &options->words);
    if (options->words.is_short) {
        return error_set(error, "out of memory");
    }
    source->options = (const char *const *)options->words.items;
    if (options->files.count == 0) {
        return true;
    }
    is_good = dut_adapter_make(&options->adapter, &foreign, config, error);
    if (is_loud) {
        say_all(&options->adapter);
    }
    source->top = options->adapter.top;
    source->files = foreign.files;
    source->file_count = (unsigned)options->files.count;
    source->defines = foreign.defines;
    source->adapter = options->adapter.verilog;
    source->limits = &options->adapter.limits;
    return is_good;
}

static void add_each(struct strings *words, const char *option, const struct strings *values)
{
    for (size_t i = 0; i < values->count; i++) {
        strings_add(words, "%s", option);
        strings_add(words, "%s", values->items[i]);
    }
}

void rtl_options_add_words(const struct rtl_options *options, struct strings *words)
{
    add_each(words, "--rtl", &options->files);
    if (options->top != NULL) {
        strings_add(words, "--top");
        strings_add(words, "%s", options->top);
    }
    add_each(words, "--define", &options->defines);
    add_each(words, "--param", &options->parameters);
    if (options->ports != NULL) {
        strings_add(words, "--ports");
        strings_add(words, "%s", options->ports);
    }
    if (options->sandbox != SANDBOX_FOREIGN) {
        strings_add(words, options->sandbox == SANDBOX_ALWAYS ? "--sandbox" : "--no-sandbox");
    }
}

char *rtl_replay_command(const struct dut_source *source, const char *const *options,
                         const char *trace_path)
{
    struct strings words = {0};
    char *command = NULL;

    strings_add(&words, "segmmu replay");
    strings_add_all(&words, source->options);
    strings_add_all(&words, options);
    strings_add(&words, "%s", trace_path);
    if (!words.is_short) {
        command = cli_command_line((int)words.count, words.items);
    }
    strings_free(&words);
    return command;
}

void rtl_options_free(struct rtl_options *options)
{
    strings_free(&options->files);
    strings_free(&options->defines);
    strings_free(&options->parameters);
    strings_free(&options->words);
    dut_adapter_free(&options->adapter);
}
