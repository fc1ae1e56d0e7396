/* SPDX-License-Identifier: MIT */
/* Lackey, the example tool of Valgrind, with --trace-mem=yes (lackey/lk_main.c, trace_load and its
 * neighbours): address in hexadecimal, size in decimal.
 *
 *     I  04016a50,3
 *      L 1ffeffe7e,1
 *      S 1ffeffe80,8
 *      M 0421f3a8,4     a load, and a store to the same place
 */
#include <string.h>

#include "base/number.h"
#include "source/access_log_text.h"

static bool refuse(const struct access_text *text, struct error *error, const char *found)
{
    return lines_refuse(text->lines, error,
                        "found `%.60s`, expected `I  ADDRESS,SIZE`, ` L ...`, ` S ...`, ` M ...` "
                        "or a line of Valgrind's (with --log-file the program's own output stays "
                        "out of the log)",
                        found);
}

/* What Valgrind itself says, "==1234== Command: ls". */
static bool is_message(const char *line)
{
    return strncmp(line, "==", 2) == 0 || strncmp(line, "--", 2) == 0 ||
           strncmp(line, "**", 2) == 0 || line[0] == '\0';
}

static bool parse(char *line, struct access *access, bool *is_modify)
{
    char *place = line + 3;
    uint64_t size;
    unsigned digits;

    *is_modify = false;
    if (strncmp(line, "I  ", 3) == 0) {
        access->access = MMU_ACCESS_EXECUTE;
    } else if (strncmp(line, " L ", 3) == 0) {
        access->access = MMU_ACCESS_READ;
    } else if (strncmp(line, " S ", 3) == 0) {
        access->access = MMU_ACCESS_WRITE;
    } else if (strncmp(line, " M ", 3) == 0) {
        access->access = MMU_ACCESS_READ;
        *is_modify = true;
    } else {
        return false;
    }
    if (!access_take_hexadecimal(&place, &access->vaddr, &digits) || *place != ',' ||
        !number_parse(place + 1, &size) || size == 0 || size > ACCESS_MAX_BYTES) {
        return false;
    }
    access->size_bytes = (uint32_t)size;
    return access_fits(access);
}

enum access_log_result access_lackey_next(struct access_text *text, struct access *access,
                                          struct error *error)
{
    bool is_modify;

    if (text->has_store_half) {
        text->has_store_half = false;
        *access = text->half;
        access->access = MMU_ACCESS_WRITE;
        text->rest[0] = '\0';
        return ACCESS_LOG_ACCESS;
    }
    if (is_message(text->rest)) {
        return ACCESS_LOG_END;
    }
    *access = (struct access){0};
    if (!parse(text->rest, access, &is_modify)) {
        refuse(text, error, text->rest);
        return ACCESS_LOG_ERROR;
    }
    if (access->access == MMU_ACCESS_EXECUTE) {
        text->pc = access->vaddr;
    }
    access->pc = text->pc;
    text->half = *access;
    text->has_store_half = is_modify;
    if (!is_modify) {
        text->rest[0] = '\0';
    }
    return ACCESS_LOG_ACCESS;
}
