/* SPDX-License-Identifier: MIT */
/* What every other header of libsegmmu speaks of: the parameters of a machine, the beats of its two
 * channels, its faults and its architectural registers.
 *
 * Source: the segmmu specification (rtl/README.md), sections 2 and 3; OSTEP chapters 15 and 16.
 *
 * Every number is unsigned. A size is in bytes, an end is exclusive unless it is said otherwise.
 * None of these types owns memory; each may be copied with `=`.
 */
#ifndef SEGMMU_TYPES_H
#define SEGMMU_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "segmmu/linkage.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MMU_MIN_ADDRESS_BITS = 6,
    MMU_MAX_ADDRESS_BITS = 48,
    MMU_MAX_SEGMENT_BITS = 4,
    MMU_MAX_SEGMENTS = 1 << MMU_MAX_SEGMENT_BITS, /* in one bank */
    MMU_MAX_CONTEXTS = 16,
    MMU_MAX_STAGES = 3,
    MMU_MAX_BYTES = 16, /* of one request */
};

/* How a request finds its segment (parameter SELECT). */
enum mmu_select {
    MMU_SELECT_EXPLICIT = 0, /* by the top bits of the virtual address */
    MMU_SELECT_NAMED = 1,    /* by number, in the request */
};

/* The parameters of one machine; they never change while it runs. */
struct mmu_config {
    uint8_t va_w;     /* implemented virtual address bits, 6..48 */
    uint8_t pa_w;     /* implemented physical address bits, 6..48 */
    uint8_t seg_bits; /* a bank has 2^seg_bits segment registers, 0..4 */
    uint8_t select;   /* enum mmu_select */
    uint8_t contexts; /* banks of segment registers, 1..16 */
    uint8_t stages;   /* clocks from acceptance to response, 1..3 */
};

/* X(code, C name, contract name): highest priority first, after `none`. */
#define MMU_FAULT_LIST(X)                                                                          \
    X(0, NONE, none)                                                                               \
    X(1, PRIVILEGE, privilege)     /* a register operation in user mode */                         \
    X(2, REGISTER, register)       /* no such register or operation, read-only, or unholdable */   \
    X(3, NOT_PRESENT, not_present) /* the segment's present flag is clear, or no such segment */   \
    X(4, LIMIT, limit)             /* a byte outside the segment, or a byte count not 1..16 */     \
    X(5, PERMISSION, permission)   /* the flag for this access is clear, or access 3 */            \
    X(6, PHYSICAL, physical)       /* a byte of the result outside 0 .. 2^pa_w - 1 */

enum mmu_fault {
#define X(code, NAME, name) MMU_FAULT_##NAME = code,
    MMU_FAULT_LIST(X)
#undef X
};

#define MMU_ACCESS_LIST(X)                                                                         \
    X(0, READ, read)                                                                               \
    X(1, WRITE, write)                                                                             \
    X(2, EXECUTE, execute)

enum mmu_access {
#define X(code, NAME, name) MMU_ACCESS_##NAME = code,
    MMU_ACCESS_LIST(X)
#undef X
        MMU_ACCESS_RESERVED = 3,
};

#define MMU_OP_LIST(X)                                                                             \
    X(0, TRANSLATE, translate)                                                                     \
    X(1, WRITE_REGISTER, write_register)                                                           \
    X(2, READ_REGISTER, read_register)                                                             \
    X(3, RESERVED, reserved)

enum mmu_op {
#define X(code, NAME, name) MMU_OP_##NAME = code,
    MMU_OP_LIST(X)
#undef X
};

/* Flags of a segment register. */
enum mmu_flag {
    MMU_FLAG_PRESENT = 1 << 0,
    MMU_FLAG_READ = 1 << 1,
    MMU_FLAG_WRITE = 1 << 2,
    MMU_FLAG_EXECUTE = 1 << 3,
    MMU_FLAG_GROWS_DOWN = 1 << 4,
    MMU_FLAGS_ALL = (1 << 5) - 1,
};

/* What follows from the parameters and is needed for every request, worked out once. Private to
 * libsegmmu; it stands here because struct mmu holds one. */
struct mmu_geometry {
    uint64_t span;          /* bytes that an offset can reach */
    uint64_t virtual_size;  /* 2^va_w */
    uint64_t physical_size; /* 2^pa_w */
    uint8_t offset_width;   /* bits of an offset */
    uint8_t segment_count;  /* segment registers in one bank */
    bool is_named;          /* SELECT */
};

