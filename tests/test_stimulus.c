/* SPDX-License-Identifier: MIT */
/* Generated stimulus: the same seed gives the same bytes, the channel's rules hold in every cycle,
 * and the directed part reaches the edges that it claims, for every named configuration. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink/trace.h"
#include "source/stimulus.h"

/* The named configurations (specification, section 6), and the ends of the parameters' ranges. */
static const struct mmu_config configs[] = {
    {.va_w = 32, .pa_w = 32, .seg_bits = 0, .contexts = 1, .stages = 1},
    {.va_w = 14, .pa_w = 16, .seg_bits = 0, .contexts = 1, .stages = 2},
    {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 2},
    {.va_w = 16, .pa_w = 20, .seg_bits = 1, .contexts = 1, .stages = 2},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 2, .stages = 2},
    {.va_w = 32, .pa_w = 36, .seg_bits = 4, .contexts = 1, .stages = 3},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .select = 1, .contexts = 1, .stages = 2},
    {.va_w = 48, .pa_w = 48, .seg_bits = 2, .contexts = 16, .stages = 3},
    {.va_w = 6, .pa_w = 6, .seg_bits = 4, .contexts = 16, .stages = 1},
    {.va_w = 48, .pa_w = 6, .seg_bits = 0, .contexts = 3, .stages = 3},
    {.va_w = 6, .pa_w = 48, .seg_bits = 4, .select = 1, .contexts = 2, .stages = 2},
};
enum { CONFIGS = sizeof(configs) / sizeof(configs[0]), NAMED_CONFIGS = 8 };

/* A stimulus and the model that it drives. */
struct drive {
    struct stimulus stimulus;
    struct mmu mmu;
    struct mmu_in in;
    struct mmu_out out;
    uint64_t cycle;
};

static struct drive *drive_new(const struct mmu_config *config, uint64_t seed)
{
    struct drive *drive = calloc(1, sizeof(*drive));

    assert_non_null(drive);
    assert_null(mmu_config_error(config));
    stimulus_init(&drive->stimulus, config, seed);
    mmu_init(&drive->mmu, config);
    return drive;
}

static void drive_cycle(struct drive *drive)
{
    stimulus_next(&drive->stimulus, drive->cycle > 0 ? &drive->out : NULL, &drive->in);
    mmu_cycle(&drive->mmu, &drive->in, &drive->out);
    drive->cycle++;
}

static bool same_request(const struct mmu_request *a, const struct mmu_request *b)
{
    return a->addr == b->addr && a->wdata == b->wdata && a->op == b->op && a->bytes == b->bytes &&
           a->access == b->access && a->priv == b->priv && a->segment == b->segment &&
           a->reg == b->reg;
}

static bool same_inputs(const struct mmu_in *a, const struct mmu_in *b)
{
    return same_request(&a->req, &b->req) && a->rst == b->rst && a->req_valid == b->req_valid &&
           a->rsp_ready == b->rsp_ready;
}

/* Cycles in which two stimuli give the same inputs, of `cycles`. */
static unsigned same_cycles(const struct mmu_config *config, uint64_t seed, uint64_t other_seed,
                            unsigned cycles)
{
    struct drive *one = drive_new(config, seed), *two = drive_new(config, other_seed);
    unsigned same = 0;

    for (unsigned i = 0; i < cycles; i++) {
        drive_cycle(one);
        drive_cycle(two);
        same += same_inputs(&one->in, &two->in);
    }
    free(one);
    free(two);
    return same;
}

static void same_seed_gives_same_bytes(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        assert_int_equal(same_cycles(&configs[c], 7, 7, 150000), 150000);
    }
}

static void other_seed_gives_other_bytes(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        assert_true(same_cycles(&configs[c], 7, 8, 1000) < 100);
    }
}

static void stimulus_begins_with_one_cycle_of_reset(void **state)
{
    struct drive *drive = drive_new(&configs[0], 1);

    (void)state;
    drive_cycle(drive);
    assert_int_equal(drive->in.rst, 1);
    drive_cycle(drive);
    assert_int_equal(drive->in.rst, 0);
    free(drive);
}

