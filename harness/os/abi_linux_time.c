/* SPDX-License-Identifier: MIT */
/* Time of a Linux program: an instruction takes a nanosecond, sleeping takes no host time. */
#include "os/abi_linux.h"

enum { CLOCK_TICKS = 100, NS_PER_US = 1000, CLOCKS = 12, TIMER_ABSTIME = 1 };

static const uint64_t ns_per_s = 1000000000;

struct timespec32 {
    uint32_t seconds;
    uint32_t nanoseconds;
};

struct timespec64 {
    int64_t seconds;
    int64_t nanoseconds;
};

/* Nanoseconds of one of Linux's clocks. */
static uint64_t clock_ns(const struct process *process, uint32_t clock)
{
    enum {
        REALTIME = 0,
        PROCESS_CPU = 2,
        THREAD_CPU = 3,
        REALTIME_COARSE = 5,
        REALTIME_ALARM = 8,
        TAI = 11
    };

    switch (clock) {
    case REALTIME:
    case REALTIME_COARSE:
    case REALTIME_ALARM:
    case TAI:
        return PROCESS_EPOCH_S * ns_per_s + process_time_ns(process);
    case PROCESS_CPU:
    case THREAD_CPU:
        return process->figures.instructions;
    default:
        return process_time_ns(process);
    }
}

static struct timespec32 timespec32_of(uint64_t ns)
{
    return (struct timespec32){(uint32_t)(ns / ns_per_s), (uint32_t)(ns % ns_per_s)};
}

static struct timespec64 timespec64_of(uint64_t ns)
{
    return (struct timespec64){(int64_t)(ns / ns_per_s), (int64_t)(ns % ns_per_s)};
}

/* Lets time pass, up to the end of what 64 bits hold. */
static int64_t pass(struct process *process, int64_t seconds, int64_t nanoseconds,
                    uint64_t already_ns)
{
    const uint64_t most_s = INT64_MAX / ns_per_s / 4;
    uint64_t ns;

    if (seconds < 0 || nanoseconds < 0 || (uint64_t)nanoseconds >= ns_per_s) {
        return -EINVAL;
    }
    ns = ((uint64_t)seconds < most_s ? (uint64_t)seconds : most_s) * ns_per_s +
         (uint64_t)nanoseconds;
    if (ns > already_ns &&
        ns - already_ns < INT64_MAX / 2 - process_time_ns(process) % (INT64_MAX / 2)) {
        process_sleep(process, ns - already_ns);
    }
    return 0;
}

int64_t linux_time(struct process *process, const uint32_t argument[6])
{
    const uint32_t seconds = (uint32_t)(clock_ns(process, 0) / ns_per_s);

    if (argument[0] != 0 && !process_write(process, argument[0], &seconds, sizeof(seconds))) {
        return -EFAULT;
    }
    return seconds;
}

int64_t linux_times(struct process *process, const uint32_t argument[6])
{
    const uint64_t ns_per_tick = ns_per_s / CLOCK_TICKS;
    const uint32_t user = (uint32_t)(clock_ns(process, 2) / ns_per_tick);
    const uint32_t times[4] = {user, 0, 0, 0};

    if (argument[0] != 0 && !process_write(process, argument[0], times, sizeof(times))) {
        return -EFAULT;
    }
    return (int64_t)(process_time_ns(process) / ns_per_tick & INT32_MAX);
}

int64_t linux_getrusage(struct process *process, const uint32_t argument[6])
{
    const struct timespec32 user = timespec32_of(clock_ns(process, 2));
    const uint32_t usage[18] = {user.seconds, user.nanoseconds / NS_PER_US};

    return linux_give(process, argument[1], usage, sizeof(usage));
}

int64_t linux_gettimeofday(struct process *process, const uint32_t argument[6])
{
    const struct timespec32 now = timespec32_of(clock_ns(process, 0));
    const uint32_t time[2] = {now.seconds, now.nanoseconds / NS_PER_US};
    const uint32_t zone[2] = {0, 0};

    if (argument[0] != 0 && !process_write(process, argument[0], time, sizeof(time))) {
        return -EFAULT;
    }
    return argument[1] == 0 ? 0 : linux_give(process, argument[1], zone, sizeof(zone));
}

int64_t linux_clock_gettime(struct process *process, const uint32_t argument[6])
{
    const struct timespec32 now = timespec32_of(clock_ns(process, argument[0]));

    return argument[0] >= CLOCKS ? -EINVAL : linux_give(process, argument[1], &now, sizeof(now));
}

int64_t linux_clock_gettime64(struct process *process, const uint32_t argument[6])
{
    const struct timespec64 now = timespec64_of(clock_ns(process, argument[0]));

    return argument[0] >= CLOCKS ? -EINVAL : linux_give(process, argument[1], &now, sizeof(now));
}

int64_t linux_clock_getres(struct process *process, const uint32_t argument[6])
{
    const struct timespec32 resolution = {0, 1};

    if (argument[0] >= CLOCKS) {
        return -EINVAL;
    }
    return argument[1] == 0 ? 0 : linux_give(process, argument[1], &resolution, sizeof(resolution));
}

int64_t linux_clock_getres_time64(struct process *process, const uint32_t argument[6])
{
    const struct timespec64 resolution = {0, 1};

    if (argument[0] >= CLOCKS) {
        return -EINVAL;
    }
    return argument[1] == 0 ? 0 : linux_give(process, argument[1], &resolution, sizeof(resolution));
}

int64_t linux_nanosleep(struct process *process, const uint32_t argument[6])
{
    struct timespec32 wanted;

    if (!process_read(process, argument[0], &wanted, sizeof(wanted))) {
        return -EFAULT;
    }
    return pass(process, (int32_t)wanted.seconds, (int32_t)wanted.nanoseconds, 0);
}

int64_t linux_clock_nanosleep(struct process *process, const uint32_t argument[6])
{
    const uint64_t now = argument[1] & TIMER_ABSTIME ? clock_ns(process, argument[0]) : 0;
    struct timespec32 wanted;

    if (argument[0] >= CLOCKS) {
        return -EINVAL;
    }
    if (!process_read(process, argument[2], &wanted, sizeof(wanted))) {
        return -EFAULT;
    }
    return pass(process, (int32_t)wanted.seconds, (int32_t)wanted.nanoseconds, now);
}

int64_t linux_clock_nanosleep_time64(struct process *process, const uint32_t argument[6])
{
    const uint64_t now = argument[1] & TIMER_ABSTIME ? clock_ns(process, argument[0]) : 0;
    struct timespec64 wanted;

    if (argument[0] >= CLOCKS) {
        return -EINVAL;
    }
    if (!process_read(process, argument[2], &wanted, sizeof(wanted))) {
        return -EFAULT;
    }
    return pass(process, wanted.seconds, wanted.nanoseconds, now);
}