/* One segment register.
 * Growing up the valid offsets are [0, size) and the physical address is base + offset.
 * Growing down they are [SPAN - size, SPAN) and it is base - (SPAN - offset): base is one past the
 * segment's highest byte (OSTEP 16.3). */
struct mmu_segment {
    uint64_t base; /* physical address, 0..2^pa_w inclusive */
    uint64_t size; /* bytes, 0..SPAN inclusive; 0 admits nothing */
    uint8_t flags; /* enum mmu_flag */
};

/* A beat of the request channel. Fields that an operation does not use are ignored. */
struct mmu_request {
    uint64_t addr;   /* virtual address (translate); all 64 bits count */
    uint64_t wdata;  /* value (write register) */
    uint8_t op;      /* enum mmu_op, 2 bits */
    uint8_t bytes;   /* 1..16 (translate), 5 bits; anything else gives `limit` */
    uint8_t access;  /* enum mmu_access, 2 bits */
    uint8_t priv;    /* 1 privileged, 0 user */
    uint8_t segment; /* segment register, 4 bits (user translate, named selection) */
    uint8_t reg;     /* register index (register operations) */
};

/* A beat of the response channel. */
struct mmu_response {
    uint64_t addr;   /* physical address of the first byte; 0 on a fault and for registers */
    uint64_t data;   /* register value (read register); otherwise 0 */
    uint8_t fault;   /* enum mmu_fault */
    uint8_t segment; /* of a user translate, also when it faults; otherwise 0 */
};

/* Register indices (req_reg_i). SIZE and FLAGS of a segment follow its BASE. */
enum mmu_reg {
    MMU_REG_ID = 0x00,           /* read-only */
    MMU_REG_CONTEXT = 0x01,      /* the bank that translations use */
    MMU_REG_FAULT_STATUS = 0x02, /* writing any value clears it and FAULT_ADDR */
    MMU_REG_FAULT_ADDR = 0x03,   /* read-only */
    MMU_REG_WINDOW = 0x04,       /* the bank that the segment registers below show */
    MMU_REG_SEGMENT = 0x10,      /* BASE s at 0x10 + 4s, SIZE s at + 1, FLAGS s at + 2 */
    MMU_REG_SEGMENT_STRIDE = 4,
};

#define MMU_REG_BASE(s) ((uint8_t)(MMU_REG_SEGMENT + MMU_REG_SEGMENT_STRIDE * (s)))
#define MMU_REG_SIZE(s) ((uint8_t)(MMU_REG_BASE(s) + 1))
#define MMU_REG_FLAGS(s) ((uint8_t)(MMU_REG_BASE(s) + 2))

/* Segment registers of all banks for which there is room. A proof about one machine has room for
 * just those that it has, and shows that no other is reached. */
#ifndef MMU_SEGMENT_REGISTERS
#define MMU_SEGMENT_REGISTERS (MMU_MAX_CONTEXTS * MMU_MAX_SEGMENTS)
#endif

/* The architectural registers: what software can see. Segment s of bank c is
 * segment[c << seg_bits | s]. All zero is the state after reset. */
struct mmu_regs {
    struct mmu_segment segment[MMU_SEGMENT_REGISTERS];
    uint8_t context; /* 0..contexts-1 */
    uint8_t window;  /* 0..contexts-1 */
    /* FAULT_STATUS, field by field, and FAULT_ADDR. */
    uint8_t fault_valid; /* bit 31: a fault is recorded */
    uint8_t fault_more;  /* bit 30: another came while bit 31 was set */
    uint8_t fault_code;
    uint8_t fault_access;
    uint8_t fault_priv;
    uint8_t fault_segment;
    uint8_t fault_bytes;
    uint64_t fault_addr;
};

/* NULL if the parameters are within their ranges, otherwise which one is not, as a static string.
 */
const char *mmu_config_error(const struct mmu_config *config);

/* Bits of an offset: va_w - seg_bits when explicit, va_w when named. */
static inline unsigned mmu_offset_width(const struct mmu_config *config)
{
    return config->select == MMU_SELECT_NAMED ? config->va_w
                                              : (unsigned)(config->va_w - config->seg_bits);
}

/* SPAN, the bytes that an offset can reach: 2^offset_width. */
static inline uint64_t mmu_span(const struct mmu_config *config)
{
    return UINT64_C(1) << mmu_offset_width(config);
}

/* Segment registers in one bank. */
static inline unsigned mmu_segment_count(const struct mmu_config *config)
{
    return 1u << config->seg_bits;
}

#ifdef __cplusplus
}
#endif
#endif
