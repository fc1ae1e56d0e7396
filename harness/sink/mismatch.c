/* SPDX-License-Identifier: MIT */
#include "sink/mismatch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_TEXT = 96, VALUE_TEXT = 40, REASON_TEXT = 320 };

/* --- what the testbench holds --- */

static const struct testbench_cycle *last_cycle(const struct testbench *bench)
{
    return &bench->history[bench->cycle % TESTBENCH_HISTORY];
}

/* The outputs that the sources saw. */
static const struct mmu_out *outputs_of(const struct testbench *bench,
                                        const struct testbench_cycle *cycle)
{
    return bench->engine == ENGINE_RTL ? &cycle->dut : &cycle->model;
}

static bool differs(const struct output_field *field, const struct testbench_cycle *cycle)
{
    return output_field_value(field, &cycle->model) != output_field_value(field, &cycle->dut);
}

/* The request whose response differs: responses are in order, so it is the oldest in flight. With
 * nothing in flight it is the one on offer in this cycle. */
static bool find_request(const struct testbench *bench, struct flight *flight, bool *was_accepted)
{
    const struct testbench_cycle *const last = last_cycle(bench);

    *was_accepted = bench->flight_count > 0;
    if (*was_accepted) {
        *flight = bench->flights[bench->flight_first];
        return true;
    }
    if (!last->in.req_valid) {
        return false;
    }
    *flight = (struct flight){
        .request = last->in.req,
        .offer = last->offer,
        .offered_cycle = bench->is_offered ? bench->offered.offered_cycle : last->number,
    };
    return true;
}

/* --- words --- */

char *request_text(const struct mmu_config *config, const struct mmu_request *request, char *buffer,
                   size_t size)
{
    const char *const mode = request->priv ? "privileged" : "user";
    char name[24];

    mmu_register_name(config, request->reg, name, sizeof(name));
    if (name[0] == '?') {
        snprintf(name, sizeof(name), "0x%02x (none)", request->reg);
    }
    switch (request->op) {
    case MMU_OP_TRANSLATE: {
        const char *const access = request->access < MMU_ACCESS_RESERVED
                                       ? mmu_access_name(request->access)
                                       : "access 3 of";
        char segment[24] = "";

        if (config->select == MMU_SELECT_NAMED && !request->priv) {
            snprintf(segment, sizeof(segment), ", segment %u", request->segment);
        }
        snprintf(buffer, size, "%s %u byte%s at 0x%" PRIx64 "%s, %s", access, request->bytes,
                 request->bytes == 1 ? "" : "s", request->addr, segment, mode);
        break;
    }
    case MMU_OP_WRITE_REGISTER:
        snprintf(buffer, size, "write register %s = 0x%" PRIx64 ", %s", name, request->wdata, mode);
        break;
    case MMU_OP_READ_REGISTER:
        snprintf(buffer, size, "read register %s, %s", name, mode);
        break;
    default:
        snprintf(buffer, size, "reserved operation %u, register %s, %s", request->op, name, mode);
        break;
    }
    return buffer;
}

static char *value_text(const struct output_field *field, uint64_t value, char *buffer)
{
    const int length =
        snprintf(buffer, VALUE_TEXT, field->width == 1 ? "%" PRIu64 : "0x%" PRIx64, value);

    if (strcmp(field->port, "rsp_fault_o") == 0) {
        snprintf(buffer + length, VALUE_TEXT - (size_t)length, " %s",
                 mmu_fault_name((unsigned)value));
    }
    return buffer;
}

