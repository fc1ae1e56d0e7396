/* SPDX-License-Identifier: MIT */
#include "cli/run_pipeline.h"

#include <stdlib.h>
#include <string.h>

static bool has_dut(const struct run *run)
{
    return run->options.engine == ENGINE_RTL || run->options.engine == ENGINE_LOCKSTEP;
}

static bool check_options(const struct run *run, struct error *error)
{
    if (run->options.trace != NULL && !run_has_clock(run)) {
        return error_set(error, "--trace needs cycles, and --engine translate has none; use model, "
                                "rtl or lockstep");
    }
    if (run->options.engine == ENGINE_RTL &&
        run->options.machine->cpu.issue == MACHINE_ISSUE_PIPELINED) {
        return error_set(error,
                         "%s: with --engine rtl the guest waits for each answer, which a pipelined "
                         "CPU does not; use --engine lockstep, or issue: blocking",
                         run->options.machine->path);
    }
    return true;
}

/* Up to here no process or thread of ours runs. */
static bool prepare(struct run *run, struct error *error)
{
    if (!check_options(run, error)) {
        return false;
    }
    run->source.config = run->options.machine->mmu;
    if (has_dut(run)) {
        run->library = dut_library_open(&run->source, DUT_FAST, error);
        if (run->library == NULL) {
            return false;
        }
    }
    run->target = target_new(run->options.machine, error);
    if (run->target == NULL) {
        return false;
    }
    run->target->stream.discard = !run_has_clock(run);
    run->target->stream.synchronous = run->options.engine == ENGINE_RTL;
    return true;
}

static bool start_guests(struct run *run, struct error *error)
{
    struct supervisor_options *const options = &run->options.supervisor;

    options->target = run->target;
    options->machine = run->options.machine;
    options->sheet = run->sheet = timesheet_new();
    options->log = run->log = memory_log_new(run->target->ram_bytes);
    if (run->sheet == NULL || run->log == NULL) {
        return error_set(error, "out of memory");
    }
    run->supervisor = supervisor_new(options, error);
    return run->supervisor != NULL;
}

/* A recording in memory backs the report of a disagreement where no file was asked for. */
static bool start_trace(struct run *run, struct error *error)
{
    char *const yaml = machine_print(run->options.machine);
    const struct trace_header header = {
        .machine_yaml = yaml,
        .machine_name = run->options.machine->name,
        .command = (char *)run->options.command,
        .seed = run->options.supervisor.seed,
    };
    struct sink sink;

    if (yaml == NULL) {
        return error_set(error, "out of memory");
    }
    if (run->options.trace != NULL) {
        run->writer = trace_writer_open(run->options.trace, &header, &run->bench, error);
    } else {
        run->writer = trace_writer_open_memory(&header, &run->bench, error);
    }
    free(yaml);
    if (run->writer == NULL) {
        return false;
    }
    sink = trace_writer_sink(run->writer);
    testbench_add_sink(&run->bench, &sink);
    return true;
}

static bool start_clock(struct run *run, struct error *error)
{
    struct sink sink;

    if (!testbench_init(&run->bench, run->options.engine, run->options.machine, run->library, NULL,
                        error)) {
        return false;
    }
    run->latency = latency_new();
    if (run->latency == NULL) {
        return error_set(error, "out of memory");
    }
    sink = latency_sink(run->latency);
    testbench_add_sink(&run->bench, &sink);
    sink = timesheet_sink(run->sheet);
    testbench_add_sink(&run->bench, &sink);
    sink = memory_log_sink(run->log);
    testbench_add_sink(&run->bench, &sink);
    if (run->options.sink != NULL) {
        testbench_add_sink(&run->bench, run->options.sink);
    }
    if ((run->options.trace != NULL || run->options.engine == ENGINE_LOCKSTEP) &&
        !start_trace(run, error)) {
        return false;
    }
    run->pump = pump_start(&run->target->stream, &run->bench, run->options.machine, error);
    return run->pump != NULL;
}

bool run_open(struct run *run, const struct run_options *options, struct error *error)
{
    memset(run, 0, sizeof(*run));
    run->options = *options;
    return prepare(run, error) && start_guests(run, error) &&
           (!run_has_clock(run) || start_clock(run, error));
}

bool run_go(struct run *run, struct supervisor_result *result)
{
    bool is_agreed = true;

    supervisor_run(run->supervisor, result);
    if (run->pump != NULL) {
        is_agreed = pump_stop(run->pump, run->complaint);
        run->pump = NULL;
        run->last_process = timesheet_current(run->sheet);
        timesheet_end(run->sheet, run->bench.cycle);
    }
    if (!is_agreed) {
        result->outcome = SUPERVISOR_DISAGREED;
        result->message[0] = '\0';
    }
    return is_agreed;
}

bool run_close_trace(struct run *run, struct error *error)
{
    struct trace_writer *const writer = run->writer;

    run->writer = NULL;
    return writer == NULL || trace_writer_close(writer, error);
}

void run_close(struct run *run)
{
    supervisor_free(run->supervisor);
    if (run->pump != NULL) {
        pump_stop(run->pump, run->complaint);
    }
    run_close_trace(run, NULL);
    testbench_end(&run->bench);
    latency_free(run->latency);
    timesheet_free(run->sheet);
    memory_log_free(run->log);
    target_free(run->target);
    if (run->library != NULL) {
        dut_library_close(run->library);
    }
}
