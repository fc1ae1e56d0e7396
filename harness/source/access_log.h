/* SPDX-License-Identifier: MIT */
/* Memory accesses that another program logged: Valgrind's lackey, the RISC-V simulator Spike, or
 * any program that writes CSV. Read access by access, in constant memory. */
#ifndef SOURCE_ACCESS_LOG_H
#define SOURCE_ACCESS_LOG_H

#include "base/error.h"
#include "segmmu/types.h"

/* X(C name, name, what it is) */
#define ACCESS_LOG_LIST(X)                                                                         \
    X(LACKEY, lackey, "valgrind --tool=lackey --trace-mem=yes")                                    \
    X(SPIKE, spike, "spike -l --log-commits")                                                      \
    X(CSV, csv, "vaddr,bytes,access[,priv,segment], as of segmmu translate --input")

enum access_log_format {
#define X(NAME, name, text) ACCESS_LOG_##NAME,
    ACCESS_LOG_LIST(X)
#undef X
        ACCESS_LOG_FORMATS
};

/* -1 for another word. */
int access_log_format_parse(const char *word);

enum { ACCESS_MAX_BYTES = 4096 }; /* of a logged access; far above any instruction's */

struct access {
    uint64_t vaddr;
    uint64_t pc;         /* of the instruction, 0 where the log does not say */
    uint32_t size_bytes; /* CSV: 0..31, as the request has it; otherwise 1..ACCESS_MAX_BYTES */
    uint8_t access;      /* enum mmu_access */
    uint8_t priv;        /* CSV alone; otherwise 0: a user's */
    uint8_t segment;     /* CSV alone */
};

enum access_log_result {
    ACCESS_LOG_ACCESS,
    ACCESS_LOG_END,   /* there are no more */
    ACCESS_LOG_ERROR, /* unreadable: error names file and line, what was found and expected */
};

struct access_log;

/* Opens `path` ("-" is standard input); NULL and an error on failure. */
struct access_log *access_log_open(const char *path, enum access_log_format format,
                                   struct error *error);
enum access_log_result access_log_next(struct access_log *log, struct access *access,
                                       struct error *error);
void access_log_close(struct access_log *log);

#endif
