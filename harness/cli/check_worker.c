/* SPDX-License-Identifier: MIT */
#include "cli/check_worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/cli.h"

static bool parse_descriptor(const char *text, int *fd)
{
    uint64_t value;

    if (!number_parse(text, &value) || value > 1 << 20) {
        return false;
    }
    *fd = (int)value;
    return true;
}

static void on_signal(int signal)
{
    (void)signal;
    check_interrupt();
}

/* Ends a build or Icarus, and what is clocked. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGTERM, &action, NULL);
}

static bool write_result(int fd, const struct check_pass *pass)
{
    json_t *const result = check_pass_json(pass);
    const bool is_written = result != NULL && json_dumpfd(result, fd, 0) == 0;

    json_decref(result);
    return is_written;
}

bool check_worker_begin(struct check_worker_own *own, char **argv)
{
    int pass_fd;

    own->is_sandboxed = argv[2][0] != '\0';
    if (parse_descriptor(argv[0], &pass_fd) && parse_descriptor(argv[1], &own->result_fd) &&
        (!own->is_sandboxed || parse_descriptor(argv[2], &own->builder_fd))) {
        own->pass = mmap(NULL, sizeof(*own->pass), PROT_READ | PROT_WRITE, MAP_SHARED, pass_fd, 0);
        if (own->pass != MAP_FAILED) {
            close(pass_fd);
            own->pass->phase = CHECK_PHASE_BUILDING;
            own->directory = argv[3][0] != '\0' ? argv[3] : NULL;
            /* Beyond exec they are nobody's. */
            fcntl(own->result_fd, F_SETFD, FD_CLOEXEC);
            fcntl(own->pass->rtl_coverage_fd, F_SETFD, FD_CLOEXEC); /* -1: there is none */
            if (own->is_sandboxed) {
                fcntl(own->builder_fd, F_SETFD, FD_CLOEXEC);
                own->builder =
                    (struct dut_builder){.build = check_builder_ask, .context = &own->builder_fd};
            }
            catch_signals();
            return true;
        }
    }
    cli_error("check-worker is started by `segmmu check` only");
    return false;
}

/* In place of what was told before. */
static void tell_explanation(void *context)
{
    const struct check_worker_own *const own = context;
    json_t *const explanation = check_explanation_json(own->pass);

    if (explanation != NULL && ftruncate(own->result_fd, 0) == 0 &&
        lseek(own->result_fd, 0, SEEK_SET) == 0) {
        json_dumpfd(explanation, own->result_fd, 0);
    }
    json_decref(explanation);
}

void check_worker_run(struct check_worker_own *own, const struct check *check)
{
    if (own->pass->explained_number > 0) {
        check_explain_run(own->pass, check, tell_explanation, own);
        own->pass->phase = CHECK_PHASE_DONE;
        check_pass_free(own->pass);
        munmap(own->pass, sizeof(*own->pass));
        return;
    }
    check_pass_run(own->pass, check);
    if (write_result(own->result_fd, own->pass)) {
        own->pass->phase = CHECK_PHASE_DONE;
    }
    check_pass_free(own->pass);
    munmap(own->pass, sizeof(*own->pass));
}
