/* SPDX-License-Identifier: MIT */
/* The explanation of a translation works the rules out for itself: held against the model's answer,
 * its last step must be the one that the fault names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "cli/explain.h"
#include "segmmu/names.h"
#include "segmmu/translate.h"

/* Malloc'ed text. */
static char *explained(const struct machine *machine, const struct mmu_segment *bank,
                       const struct mmu_request *request, const struct mmu_response *response)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    explain_translation(out, machine, 0, bank, request, response, 0, false);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* What the explanation itself concludes, read from its steps. */
static enum mmu_fault conclusion(const char *text)
{
    if (strstr(text, "is not present\n") || strstr(text, "there is no such register")) {
        return MMU_FAULT_NOT_PRESENT;
    }
    if (strstr(text, ": outside\n") || strstr(text, "outside every segment\n") ||
        strstr(text, "admits nothing\n") || strstr(text, "a request has 1 to 16\n")) {
        return MMU_FAULT_LIMIT;
    }
    if (strstr(text, ": not allowed\n")) {
        return MMU_FAULT_PERMISSION;
    }
    return strstr(text, "no physical address:") ? MMU_FAULT_PHYSICAL : MMU_FAULT_NONE;
}

static uint64_t near(struct random_source *random, uint64_t middle)
{
    return middle + random_below(random, 40) - 20;
}

static void explanation_concludes_what_the_model_answers(void **state)
{
    struct random_source random = {.state = 6};
    unsigned seen[MMU_FAULT_PHYSICAL + 1] = {0};
    (void)state;
    for (unsigned i = 0; i < 50000; i++) {
        char name[] = "m";
        struct machine machine = {.name = name};
        struct mmu_segment bank[MMU_MAX_SEGMENTS];
        machine.mmu = (struct mmu_config){
            .va_w = (uint8_t)(6 + random_below(&random, 43)),
            .pa_w = (uint8_t)(6 + random_below(&random, 43)),
            .seg_bits = (uint8_t)random_below(&random, 5),
            .select = (uint8_t)random_below(&random, 2),
            .contexts = 1,
            .stages = 1,
        };
        const uint64_t span = mmu_span(&machine.mmu);
        for (unsigned s = 0; s < MMU_MAX_SEGMENTS; s++) {
            bank[s] = (struct mmu_segment){
                .base = random_below(&random, (UINT64_C(1) << machine.mmu.pa_w) + 1),
                .size = random_below(&random, span + 1),
                .flags = (uint8_t)(random_next(&random) & MMU_FLAGS_ALL),
            };
            bank[s].flags |= random_chance(&random, 3, 4) ? MMU_FLAG_PRESENT : 0;
        }
        struct mmu_request request = {
            .addr = random_next(&random) >> (64 - machine.mmu.va_w),
            .bytes = (uint8_t)random_below(&random, 18),
            .access = (uint8_t)random_below(&random, 3),
            .priv = random_chance(&random, 1, 8),
            .segment = (uint8_t)random_below(&random, 16),
        };
        uint8_t segment;
        uint64_t offset;
        mmu_locate(&machine.mmu, &request, &segment, &offset);
        if (random_chance(&random, 1, 2)) { /* about an edge of its segment */
            const struct mmu_segment *reg = &bank[segment];
            const bool grows_down = reg->flags & MMU_FLAG_GROWS_DOWN;
            request.addr += near(&random, grows_down ? span - reg->size : reg->size) - offset;
        }
        const struct mmu_response response = mmu_translate(&machine.mmu, bank, &request);
        char *text = explained(&machine, bank, &request, &response);
        if (conclusion(text) != response.fault) {
            fail_msg("the model answers %s, and not:\n%s", mmu_fault_name(response.fault), text);
        }
        seen[response.fault]++;
        free(text);
    }
    assert_true(seen[MMU_FAULT_NONE] > 1000);
    assert_true(seen[MMU_FAULT_NOT_PRESENT] > 1000);
    assert_true(seen[MMU_FAULT_LIMIT] > 1000);
    assert_true(seen[MMU_FAULT_PERMISSION] > 1000);
    assert_true(seen[MMU_FAULT_PHYSICAL] > 1000);
}

/* The twin: told of a wrong answer, the explanation does not follow it. */
static void explanation_of_a_wrong_answer_does_not_follow_it(void **state)
{
    char name[] = "m";
    struct machine machine = {
        .name = name, .mmu = {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 1}};
    const struct mmu_segment bank[4] = {
        {.base = 0, .size = 100, .flags = MMU_FLAG_PRESENT | MMU_FLAG_READ}};
    const struct mmu_request request = {.addr = 99, .bytes = 1};
    const struct mmu_response wrong = {.fault = MMU_FAULT_LIMIT};
    (void)state;
    char *text = explained(&machine, bank, &request, &wrong);
    assert_int_equal(conclusion(text), MMU_FAULT_NONE);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanation_concludes_what_the_model_answers),
        cmocka_unit_test(explanation_of_a_wrong_answer_does_not_follow_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
