/* SPDX-License-Identifier: MIT */
/* From a frame's payload, which anyone may have made, back to its records; and whether any machine
 * could have recorded them. */
#ifndef SOURCE_TRACE_DECODE_H
#define SOURCE_TRACE_DECODE_H

#include "sink/trace.h"

/* Fills in `frame`, whose number and cycles are set, and whose arrays may be left from the frame
 * before (they grow as needed; trace_decode_free ends them). The error names no file and no frame.
 */
bool trace_decode(const struct mmu_config *config, const uint8_t *payload, size_t payload_bytes,
                  struct trace_frame *frame, struct error *error);
void trace_decode_free(struct trace_frame *frame);

/* Whether the records agree with each other and with what the channels allow. */
bool trace_frame_check(const struct mmu_config *config, const struct trace_frame *frame,
                       bool by_transactions, struct error *error);

/* The requests in flight when the frame ended, oldest first; how many. Of a checked frame. */
unsigned trace_frame_in_flight(const struct trace_frame *frame,
                               const struct flight *flights[MMU_MAX_STAGES]);

#endif
