/* SPDX-License-Identifier: MIT */
#include "segmmu/names.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define NAME(code, NAME_, name) [code] = #name,
static const char *const fault_names[] = {MMU_FAULT_LIST(NAME)};
static const char *const access_names[] = {MMU_ACCESS_LIST(NAME)};
static const char *const op_names[] = {MMU_OP_LIST(NAME)};
#undef NAME

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const char *const *names, size_t count, unsigned code)
{
    return code < count ? names[code] : "?";
}

static int code_of(const char *const *names, size_t count, const char *name)
{
    for (size_t code = 0; code < count; code++) {
        if (strcmp(names[code], name) == 0) {
            return (int)code;
        }
    }
    return -1;
}

const char *mmu_fault_name(unsigned fault)
{
    return name_of(fault_names, COUNT(fault_names), fault);
}

const char *mmu_access_name(unsigned access)
{
    return name_of(access_names, COUNT(access_names), access);
}

const char *mmu_op_name(unsigned op)
{
    return name_of(op_names, COUNT(op_names), op);
}

int mmu_fault_code(const char *name)
{
    return code_of(fault_names, COUNT(fault_names), name);
}

int mmu_access_code(const char *name)
{
    return code_of(access_names, COUNT(access_names), name);
}

char *mmu_register_name(const struct mmu_config *config, unsigned reg, char *buffer, unsigned size)
{
    static const char *const system_names[] = {
        [MMU_REG_ID] = "ID",
        [MMU_REG_CONTEXT] = "CONTEXT",
        [MMU_REG_FAULT_STATUS] = "FAULT_STATUS",
        [MMU_REG_FAULT_ADDR] = "FAULT_ADDR",
        [MMU_REG_WINDOW] = "WINDOW",
    };
    static const char *const segment_names[] = {"BASE", "SIZE", "FLAGS"};
    const unsigned segment = (reg - MMU_REG_SEGMENT) / MMU_REG_SEGMENT_STRIDE;
    const unsigned field = (reg - MMU_REG_SEGMENT) % MMU_REG_SEGMENT_STRIDE;

    if (reg < COUNT(system_names)) {
        snprintf(buffer, size, "%s", system_names[reg]);
    } else if (reg >= MMU_REG_SEGMENT && segment < mmu_segment_count(config) &&
               field < COUNT(segment_names)) {
        snprintf(buffer, size, "%s %u", segment_names[field], segment);
    } else {
        snprintf(buffer, size, "?");
    }
    return buffer;
}