/* What a register has from reset is seen for every one that can be written, in every bank. */
static void every_register_is_read_before_it_is_written(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        struct drive *drive = drive_new(&configs[c], 1);
        bool is_read[MMU_MAX_CONTEXTS][256] = {{false}};
        unsigned missing = 0, window = 0;
        uint64_t highest;

        for (unsigned reg = 0; reg < 256; reg++) {
            if (stimulus_register_highest(&configs[c], reg, &highest)) {
                missing += reg < MMU_REG_SEGMENT ? 1 : configs[c].contexts;
            }
        }
        while (missing > 0) {
            const struct mmu_request *request = &drive->in.req;
            bool is_write, *seen;

            drive_cycle(drive);
            is_write = request->op == MMU_OP_WRITE_REGISTER;
            if (drive->in.rst || !drive->in.req_valid || !drive->out.req_ready ||
                !stimulus_register_highest(&configs[c], request->reg, &highest)) {
                continue;
            }
            assert_true(request->priv && (is_write || request->op == MMU_OP_READ_REGISTER));
            seen = &is_read[request->reg < MMU_REG_SEGMENT ? 0 : window][request->reg];
            assert_true(!is_write || *seen);
            missing -= !*seen;
            *seen = true;
            if (is_write && request->reg == MMU_REG_WINDOW) {
                window = (unsigned)request->wdata;
            }
        }
        free(drive);
    }
}

/* Fields wider than their ports would differ between C and Verilog by construction. */
static void check_widths(const struct mmu_in *in)
{
    assert_true(in->rst <= 1 && in->req_valid <= 1 && in->rsp_ready <= 1 && in->req.priv <= 1);
    assert_true(in->req.op < 4 && in->req.bytes < 32 && in->req.access < 4);
    assert_true(in->req.segment < 16);
}

static void channel_rules_hold_in_every_cycle(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        struct drive *drive = drive_new(&configs[c], 3);
        struct mmu_request waiting;
        bool is_waiting = false;

        for (unsigned i = 0; i < 300000; i++) {
            drive_cycle(drive);
            check_widths(&drive->in);
            if (is_waiting) { /* a valid beat waits unchanged until it moves */
                assert_int_equal(drive->in.req_valid, 1);
                assert_true(same_request(&drive->in.req, &waiting));
            }
            is_waiting = drive->in.req_valid && !drive->out.req_ready && !drive->in.rst;
            waiting = drive->in.req;
        }
        free(drive);
    }
}

/* A DUT that never is ready gets the same beat for ever: valid does not wait for ready. */
static void refused_beat_is_offered_until_it_is_taken(void **state)
{
    struct drive *drive = drive_new(&configs[4], 5);
    const struct mmu_out refused = {.req_ready = 0};

    (void)state;
    do {
        drive_cycle(drive);
    } while (!drive->in.req_valid || drive->in.rst);
    for (unsigned i = 0; i < 1000; i++) {
        const struct mmu_request offered = drive->in.req;

        stimulus_next(&drive->stimulus, &refused, &drive->in);
        assert_int_equal(drive->in.req_valid, 1);
        assert_true(same_request(&drive->in.req, &offered));
    }
    free(drive);
}

/* The noise of an idle cycle is a function of seed and cycle alone, so that a trace need not keep
 * it. */
static void idle_cycles_carry_the_noise_of_traces(void **state)
{
    struct drive *drive = drive_new(&configs[2], 9);
    unsigned idle_count = 0, noisy_count = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct mmu_in noise = {0};

        drive_cycle(drive);
        if (!drive->in.req_valid) {
            trace_noise(drive->stimulus.noise_seed, i, &noise);
            assert_true(same_request(&drive->in.req, &noise.req));
            idle_count++;
            noisy_count += drive->in.req.addr != 0;
        }
    }
    assert_true(idle_count > 1000);
    assert_int_equal(noisy_count, idle_count);
    free(drive);
}

/* --- what the directed part reaches --- */

struct reached {
    unsigned edges[STIMULUS_EDGES][MMU_MAX_BYTES + 1][2]; /* by growth, accepted or not */
    unsigned edge_faults[STIMULUS_EDGES][2];              /* by: a fault? */
    unsigned faults[MMU_FAULT_PHYSICAL + 1];
    unsigned byte_counts[32];
    unsigned accesses[MMU_MAX_SEGMENTS][4]; /* user, by segment */
    unsigned flags_accesses[MMU_FLAGS_ALL + 1][4];
    unsigned register_ops[256][4][2];
    unsigned held[256], refused[256]; /* register writes */
    unsigned first_codes[MMU_FAULT_PHYSICAL + 1], more;
    unsigned clear_next_to_fault;
    unsigned write_next_to_translate; /* of the same segment, in consecutive cycles */
    unsigned context_in_flight;
    unsigned reset_in_flight[MMU_MAX_STAGES + 1]; /* by requests that it dropped */
    unsigned reset_of_offer;
    unsigned above_va_w[64];
    unsigned top_of_memory;
    unsigned size_zero, size_span;
    unsigned contexts[MMU_MAX_CONTEXTS];
};