/* What a DUT says of itself may be anything: no control characters get to the terminal, and JSON
 * takes no broken UTF-8. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            *text = '?';
        }
    }
}

static char *reason_text(const struct testbench *bench, char *buffer)
{
    switch (bench->verdict) {
    case TESTBENCH_AGREED:
        snprintf(buffer, REASON_TEXT, "no disagreement up to cycle %" PRIu64, bench->cycle);
        break;
    case TESTBENCH_DISAGREED:
        snprintf(buffer, REASON_TEXT, "model and DUT disagree in cycle %" PRIu64, bench->cycle);
        break;
    case TESTBENCH_DUT_STOPPED:
        snprintf(buffer, REASON_TEXT, "the DUT stopped in cycle %" PRIu64 ": %s", bench->cycle,
                 bench->dut_failure);
        break;
    case TESTBENCH_DUT_BROKEN:
        snprintf(buffer, REASON_TEXT, "the DUT broke the protocol in cycle %" PRIu64 ": %s",
                 bench->cycle, bench->dut_failure);
        break;
    }
    make_printable(buffer);
    return buffer;
}

/* --- the last cycles, as a table --- */

/* X(column): inputs as the DUT saw them, outputs as the sources did. */
enum column {
    COLUMN_CYCLE,
    COLUMN_RST,
    COLUMN_REQ_VALID,
    COLUMN_REQ_READY,
    COLUMN_REQUEST,
    COLUMN_RSP_VALID,
    COLUMN_RSP_READY,
    COLUMN_ADDR,
    COLUMN_DATA,
    COLUMN_FAULT,
    COLUMN_SEGMENT,
    COLUMNS,
};

static const char *const headings[COLUMNS] = {
    "cycle", "rst",  "req_valid", "ready", "request", "rsp_valid",
    "ready", "addr", "data",      "fault", "segment",
};

enum { ROWS = TESTBENCH_HISTORY + 2 }; /* the headings, and the DUT's side of the last cycle */

struct table {
    char cells[ROWS][COLUMNS][REQUEST_TEXT];
    unsigned row_count;
};

