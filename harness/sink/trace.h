/* SPDX-License-Identifier: MIT */
/* Traces: the stimulus of the MMU and what came of it. The format is in traces/README.md. A trace
 * is a header (machine, seed, command), frames that each stand alone (snapshot, stimulus,
 * responses), and an end mark. Written by a sink of the testbench, read frame by frame. */
#ifndef SINK_TRACE_H
#define SINK_TRACE_H

#include "lockstep/testbench.h"

struct trace_header {
    char *machine_yaml;  /* the resolved machine (machine_print), '\0'-ended */
    char *machine_name;  /* of its file */
    char *command;       /* the command line that recorded it */
    uint64_t seed;       /* of the run */
    uint64_t noise_seed; /* nonzero: unused inputs carried noise, see trace_noise */
};

/* --- writing --- */

struct trace_writer;

/* Creates the file (never over a directory or a device other than a pipe or /dev/...: what open(2)
 * with O_TRUNC allows) and writes the header. */
struct trace_writer *trace_writer_open(const char *path, const struct trace_header *header,
                                       const struct testbench *bench, struct error *error);
/* Without a file: keeps the last two frames in memory, for trace_writer_save_tail. */
struct trace_writer *trace_writer_open_memory(const struct trace_header *header,
                                              const struct testbench *bench, struct error *error);
/* Writes the last one to two frames, and the testbench's failing cycle (which no sink has seen) if
 * it has one, as a trace of its own that `segmmu replay` takes. */
bool trace_writer_save_tail(struct trace_writer *writer, const char *path, struct error *error);
/* A sink that records; add it to the testbench that was given to trace_writer_open, which it asks
 * for snapshots. */
struct sink trace_writer_sink(struct trace_writer *writer);
/* False when writing failed at any time (disk full, closed pipe); the reason is in error. */
bool trace_writer_status(const struct trace_writer *writer, struct error *error);
/* Writes the last frame and the end mark, closes, frees. False when anything was not written. */
bool trace_writer_close(struct trace_writer *writer, struct error *error);

/* --- reading --- */

enum trace_event_kind {
    TRACE_RESET,    /* rst_i high in [cycle, cycle + length) */
    TRACE_REQUEST,  /* offered in [cycle, cycle + length): see its outcome */
    TRACE_STALL,    /* rsp_ready_i low in [cycle, cycle + length) */
    TRACE_RESPONSE, /* moved in `cycle` */
    TRACE_SQUASH,   /* the last `length` accepted requests will be issued again */
};

enum trace_outcome {
    TRACE_ACCEPTED,
    TRACE_DROPPED, /* taken back by a reset */
    TRACE_PENDING, /* still offered when the frame ended; the next frame goes on with it */
};

struct trace_event {
    enum trace_event_kind kind;
    uint64_t cycle;
    uint64_t length;
    /* REQUEST */
    struct mmu_request request;
    struct offer offer;
    enum trace_outcome outcome;
    /* RESPONSE */
    struct mmu_response response;
};

struct trace_frame {
    uint64_t number; /* from 0 */
    uint64_t first_cycle, end_cycle;
    struct snapshot snapshot;
    struct trace_event *events; /* by cycle, in the order of recording within one */
    size_t event_count;
};

struct trace_reader;

enum trace_read {
    TRACE_FRAME, /* a whole frame */
    TRACE_END,   /* the end mark: all is there */
    TRACE_CUT,   /* the file ends without one, or its tail is damaged: error says what was lost */
    TRACE_ERROR, /* cannot be read at all */
};

struct trace_reader *trace_reader_open(const char *path, struct error *error);
const struct trace_header *trace_reader_header(const struct trace_reader *reader);
/* The machine that the header holds; owned by the reader. */
const struct machine *trace_reader_machine(const struct trace_reader *reader);
/* The next frame, owned by the reader until the next call. */
enum trace_read trace_reader_next(struct trace_reader *reader, const struct trace_frame **frame,
                                  struct error *error);
void trace_reader_close(struct trace_reader *reader);

/* The noise that unused inputs of cycle `cycle` carried: fills in->req of a cycle without a request
 * (valid low), nothing else. The same for recording and replay. */
void trace_noise(uint64_t noise_seed, uint64_t cycle, struct mmu_in *in);

#endif
