/* SPDX-License-Identifier: MIT */
#include "cli/translator.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "machine/setup.h"

/* Sink of the testbench: the answers to translate requests; register writes are our own. */
static void completed(void *context, uint64_t cycle, const struct flight *flight,
                      const struct mmu_response *response)
{
    struct translator *translator = context;
    if (flight->request.op == MMU_OP_TRANSLATE) {
        translator->answer(translator->context, &flight->request, response,
                           cycle - flight->accepted_cycle);
    }
}

static struct stream_record record_of(const struct mmu_request *request)
{
    const bool is_translate = request->op == MMU_OP_TRANSLATE;
    return (struct stream_record){
        .addr = is_translate ? request->addr : request->wdata,
        .kind = STREAM_REQUEST,
        .flags = is_translate ? 0 : STREAM_SUPERVISOR,
        .op = request->op,
        .bytes = request->bytes,
        .access = (uint8_t)(request->access | (request->priv ? STREAM_ACCESS_PRIV : 0)),
        .segment = request->segment,
        .reg = request->reg,
    };
}

static bool send_clocked(struct translator *translator, const struct mmu_request *request)
{
    struct stream_record *record = &translator->ring[translator->next];
    translator->next = (translator->next + 1) % TRANSLATOR_RING;
    *record = record_of(request);
    return timing_run(&translator->timing, record, 1);
}

static bool start_recording(struct translator *translator, const char *command, struct error *error)
{
    char *const yaml = machine_print(translator->machine);
    const struct trace_header header = {
        .machine_yaml = yaml,
        .machine_name = translator->machine->name,
        .command = (char *)command,
    };
    struct sink sink;

    if (yaml == NULL) {
        return error_set(error, "out of memory");
    }
    translator->recording = trace_writer_open_memory(&header, &translator->bench, error);
    free(yaml);
    if (translator->recording == NULL) {
        return false;
    }
    sink = trace_writer_sink(translator->recording);
    testbench_add_sink(&translator->bench, &sink);
    return true;
}

static bool start_clock(struct translator *translator, const char *command, struct error *error)
{
    const struct sink sink = {.context = translator, .completed = completed};

    translator->source.config = translator->machine->mmu;
    if (translator->engine != ENGINE_MODEL) {
        translator->library = dut_library_open(&translator->source, DUT_FAST, error);
        if (!translator->library) {
            return false;
        }
    }
    if (!testbench_init(&translator->bench, translator->engine, translator->machine,
                        translator->library, NULL, error)) {
        return false;
    }
    translator->is_clocked = true;
    if (translator->engine == ENGINE_LOCKSTEP && !start_recording(translator, command, error)) {
        return false;
    }
    testbench_add_sink(&translator->bench, &sink);
    if (!timing_init(&translator->timing, &translator->bench, translator->machine)) {
        return false;
    }
    translator->timing.fills_answers = true; /* nobody went on with an answer of their own */
    return true;
}

bool translator_open(struct translator *translator, enum engine engine,
                     const struct machine *machine, uint8_t bank, const char *command,
                     translator_answer *answer, void *context, struct error *error)
{
    struct mmu_request setup[MACHINE_SETUP_MAX + 1];

    memset(translator, 0, sizeof(*translator));
    translator->engine = engine;
    translator->machine = machine;
    translator->answer = answer;
    translator->context = context;
    if (engine != ENGINE_TRANSLATE && !start_clock(translator, command, error)) {
        return false;
    }
    unsigned count = machine_setup(machine, setup, MACHINE_SETUP_MAX);
    setup[count++] = machine_write_register(MMU_REG_CONTEXT, bank);
    for (unsigned i = 0; i < count; i++) {
        struct mmu_response response = mmu_execute(&machine->mmu, &translator->regs, &setup[i]);
        assert(response.fault == MMU_FAULT_NONE); /* machine_parse let only such values through */
        if (engine != ENGINE_TRANSLATE && !send_clocked(translator, &setup[i])) {
            return false;
        }
    }
    return true;
}

bool translator_send(struct translator *translator, const struct mmu_request *request)
{
    if (translator->engine != ENGINE_TRANSLATE) {
        return send_clocked(translator, request);
    }
    const struct mmu_config *config = &translator->machine->mmu;
    struct mmu_response response =
        mmu_translate(config, mmu_bank(config, &translator->regs), request);
    translator->answer(translator->context, request, &response, 0);
    return true;
}

bool translator_drain(struct translator *translator)
{
    return translator->engine == ENGINE_TRANSLATE || timing_drain(&translator->timing);
}

void translator_close(struct translator *translator)
{
    if (translator->recording) {
        trace_writer_close(translator->recording, NULL);
    }
    if (translator->is_clocked) {
        testbench_end(&translator->bench);
    }
    if (translator->library) {
        dut_library_close(translator->library);
    }
}
