/* SPDX-License-Identifier: MIT */
/* segmmu trace info: what a trace is a recording of, and how much of it there is. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json_output.h"
#include "cli/trace_show.h"
#include "segmmu/names.h"

enum { KINDS = MMU_ACCESS_RESERVED + 2, FAULTS = MMU_FAULT_PHYSICAL + 1 };

/* Kinds of request: translations by access, then everything else. */
static const char *const kind_names[KINDS] = {"read", "write", "execute", "access 3", "register"};

struct tally {
    uint64_t frames, first_cycle, end_cycle;
    uint64_t accepted, answered, supervisor, dropped, squashed;
    uint64_t by_kind[KINDS];
    uint64_t answers[KINDS][FAULTS]; /* responses by kind and fault */
    uint64_t stall_cycles, reset_cycles;
    uint64_t frame_bytes;
    bool is_whole;
    struct error lost; /* where it is not */
};

static unsigned kind_of(const struct mmu_request *request)
{
    return request->op == MMU_OP_TRANSLATE ? request->access : KINDS - 1;
}

static void add_request(struct tally *tally, const struct trace_request *request, bool is_carried)
{
    const unsigned kind = kind_of(&request->flight.request);

    if (request->outcome == TRACE_ANSWERED) {
        const uint8_t fault = request->response.fault;

        tally->answered++;
        tally->answers[kind][fault < FAULTS ? fault : 0]++;
    }
    if (is_carried) {
        return;
    }
    if (request->outcome <= TRACE_UNANSWERED) {
        tally->accepted++;
        tally->by_kind[kind]++;
        tally->supervisor += request->flight.offer.supervisor;
    }
    tally->dropped += request->outcome == TRACE_DROPPED;
}

static void add_frame(struct tally *tally, const struct trace_frame *frame)
{
    if (tally->frames++ == 0) {
        tally->first_cycle = frame->first_cycle;
    }
    tally->end_cycle = frame->end_cycle;
    tally->frame_bytes += frame->file_bytes;
    for (size_t i = 0; i < frame->request_count; i++) {
        add_request(tally, &frame->requests[i], i < frame->carried_count);
    }
    for (size_t i = 0; i < frame->stall_count; i++) {
        tally->stall_cycles += frame->stalls[i].length;
    }
    for (size_t i = 0; i < frame->reset_count; i++) {
        tally->reset_cycles += frame->resets[i].length;
    }
    for (size_t i = 0; i < frame->squash_count; i++) {
        tally->squashed += frame->squashes[i].count;
    }
}

static double bytes_per_request(const struct tally *tally)
{
    return tally->accepted > 0 ? (double)tally->frame_bytes / (double)tally->accepted : 0;
}

/* --- as text --- */

/* A text of the file's, which anyone may have made: no control character reaches the terminal. */
static void print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;

        if (byte < 0x20 || byte == 0x7f) {
            printf("\\x%02x", byte);
        } else {
            putchar(byte);
        }
    }
}

static void print_machine(const struct machine *machine)
{
    const struct mmu_config *const mmu = &machine->mmu;

    printf("machine     ");
    print_text(machine->name);
    printf(": segment, VA_W %u, PA_W %u, SEG_BITS %u, %s, CONTEXTS %u, STAGES %u\n", mmu->va_w,
           mmu->pa_w, mmu->seg_bits, mmu->select == MMU_SELECT_NAMED ? "named" : "explicit",
           mmu->contexts, mmu->stages);
}

static void print_answers(const struct tally *tally)
{
    printf("\n%-9s %12s", "request", "accepted");
    for (unsigned fault = 0; fault < FAULTS; fault++) {
        printf(" %11s", fault == MMU_FAULT_NONE ? "no fault" : mmu_fault_name(fault));
    }
    printf("\n");
    for (unsigned kind = 0; kind < KINDS; kind++) {
        if (tally->by_kind[kind] == 0) {
            continue;
        }
        printf("%-9s %12" PRIu64, kind_names[kind], tally->by_kind[kind]);
        for (unsigned fault = 0; fault < FAULTS; fault++) {
            printf(" %11" PRIu64, tally->answers[kind][fault]);
        }
        printf("\n");
    }
}