static void reach_translate(struct reached *reached, const struct mmu_config *config,
                            const struct mmu_regs *regs, const struct mmu_request *request)
{
    const struct mmu_segment *bank = mmu_bank(config, regs);
    const struct mmu_response response = mmu_translate(config, bank, request);
    uint8_t number;
    uint64_t offset;

    reached->faults[response.fault]++;
    reached->byte_counts[request->bytes]++;
    for (unsigned bit = config->va_w; bit < 64; bit++) {
        reached->above_va_w[bit] += request->addr >> bit == 1;
    }
    if (response.fault == MMU_FAULT_NONE) {
        reached->top_of_memory += response.addr + request->bytes == UINT64_C(1) << config->pa_w;
    }
    if (request->priv) {
        return;
    }
    mmu_locate(config, request, &number, &offset);
    reached->accesses[number][request->access]++;
    reached->contexts[regs->context]++;
    for (unsigned s = 0; s < mmu_segment_count(config); s++) {
        const struct mmu_segment *segment = &bank[s];
        const struct extent extent = stimulus_extent(config, segment);

        if (!(segment->flags & MMU_FLAG_PRESENT) || request->bytes == 0 ||
            request->bytes > MMU_MAX_BYTES) {
            continue;
        }
        if (number == s) {
            reached->size_zero += segment->size == 0;
            reached->size_span += segment->size == mmu_span(config);
        }
        for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
            const uint64_t aimed = stimulus_edge_offset(extent, edge, request->bytes);
            const struct mmu_request there =
                stimulus_user_request(config, s, aimed, request->bytes, request->access);

            if (there.addr == request->addr &&
                (config->select == MMU_SELECT_EXPLICIT || s == number)) {
                reached->edges[edge][request->bytes][!!(segment->flags & MMU_FLAG_GROWS_DOWN)]++;
                reached->edge_faults[edge][response.fault != MMU_FAULT_NONE]++;
            }
        }
    }
    if (number < mmu_segment_count(config)) {
        reached->flags_accesses[bank[number].flags][request->access]++;
    }
}

static void reach_register(struct reached *reached, const struct mmu_response *response,
                           const struct mmu_request *request)
{
    reached->register_ops[request->reg][request->op][request->priv]++;
    if (request->op == MMU_OP_WRITE_REGISTER && request->priv) {
        if (response->fault == MMU_FAULT_NONE) {
            reached->held[request->reg]++;
        } else {
            reached->refused[request->reg]++;
        }
    }
}

static bool is_clear(const struct mmu_request *request)
{
    return request->op == MMU_OP_WRITE_REGISTER && request->priv &&
           request->reg == MMU_REG_FAULT_STATUS;
}

static bool writes_segment_of(const struct mmu_config *config, const struct mmu_request *write,
                              const struct mmu_request *translate)
{
    uint8_t number;
    uint64_t offset;

    mmu_locate(config, translate, &number, &offset);
    return write->op == MMU_OP_WRITE_REGISTER && translate->op == MMU_OP_TRANSLATE &&
           write->reg >= MMU_REG_SEGMENT && (write->reg - MMU_REG_SEGMENT) / 4 == number;
}

/* Two requests that were accepted in consecutive cycles. */
static void reach_pair(struct reached *reached, const struct mmu_config *config,
                       const struct mmu_request *first, const struct mmu_response *first_response,
                       const struct mmu_request *second, const struct mmu_response *second_response)
{
    reached->clear_next_to_fault += (is_clear(first) && second_response->fault != 0) ||
                                    (is_clear(second) && first_response->fault != 0);
    reached->write_next_to_translate +=
        writes_segment_of(config, first, second) || writes_segment_of(config, second, first);
    reached->context_in_flight +=
        (first->op == MMU_OP_TRANSLATE && second->op == MMU_OP_WRITE_REGISTER &&
         second->reg == MMU_REG_CONTEXT) ||
        (second->op == MMU_OP_TRANSLATE && first->op == MMU_OP_WRITE_REGISTER &&
         first->reg == MMU_REG_CONTEXT);
}

