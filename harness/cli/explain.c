/* SPDX-License-Identifier: MIT */
#include "cli/explain.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "machine/machine_text.h"
#include "segmmu/names.h"
#include "segmmu/translate.h"

/* What every step needs. */
struct page {
    FILE *out;
    const struct mmu_config *config;
    const struct machine_segment *entry; /* of the machine file, for its name; may be NULL */
    const struct mmu_segment *reg;       /* NULL where there is no such register */
    const struct mmu_request *request;
    const struct mmu_response *response;
    uint64_t span;
    uint64_t offset;
};

/* --- numbers --- */

/* A number as it stands in a sum: 28K, 28673. Good for one use of its place in `slot`. */
static const char *short_number(uint64_t value)
{
    static char buffer[8][NUMBER_TEXT_BYTES];
    static unsigned slot;
    slot = (slot + 1) % 8;
    return number_print(value, buffer[slot]);
}

/* 15360 = 15K = 0x3c00 */
static void print_in_full(FILE *out, uint64_t value)
{
    const char *with_unit = short_number(value);
    fprintf(out, "%" PRIu64, value);
    if (strpbrk(with_unit, "KMG")) {
        fprintf(out, " = %s", with_unit);
    }
    if (value > 9) {
        fprintf(out, " = 0x%" PRIx64, value);
    }
}

static void print_binary(FILE *out, uint64_t value, unsigned width)
{
    for (unsigned bit = width; bit-- > 0;) {
        fputc('0' + (int)(value >> bit & 1), out);
    }
}

static void print_step(const struct page *page, const char *title)
{
    fprintf(page->out, "  %-11s ", title);
}

/* A further line of the same step. */
static void print_more(const struct page *page)
{
    fprintf(page->out, "\n%14s", "");
}

/* --- the steps --- */

static void explain_request(const struct page *page)
{
    const struct mmu_request *request = page->request;
    fprintf(page->out, "\nvirtual address ");
    print_in_full(page->out, request->addr);
    fprintf(page->out, ": %s %u byte%s, %s mode\n", mmu_access_name(request->access),
            request->bytes, request->bytes == 1 ? "" : "s", request->priv ? "privileged" : "user");
}

/* Segment and offset from the address, bit by bit. */
static void explain_split(const struct page *page)
{
    const struct mmu_config *config = page->config;
    const unsigned offset_width = mmu_offset_width(config);
    const uint64_t addr = page->request->addr;

    print_step(page, "binary");
    if (addr >> config->va_w != 0) {
        fprintf(page->out, "(0x%" PRIx64 " above bit %u) ", addr >> config->va_w,
                config->va_w - 1u);
    }
    if (config->va_w > offset_width) {
        print_binary(page->out, page->response->segment, config->va_w - offset_width);
        fputs(" | ", page->out);
    }
    print_binary(page->out, page->offset, offset_width);
    print_more(page);
    if (config->va_w > offset_width) {
        fprintf(page->out, "the top %u bit%s: segment %u; the rest: offset ",
                config->va_w - offset_width, config->va_w - offset_width == 1 ? "" : "s",
                page->response->segment);
    } else if (config->select == MMU_SELECT_NAMED) {
        fprintf(page->out, "the request names segment %u; all bits: offset ",
                page->response->segment);
    } else {
        fputs("there is one segment, so all bits are the offset: ", page->out);
    }
    print_in_full(page->out, page->offset);
    fputc('\n', page->out);
}

/* What the segment register holds. False when the explanation ends here. */
static bool explain_segment(const struct page *page)
{
    char title[16];
    char access[MACHINE_ACCESS_TEXT_BYTES];
    snprintf(title, sizeof(title), "segment %u", page->response->segment);
    print_step(page, title);
    if (!page->reg) {
        fprintf(page->out, "there is no such register: the last is %u\n",
                mmu_segment_count(page->config) - 1);
        return false;
    }
    if (!(page->reg->flags & MMU_FLAG_PRESENT)) {
        fputs("is not present\n", page->out);
        return false;
    }
    if (page->entry) {
        fprintf(page->out, "%s: ", page->entry->name);
    }
    fprintf(page->out, "base %s, size %s, %s, access %s\n", short_number(page->reg->base),
            short_number(page->reg->size),
            page->reg->flags & MMU_FLAG_GROWS_DOWN ? "grows down" : "grows up",
            machine_access_text(page->reg->flags, access));
    return true;
}

