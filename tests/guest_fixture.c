/* SPDX-License-Identifier: MIT */
#include "guest_fixture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "segmmu/names.h"

enum { CODE_BASE = 0x4000, DATA_BASE = 0x10000, STACK_BASE = 0x24000 };

static void answer(struct fixture *fixture, struct stream_record *record)
{
    const struct mmu_request request = {
        .addr = record->op == MMU_OP_TRANSLATE ? record->addr : 0,
        .wdata = record->addr,
        .op = record->op,
        .bytes = record->bytes,
        .access = record->access & 3,
        .priv = (record->access & STREAM_ACCESS_PRIV) != 0,
        .segment = record->segment,
        .reg = record->reg,
    };
    struct mmu_response response;

    response = mmu_execute(&fixture->target->config, &fixture->regs, &request);
    if ((record->flags & STREAM_SUPERVISOR) == 0) {
        const uint64_t number = atomic_fetch_add(&fixture->seen, 1) + 1;
        const uint32_t one_in = atomic_load(&fixture->refuse_one_in);

        fixture->random = fixture->random * 1664525 + 1013904223;
        if (number == atomic_load(&fixture->refuse_at) ||
            (one_in != 0 && (fixture->random >> 8) % one_in == 0)) {
            response.fault = MMU_FAULT_LIMIT;
            response.addr = 0;
        }
    }
    if (record->op == MMU_OP_TRANSLATE && request.access == MMU_ACCESS_EXECUTE &&
        response.fault == MMU_FAULT_NONE) {
        response.addr += atomic_load(&fixture->shift_fetches);
    }
    record->answer = record->op == MMU_OP_TRANSLATE ? response.addr : response.data;
    record->fault = response.fault;
}

static void *consume(void *opaque)
{
    struct fixture *const fixture = opaque;
    struct stream *const stream = &fixture->target->stream;
    struct stream_record *first;
    size_t count;

    while ((count = stream_take(stream, &first, &fixture->stop)) != 0) {
        for (size_t i = 0; i < count; i++) {
            if (first[i].kind == STREAM_REQUEST) {
                answer(fixture, &first[i]);
            }
        }
        stream_release(stream, count);
    }
    return NULL;
}

void fixture_write_register(struct fixture *fixture, uint8_t reg, uint64_t value)
{
    const struct mmu_request request = {
        .op = MMU_OP_WRITE_REGISTER, .reg = reg, .wdata = value, .priv = 1};

    assert_int_equal(target_request(fixture->target, &request, 0, STREAM_SUPERVISOR).fault,
                     MMU_FAULT_NONE);
}

static void put_segment(struct fixture *fixture, unsigned number, uint64_t base, uint64_t size,
                        uint8_t flags)
{
    fixture_write_register(fixture, MMU_REG_BASE(number), base + fixture->base_offset);
    fixture_write_register(fixture, MMU_REG_SIZE(number), size);
    fixture_write_register(fixture, MMU_REG_FLAGS(number), flags | MMU_FLAG_PRESENT);
}

void fixture_open(struct fixture *fixture, const struct fixture_options *options)
{
    const struct machine machine = {
        .path = (char *)"fixture",
        .mmu = {.va_w = 32,
                .pa_w = 32,
                .seg_bits = 2,
                .select = options->named ? MMU_SELECT_NAMED : MMU_SELECT_EXPLICIT,
                .contexts = 1,
                .stages = 1},
        .memory = {.ram_bytes = FIXTURE_RAM_BYTES},
    };
    const uint8_t data = MMU_FLAG_READ | MMU_FLAG_WRITE;
    struct guest_options guest = {.isa = options->isa, .bare = options->bare};
    struct error error = {0};

    memset(fixture, 0, sizeof(*fixture));
    fixture->base_offset = options->base_offset;
    fixture->max_steps = options->max_steps;
    fixture->random = 1;
    fixture->target = target_new(&machine, &error);
    assert_non_null(fixture->target);
    fixture->target->stream.discard = options->stream == FIXTURE_DISCARDED;
    fixture->target->stream.synchronous = options->stream == FIXTURE_SYNCHRONOUS;
    if (options->stream == FIXTURE_SYNCHRONOUS) {
        assert_int_equal(pthread_create(&fixture->thread, NULL, consume, fixture), 0);
        fixture->has_thread = true;
    }
    put_segment(fixture, 0, CODE_BASE, FIXTURE_CODE_BYTES,
                MMU_FLAG_READ | MMU_FLAG_EXECUTE | options->code_flags);
    put_segment(fixture, 1, DATA_BASE, FIXTURE_DATA_BYTES, data | options->data_flags);
    put_segment(fixture, 3, STACK_BASE, FIXTURE_STACK_BYTES, data | MMU_FLAG_GROWS_DOWN);
    fixture->first_record = fixture->target->stream.appended;
    guest.target = fixture->target;
    fixture->guest = guest_start(&guest, &error);
    if (fixture->guest == NULL) {
        fail_msg("%s", error.text);
    }
}

