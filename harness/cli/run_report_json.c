/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "cli/json_output.h"
#include "cli/run_report.h"

enum { TIMELINE_SAMPLES = 1000 };

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *segments_json(const struct supervisor_process *process)
{
    json_t *const array = json_array();

    for (unsigned i = 0; i < process->segment_count; i++) {
        const struct supervisor_segment *const entry = &process->segments[i];
        const struct mmu_segment *const reg = &entry->segment.reg;

        json_array_append_new(
            array, json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:i}", "segment",
                             entry->segment.segment, "name", entry->segment.name, "base",
                             (json_int_t)reg->base, "size_bytes", (json_int_t)reg->size,
                             "used_bytes", (json_int_t)entry->used_bytes, "max_size_bytes",
                             (json_int_t)entry->segment.max_size_bytes, "flags", reg->flags));
    }
    return array;
}

static json_t *fault_json(const struct supervisor_process *process)
{
    const struct fault_record *const fault = &process->fault;

    if (process->outcome != SUPERVISOR_FAULTED) {
        return json_null();
    }
    return json_pack("{s:s, s:s, s:i, s:i, s:I, s:I}", "fault", mmu_fault_name(fault->code),
                     "access", mmu_access_name(fault->access), "segment", fault->segment, "bytes",
                     fault->bytes, "addr", (json_int_t)fault->addr, "pc",
                     (json_int_t)process->fault_pc);
}

static json_t *cycles_json(const uint64_t cycles[ACCOUNT_PURPOSES])
{
    json_t *const object = json_object();

    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        json_object_set_new(object, account_purpose_name((enum account_purpose)purpose),
                            integer(cycles[purpose]));
    }
    return object;
}

static json_t *process_json(const struct run_report *report, unsigned number)
{
    const struct supervisor_process *const process = &report->result->processes[number];
    const struct timesheet_process *const sheet = timesheet_process(report->sheet, number);
    const bool has_run = sheet->first_user_cycle != UINT64_MAX;

    return json_pack(
        "{s:s, s:i, s:s, s:i, s:i, s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, "
        "s:I, s:o, s:o, s:o}",
        "program", process->name, "pid", (int)process->pid, "outcome",
        supervisor_outcome_name(process->outcome), "exit_status",
        supervisor_process_status(process), "guest_status", process->guest_status, "signal",
        process->signal, "message", process->message, "instructions",
        (json_int_t)process->figures.instructions, "faults", (json_int_t)process->figures.faults,
        "stack_growths", (json_int_t)process->figures.stack_growths, "calls",
        (json_int_t)process->figures.calls, "switches", (json_int_t)process->figures.switches,
        "swaps_out", (json_int_t)process->figures.swaps_out, "swaps_in",
        (json_int_t)process->figures.swaps_in, "heap_bytes",
        (json_int_t)(process->heap_end - process->heap_start), "arrival_cycle",
        (json_int_t)process->arrival_cycle, "response_cycles",
        has_run ? integer(sheet->first_user_cycle - process->arrival_cycle) : json_null(),
        "turnaround_cycles", (json_int_t)(process->end_cycle - process->arrival_cycle), "cycles",
        cycles_json(sheet->cycles), "fault", fault_json(process), "segments",
        segments_json(process));
}

static json_t *processes_json(const struct run_report *report)
{
    json_t *const array = json_array();

    for (unsigned i = 0; i < report->result->process_count; i++) {
        json_array_append_new(array, process_json(report, i));
    }
    return array;
}

static json_t *switches_json(const struct timesheet_switches *switches, uint64_t cycles)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)switches->count, "median_cycles",
                     (json_int_t)switches->median_cycles, "p99_cycles",
                     (json_int_t)switches->p99_cycles, "cycles", (json_int_t)cycles);
}

static json_t *time_json(const struct run_report *report)
{
    const struct timesheet_total total = timesheet_total(report->sheet);
    uint64_t all = 0;

    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        all += total.cycles[purpose];
    }
    return json_pack("{s:I, s:f, s:o, s:o, s:o}", "cycles", (json_int_t)all, "utilization",
                     all == 0 ? 0.0 : (double)(all - total.cycles[ACCOUNT_IDLE]) / (double)all,
                     "by_purpose", cycles_json(total.cycles), "register_switches",
                     switches_json(&total.switches, total.cycles[ACCOUNT_SWITCH]),
                     "context_switches",
                     switches_json(&total.selections, total.cycles[ACCOUNT_SELECT]));
}

/* How free memory fared, in at most TIMELINE_SAMPLES steps: after the last event of each. */
static json_t *timeline_json(const struct memory_log *log)
{
    const uint32_t count = memory_log_count(log);
    const uint32_t step = count / TIMELINE_SAMPLES + 1;
    json_t *const array = json_array();

    for (uint32_t event = count == 0 ? 1 : (count - 1) % step + 1; event <= count; event += step) {
        const struct memory_event *const at = memory_log_event(log, event);

        json_array_append_new(
            array, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "cycle", (json_int_t)at->cycle,
                             "free_bytes", (json_int_t)at->after.free_bytes, "largest_free_bytes",
                             (json_int_t)at->after.largest_free_bytes, "free_blocks",
                             (json_int_t)at->after.free_blocks, "used_bytes",
                             (json_int_t)at->after.used_bytes, "asked_bytes",
                             (json_int_t)at->after.asked_bytes));
    }
    return array;
}