/* The byte count alone; the same in both modes. */
static bool explain_byte_count(const struct page *page)
{
    const unsigned bytes = page->request->bytes;
    if (bytes >= 1 && bytes <= MMU_MAX_BYTES) {
        return true;
    }
    print_step(page, "limit");
    fprintf(page->out, "%u bytes: a request has 1 to %d\n", bytes, MMU_MAX_BYTES);
    return false;
}

static bool explain_limit(const struct page *page)
{
    const struct mmu_segment *reg = page->reg;
    const uint64_t offset = page->offset;
    const unsigned bytes = page->request->bytes;
    const bool grows_down = reg->flags & MMU_FLAG_GROWS_DOWN;
    const uint64_t first = grows_down ? page->span - reg->size : 0;
    const uint64_t end = grows_down ? page->span : reg->size;

    if (!explain_byte_count(page)) {
        return false;
    }
    print_step(page, "limit");
    if (page->request->addr >> page->config->va_w != 0) {
        fprintf(page->out, "addresses have %u bits: this one is outside every segment\n",
                page->config->va_w);
        return false;
    }
    if (reg->size == 0) {
        fputs("size 0 admits nothing\n", page->out);
        return false;
    }
    if (grows_down) {
        fprintf(page->out, "growing down, the first valid offset is %s - %s = %s",
                short_number(page->span), short_number(reg->size), short_number(first));
        fprintf(page->out, ", the last %s - 1", short_number(page->span));
    } else {
        fprintf(page->out, "the first valid offset is 0, the last %s - 1", short_number(end));
    }
    print_more(page);
    if (offset < first) {
        fprintf(page->out, "%" PRIu64 " < %" PRIu64 ": outside\n", offset, first);
        return false;
    }
    const uint64_t last = offset + bytes - 1;
    const char *const verdict = last < end ? "<" : ">=";
    if (grows_down) {
        fprintf(page->out, "%" PRIu64 " >= %" PRIu64 " and ", offset, first);
    }
    if (bytes == 1) {
        fprintf(page->out, "%" PRIu64 " %s %" PRIu64, offset, verdict, end);
    } else {
        fprintf(page->out, "last byte: %" PRIu64 " + %u - 1 = %" PRIu64 " %s %" PRIu64, offset,
                bytes, last, verdict, end);
    }
    fprintf(page->out, ": %s\n", last < end ? "inside" : "outside");
    return last < end;
}

static bool explain_permission(const struct page *page)
{
    char access[MACHINE_ACCESS_TEXT_BYTES];
    const bool allowed = page->reg->flags & MMU_FLAG_READ << page->request->access;
    print_step(page, "permission");
    fprintf(page->out, "%s with access %s: %s\n", mmu_access_name(page->request->access),
            machine_access_text(page->reg->flags, access), allowed ? "allowed" : "not allowed");
    return allowed;
}

/* `first` .. `first` + bytes - 1 are physical addresses, or the step says that they are not. */
static void explain_physical(const struct page *page, bool is_negative, uint64_t first)
{
    const uint64_t end = UINT64_C(1) << page->config->pa_w;
    if (is_negative || first >= end || page->request->bytes > end - first) {
        print_step(page, "");
        fprintf(page->out, "a byte of it is no physical address: those are 0 to %s - 1\n",
                short_number(end));
    }
}

