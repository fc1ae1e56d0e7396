/* SPDX-License-Identifier: MIT */
/* mmu_translate and mmu_translate_batch against the oracle: exhaustively at small widths, randomly
 * at all widths. SEGMMU_FULL=1 runs the sizes that the README reports; SEGMMU_SEED=N another seed.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "oracle.h"
#include "segmmu/segmmu.h"

static bool is_full(void)
{
    return getenv("SEGMMU_FULL") != NULL;
}

static uint64_t seed(void)
{
    const char *const text = getenv("SEGMMU_SEED");

    return text != NULL ? strtoull(text, NULL, 0) : 1;
}

static bool is_same(const struct mmu_response *a, const struct mmu_response *b)
{
    return a->addr == b->addr && a->data == b->data && a->fault == b->fault &&
           a->segment == b->segment;
}

static void fail_with(const struct mmu_config *config, const struct mmu_segment *segment,
                      const struct mmu_request *request, const struct mmu_response *expected,
                      const struct mmu_response *got)
{
    fail_msg("va %u pa %u seg_bits %u select %u; base 0x%" PRIx64 " size 0x%" PRIx64 " flags %u; "
             "addr 0x%" PRIx64 " bytes %u access %u priv %u segment %u: "
             "oracle 0x%" PRIx64 " %s, model 0x%" PRIx64 " %s",
             config->va_w, config->pa_w, config->seg_bits, config->select, segment->base,
             segment->size, segment->flags, request->addr, request->bytes, request->access,
             request->priv, request->segment, expected->addr, mmu_fault_name(expected->fault),
             got->addr, mmu_fault_name(got->fault));
}

static void check_one(const struct mmu_config *config, const struct mmu_segment *bank,
                      const struct mmu_request *request)
{
    const struct mmu_response expected = oracle_translate(config, bank, request);
    const struct mmu_response got = mmu_translate(config, bank, request);

    if (!is_same(&expected, &got)) {
        fail_with(config, &bank[expected.segment % mmu_segment_count(config)], request, &expected,
                  &got);
    }
}

/* Every address up to twice the virtual space, every byte count, every access, both modes, for one
 * set of segment registers. */
static uint64_t check_all_requests(const struct mmu_config *config, const struct mmu_segment *bank)
{
    uint64_t cases = 0;

    for (uint64_t addr = 0; addr < UINT64_C(2) << config->va_w; addr++) {
        for (uint8_t bytes = 0; bytes <= 18; bytes++) {
            for (uint8_t access = 0; access <= 3; access++) {
                for (uint8_t priv = 0; priv <= 1; priv++) {
                    const struct mmu_request request = {
                        .addr = addr,
                        .bytes = bytes,
                        .access = access,
                        .priv = priv,
                        .segment = (uint8_t)(addr % 5),
                    };

                    check_one(config, bank, &request);
                    cases++;
                }
            }
        }
    }
    return cases;
}

static void translate_every_case_at_six_bits_equals_oracle(void **state)
{
    static const struct mmu_config configs[] = {
        {.va_w = 6, .pa_w = 6, .seg_bits = 0, .contexts = 1, .stages = 1},
        {.va_w = 6, .pa_w = 7, .seg_bits = 1, .contexts = 1, .stages = 1},
        {.va_w = 6, .pa_w = 6, .seg_bits = 2, .contexts = 1, .stages = 1},
        {.va_w = 6, .pa_w = 6, .seg_bits = 2, .select = 1, .contexts = 1, .stages = 1},
    };
    const uint64_t base_step = is_full() ? 1 : 13;
    const uint64_t size_step = is_full() ? 1 : 3;
    uint64_t cases = 0;

    (void)state;
    for (unsigned c = 0; c < sizeof(configs) / sizeof(configs[0]); c++) {
        const struct mmu_config *const config = &configs[c];
        const uint64_t span = mmu_span(config);
        const uint64_t physical = UINT64_C(1) << config->pa_w;

        for (uint64_t step = 0; step <= physical + base_step - 1; step += base_step) {
            const uint64_t base = step < physical ? step : physical; /* the top is an edge */

            for (uint64_t size = 0; size <= span; size += size_step) {
                for (uint8_t flags = 0; flags < 32; flags += is_full() ? 1 : 3) {
                    struct mmu_segment bank[MMU_MAX_SEGMENTS];

                    for (size_t s = 0; s < MMU_MAX_SEGMENTS; s++) {
                        bank[s] = (struct mmu_segment){(base + 7 * s) % (physical + 1),
                                                       (size + 5 * s) % (span + 1),
                                                       (uint8_t)((flags + 9 * s) % 32)};
                    }
                    cases += check_all_requests(config, bank);
                }
            }
        }
    }
    printf("%" PRIu64 " cases\n", cases);
}

