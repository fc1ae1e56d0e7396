/* SPDX-License-Identifier: MIT */
/* segmmu trace dump: a line an event. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trace_show.h"
#include "segmmu/names.h"

/* X(column, width as text) */
#define COLUMN_LIST(X)                                                                             \
    X(frame, 5)                                                                                    \
    X(event, 7)                                                                                    \
    X(cycle, 10)                                                                                   \
    X(end_cycle, 10)                                                                               \
    X(op, 14)                                                                                      \
    X(access, 7)                                                                                   \
    X(priv, 4)                                                                                     \
    X(vaddr, 18)                                                                                   \
    X(bytes, 5)                                                                                    \
    X(segment, 7)                                                                                  \
    X(register, 12)                                                                                \
    X(value, 18)                                                                                   \
    X(pc, 18)                                                                                      \
    X(supervisor, 10)                                                                              \
    X(outcome, 10)                                                                                 \
    X(response_cycle, 14)                                                                          \
    X(fault, 11)                                                                                   \
    X(paddr, 18)                                                                                   \
    X(data, 18)                                                                                    \
    X(rsp_segment, 11)

enum column {
#define X(name, width) COLUMN_##name,
    COLUMN_LIST(X)
#undef X
        COLUMNS,
};

static const struct {
    const char *name;
    int width;
} columns[COLUMNS] = {
#define X(name, width) {#name, width},
    COLUMN_LIST(X)
#undef X
};

/* A line before it is printed; empty where a column does not apply. */
struct line {
    char text[COLUMNS][32];
};

static void put(struct line *line, enum column column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put(struct line *line, enum column column, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line->text[column], sizeof(line->text[column]), format, arguments);
    va_end(arguments);
}

static void print_line(const struct line *line, bool as_csv)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        const char *const text = line->text[i];

        if (as_csv) {
            printf("%s%s", i > 0 ? "," : "", text);
        } else {
            printf("%s%-*s", i > 0 ? " " : "", i + 1 < COLUMNS ? columns[i].width : 0,
                   text[0] != '\0' ? text : "-");
        }
    }
    printf("\n");
}

static void print_column_names(bool as_csv)
{
    struct line line = {{""}};

    for (unsigned i = 0; i < COLUMNS; i++) {
        put(&line, i, "%s", columns[i].name);
    }
    print_line(&line, as_csv);
}

/* --- events --- */

static void begin_event(struct line *line, const struct trace_frame *frame, const char *event,
                        uint64_t cycle, uint64_t end_cycle)
{
    memset(line, 0, sizeof(*line));
    put(line, COLUMN_frame, "%" PRIu64, frame->number);
    put(line, COLUMN_event, "%s", event);
    put(line, COLUMN_cycle, "%" PRIu64, cycle);
    put(line, COLUMN_end_cycle, "%" PRIu64, end_cycle);
}

/* "SIZE 3" as one word. */
static void put_register(struct line *line, const struct mmu_config *config, uint8_t reg)
{
    char name[24];
    char *space;

    mmu_register_name(config, reg, name, sizeof(name));
    if (name[0] == '?') {
        put(line, COLUMN_register, "0x%02x", reg);
        return;
    }
    space = strchr(name, ' ');
    if (space != NULL) {
        *space = '_';
    }
    put(line, COLUMN_register, "%s", name);
}

static void put_request(struct line *line, const struct mmu_config *config,
                        const struct mmu_request *request)
{
    put(line, COLUMN_op, "%s", mmu_op_name(request->op));
    put(line, COLUMN_priv, "%u", request->priv);
    if (request->op != MMU_OP_TRANSLATE) {
        put_register(line, config, request->reg);
        if (request->op == MMU_OP_WRITE_REGISTER) {
            put(line, COLUMN_value, "0x%" PRIx64, request->wdata);
        }
        return;
    }
    if (request->access == MMU_ACCESS_RESERVED) {
        put(line, COLUMN_access, "3");
    } else {
        put(line, COLUMN_access, "%s", mmu_access_name(request->access));
    }
    put(line, COLUMN_vaddr, "0x%" PRIx64, request->addr);
    put(line, COLUMN_bytes, "%u", request->bytes);
    if (config->select == MMU_SELECT_NAMED && !request->priv) {
        put(line, COLUMN_segment, "%u", request->segment);
    }
}

