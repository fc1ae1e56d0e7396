/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lockstep/dut_adapter.h"
#include "lockstep/dut_spawn.h"
#include "machine/machine.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* verilated.mk: OPT_FAST and OPT_GLOBAL. */
#define MAKEFILE_OPTIMIZATION "-Os"

/* Delays are ignored, warnings are no errors, and a reset loop over all banks is unrolled. */
static const char *const verilator_always[] = {
    "verilator_bin",      "--cc",   "--prefix", "Vdut",        "--top-module",
    "segmmu_dut_wrapper", "--Mdir", ".",        "--no-timing", "-Wno-fatal",
    "--unroll-count",     "1024",   NULL};

/* As Verilator's own makefile has them; and a loop of the RTL that has no effect and no end stays
 * one, though C++ lets a compiler think that it ends. */
static const char *const compiler_always[] = {"g++",
                                              "-w",
                                              "-pipe",
                                              "-fPIC",
                                              "-fvisibility=hidden",
                                              "-faligned-new",
                                              "-fno-finite-loops",
                                              "-fcf-protection=none",
                                              "-DVM_COVERAGE=0",
                                              "-DVM_SC=0",
                                              "-DVM_TRACE_VCD=0",
                                              NULL};

static const struct variant {
    const char *const *verilator;
    const char *const *defines;
    const char *optimization;
    bool is_traced;
    bool is_counting;
    bool is_file_by_file;
} variants[] = {
    [DUT_FAST] = {.verilator =
                      WORDS("-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
                  .optimization = "-O3"},
    [DUT_TRACED] = {.verilator = WORDS("-O3", "--x-assign", "fast", "--x-initial", "fast",
                                       "--noassert", "--trace-fst", "-DDUT_TWO_EVALS"),
                    .defines = WORDS("-DDUT_TWO_EVALS", "-DDUT_TRACED"),
                    .optimization = "-O1",
                    .is_traced = true},
    /* Which value a register gets depends on the signals that Verilator leaves: only what was made
     * for waveforms gives the waveform of a run. */
    [DUT_RANDOM] = {.verilator = WORDS("-O3", "--x-assign", "unique", "--x-initial", "unique",
                                       "--assert", "--trace-fst", "-DDUT_TWO_EVALS"),
                    .defines = WORDS("-DDUT_TWO_EVALS", "-DDUT_TRACED", "-DDUT_RANDOM"),
                    .optimization = "-O1",
                    .is_traced = true},
    [DUT_BASELINE] = {.verilator = WORDS("-DDUT_TWO_EVALS"),
                      .defines = WORDS("-DDUT_TWO_EVALS"),
                      .optimization = MAKEFILE_OPTIMIZATION,
                      .is_file_by_file = true},
    [DUT_COVERAGE] = {.verilator =
                          WORDS("-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
                                "--coverage-line", "--coverage-toggle", "-DDUT_TWO_EVALS"),
                      .defines = WORDS("-DDUT_TWO_EVALS", "-DDUT_COVERAGE"),
                      .optimization = "-O1",
                      .is_counting = true},
};

/* --- files --- */

static char *absolute_file(const char *path, struct error *error)
{
    char *absolute = realpath(path, NULL);
    struct stat status;
    if (!absolute)
        error_set(error, "%s: %s", path, strerror(errno));
    else if (stat(absolute, &status) != 0 || !S_ISREG(status.st_mode))
        error_set(error, "%s: not a file", path);
    else if (strpbrk(absolute, "\n\r\"\\"))
        error_set(error, "%s: Verilator does not take quotes, backslashes or line ends in a path",
                  path);
    else
        return absolute;
    free(absolute);
    return NULL;
}

bool dut_add_file(struct strings *files, const char *path, struct error *error)
{
    char *absolute = absolute_file(path, error);
    if (absolute)
        strings_add(files, "%s", absolute);
    free(absolute);
    return absolute != NULL;
}

/* The first of them that exists, absolute and malloc'ed; NULL where none does. */
static char *first_existing(const char *const *paths)
{
    for (; *paths; paths++) {
        char *absolute = realpath(*paths, NULL);
        if (absolute)
            return absolute;
    }
    return NULL;
}

/* A directory or file of what comes with segmmu: in the data directory (installed), or where the
 * source tree has it. */
static char *find_data(const char *installed, const char *in_source_tree, struct error *error)
{
    const char *data = machine_data_directory();
    char *here = string_format("%s/%s", data, installed);
    char *there = string_format("%s/%s", data, in_source_tree);
    char *found = here && there ? first_existing(WORDS(here, there)) : NULL;
    if (!found)
        error_set(error, "%s: there is no %s here, which comes with segmmu", data, installed);
    free(here);
    free(there);
    return found;
}

static bool add_data(struct strings *files, const char *installed, const char *in_source_tree,
                     struct error *error)
{
    char *file = find_data(installed, in_source_tree, error);
    if (file)
        strings_add(files, "%s", file);
    free(file);
    return file != NULL;
}

/* What the shim consists of and includes. */
static const struct {
    const char *installed, *in_source_tree; /* below the data directory */
} support_files[] = {
    {"dut/dut_shim.cpp", "dut/dut_shim.cpp"},
    {"dut/dut_hooks.h", "dut/dut_hooks.h"},
    {"dut/dut_exports.map", "dut/dut_exports.map"},
    {"dut/include/lockstep/dut.h", "lockstep/dut.h"},
    {"dut/include/segmmu/cycle.h", "../model/segmmu/cycle.h"},
    {"dut/include/segmmu/types.h", "../model/segmmu/types.h"},
    {"dut/include/segmmu/linkage.h", "../model/segmmu/linkage.h"},
};

/* The user's files, or ours. */
static bool add_sources(struct dut_job *job, const struct dut_source *source, struct error *error)
{
    for (unsigned i = 0; i < source->file_count; i++)
        if (!dut_add_file(&job->sources, source->files[i], error))
            return false;
    if (source->file_count > 0)
        return true;
    char *rtl = find_data("rtl", "../rtl", error);
    bool is_listed = rtl && strings_add_files(&job->sources, rtl, ".v");
    if (rtl && !is_listed)
        error_set(error, "%s: %s", rtl, strerror(errno));
    free(rtl);
    return is_listed;
}

bool dut_is_identifier(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    return text[0] && strchr(letters, text[0]) &&
           text[strspn(text, "0123456789$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")] ==
               '\0';
}

/* --- commands --- */

/* A file may include, and use the modules of, what lies beside it. */
void dut_add_sources(struct strings *command, const struct strings *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        const char *file = sources->items[i];
        strings_add(command, "-I%.*s", (int)(strrchr(file, '/') - file), file);
        strings_add(command, "%s", file);
    }
}

