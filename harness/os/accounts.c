/* SPDX-License-Identifier: MIT */
#include "os/accounts.h"

static bool has_clock(const struct accounts *accounts)
{
    return !accounts->target->stream.discard;
}

void accounts_init(struct accounts *accounts, struct target *target, struct timesheet *sheet,
                   struct memory_log *log)
{
    *accounts = (struct accounts){
        .target = target,
        .sheet = sheet,
        .log = log,
        .process = ACCOUNT_NOBODY,
        .purpose = ACCOUNT_IDLE,
    };
}

uint64_t accounts_now(struct accounts *accounts)
{
    struct target *const target = accounts->target;

    if (!has_clock(accounts)) {
        return target->requests + accounts->idle_cycles;
    }
    stream_drain(&target->stream);
    return atomic_load(&target->stream.cycle);
}

static void mark(struct accounts *accounts, uint32_t event)
{
    if (has_clock(accounts)) {
        stream_mark(&accounts->target->stream, accounts->process, accounts->purpose, event);
    } else {
        timesheet_mark(accounts->sheet, accounts_now(accounts), accounts->process,
                       accounts->purpose);
    }
}

static bool is_switch(enum account_purpose purpose)
{
    return purpose == ACCOUNT_SELECT || purpose == ACCOUNT_SWITCH;
}

void accounts_enter(struct accounts *accounts, uint32_t process, enum account_purpose purpose)
{
    if (accounts->process == process && accounts->purpose == purpose && !is_switch(purpose)) {
        return;
    }
    accounts->process = process;
    accounts->purpose = purpose;
    mark(accounts, 0);
}

enum account_purpose accounts_turn(struct accounts *accounts, enum account_purpose purpose)
{
    const enum account_purpose before = accounts->purpose;

    accounts_enter(accounts, accounts->process, purpose);
    return before;
}

void accounts_event(struct accounts *accounts, uint32_t event)
{
    if (has_clock(accounts)) {
        mark(accounts, event);
    } else {
        memory_log_stamp(accounts->log, event, accounts_now(accounts));
    }
}

void accounts_idle(struct accounts *accounts, uint64_t cycles)
{
    accounts_enter(accounts, ACCOUNT_NOBODY, ACCOUNT_IDLE);
    accounts->idle_cycles += cycles;
    stream_idle(&accounts->target->stream, cycles);
}

void accounts_end(struct accounts *accounts)
{
    accounts_enter(accounts, ACCOUNT_NOBODY, ACCOUNT_IDLE);
    if (!has_clock(accounts)) {
        timesheet_end(accounts->sheet, accounts_now(accounts));
    }
}
