/* SPDX-License-Identifier: MIT */
#include "cli/trace_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "cli/cli.h"
#include "cli/output_paths.h"
#include "machine/setup.h"
#include "sink/trace.h"
#include "source/fold.h"
#include "source/timing.h"

enum { RING = 8 }; /* records; more than can be under way */

struct import {
    const struct trace_import_options *options;
    struct machine *machine;
    struct access_log *log;
    struct fold *fold; /* NULL: addresses are kept */
    struct trace_writer *writer;
    struct testbench bench;
    struct timing timing;
    struct stream_record ring[RING];
    unsigned next;
    bool is_running;                         /* the testbench has been started */
    uint64_t accesses[MMU_ACCESS_RESERVED];  /* that the log has, by enum mmu_access */
    uint64_t requests;                       /* translations */
    uint64_t faults[MMU_FAULT_PHYSICAL + 1]; /* of these, by enum mmu_fault */
    char *output;
    struct error error;
};

/* Sink of the testbench. */
static void completed(void *context, uint64_t cycle, const struct flight *flight,
                      const struct mmu_response *response)
{
    struct import *const import = context;

    (void)cycle;
    if (flight->request.op == MMU_OP_TRANSLATE) {
        import->requests++;
        import->faults[response->fault]++;
    }
}

/* --- requests --- */

/* The model alone never disagrees with itself, so this cannot fail. */
static void send(struct import *import, const struct mmu_request *request, uint64_t pc)
{
    const bool is_translate = request->op == MMU_OP_TRANSLATE;
    struct stream_record *const record = &import->ring[import->next];

    import->next = (import->next + 1) % RING;
    *record = (struct stream_record){
        .addr = is_translate ? request->addr : request->wdata,
        .pc = pc,
        .kind = STREAM_REQUEST,
        .flags = is_translate ? 0 : STREAM_SUPERVISOR,
        .op = request->op,
        .bytes = request->bytes,
        .access = (uint8_t)(request->access | (request->priv ? STREAM_ACCESS_PRIV : 0)),
        .segment = request->segment,
        .reg = request->reg,
    };
    timing_run(&import->timing, record, 1);
}

/* Pieces of an access that the MMU takes: of 16 bytes at most, each in one page where there are
 * pages. */
static uint32_t piece_bytes(const struct import *import, uint64_t vaddr, uint32_t left)
{
    uint32_t most = MMU_MAX_BYTES;

    if (import->fold != NULL) {
        const uint64_t page = fold_page_bytes(import->fold);
        const uint64_t to_end = page - vaddr % page;

        most = to_end < most ? (uint32_t)to_end : most;
    }
    return left < most ? left : most;
}

/* A page that is new to its segment faults; then the segment grows, and the access comes again, as
 * under a supervisor that gives out memory when it is first touched. */
static void send_folded(struct import *import, struct mmu_request *request, uint64_t pc)
{
    const struct fold_place place = fold_place(import->fold, request->addr, request->access);

    request->addr = place.vaddr;
    request->segment = place.segment;
    send(import, request, pc);
    if (place.new_size != 0) {
        const struct mmu_request grow =
            machine_write_register(MMU_REG_SIZE(place.segment), place.new_size);

        send(import, &grow, pc);
        send(import, request, pc);
    }
}

static void send_access(struct import *import, const struct access *access)
{
    const bool is_exact = import->options->format == ACCESS_LOG_CSV &&
                          (import->fold == NULL || access->priv || access->size_bytes == 0 ||
                           access->size_bytes > MMU_MAX_BYTES);
    uint64_t vaddr = access->vaddr;
    uint32_t left = access->size_bytes;

    do {
        const uint32_t piece = is_exact ? left : piece_bytes(import, vaddr, left);
        struct mmu_request request = {
            .addr = vaddr,
            .op = MMU_OP_TRANSLATE,
            .bytes = (uint8_t)piece,
            .access = access->access,
            .priv = access->priv,
            .segment = access->segment,
        };

        if (import->fold != NULL && !access->priv) {
            send_folded(import, &request, access->pc);
        } else {
            send(import, &request, access->pc);
        }
        vaddr += piece;
        left -= piece;
    } while (left > 0);
}

/* --- beginning --- */

static bool is_folding(const struct trace_import_options *options)
{
    return options->addresses == TRACE_IMPORT_FOLD ||
           (options->addresses == TRACE_IMPORT_BY_FORMAT && options->format != ACCESS_LOG_CSV);
}

static bool choose_output(struct import *import)
{
    const char *const input = import->options->input;
    const char *const slash = strrchr(input, '/');
    const char *const name = strcmp(input, "-") == 0 ? "stdin" : slash != NULL ? slash + 1 : input;

    if (import->options->output != NULL) {
        import->output = strdup(import->options->output);
    } else if (asprintf(&import->output, "%s.trace", name) < 0) {
        import->output = NULL;
    }
    if (import->output == NULL) {
        return error_set(&import->error, "out of memory");
    }
    const struct named_path paths[] = {
        {strcmp(input, "-") == 0 ? "/dev/stdin" : input, "the input", false},
        {import->machine->path, "the machine file", false},
        {import->output, "the trace", true},
    };

    return output_paths_differ(paths, sizeof(paths) / sizeof(paths[0]), &import->error);
}