static void put_response(struct line *line, const struct trace_request *request)
{
    const struct mmu_request *const asked = &request->flight.request;
    const struct mmu_response *const response = &request->response;

    put(line, COLUMN_response_cycle, "%" PRIu64, request->response_cycle);
    if (response->fault <= MMU_FAULT_PHYSICAL) {
        put(line, COLUMN_fault, "%s", mmu_fault_name(response->fault));
    } else {
        put(line, COLUMN_fault, "%u", response->fault);
    }
    if (asked->op == MMU_OP_TRANSLATE && response->fault == MMU_FAULT_NONE) {
        put(line, COLUMN_paddr, "0x%" PRIx64, response->addr);
    }
    if (asked->op == MMU_OP_READ_REGISTER && response->fault == MMU_FAULT_NONE) {
        put(line, COLUMN_data, "0x%" PRIx64, response->data);
    }
    if (asked->op == MMU_OP_TRANSLATE && !asked->priv) {
        put(line, COLUMN_rsp_segment, "%u", response->segment);
    }
}

static void print_request(const struct mmu_config *config, const struct trace_frame *frame,
                          size_t index, bool as_csv)
{
    static const char *const outcomes[] = {
        [TRACE_ANSWERED] = "answered",
        [TRACE_UNANSWERED] = "unanswered",
        [TRACE_DROPPED] = "dropped",
        [TRACE_PENDING] = "pending",
    };
    const struct trace_request *const request = &frame->requests[index];
    const struct flight *const flight = &request->flight;
    struct line line;

    begin_event(&line, frame, index < frame->carried_count ? "carried" : "request",
                flight->offered_cycle, request->end_cycle);
    put_request(&line, config, &flight->request);
    if (flight->offer.pc != 0) {
        put(&line, COLUMN_pc, "0x%" PRIx64, flight->offer.pc);
    }
    put(&line, COLUMN_supervisor, "%u", flight->offer.supervisor);
    put(&line, COLUMN_outcome, "%s", outcomes[request->outcome]);
    if (request->outcome == TRACE_ANSWERED) {
        put_response(&line, request);
    }
    print_line(&line, as_csv);
}

static void print_run(const struct trace_frame *frame, const char *event,
                      const struct trace_run *run, bool as_csv)
{
    struct line line;

    begin_event(&line, frame, event, run->cycle, run->cycle + run->length);
    print_line(&line, as_csv);
}

static void print_squash(const struct trace_frame *frame, const struct trace_squash *squash,
                         bool as_csv)
{
    struct line line;

    begin_event(&line, frame, "squash", squash->cycle, squash->cycle);
    put(&line, COLUMN_value, "%" PRIu64, squash->count);
    print_line(&line, as_csv);
}

/* --- a frame --- */

static uint64_t cycle_of(const struct trace_run *runs, size_t count, size_t next)
{
    return next < count ? runs[next].cycle : UINT64_MAX;
}

/* Merges the lists of a frame by the cycle in which each event began. */
static void print_frame(const struct mmu_config *config, const struct trace_frame *frame,
                        bool as_csv)
{
    size_t request = 0, stall = 0, reset = 0, squash = 0;
    struct line line;

    begin_event(&line, frame, "frame", frame->first_cycle, frame->end_cycle);
    print_line(&line, as_csv);
    for (;;) {
        const uint64_t requests = request < frame->request_count
                                      ? frame->requests[request].flight.offered_cycle
                                      : UINT64_MAX;
        const uint64_t stalls = cycle_of(frame->stalls, frame->stall_count, stall);
        const uint64_t resets = cycle_of(frame->resets, frame->reset_count, reset);
        const uint64_t squashes =
            squash < frame->squash_count ? frame->squashes[squash].cycle : UINT64_MAX;

        if (squash < frame->squash_count && squashes <= requests && squashes <= stalls &&
            squashes <= resets) {
            print_squash(frame, &frame->squashes[squash++], as_csv);
        } else if (reset < frame->reset_count && resets <= requests && resets <= stalls) {
            print_run(frame, "reset", &frame->resets[reset++], as_csv);
        } else if (stall < frame->stall_count && stalls <= requests) {
            print_run(frame, "stall", &frame->stalls[stall++], as_csv);
        } else if (request < frame->request_count) {
            print_request(config, frame, request++, as_csv);
        } else {
            return;
        }
    }
}

int trace_show_events(struct trace_reader *reader, const char *path, const uint64_t *wanted,
                      bool as_csv)
{
    const struct mmu_config *const config = &trace_reader_machine(reader)->mmu;
    const struct trace_frame *frame;
    struct error error;
    enum trace_read read;

    print_column_names(as_csv);
    while ((read = trace_reader_next(reader, &frame, &error)) == TRACE_FRAME) {
        if (wanted == NULL || frame->number == *wanted) {
            print_frame(config, frame, as_csv);
        }
        if ((wanted != NULL && frame->number == *wanted) || ferror(stdout)) {
            return CLI_AGREED; /* main sees to output that could not be written */
        }
    }
    if (read != TRACE_END) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    if (wanted != NULL) {
        cli_error("%s: has no frame %" PRIu64, path, *wanted);
        return CLI_ERROR;
    }
    return CLI_AGREED;
}
