/* SPDX-License-Identifier: MIT */
#include "cli/run_report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/json_output.h"

static void print_segments(const struct run_report *report, FILE *stream)
{
    const struct supervisor_result *const result = report->result;

    fprintf(stream, "  %-7s %-16s %12s %12s %12s %12s  %s\n", "segment", "name", "base", "size",
            "used", "unused", "access");
    for (unsigned i = 0; i < result->segment_count; i++) {
        const struct layout_segment *const segment = &result->segments[i].segment;
        const uint64_t used = result->segments[i].used_bytes;
        const uint8_t flags = segment->reg.flags;

        fprintf(stream,
                "  %-7u %-16s %#12" PRIx64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %c%c%c%s\n",
                segment->segment, segment->name, segment->reg.base, segment->reg.size, used,
                segment->reg.size - used, flags & MMU_FLAG_READ ? 'r' : '-',
                flags & MMU_FLAG_WRITE ? 'w' : '-', flags & MMU_FLAG_EXECUTE ? 'x' : '-',
                flags & MMU_FLAG_GROWS_DOWN ? " grows down" : "");
    }
}

static void print_verdict(const struct run_report *report, FILE *stream)
{
    switch (report->engine) {
    case ENGINE_TRANSLATE:
        fprintf(stream, "engine translate: nothing was clocked, nothing was compared\n");
        break;
    case ENGINE_MODEL:
        fprintf(stream, "engine model: the cycle model answered; no RTL was run\n");
        break;
    case ENGINE_RTL:
        fprintf(stream, "engine rtl: the RTL answered; nothing was compared\n");
        break;
    case ENGINE_LOCKSTEP:
        fprintf(stream, "lockstep: %" PRIu64 " cycles compared, %u disagreement%s\n",
                report->bench->compared_cycles, report->disagreements,
                report->disagreements == 1 ? "" : "s");
        break;
    }
}

void run_report_print(const struct run_report *report, FILE *stream)
{
    const struct supervisor_result *const result = report->result;

    fprintf(stream,
            "machine %s: %" PRIu64 " instructions, %" PRIu64 " requests, %" PRIu64
            " faults (%" PRIu64 " served by growing the stack), %" PRIu64 " calls\n",
            report->machine->name, result->instructions, result->requests, result->figures.faults,
            result->figures.stack_growths, result->figures.calls);
    if (result->figures.unknown_calls > 0) {
        fprintf(stream,
                "calls that do not exist: %" PRIu64 ", the first of them number %" PRIu32 "\n",
                result->figures.unknown_calls, result->figures.first_unknown);
    }
    if (result->segment_count > 0) {
        print_segments(report, stream);
    }
    if (report->latency != NULL) {
        latency_print(report->latency, report->bench, result->instructions, stream);
        if (!latency_is_complete(report->latency)) {
            fprintf(stream, "the latencies above are not complete: out of memory\n");
        }
    }
    print_verdict(report, stream);
}

/* --- JSON --- */

static json_t *segments_json(const struct supervisor_result *result)
{
    json_t *const array = json_array();

    for (unsigned i = 0; i < result->segment_count; i++) {
        const struct supervisor_segment *const entry = &result->segments[i];
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

static json_t *fault_json(const struct supervisor_result *result)
{
    const struct fault_record *const fault = &result->fault;

    if (result->outcome != SUPERVISOR_FAULTED) {
        return json_null();
    }
    return json_pack("{s:s, s:s, s:i, s:i, s:I, s:I}", "fault", mmu_fault_name(fault->code),
                     "access", mmu_access_name(fault->access), "segment", fault->segment, "bytes",
                     fault->bytes, "addr", (json_int_t)fault->addr, "pc",
                     (json_int_t)result->fault_pc);
}

static json_t *report_json(const struct run_report *report)
{
    const struct supervisor_result *const result = report->result;
    const struct testbench *const bench = report->bench;
    const bool has_rtl = bench != NULL && report->engine != ENGINE_MODEL;

    return json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:i, s:i, s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:I, s:I, "
        "s:I, s:I, s:I, s:o, s:o, s:o}",
        "command", report->command, "machine", report->machine->name, "engine",
        engine_name(report->engine), "seed", (json_int_t)report->seed, "outcome",
        supervisor_outcome_name(result->outcome), "exit_status", report->exit_status,
        "guest_status", result->guest_status, "signal", result->signal, "message", result->message,
        "instructions", (json_int_t)result->instructions, "requests", (json_int_t)result->requests,
        "cycles", (json_int_t)(bench != NULL ? bench->cycle : 0), "rtl_cycles",
        (json_int_t)(has_rtl ? bench->cycle : 0), "compared_cycles",
        (json_int_t)(bench != NULL ? bench->compared_cycles : 0), "disagreements",
        (int)report->disagreements, "faults", (json_int_t)result->figures.faults, "stack_growths",
        (json_int_t)result->figures.stack_growths, "calls", (json_int_t)result->figures.calls,
        "unknown_calls", (json_int_t)result->figures.unknown_calls, "heap_bytes",
        (json_int_t)(result->heap_end - result->heap_start), "fault", fault_json(result),
        "segments", segments_json(result), "latency",
        report->latency != NULL ? latency_json(report->latency, bench, result->instructions)
                                : json_null());
}

FILE *run_report_open(const char *path, struct error *error)
{
    FILE *const file = fopen(path, "we");

    if (file == NULL) {
        error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
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
