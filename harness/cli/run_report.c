/* SPDX-License-Identifier: MIT */
#include "cli/run_report.h"

#include <inttypes.h>
#include <string.h>

static void print_segments(const struct supervisor_process *process, FILE *stream)
{
    fprintf(stream, "  %-7s %-16s %12s %12s %12s %12s  %s\n", "segment", "name", "base", "size",
            "used", "unused", "access");
    for (unsigned i = 0; i < process->segment_count; i++) {
        const struct layout_segment *const segment = &process->segments[i].segment;
        const uint64_t used = process->segments[i].used_bytes;
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

struct process_figures run_report_sum(const struct supervisor_result *result)
{
    struct process_figures sum = {0};

    for (unsigned i = 0; i < result->process_count; i++) {
        const struct process_figures *const figures = &result->processes[i].figures;

        sum.faults += figures->faults;
        sum.stack_growths += figures->stack_growths;
        sum.break_changes += figures->break_changes;
        sum.calls += figures->calls;
        if (sum.unknown_calls == 0) {
            sum.first_unknown = figures->first_unknown;
        }
        sum.unknown_calls += figures->unknown_calls;
        sum.swaps_out += figures->swaps_out;
        sum.swaps_in += figures->swaps_in;
    }
    return sum;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100 * (double)part / (double)whole;
}

/* --- several processes --- */

static void print_process(const struct run_report *report, const struct supervisor_process *process,
                          uint32_t number, FILE *stream)
{
    const struct timesheet_process *const sheet = timesheet_process(report->sheet, number);
    uint64_t cycles = 0;

    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        cycles += sheet->cycles[purpose];
    }
    fprintf(stream, "  %3" PRIu32 " %-16s %6d %12" PRIu64 " %8" PRIu64, process->pid, process->name,
            supervisor_process_status(process), process->figures.instructions,
            process->figures.switches);
    if (sheet->first_user_cycle == UINT64_MAX) {
        fprintf(stream, " %12s", "-");
    } else {
        fprintf(stream, " %12" PRIu64, sheet->first_user_cycle - process->arrival_cycle);
    }
    fprintf(stream, " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n",
            process->end_cycle - process->arrival_cycle, sheet->cycles[ACCOUNT_USER],
            cycles - sheet->cycles[ACCOUNT_USER]);
}

static void print_processes(const struct run_report *report, FILE *stream)
{
    const struct supervisor_result *const result = report->result;

    fprintf(stream, "  %3s %-16s %6s %12s %8s %12s %12s %12s %12s\n", "pid", "program", "status",
            "instructions", "switches", "response", "turnaround", "user cycles", "supervisor");
    for (unsigned i = 0; i < result->process_count; i++) {
        print_process(report, &result->processes[i], i, stream);
    }
}

static void print_switches(const char *what, const struct timesheet_switches *switches,
                           uint64_t cycles, uint64_t all, FILE *stream)
{
    if (switches->count > 0) {
        fprintf(stream,
                "%s: %" PRIu64 " switches, %" PRIu64 " cycles each (median; p99 %" PRIu64
                "), %.2f %% of all cycles\n",
                what, switches->count, switches->median_cycles, switches->p99_cycles,
                percent(cycles, all));
    }
}

static void print_time(const struct run_report *report, FILE *stream)
{
    const struct timesheet_total total = timesheet_total(report->sheet);
    const char *separator = "";
    uint64_t all = 0;

    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        all += total.cycles[purpose];
    }
    fprintf(stream, "time: %" PRIu64 " cycles, the CPU is busy in %.1f %%:", all,
            percent(all - total.cycles[ACCOUNT_IDLE], all));
    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        if (total.cycles[purpose] > 0) {
            fprintf(stream, "%s %s %.1f %%", separator,
                    account_purpose_name((enum account_purpose)purpose),
                    percent(total.cycles[purpose], all));
            separator = ",";
        }
    }
    fprintf(stream, "\n");
    print_switches("segment registers rewritten", &total.switches, total.cycles[ACCOUNT_SWITCH],
                   all, stream);
    print_switches("CONTEXT written", &total.selections, total.cycles[ACCOUNT_SELECT], all, stream);
}

/* --- memory --- */

struct memory_peaks run_report_peaks(const struct memory_log *log)
{
    struct memory_peaks peaks = {.external_fragmentation = -1};