static void print_info(const struct trace_header *header, const struct machine *machine,
                       const char *path, const struct tally *tally)
{
    printf("trace       %s, %s\n", path, tally->is_whole ? "whole" : "CUT OFF or damaged");
    print_machine(machine);
    printf("command     ");
    print_text(header->command);
    printf("\nseed        %" PRIu64 "%s\n", header->seed,
           header->noise_seed != 0 ? ", with noise on unused inputs" : "");
    if (header->by_transactions) {
        printf("compared    by transactions: latency and stalls are those of the RTL\n");
    }
    printf("frames      %" PRIu64 "\n", tally->frames);
    printf("cycles      %" PRIu64 " (%" PRIu64 " to %" PRIu64 "); reset %" PRIu64
           ", receiver not ready %" PRIu64 "\n",
           tally->end_cycle - tally->first_cycle, tally->first_cycle, tally->end_cycle,
           tally->reset_cycles, tally->stall_cycles);
    printf("requests    %" PRIu64 " accepted, %" PRIu64 " of them the supervisor's; %" PRIu64
           " answered, %" PRIu64 " dropped when offered, %" PRIu64 " squashed\n",
           tally->accepted, tally->supervisor, tally->answered, tally->dropped, tally->squashed);
    printf("size        %" PRIu64 " bytes of frames, %.2f a request\n", tally->frame_bytes,
           bytes_per_request(tally));
    print_answers(tally);
}

/* --- as JSON --- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* All 64 bits, which a JSON number does not hold. */
static json_t *hexadecimal(uint64_t value)
{
    return json_sprintf("0x%" PRIx64, value);
}

static json_t *answers_json(const struct tally *tally)
{
    json_t *const object = json_object();

    for (unsigned kind = 0; kind < KINDS; kind++) {
        json_t *const entry = json_object();

        json_object_set_new(entry, "accepted", number(tally->by_kind[kind]));
        for (unsigned fault = 0; fault < FAULTS; fault++) {
            json_object_set_new(entry, mmu_fault_name(fault), number(tally->answers[kind][fault]));
        }
        json_object_set_new(object, kind_names[kind], entry);
    }
    return object;
}

static int print_json(const struct trace_header *header, const struct machine *machine,
                      const char *path, const struct tally *tally)
{
    /* Texts that are not UTF-8 come out as null. */
    json_t *const info = json_object();
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"trace", json_string(path)},
        {"whole", json_boolean(tally->is_whole)},
        {"lost", tally->is_whole ? json_null() : json_string(tally->lost.text)},
        {"machine", json_string(machine->name)},
        {"machine_file", json_string(header->machine_yaml)},
        {"command", json_string(header->command)},
        {"seed", hexadecimal(header->seed)},
        {"noise_seed", hexadecimal(header->noise_seed)},
        {"compare", json_string(header->by_transactions ? "transaction" : "cycle")},
        {"frames", number(tally->frames)},
        {"first_cycle", number(tally->first_cycle)},
        {"end_cycle", number(tally->end_cycle)},
        {"reset_cycles", number(tally->reset_cycles)},
        {"stall_cycles", number(tally->stall_cycles)},
        {"requests", number(tally->accepted)},
        {"supervisor_requests", number(tally->supervisor)},
        {"responses", number(tally->answered)},
        {"dropped_when_offered", number(tally->dropped)},
        {"squashed", number(tally->squashed)},
        {"frame_bytes", number(tally->frame_bytes)},
        {"bytes_per_request", json_real(bytes_per_request(tally))},
        {"by_request", answers_json(tally)},
    };
    bool is_complete;

    for (unsigned i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_t *const value = members[i].value != NULL ? members[i].value : json_null();

        json_object_set_new(info, members[i].name, value);
    }
    is_complete = json_output_write(info, stdout);
    if (!is_complete && !ferror(stdout)) { /* of which main will tell */
        cli_error("cannot write what is in the trace: %s", strerror(errno));
    }
    json_decref(info);
    return is_complete ? CLI_AGREED : CLI_ERROR;
}

int trace_show_info(struct trace_reader *reader, const char *path, bool as_json)
{
    const struct trace_header *const header = trace_reader_header(reader);
    const struct machine *const machine = trace_reader_machine(reader);
    static struct tally tally;
    const struct trace_frame *frame;
    enum trace_read read;
    int status = CLI_AGREED;

    memset(&tally, 0, sizeof(tally));
    while ((read = trace_reader_next(reader, &frame, &tally.lost)) == TRACE_FRAME) {
        add_frame(&tally, frame);
    }
    tally.is_whole = read == TRACE_END;
    if (as_json) {
        status = print_json(header, machine, path, &tally);
    } else {
        print_info(header, machine, path, &tally);
    }
    if (!tally.is_whole) {
        fflush(stdout);
        cli_error("%s", tally.lost.text);
        status = CLI_ERROR;
    }
    return status;
}