/* Runs the whole directed part, executing what was accepted. */
static struct reached *reach(const struct mmu_config *config)
{
    struct reached *reached = calloc(1, sizeof(*reached));
    struct drive *drive = drive_new(config, 1);
    struct mmu_regs regs = {0};
    struct mmu_request last = {0};
    struct mmu_response last_response = {0};
    bool was_accepted = false, was_offered = false;
    unsigned in_flight = 0;

    assert_non_null(reached);
    while (!drive->stimulus.directed_done) {
        const struct mmu_request *request = &drive->in.req;

        drive_cycle(drive);
        if (drive->in.rst) {
            reached->reset_in_flight[in_flight]++;
            reached->reset_of_offer += was_offered;
            memset(&regs, 0, sizeof(regs));
            in_flight = 0;
            was_accepted = was_offered = false;
            continue;
        }
        was_offered = drive->in.req_valid && !drive->out.req_ready;
        in_flight -= drive->out.rsp_valid && drive->in.rsp_ready;
        if (drive->in.req_valid && drive->out.req_ready) {
            const bool had_fault = regs.fault_valid, had_more = regs.fault_more;
            const struct mmu_regs before = regs;
            const struct mmu_response response = mmu_execute(config, &regs, request);

            if (request->op == MMU_OP_TRANSLATE) {
                reach_translate(reached, config, &before, request);
            } else {
                reach_register(reached, &response, request);
                reached->faults[response.fault]++;
            }
            reached->first_codes[regs.fault_code] += !had_fault && regs.fault_valid;
            reached->more += !had_more && regs.fault_more;
            if (was_accepted) {
                reach_pair(reached, config, &last, &last_response, request, &response);
            }
            last = *request;
            last_response = response;
            was_accepted = true;
            in_flight++;
        } else {
            was_accepted = false;
        }
    }
    free(drive);
    return reached;
}

static void check_edges(const struct reached *reached, const struct mmu_config *config)
{
    for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
        for (unsigned bytes = 1; bytes <= MMU_MAX_BYTES; bytes++) {
            for (unsigned grows_down = 0; grows_down < 2; grows_down++) {
                if (reached->edges[edge][bytes][grows_down] == 0) {
                    fail_msg("VA_W %u: %u bytes %s, %s: not reached", config->va_w, bytes,
                             stimulus_edge_name(edge), grows_down ? "grows down" : "grows up");
                }
            }
        }
    }
    assert_true(reached->edge_faults[EDGE_AT_FIRST][0] > 0);
    assert_true(reached->edge_faults[EDGE_ENDS_AT_LAST][0] > 0);
    assert_true(reached->edge_faults[EDGE_STRADDLES][1] > 0);
    assert_true(reached->edge_faults[EDGE_AT_END][1] > 0);
    assert_true(reached->edge_faults[EDGE_ONE_BEFORE][1] > 0);
    assert_true(reached->size_zero > 0);
    assert_true(reached->size_span > 0);
    assert_true(reached->top_of_memory > 0);
}

static void check_requests(const struct reached *reached, const struct mmu_config *config)
{
    for (unsigned fault = 0; fault <= MMU_FAULT_PHYSICAL; fault++) {
        assert_true(reached->faults[fault] > 0);
        assert_true(fault == MMU_FAULT_NONE || reached->first_codes[fault] > 0);
    }
    for (unsigned bytes = 0; bytes < 32; bytes++) {
        assert_true(reached->byte_counts[bytes] > 0);
    }
    for (unsigned bit = config->va_w; bit < 64; bit++) {
        assert_true(reached->above_va_w[bit] > 0);
    }
    for (unsigned access = 0; access <= MMU_ACCESS_RESERVED; access++) {
        for (unsigned segment = 0; segment < mmu_segment_count(config); segment++) {
            assert_true(access == MMU_ACCESS_RESERVED || reached->accesses[segment][access] > 0);
        }
        for (unsigned flags = 0; flags <= MMU_FLAGS_ALL; flags++) {
            assert_true(reached->flags_accesses[flags][access] > 0);
        }
    }
    if (config->select == MMU_SELECT_NAMED) { /* names past the last register too */
        assert_true(reached->accesses[MMU_MAX_SEGMENTS - 1][MMU_ACCESS_READ] > 0);
    }
    for (unsigned context = 0; context < config->contexts; context++) {
        assert_true(reached->contexts[context] > 0);
    }
}

