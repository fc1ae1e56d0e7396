/* SPDX-License-Identifier: MIT */
/* A disagreement made small: its page, a trace of it and a waveform. */
#ifndef CLI_SHRUNK_H
#define CLI_SHRUNK_H

#include "cli/disagreement.h"

/* Shrinks the stimulus of files->trace, which repeats the disagreement, prints the page of what is
 * left on standard error and writes PREFIX.shrunk.trace and PREFIX.shrunk.fst; sets files->shrunk.
 * What cannot be done is said, and takes nothing else along. */
void shrunk_report(const struct disagreement *disagreement, struct disagreement_files *files);

#endif