/* A value near one of the numbers that matter, or anywhere. */
static uint64_t edgy(struct random_source *random, uint64_t limit)
{
    switch (random_below(random, 4)) {
    case 0:
        return random_below(random, limit < 40 ? limit + 1 : 40);
    case 1:
        return limit - random_below(random, limit < 40 ? limit + 1 : 40);
    default:
        return random_next(random) % (limit + 1);
    }
}

static void random_machine(struct random_source *random, struct mmu_config *config,
                           struct mmu_segment *bank)
{
    config->va_w = (uint8_t)(6 + random_below(random, 43));
    config->pa_w = (uint8_t)(6 + random_below(random, 43));
    config->seg_bits = (uint8_t)random_below(random, 5);
    config->select = (uint8_t)random_below(random, 2);
    config->contexts = 1;
    config->stages = 1;
    for (unsigned s = 0; s < mmu_segment_count(config); s++) {
        bank[s].base = edgy(random, UINT64_C(1) << config->pa_w);
        bank[s].size = edgy(random, mmu_span(config));
        bank[s].flags = (uint8_t)(random_chance(random, 3, 4) ? random_next(random) % 32 | 15
                                                              : random_next(random) % 32);
    }
}

/* Mostly within a byte count of an end of some segment. */
static struct mmu_request random_request(struct random_source *random,
                                         const struct mmu_config *config,
                                         const struct mmu_segment *bank)
{
    const unsigned s = (unsigned)random_below(random, mmu_segment_count(config));
    const uint64_t span = mmu_span(config);
    const uint64_t edges[4] = {0, bank[s].size, span - bank[s].size, span};
    uint64_t offset = edges[random_below(random, 4)] + random_below(random, 40) - 20;
    struct mmu_request request = {
        .bytes = (uint8_t)(random_chance(random, 7, 8) ? 1 + random_below(random, 16)
                                                       : random_below(random, 32)),
        .access = (uint8_t)random_below(random, 4),
        .priv = random_chance(random, 1, 8),
        .segment = (uint8_t)(random_chance(random, 7, 8) ? s : random_below(random, 16)),
        .wdata = random_next(random),
        .reg = (uint8_t)random_next(random),
    };

    request.addr = config->select == MMU_SELECT_NAMED ? offset : s * span + offset;
    if (request.priv) {
        request.addr = edgy(random, UINT64_C(1) << config->pa_w) + random_below(random, 20);
    }
    if (random_chance(random, 1, 10)) {
        request.addr ^= UINT64_C(1) << random_below(random, 64);
    }
    return request;
}

static void translate_random_cases_at_all_widths_equal_oracle(void **state)
{
    enum { BATCH = 64 };
    const uint64_t rounds = is_full() ? 2000000 : 100000;
    struct random_source random = {seed()};
    uint64_t faults[7] = {0};

    (void)state;
    for (uint64_t round = 0; round < rounds; round++) {
        struct mmu_config config = {0};
        struct mmu_segment bank[MMU_MAX_SEGMENTS] = {0};
        struct mmu_request requests[BATCH];
        struct mmu_response batch[BATCH];

        random_machine(&random, &config, bank);
        for (unsigned i = 0; i < BATCH; i++) {
            requests[i] = random_request(&random, &config, bank);
            check_one(&config, bank, &requests[i]);
        }
        mmu_translate_batch(&config, bank, requests, batch, BATCH);
        for (unsigned i = 0; i < BATCH; i++) {
            const struct mmu_response expected = oracle_translate(&config, bank, &requests[i]);

            if (!is_same(&expected, &batch[i])) {
                fail_with(&config, bank, &requests[i], &expected, &batch[i]);
            }
            faults[expected.fault]++;
        }
    }
    printf("seed %" PRIu64 "; outcomes:", seed());
    for (unsigned fault = 0; fault < 7; fault++) {
        printf(" %s %" PRIu64, mmu_fault_name(fault), faults[fault]);
        /* privilege and register are of other operations; all that can come, came often */
        if (fault != MMU_FAULT_PRIVILEGE && fault != MMU_FAULT_REGISTER) {
            assert_true(faults[fault] > rounds);
        }
    }
    printf("\n");
}

/* The twin: an oracle that is off by one in any rule is told from the model. */
static void oracle_with_a_planted_bug_differs(void **state)
{
    const struct mmu_config config = {
        .va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 2};
    const struct mmu_segment good[4] = {[3] = {28 << 10, 2 << 10, 1 | 2 | 4 | 16}};
    struct mmu_segment bad[4];
    const struct mmu_request first = {.addr = 14 << 10, .bytes = 1};
    struct mmu_response expected, got;

    (void)state;
    memcpy(bad, good, sizeof(bad));
    bad[3].size--;
    expected = oracle_translate(&config, bad, &first);
    got = mmu_translate(&config, good, &first);
    assert_false(is_same(&expected, &got));
    expected = oracle_translate(&config, good, &first);
    assert_true(is_same(&expected, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translate_every_case_at_six_bits_equals_oracle),
        cmocka_unit_test(translate_random_cases_at_all_widths_equal_oracle),
        cmocka_unit_test(oracle_with_a_planted_bug_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