static void explain_sum(const struct page *page)
{
    const uint64_t base = page->reg->base;
    const uint64_t below_end = page->span - page->offset;

    print_step(page, "physical");
    if (!(page->reg->flags & MMU_FLAG_GROWS_DOWN)) {
        fprintf(page->out, "base + offset = %s + %s = %s\n", short_number(base),
                short_number(page->offset), short_number(base + page->offset));
        explain_physical(page, false, base + page->offset);
        return;
    }
    const bool is_negative = below_end > base;
    fprintf(page->out, "base - (span - offset) = %s - (%s - %s) = %s%s\n", short_number(base),
            short_number(page->span), short_number(page->offset), is_negative ? "-" : "",
            short_number(is_negative ? below_end - base : base - below_end));
    explain_physical(page, is_negative, base - below_end);
}

static void explain_outcome(const struct page *page, uint64_t latency_cycles, bool colour)
{
    const bool is_fault = page->response->fault != MMU_FAULT_NONE;

    fputs(!colour ? "  => " : is_fault ? "\033[31m  => " : "\033[32m  => ", page->out);
    if (!is_fault) {
        fputs("physical address ", page->out);
        print_in_full(page->out, page->response->addr);
    } else {
        fprintf(page->out, "fault: %s", mmu_fault_name(page->response->fault));
    }
    if (latency_cycles != 0) {
        fprintf(page->out, ", after %" PRIu64 " cycle%s", latency_cycles,
                latency_cycles == 1 ? "" : "s");
    }
    fputs(colour ? "\033[0m\n" : "\n", page->out);
}

static void explain_user(const struct page *page)
{
    explain_split(page);
    if (explain_segment(page) && explain_limit(page) && explain_permission(page)) {
        explain_sum(page);
    }
}

static void explain_privileged(const struct page *page)
{
    if (explain_byte_count(page)) {
        print_step(page, "privileged");
        fputs("no translation: the physical address is the virtual one\n", page->out);
        explain_physical(page, false, page->request->addr);
    }
}

/* --- */

static const struct machine_segment *entry_of(const struct machine *machine, uint8_t context,
                                              uint8_t segment)
{
    for (unsigned i = 0; i < machine->segment_count; i++) {
        const struct machine_segment *entry = &machine->segments[i];
        if (entry->segment == segment && entry->context == context) {
            return entry;
        }
    }
    return NULL;
}

void explain_machine(FILE *out, const struct machine *machine)
{
    const struct mmu_config *config = &machine->mmu;
    fprintf(out, "%s: %u-bit virtual addresses, %u-bit physical addresses; ", machine->name,
            config->va_w, config->pa_w);
    if (config->select == MMU_SELECT_NAMED) {
        fprintf(out, "%u segment register%s, named by the request", mmu_segment_count(config),
                config->seg_bits == 0 ? "" : "s");
    } else if (config->seg_bits == 0) {
        fputs("base and bounds", out);
    } else {
        fprintf(out, "the top %u bit%s choose%s one of %u segments", config->seg_bits,
                config->seg_bits == 1 ? "" : "s", config->seg_bits == 1 ? "s" : "",
                mmu_segment_count(config));
    }
    fprintf(out, ", a span of %s each\n", short_number(mmu_span(config)));
}

void explain_translation(FILE *out, const struct machine *machine, uint8_t context,
                         const struct mmu_segment *bank, const struct mmu_request *request,
                         const struct mmu_response *response, uint64_t latency_cycles, bool colour)
{
    const struct mmu_config *config = &machine->mmu;
    struct page page = {
        .out = out,
        .config = config,
        .entry = entry_of(machine, context, response->segment),
        .reg = response->segment < mmu_segment_count(config) ? &bank[response->segment] : NULL,
        .request = request,
        .response = response,
        .span = mmu_span(config),
        .offset = request->addr & (mmu_span(config) - 1),
    };

    explain_request(&page);
    if (request->priv) {
        explain_privileged(&page);
    } else {
        explain_user(&page);
    }
    explain_outcome(&page, latency_cycles, colour);
}