static void make_verilator_command(struct dut_job *job, const struct dut_source *source,
                                   const struct variant *variant)
{
    const struct mmu_config *config = &source->config;
    struct strings *command = &job->verilator;
    strings_add_all(command, verilator_always);
    strings_add_all(command, variant->verilator);
    strings_add(command, "-DSEGMMU_DUT_TOP=%s",
                source->adapter ? DUT_ADAPTER_MODULE
                : source->top   ? source->top
                                : "mmu");
    for (const char *const *define = source->defines; define && *define; define++)
        strings_add(command, "-D%s", *define);
    strings_add(command, "-GVA_W=%u", (unsigned)config->va_w);
    strings_add(command, "-GPA_W=%u", (unsigned)config->pa_w);
    strings_add(command, "-GSEG_BITS=%u", (unsigned)config->seg_bits);
    strings_add(command, "-GSELECT=%u", (unsigned)config->select);
    strings_add(command, "-GCONTEXTS=%u", (unsigned)config->contexts);
    strings_add(command, "-GSTAGES=%u", (unsigned)config->stages);
    if (source->adapter)
        strings_add(command, DUT_ADAPTER_FILE);
    dut_add_sources(command, &job->sources);
}

static void make_compiler_command(struct dut_job *job, const struct variant *variant,
                                  const char *verilator_root)
{
    struct strings *command = &job->compiler;
    strings_add_all(command, compiler_always);
    strings_add(command, "-DVM_TRACE=%d", job->is_traced);
    strings_add(command, "-DVM_TRACE_FST=%d", job->is_traced);
    strings_add(command, "-I.");
    strings_add(command, "-I%s", job->support);
    strings_add(command, "-I%s/include", job->support); /* installed */
    strings_add(command, "-I%s/..", job->support);      /* source tree */
    strings_add(command, "-I%s/../../model", job->support);
    strings_add(command, "-I%s/include", verilator_root);
    strings_add(command, "-I%s/include/vltstd", verilator_root);
    strings_add(command, "-include");
    strings_add(command, "dut_hooks.h");
    strings_add_all(&job->defines, variant->defines);
    strings_add(&job->runtime, "%s/include/verilated.cpp", verilator_root);
    strings_add(&job->runtime, "%s/include/verilated_threads.cpp", verilator_root);
    if (job->is_traced)
        strings_add(&job->runtime, "%s/include/verilated_fst_c.cpp", verilator_root);
    if (job->is_counting)
        strings_add(&job->runtime, "%s/include/verilated_cov.cpp", verilator_root);
}

