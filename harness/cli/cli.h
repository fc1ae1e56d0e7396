/* SPDX-License-Identifier: MIT */
/* The command line: one file per command, main.c is a table of them. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status of every command but `run`. */
enum {
    CLI_AGREED = 0,
    CLI_DISAGREED = 1,
    CLI_ERROR = 2, /* usage, input or output */
};

/* Each gets argv[0] = "segmmu NAME" and the arguments after it, parses them with argp
 * (exit status 2 on a usage error) and returns its exit status. */
int cmd_run(int argc, char **argv);
int cmd_translate(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_check_worker(int argc, char **argv); /* for `check` itself */
int cmd_mutate(int argc, char **argv);
int cmd_mutate_worker(int argc, char **argv); /* for `mutate` itself */
int cmd_prove(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_replay_worker(int argc, char **argv); /* for `replay` itself */
int cmd_trace(int argc, char **argv);
int cmd_coverage(int argc, char **argv);
int cmd_machines(int argc, char **argv);
int cmd_alloc(int argc, char **argv);
int cmd_bench(int argc, char **argv);

struct argp;

/* argp_parse, which ends the process by itself on a usage error. False, after saying so on standard
 * error, when it could not parse for lack of memory. */
bool cli_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

/* For parsers of options; each ends the process with a usage error on a value that is none.
 * `option` is named as the user wrote it, "--cycles". */
struct argp_state;
uint64_t cli_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
                    uint64_t max);
/* --compare: whether by transactions. */
bool cli_compares_transactions(struct argp_state *state, const char *text);

/* "segmmu: " and one line on standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To be called where a write to standard output has just failed and errno says why, for the message
 * of the cli_flush that is to come. Without it only the writes of cli_flush itself have a reason.
 */
void cli_note_failed_write(void);

/* Flushes standard output. False, after saying so on standard error, when anything that was printed
 * could not be written; a command then returns CLI_ERROR. */
bool cli_flush(void);

/* True where colour is welcome on a stream: a terminal, and NO_COLOR is not set. */
bool cli_colour(FILE *stream);

/* The command line as it can be pasted into a shell (quoted where needed), for replay lines and
 * trace headers. Malloc'ed. */
char *cli_command_line(int argc, char **argv);

#endif
