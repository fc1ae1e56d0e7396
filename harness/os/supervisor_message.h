/* SPDX-License-Identifier: MIT */
/* What a user is told when a guest is killed: the words that a shell uses, and what the MMU said.
 */
#ifndef OS_SUPERVISOR_MESSAGE_H
#define OS_SUPERVISOR_MESSAGE_H

#include "os/supervisor.h"

/* Each writes result->message; result->fault_pc is the instruction's. */
void supervisor_fault_message(const struct process *process, const struct fault_record *fault,
                              struct supervisor_process *result);
void supervisor_bus_message(const struct process *process, const struct guest_event *event,
                            struct supervisor_process *result);
void supervisor_signal_message(const struct process *process, int number,
                               struct supervisor_process *result);

#endif