    for (uint32_t event = 1; event <= memory_log_count(log); event++) {
        const struct memory_log_figures *const after = &memory_log_event(log, event)->after;
        const double fragmentation =
            percent(after->free_bytes - after->largest_free_bytes, after->free_bytes);

        if (after->used_bytes > peaks.used_bytes) {
            peaks.used_bytes = after->used_bytes;
        }
        if (after->used_bytes - after->asked_bytes > peaks.rounding_bytes) {
            peaks.rounding_bytes = after->used_bytes - after->asked_bytes;
        }
        if (fragmentation > peaks.external_fragmentation) {
            peaks.external_fragmentation = fragmentation;
            peaks.free_bytes = after->free_bytes;
            peaks.largest_free_bytes = after->largest_free_bytes;
        }
    }
    return peaks;
}

static void print_memory(const struct run_report *report, FILE *stream)
{
    const struct memory_figures *const memory = &report->result->memory;
    const struct allocator_figures *const figures = &report->result->allocator;
    const struct memory_peaks peaks = run_report_peaks(report->log);
    const struct timesheet_total total = timesheet_total(report->sheet);

    fprintf(stream,
            "memory (%s%s): %" PRIu64 " allocations, %" PRIu64
            " refused, %.1f blocks searched each; at most %" PRIu64 " of %" PRIu64
            " bytes used, %" PRIu64 " by rounding\n",
            allocator_policy_name(report->options->memory.policy),
            report->options->memory.policy == ALLOCATOR_BUDDY ? "" : " fit", figures->takes,
            memory->refusals,
            figures->takes + figures->failures == 0
                ? 0
                : (double)figures->searched_total / (double)(figures->takes + figures->failures),
            peaks.used_bytes, figures->total_bytes, peaks.rounding_bytes);
    fprintf(stream,
            "fragmentation at its worst: %" PRIu64 " bytes free, %" PRIu64
            " in one piece (%.1f %% external)\n",
            peaks.free_bytes, peaks.largest_free_bytes, peaks.external_fragmentation);
    if (memory->moves > 0) {
        fprintf(stream,
                "growth: %" PRIu64 " segments moved, %" PRIu64 " bytes, %" PRIu64 " cycles\n",
                memory->moves, memory->moved_bytes, total.cycles[ACCOUNT_MOVE]);
    }
    if (memory->compactions > 0) {
        fprintf(stream,
                "compaction: %" PRIu64 " times, %" PRIu64 " segments moved, %" PRIu64
                " bytes, %" PRIu64 " cycles\n",
                memory->compactions, memory->compacted_regions, memory->compacted_bytes,
                total.cycles[ACCOUNT_COMPACT]);
    }
    if (memory->shares > 0) {
        fprintf(stream,
                "sharing: %" PRIu64 " segments found their memory there, %" PRIu64 " bytes saved\n",
                memory->shares, memory->shared_bytes);
    }
}

static void print_disk(const struct run_report *report, FILE *stream)
{
    const struct disk_figures *const disk = &report->result->disk;

    if (report->result->has_disk) {
        fprintf(stream,
                "disk: %" PRIu64 " transfers out, %" PRIu64 " bytes; %" PRIu64 " in, %" PRIu64
                " bytes; busy for %" PRIu64 " cycles\n",
                disk->writes, disk->bytes_written, disk->reads, disk->bytes_read,
                disk->busy_cycles);
    }
}

static void print_several(const struct run_report *report, FILE *stream)
{
    print_processes(report, stream);
    print_time(report, stream);
    print_memory(report, stream);
    print_disk(report, stream);
}

void run_report_print(const struct run_report *report, FILE *stream)
{
    const struct supervisor_result *const result = report->result;
    const struct process_figures sum = run_report_sum(result);
    const bool is_several = result->process_count > 1;

    fprintf(stream,
            "machine %s: %" PRIu64 " instructions, %" PRIu64 " requests, %" PRIu64
            " faults (%" PRIu64 " served by growing the stack), %" PRIu64 " calls\n",
            report->machine->name, result->instructions, result->requests, sum.faults,
            sum.stack_growths, sum.calls);
    if (sum.unknown_calls > 0) {
        fprintf(stream,
                "calls that do not exist: %" PRIu64 ", the first of them number %" PRIu32 "\n",
                sum.unknown_calls, sum.first_unknown);
    }
    if (is_several) {
        print_several(report, stream);
    } else if (result->process_count == 1 && result->processes[0].segment_count > 0) {
        print_segments(&result->processes[0], stream);
    }
    if (report->latency != NULL) {
        latency_print(report->latency, report->bench, result->instructions, stream);
        if (!latency_is_complete(report->latency)) {
            fprintf(stream, "the latencies above are not complete: out of memory\n");
        }
    }
    print_verdict(report, stream);
}