static json_t *memory_json(const struct run_report *report)
{
    const struct memory_figures *const memory = &report->result->memory;
    const struct allocator_figures *const figures = &report->result->allocator;
    const struct memory_peaks peaks = run_report_peaks(report->log);

    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I, s:I, s:I, s:f, s:o}",
        "policy", allocator_policy_name(report->options->memory.policy), "allocations",
        (json_int_t)figures->takes, "refusals", (json_int_t)memory->refusals, "searches_failed",
        (json_int_t)figures->failures, "searched_total", (json_int_t)figures->searched_total,
        "searched_max", (json_int_t)figures->searched_max, "total_bytes",
        (json_int_t)figures->total_bytes, "used_bytes", (json_int_t)figures->used_bytes,
        "asked_bytes", (json_int_t)figures->asked_bytes, "free_bytes",
        (json_int_t)figures->free_bytes, "largest_free_bytes",
        (json_int_t)figures->largest_free_bytes, "free_blocks", (json_int_t)figures->free_blocks,
        "moves", (json_int_t)memory->moves, "moved_bytes", (json_int_t)memory->moved_bytes,
        "compactions", (json_int_t)memory->compactions, "compacted_bytes",
        (json_int_t)memory->compacted_bytes, "cleared_bytes", (json_int_t)memory->cleared_bytes,
        "shares", (json_int_t)memory->shares, "shared_bytes", (json_int_t)memory->shared_bytes,
        "peak_used_bytes", (json_int_t)peaks.used_bytes, "peak_rounding_bytes",
        (json_int_t)peaks.rounding_bytes, "peak_external_fragmentation",
        peaks.external_fragmentation / 100, "timeline", timeline_json(report->log));
}

static json_t *disk_json(const struct run_report *report)
{
    const struct disk_figures *const disk = &report->result->disk;

    if (!report->result->has_disk) {
        return json_null();
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "writes", (json_int_t)disk->writes,
                     "bytes_written", (json_int_t)disk->bytes_written, "reads",
                     (json_int_t)disk->reads, "bytes_read", (json_int_t)disk->bytes_read,
                     "used_bytes_max", (json_int_t)disk->used_bytes_max, "busy_cycles",
                     (json_int_t)disk->busy_cycles);
}

/* What there is once for a run of one process. */
static void add_single(json_t *object, const struct supervisor_process *process)
{
    json_object_set_new(object, "guest_status", json_integer(process->guest_status));
    json_object_set_new(object, "signal", json_integer(process->signal));
    json_object_set_new(object, "heap_bytes", integer(process->heap_end - process->heap_start));
    json_object_set_new(object, "fault", fault_json(process));
    json_object_set_new(object, "segments", segments_json(process));
}

static json_t *report_json(const struct run_report *report)
{
    const struct supervisor_result *const result = report->result;
    const struct testbench *const bench = report->bench;
    const bool has_rtl = bench != NULL && report->engine != ENGINE_MODEL;
    const bool is_single = result->process_count == 1;
    const bool is_stopped = result->outcome != SUPERVISOR_EXITED;
    const struct process_figures sum = run_report_sum(result);
    json_t *const json = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:I, s:I, s:I, s:I, "
        "s:o, s:o, s:o, s:o, s:o}",
        "command", report->command, "machine", report->machine->name, "engine",
        engine_name(report->engine), "seed", (json_int_t)report->options->seed, "outcome",
        supervisor_outcome_name(is_single && !is_stopped ? result->processes[0].outcome
                                                         : result->outcome),
        "exit_status", report->exit_status, "message",
        is_single && !is_stopped ? result->processes[0].message : result->message, "instructions",
        (json_int_t)result->instructions, "requests", (json_int_t)result->requests, "cycles",
        (json_int_t)(bench != NULL ? bench->cycle : 0), "rtl_cycles",
        (json_int_t)(has_rtl ? bench->cycle : 0), "compared_cycles",
        (json_int_t)(bench != NULL ? bench->compared_cycles : 0), "disagreements",
        (int)report->disagreements, "faults", (json_int_t)sum.faults, "stack_growths",
        (json_int_t)sum.stack_growths, "calls", (json_int_t)sum.calls, "unknown_calls",
        (json_int_t)sum.unknown_calls, "time", time_json(report), "memory", memory_json(report),
        "disk", disk_json(report), "processes", processes_json(report), "latency",
        report->latency != NULL ? latency_json(report->latency, bench, result->instructions)
                                : json_null());

    if (json != NULL && is_single) {
        add_single(json, &result->processes[0]);
    }
    return json;
}

FILE *run_output_open(const char *path, const char *what, struct error *error)
{
    FILE *const file = fopen(path, "we");

    if (file == NULL) {
        error_set(error, "%s: cannot write %s: %s", path, what, strerror(errno));
    }
    return file;
}

bool run_report_save(const struct run_report *report, FILE *file, const char *path,
                     struct error *error)
{
    json_t *json;
    bool is_written;

    errno = 0;
    json = report_json(report);
    is_written = json_output_write(json, file) && fflush(file) == 0;
    if (!is_written) {
        error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
    }
    json_decref(json);
    if (fclose(file) != 0 && is_written) {
        is_written = error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
    }
    return is_written;
}