bool dut_tool_missing(const char *program, struct error *error)
{
    const char *package = strcmp(program, "g++") == 0 ? "g++" : "verilator";
    return error_set(error,
                     "%s is not installed; install it with: apt-get install %s, or use "
                     "--engine model",
                     package, package);
}

/* --- tools --- */

/* What a tool prints, malloc'ed, without the last line end. */
static char *ask(const char *program, const char *option, const char *argument, struct error *error)
{
    char *command[] = {(char *)program, (char *)option, (char *)argument, NULL};
    int fd = memfd_create(program, MFD_CLOEXEC);
    FILE *answer = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *text = NULL;
    if (!answer) {
        error_set(error, "no memory for what %s prints: %s", program, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    switch (spawn_run(command, NULL, fd, -1)) {
    case SPAWN_SUCCEEDED:
        break;
    case SPAWN_MISSING:
        dut_tool_missing(program, error);
        goto end;
    case SPAWN_INTERRUPTED:
        error_set(error, "interrupted");
        goto end;
    default:
        error_set(error, "%s %s failed", program, option);
        goto end;
    }
    rewind(answer);
    size_t size = 0;
    ssize_t length = getdelim(&text, &size, '\0', answer);
    if (length <= 0) {
        error_set(error, "%s %s printed nothing", program, option);
        free(text);
        text = NULL;
    } else if (text[length - 1] == '\n') {
        text[length - 1] = '\0';
    }
end:
    fclose(answer);
    return text;
}

static bool ask_tools(struct dut_job *job, const struct variant *variant, struct error *error)
{
    char *root = ask("verilator_bin", "--getenv", "VERILATOR_ROOT", error);
    char *verilator = root ? ask("verilator_bin", "--version", NULL, error) : NULL;
    char *compiler = verilator ? ask("g++", "--version", NULL, error) : NULL;
    if (compiler) {
        job->versions = string_format("%s\n%s\n%s", root, verilator, compiler);
        make_compiler_command(job, variant, root);
    }
    free(root);
    free(verilator);
    free(compiler);
    return compiler != NULL;
}

bool dut_job_init(struct dut_job *job, const struct dut_source *source, enum dut_variant variant,
                  struct error *error)
{
    *job = (struct dut_job){.is_traced = variants[variant].is_traced,
                            .is_counting = variants[variant].is_counting,
                            .is_file_by_file = variants[variant].is_file_by_file,
                            .is_sandboxed = source->is_sandboxed,
                            .optimization = variants[variant].optimization};
    const char *refused = mmu_config_error(&source->config);
    if (refused)
        return error_set(error, "cannot build the RTL: %s", refused);
    if (source->top && !dut_is_identifier(source->top))
        return error_set(error, "%s: not the name of a Verilog module", source->top);
    job->support = find_data("dut", "dut", error);
    if (!job->support || !add_sources(job, source, error) ||
        !add_data(&job->sources, "dut/dut_wrapper.v", "dut/dut_wrapper.v", error))
        return false;
    for (unsigned i = 0; i < sizeof support_files / sizeof support_files[0]; i++)
        if (!add_data(&job->supports, support_files[i].installed, support_files[i].in_source_tree,
                      error))
            return false;
    if (!ask_tools(job, &variants[variant], error))
        return false;
    make_verilator_command(job, source, &variants[variant]);
    job->adapter = source->adapter ? strdup(source->adapter) : NULL;
    if (job->sources.is_short || job->supports.is_short || job->verilator.is_short ||
        job->compiler.is_short || job->defines.is_short || job->runtime.is_short ||
        !job->versions || (source->adapter && !job->adapter))
        return error_set(error, "out of memory");
    return true;
}

void dut_job_free(struct dut_job *job)
{
    free(job->support);
    free(job->versions);
    free(job->adapter);
    strings_free(&job->sources);
    strings_free(&job->supports);
    strings_free(&job->verilator);
    strings_free(&job->compiler);
    strings_free(&job->defines);
    strings_free(&job->runtime);
}