static void check_registers(const struct reached *reached, const struct mmu_config *config)
{
    for (unsigned reg = 0; reg < 256; reg++) {
        uint64_t highest;

        for (unsigned op = MMU_OP_WRITE_REGISTER; op <= MMU_OP_RESERVED; op++) {
            assert_true(reached->register_ops[reg][op][0] > 0);
            assert_true(reached->register_ops[reg][op][1] > 0);
        }
        if (!stimulus_register_highest(config, reg, &highest)) {
            assert_int_equal(reached->held[reg], 0);
            assert_true(reached->refused[reg] > 0);
        } else {
            assert_true(reached->held[reg] > 0);
            assert_true(reached->refused[reg] > 0 || highest == UINT64_MAX);
        }
    }
}

static void check_hazards(const struct reached *reached, const struct mmu_config *config)
{
    assert_true(reached->more > 0);
    assert_true(reached->clear_next_to_fault > 0);
    assert_true(reached->write_next_to_translate > 0);
    assert_true(reached->context_in_flight > 0);
    assert_true(reached->reset_of_offer > 0);
    for (unsigned in_flight = 0; in_flight <= config->stages; in_flight++) {
        assert_true(reached->reset_in_flight[in_flight] > 0);
    }
}

static void directed_part_reaches_every_edge_it_claims(void **state)
{
    (void)state;
    for (unsigned c = 0; c < NAMED_CONFIGS; c++) {
        struct reached *reached = reach(&configs[c]);

        check_edges(reached, &configs[c]);
        check_requests(reached, &configs[c]);
        check_registers(reached, &configs[c]);
        check_hazards(reached, &configs[c]);
        free(reached);
    }
}

/* The directed part ends, and leaves most of a default run to the random one. */
static void directed_part_is_short_for_every_configuration(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        struct drive *drive = drive_new(&configs[c], 1);

        while (!drive->stimulus.directed_done) {
            drive_cycle(drive);
            assert_true(drive->cycle < 200000);
        }
        assert_true(drive->stimulus.directed_cycles > 10000);
        free(drive);
    }
}

/* Every kind of random episode is played, and no fault is rare. */
static void random_part_mixes_all_episodes_and_faults(void **state)
{
    (void)state;
    for (unsigned c = 0; c < CONFIGS; c++) {
        struct drive *drive = drive_new(&configs[c], 11);
        unsigned faults[MMU_FAULT_PHYSICAL + 1] = {0}, count = 0, episodes[16] = {0};
        const char *name;

        for (unsigned i = 0; i < 500000; i++) {
            drive_cycle(drive);
            if (!drive->stimulus.directed_done) {
                continue;
            }
            for (unsigned e = 0; (name = random_episode_name(e)) != NULL; e++) {
                episodes[e] += drive->stimulus.subject == name;
            }
            if (drive->out.rsp_valid && drive->in.rsp_ready && !drive->in.rst) {
                faults[drive->out.rsp.fault]++;
                count++;
            }
        }
        for (unsigned e = 0; random_episode_name(e) != NULL; e++) {
            assert_true(episodes[e] > 0);
        }
        assert_true(faults[MMU_FAULT_NONE] > count / 3);
        for (unsigned fault = 0; fault <= MMU_FAULT_PHYSICAL; fault++) {
            if (faults[fault] <= count / 200) {
                fail_msg("config %u: %s came in %u of %u responses", c, mmu_fault_name(fault),
                         faults[fault], count);
            }
        }
        free(drive);
    }
}

static void names_of_subjects_are_distinct(void **state)
{
    unsigned count = 0;

    (void)state;
    while (stimulus_directed_name(count) != NULL) {
        for (unsigned other = 0; other < count; other++) {
            assert_string_not_equal(stimulus_directed_name(count), stimulus_directed_name(other));
        }
        count++;
    }
    assert_int_equal(count, directed_subject_count + hazard_subject_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_same_bytes),
        cmocka_unit_test(other_seed_gives_other_bytes),
        cmocka_unit_test(stimulus_begins_with_one_cycle_of_reset),
        cmocka_unit_test(every_register_is_read_before_it_is_written),
        cmocka_unit_test(channel_rules_hold_in_every_cycle),
        cmocka_unit_test(refused_beat_is_offered_until_it_is_taken),
        cmocka_unit_test(idle_cycles_carry_the_noise_of_traces),
        cmocka_unit_test(directed_part_reaches_every_edge_it_claims),
        cmocka_unit_test(directed_part_is_short_for_every_configuration),
        cmocka_unit_test(random_part_mixes_all_episodes_and_faults),
        cmocka_unit_test(names_of_subjects_are_distinct),
    };
    return cmocka_run_group_tests_name("stimulus", tests, NULL, NULL);
}