static bool start_recording(struct import *import)
{
    char *const yaml = machine_print(import->machine);
    const struct trace_header header = {
        .machine_yaml = yaml,
        .machine_name = import->machine->name,
        .command = (char *)import->options->command,
    };
    struct sink sink;

    if (yaml == NULL) {
        return error_set(&import->error, "out of memory");
    }
    import->writer = trace_writer_open(import->output, &header, &import->bench, &import->error);
    free(yaml);
    if (import->writer == NULL) {
        return false;
    }
    sink = trace_writer_sink(import->writer);
    testbench_add_sink(&import->bench, &sink);
    return true;
}

/* From the reset to the first access. */
static bool lay_out(struct import *import)
{
    struct mmu_request setup[MACHINE_SETUP_MAX];
    unsigned count;

    timing_init(&import->timing, &import->bench, import->machine);
    import->timing.fills_answers = true; /* the log does not know them */
    count = import->fold != NULL ? fold_setup(import->fold, setup)
                                 : machine_setup(import->machine, setup, MACHINE_SETUP_MAX);
    for (unsigned i = 0; i < count; i++) {
        send(import, &setup[i], 0);
    }
    return true;
}

static bool begin(struct import *import)
{
    const struct trace_import_options *const options = import->options;
    const struct sink sink = {.context = import, .completed = completed};

    import->machine = machine_load(options->machine, &import->error);
    if (import->machine == NULL) {
        return false;
    }
    if (is_folding(options)) {
        import->fold = fold_new(import->machine, &import->error);
        if (import->fold == NULL) {
            return false;
        }
    }
    import->log = access_log_open(options->input, options->format, &import->error);
    if (import->log == NULL || !choose_output(import) ||
        !testbench_init(&import->bench, ENGINE_MODEL, import->machine, NULL, NULL,
                        &import->error)) {
        return false;
    }
    import->is_running = true;
    if (!start_recording(import)) {
        return false;
    }
    testbench_add_sink(&import->bench, &sink);
    return lay_out(import);
}

/* --- all of it --- */

static bool read_all(struct import *import)
{
    enum { BLOCK = 4096 }; /* accesses between two looks at the recording */
    struct progress progress;
    struct access access;
    enum access_log_result result;
    uint64_t count = 0;

    progress_start(&progress, import->options->input, "accesses", 0);
    while ((result = access_log_next(import->log, &access, &import->error)) == ACCESS_LOG_ACCESS) {
        import->accesses[access.access]++;
        send_access(import, &access);
        if (++count % BLOCK == 0) {
            progress_update(&progress, count);
            if (!trace_writer_status(import->writer, &import->error)) {
                result = ACCESS_LOG_ERROR;
                break;
            }
        }
    }
    timing_drain(&import->timing);
    progress_end(&progress);
    return result == ACCESS_LOG_END;
}

static void print_summary(const struct import *import)
{
    const uint64_t *const accesses = import->accesses;
    const char *separator = "";

    printf("accesses: %" PRIu64 " (execute %" PRIu64 ", read %" PRIu64 ", write %" PRIu64 ")\n",
           accesses[MMU_ACCESS_EXECUTE] + accesses[MMU_ACCESS_READ] + accesses[MMU_ACCESS_WRITE],
           accesses[MMU_ACCESS_EXECUTE], accesses[MMU_ACCESS_READ], accesses[MMU_ACCESS_WRITE]);
    if (import->fold != NULL) {
        printf("folded: %" PRIu64 " pages of %" PRIu64 " bytes, %" PRIu64
               " of them in the place of another\n",
               fold_pages(import->fold), fold_page_bytes(import->fold), fold_reused(import->fold));
    }
    printf("requests: %" PRIu64 " (", import->requests);
    for (unsigned fault = 0; fault <= MMU_FAULT_PHYSICAL; fault++) {
        if (import->faults[fault] > 0) {
            printf("%s%s %" PRIu64, separator, mmu_fault_name((uint8_t)fault),
                   import->faults[fault]);
            separator = ", ";
        }
    }
    printf(") in %" PRIu64 " cycles\n", import->bench.cycle);
    printf("%s\n", import->output);
}

int trace_import(const struct trace_import_options *options)
{
    struct import *const import = calloc(1, sizeof(*import));
    int status = CLI_ERROR;

    if (import == NULL) {
        cli_error("out of memory");
        return CLI_ERROR;
    }
    import->options = options;
    if (!begin(import)) {
        cli_error("%s", import->error.text);
    } else if (!read_all(import)) {
        cli_error("%s", import->error.text);
        /* What came before it is a whole trace. */
        if (trace_writer_status(import->writer, NULL)) {
            cli_error("%s holds the %" PRIu64 " translations before it", import->output,
                      import->requests);
        }
    } else {
        status = CLI_AGREED;
    }
    if (import->writer != NULL && !trace_writer_close(import->writer, &import->error)) {
        if (status == CLI_AGREED) {
            cli_error("%s", import->error.text);
        }
        status = CLI_ERROR;
    }
    if (status == CLI_AGREED) {
        print_summary(import);
    }
    if (import->is_running) {
        testbench_end(&import->bench);
    }
    if (import->log != NULL) {
        access_log_close(import->log);
    }
    fold_free(import->fold);
    machine_free(import->machine);
    free(import->output);
    free(import);
    return status;
}
