/* SPDX-License-Identifier: MIT */
/* The MMU's banks of segment registers, and whose they are. Every write of a segment register, of
 * CONTEXT and of WINDOW is made here, by requests through the MMU's channel, and written down; so a
 * register is written only when it changes. A segment that changes is not present while it does.
 */
#ifndef OS_BANKS_H
#define OS_BANKS_H

#include "base/error.h"
#include "source/target.h"

enum { BANK_NONE = -1 };

struct bank {
    uint32_t owner;                           /* process number, or BANK_FREE */
    uint64_t last_used;                       /* by a count of selections */
    struct mmu_segment reg[MMU_MAX_SEGMENTS]; /* what the MMU's registers hold */
};

enum { BANK_FREE = 0xffffffff };

struct banks {
    struct target *target;
    unsigned count;           /* of banks: CONTEXTS */
    unsigned segment_count;   /* of each */
    unsigned window, context; /* what WINDOW and CONTEXT hold */
    uint64_t selections;
    uint64_t pc; /* of the guest's instruction that the requests are made for */
    struct bank bank[MMU_MAX_CONTEXTS];
};

/* After a reset: nothing is present. */
void banks_init(struct banks *banks, struct target *target);

/* The bank of a process, or BANK_NONE. */
int banks_find(const struct banks *banks, uint32_t process);

/* Gives a process a bank: a free one, else the one that was selected longest ago, whose owner has
 * none from then on. */
unsigned banks_give(struct banks *banks, uint32_t process);

/* Makes a segment register what `reg` says. False where the MMU refuses a write. */
bool banks_write(struct banks *banks, unsigned bank, unsigned segment,
                 const struct mmu_segment *reg, struct error *error);

/* Clears `present` of a segment register, so that nobody sees it while what it shows moves. */
void banks_hide(struct banks *banks, unsigned bank, unsigned segment);

/* Translations use this bank from now on. */
bool banks_select(struct banks *banks, unsigned bank, struct error *error);

/* The process gives up its bank, if it has one: no segment of it is present any more. */
void banks_take_back(struct banks *banks, uint32_t process);

/* True when the MMU's registers are what is written down here. */
bool banks_agree(const struct banks *banks);

#endif
