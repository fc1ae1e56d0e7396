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
    /* Recorded while transactions were compared (lockstep/transaction.h): requests moved when RTL
     * with a latency of its own took them. Such a trace begins with power-up or with a reset, and
     * its frames carry no requests over: their responses are not in it. */
    bool by_transactions;
};

/* --- writing --- */

struct trace_writer;

/* Creates the file (never over a directory or a device other than a pipe or /dev/...: what open(2)
 * with O_TRUNC allows) and writes the header. */
struct trace_writer *trace_writer_open(const char *path, const struct trace_header *header,
                                       struct testbench *bench, struct error *error);
/* Without a file: keeps the last two frames in memory, for trace_writer_save_tail. */
struct trace_writer *trace_writer_open_memory(const struct trace_header *header,
                                              struct testbench *bench, struct error *error);
/* Ends the recording, with or without a file, and writes its last one to two frames, and the
 * testbench's failing cycle (which no sink has seen) if it has one, as a trace of its own that
 * `segmmu replay` takes. `path` must not be the recording's own file. */
bool trace_writer_save_tail(struct trace_writer *writer, const char *path, struct error *error);
/* Ends frames after so many records (requests and runs; 1..65536, which is the default of a file).
 * Smaller frames compress worse, and lose less when the recording is killed. */
void trace_writer_set_frame_records(struct trace_writer *writer, unsigned records);
/* A sink that records; add it to the testbench that was given to trace_writer_open, which it asks
 * for snapshots. */
struct sink trace_writer_sink(struct trace_writer *writer);
/* False when writing failed at any time (disk full, closed pipe); the reason is in error. */
bool trace_writer_status(const struct trace_writer *writer, struct error *error);
/* Writes the last frame and the end mark, closes, frees. False when anything was not written. */
bool trace_writer_close(struct trace_writer *writer, struct error *error);

/* --- reading --- */

/* What became of a request in its frame. */
enum trace_outcome {
    TRACE_ANSWERED,   /* accepted, and its response moved */
    TRACE_UNANSWERED, /* accepted; a reset dropped it, or it was in flight when the frame ended */
    TRACE_DROPPED,    /* never accepted: a reset took it back */
    TRACE_PENDING,    /* still offered when the frame ended; the next frame goes on with it */
};

/* One request. Offered in [offered_cycle, end_cycle), never before the frame's first cycle; when it
 * was accepted, in its last one, which is flight.accepted_cycle. */
struct trace_request {
    struct flight flight; /* without context */
    uint64_t end_cycle;
    uint64_t response_cycle; /* ANSWERED; also response */
    struct mmu_response response;
    enum trace_outcome outcome;
};

/* [cycle, cycle + length) */
struct trace_run {
    uint64_t cycle;
    uint64_t length;
};

/* The last `count` accepted requests will be issued again; said before `cycle` was run. */
struct trace_squash {
    uint64_t cycle;
    uint64_t count;
};

struct trace_frame {
    uint64_t number;                 /* from 0 */
    uint64_t first_cycle, end_cycle; /* the frame is [first_cycle, end_cycle) */
    struct snapshot snapshot;        /* before first_cycle */
    struct trace_request *requests;  /* first those of the snapshot, oldest first */
    size_t request_count;            /* in all */
    size_t carried_count;            /* of these, from the snapshot: accepted before */
    struct trace_run *stalls;        /* rsp_ready_i low */
    size_t stall_count;
    struct trace_run *resets; /* rst_i high */
    size_t reset_count;
    struct trace_squash *squashes;
    size_t squash_count;
    uint64_t file_offset; /* of its first byte */
    uint64_t file_bytes;  /* its size in the file */
};

struct trace_reader;

enum trace_read {
    TRACE_FRAME, /* a whole frame */
    TRACE_END,   /* the end mark: all is there */
    TRACE_CUT,   /* the file ends without one, or its tail is damaged: error says what was lost */
    TRACE_ERROR, /* not a trace that any recording could have given, or it cannot be read */
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