static void put(struct table *table, enum column column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void put(struct table *table, enum column column, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(table->cells[table->row_count][column], REQUEST_TEXT, format, arguments);
    va_end(arguments);
}

static void put_outputs(struct table *table, const struct mmu_out *out)
{
    put(table, COLUMN_REQ_READY, "%u", out->req_ready);
    put(table, COLUMN_RSP_VALID, "%u", out->rsp_valid);
    put(table, COLUMN_ADDR, "0x%" PRIx64, out->rsp.addr);
    put(table, COLUMN_DATA, "0x%" PRIx64, out->rsp.data);
    put(table, COLUMN_FAULT, "%s", mmu_fault_name(out->rsp.fault));
    put(table, COLUMN_SEGMENT, "%u", out->rsp.segment);
}

static void add_cycle(struct table *table, const struct testbench *bench,
                      const struct testbench_cycle *cycle)
{
    char text[REQUEST_TEXT];

    put(table, COLUMN_CYCLE, "%" PRIu64, cycle->number);
    put(table, COLUMN_RST, "%u", cycle->in.rst);
    put(table, COLUMN_REQ_VALID, "%u", cycle->in.req_valid);
    if (cycle->in.req_valid) {
        put(table, COLUMN_REQUEST, "%s",
            request_text(&bench->machine->mmu, &cycle->in.req, text, sizeof(text)));
    }
    put(table, COLUMN_RSP_READY, "%u", cycle->in.rsp_ready);
    put_outputs(table, outputs_of(bench, cycle));
    table->row_count++;
}

/* Under the last cycle what the DUT gave instead; nothing where it gave the same. */
static void add_dut_side(struct table *table, const struct testbench_cycle *cycle)
{
    static const enum column columns[] = {COLUMN_REQ_READY, COLUMN_RSP_VALID, COLUMN_ADDR,
                                          COLUMN_DATA,      COLUMN_FAULT,     COLUMN_SEGMENT};
    struct mmu_out dut = cycle->dut;

    put(table, COLUMN_CYCLE, "DUT");
    put_outputs(table, &dut);
    for (unsigned i = 0; i < output_field_count; i++) {
        if (!differs(&output_fields[i], cycle)) {
            table->cells[table->row_count][columns[i]][0] = '\0';
        }
    }
    table->row_count++;
}

static void print_table(FILE *stream, const struct table *table)
{
    size_t widths[COLUMNS] = {0};

    for (unsigned row = 0; row < table->row_count; row++) {
        for (unsigned column = 0; column < COLUMNS; column++) {
            const size_t length = strlen(table->cells[row][column]);

            widths[column] = length > widths[column] ? length : widths[column];
        }
    }
    for (unsigned row = 0; row < table->row_count; row++) {
        char line[COLUMNS * (REQUEST_TEXT + 2) + 1];
        size_t length = 0;

        for (unsigned column = 0; column < COLUMNS; column++) {
            /* Numbers to the right, words to the left. */
            const bool to_left = column == COLUMN_REQUEST || column == COLUMN_FAULT;
            const int width = (int)widths[column];

            length += (size_t)snprintf(line + length, sizeof(line) - length, "  %*s",
                                       to_left ? -width : width, table->cells[row][column]);
        }
        while (length > 0 && line[length - 1] == ' ') {
            line[--length] = '\0';
        }
        fprintf(stream, "%s\n", line);
    }
}

static void print_history(FILE *stream, const struct testbench *bench)
{
    struct table *const table = calloc(1, sizeof(*table));
    const uint64_t count = bench->cycle < TESTBENCH_HISTORY ? bench->cycle + 1 : TESTBENCH_HISTORY;

    if (table == NULL) {
        fprintf(stream, "(no memory to print the last cycles)\n");
        return;
    }
    for (unsigned column = 0; column < COLUMNS; column++) {
        put(table, column, "%s", headings[column]);
    }
    table->row_count++;
    for (uint64_t number = bench->cycle + 1 - count; number <= bench->cycle; number++) {
        add_cycle(table, bench, &bench->history[number % TESTBENCH_HISTORY]);
    }
    if (bench->verdict == TESTBENCH_DISAGREED) {
        add_dut_side(table, last_cycle(bench));
    }
    fprintf(stream, "The last %" PRIu64 " cycles%s:\n", count,
            bench->verdict == TESTBENCH_DISAGREED ? " (last line: what the DUT gave instead)" : "");
    print_table(stream, table);
    free(table);
}

/* --- the page --- */

static void print_request(FILE *stream, const struct testbench *bench)
{
    char text[REQUEST_TEXT];
    struct flight flight;
    bool was_accepted;

    if (!find_request(bench, &flight, &was_accepted)) {
        fprintf(stream, "  request  none in flight, none on offer\n");
        return;
    }
    fprintf(stream, "  request  %s\n",
            request_text(&bench->machine->mmu, &flight.request, text, sizeof(text)));
    fprintf(stream, "           offered in cycle %" PRIu64, flight.offered_cycle);
    if (was_accepted) {
        fprintf(stream, ", accepted in cycle %" PRIu64, flight.accepted_cycle);
    }
    fprintf(stream, "\n");
    if (flight.offer.pc != 0) {
        fprintf(stream, "           guest pc 0x%" PRIx64 "%s\n", flight.offer.pc,
                flight.offer.supervisor ? ", sent by the supervisor" : "");
    } else if (flight.offer.supervisor) {
        fprintf(stream, "           sent by the supervisor\n");
    }
}

static void print_fields(FILE *stream, const struct testbench *bench)
{
    const struct testbench_cycle *const last = last_cycle(bench);
    char model[VALUE_TEXT], dut[VALUE_TEXT];

    fprintf(stream, "  %-12s  %-24s  %s\n", "output", "model", "DUT");
    for (unsigned i = 0; i < output_field_count; i++) {
        const struct output_field *const field = &output_fields[i];

        if (differs(field, last)) {
            fprintf(stream, "  %-12s  %-24s  %s\n", field->port,
                    value_text(field, output_field_value(field, &last->model), model),
                    value_text(field, output_field_value(field, &last->dut), dut));
        }
    }
}

void mismatch_print(FILE *stream, const struct testbench *bench, const char *replay_command)
{
    char reason[REASON_TEXT];

    fprintf(stream, "%s\n\n", reason_text(bench, reason));
    print_request(stream, bench);
    fprintf(stream, "\n");
    if (bench->verdict == TESTBENCH_DISAGREED) {
        print_fields(stream, bench);
        fprintf(stream, "\n");
    }
    print_history(stream, bench);
    if (replay_command != NULL) {
        fprintf(stream, "\nTo repeat it: %s\n", replay_command);
    }
}

/* --- the same for programs --- */

static json_t *hexadecimal(uint64_t value)
{
    return json_sprintf("0x%" PRIx64, value);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Adds a value that may be NULL for want of memory; the object then says so by being incomplete,
 * and `ok` goes false. */
static void set(bool *ok, json_t *object, const char *key, json_t *value)
{
    *ok &= json_object_set_new(object, key, value) == 0;
}

static json_t *request_json(const struct testbench *bench, bool *ok)
{
    char text[REQUEST_TEXT];
    struct flight flight;
    bool was_accepted;
    json_t *object;

    if (!find_request(bench, &flight, &was_accepted)) {
        return json_null();
    }
    object = json_object();
    set(ok, object, "text",
        json_string(request_text(&bench->machine->mmu, &flight.request, text, sizeof(text))));
    set(ok, object, "op", json_string(mmu_op_name(flight.request.op)));
    set(ok, object, "priv", json_boolean(flight.request.priv));
    if (flight.request.op == MMU_OP_TRANSLATE) {
        set(ok, object, "access", number(flight.request.access));
        set(ok, object, "vaddr", hexadecimal(flight.request.addr));
        set(ok, object, "bytes", number(flight.request.bytes));
        set(ok, object, "segment", number(flight.request.segment));
    } else {
        set(ok, object, "register", number(flight.request.reg));
        set(ok, object, "value", hexadecimal(flight.request.wdata));
    }
    set(ok, object, "pc", flight.offer.pc != 0 ? hexadecimal(flight.offer.pc) : json_null());
    set(ok, object, "supervisor", json_boolean(flight.offer.supervisor));
    set(ok, object, "offered_cycle", number(flight.offered_cycle));
    set(ok, object, "accepted_cycle", was_accepted ? number(flight.accepted_cycle) : json_null());
    return object;
}

static json_t *fields_json(const struct testbench *bench, bool *ok)
{
    const struct testbench_cycle *const last = last_cycle(bench);
    json_t *const array = json_array();

    for (unsigned i = 0; bench->verdict == TESTBENCH_DISAGREED && i < output_field_count; i++) {
        const struct output_field *const field = &output_fields[i];

        if (differs(field, last)) {
            json_t *const object = json_object();

            set(ok, object, "port", json_string(field->port));
            set(ok, object, "model", hexadecimal(output_field_value(field, &last->model)));
            set(ok, object, "dut", hexadecimal(output_field_value(field, &last->dut)));
            *ok &= json_array_append_new(array, object) == 0;
        }
    }
    return array;
}

json_t *mismatch_json(const struct testbench *bench, const char *replay_command)
{
    static const char *const verdicts[] = {
        [TESTBENCH_AGREED] = "agreed",
        [TESTBENCH_DISAGREED] = "disagreed",
        [TESTBENCH_DUT_STOPPED] = "dut_stopped",
        [TESTBENCH_DUT_BROKEN] = "dut_broken",
    };
    json_t *const object = json_object();
    char reason[REASON_TEXT];
    bool ok = true;

    set(&ok, object, "verdict", json_string(verdicts[bench->verdict]));
    set(&ok, object, "reason", json_string(reason_text(bench, reason)));
    set(&ok, object, "cycle", number(bench->cycle));
    set(&ok, object, "request", request_json(bench, &ok));
    set(&ok, object, "fields", fields_json(bench, &ok));
    set(&ok, object, "replay", replay_command != NULL ? json_string(replay_command) : json_null());
    if (!ok) {
        json_decref(object);
        return NULL;
    }
    return object;
}