void fixture_close(struct fixture *fixture)
{
    guest_stop(fixture->guest);
    if (fixture->has_thread) {
        atomic_store(&fixture->stop, 1);
        stream_wake(&fixture->target->stream);
        pthread_join(fixture->thread, NULL);
    }
    target_free(fixture->target);
}

uint8_t *fixture_at(struct fixture *fixture, uint32_t vaddr)
{
    uint64_t paddr = fixture->base_offset;

    if (vaddr < FIXTURE_CODE_BYTES) {
        paddr += CODE_BASE + vaddr;
    } else if (vaddr >= FIXTURE_DATA && vaddr < FIXTURE_DATA + FIXTURE_DATA_BYTES) {
        paddr += DATA_BASE + vaddr - FIXTURE_DATA;
    } else {
        paddr += STACK_BASE - ((UINT64_C(1) << 32) - vaddr);
    }
    assert_true(paddr < FIXTURE_RAM_BYTES);
    return fixture->target->ram + paddr;
}

void fixture_put(struct fixture *fixture, uint32_t vaddr, const void *bytes, size_t count)
{
    memcpy(fixture_at(fixture, vaddr), bytes, count);
}

uint32_t fixture_word(struct fixture *fixture, uint32_t vaddr)
{
    uint32_t word;

    memcpy(&word, fixture_at(fixture, vaddr), sizeof(word));
    return word;
}

struct guest_event fixture_expect(struct fixture *fixture, enum guest_event_kind kind)
{
    struct guest_event event;

    guest_resume(fixture->guest, fixture->max_steps, &event);
    if (event.kind != kind) {
        fail_msg("event %d, not %d, at %#" PRIx32 " (vector %" PRIu32 ", %s)", (int)event.kind,
                 (int)kind, guest_cpu(fixture->guest)->pc, event.vector,
                 event.kind == GUEST_DIED ? guest_death(fixture->guest)
                                          : mmu_fault_name(event.response.fault));
    }
    return event;
}

struct guest_event fixture_resume_over_faults(struct fixture *fixture, unsigned *faults)
{
    struct guest_event event;

    for (*faults = 0;; ++*faults) {
        guest_resume(fixture->guest, fixture->max_steps, &event);
        if (event.kind != GUEST_FAULT || *faults > 100000) {
            return event;
        }
    }
}

char *fixture_records(struct fixture *fixture)
{
    const struct stream *const stream = &fixture->target->stream;
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);

    assert_non_null(out);
    for (uint64_t i = fixture->first_record; i < stream->appended; i++) {
        const struct stream_record *const record = &stream->records[i];

        if (record->kind == STREAM_SQUASH) {
            fprintf(out, "squash %" PRIu64 "\n", record->addr);
            continue;
        }
        if ((record->flags & STREAM_SUPERVISOR) != 0) {
            continue;
        }
        if (record->op != MMU_OP_TRANSLATE) {
            fprintf(out, "%s %x", record->op == MMU_OP_READ_REGISTER ? "get" : "set", record->reg);
        } else {
            fprintf(out, "%c %" PRIx64 " %u", "RWX?"[record->access & 3], record -> addr,
                    record -> bytes);
        }
        fprintf(out, record->fault != 0 ? " %s\n" : "\n", mmu_fault_name(record->fault));
    }
    fclose(out);
    return text;
}
