// SPDX-License-Identifier: MIT
// Puts a Verilated DUT behind struct dut_interface. The only C++ of the project; compiled together
// with what Verilator made of dut_wrapper.v.
//
//   DUT_TWO_EVALS    see dut_wrapper.v
//   DUT_TRACED       write an FST waveform where dut_start asks for one
//   DUT_RANDOM       registers start from random values
//   DUT_COVERAGE     count how often lines run and bits toggle

#include "lockstep/dut.h"

#include "Vdut.h"
#include "verilated.h"
#ifdef DUT_TRACED
#include "verilated_fst_c.h"
#endif
#ifdef DUT_COVERAGE
#include "verilated_cov.h"
#endif

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

// The words that are copied below are the structs' own bytes, which dut_wrapper.v takes apart.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "dut_wrapper.v is little-endian");
static_assert(offsetof(mmu_in, req.addr) == 0 && offsetof(mmu_in, req.wdata) == 8, "");
static_assert(offsetof(mmu_in, req.op) == 16 && offsetof(mmu_in, req.bytes) == 17, "");
static_assert(offsetof(mmu_in, req.access) == 18 && offsetof(mmu_in, req.priv) == 19, "");
static_assert(offsetof(mmu_in, req.segment) == 20 && offsetof(mmu_in, req.reg) == 21, "");
static_assert(offsetof(mmu_in, rst) == 24 && offsetof(mmu_in, req_valid) == 25, "");
static_assert(offsetof(mmu_in, rsp_ready) == 26 && sizeof(mmu_in) == 32, "");
static_assert(offsetof(mmu_out, rsp.addr) == 0 && offsetof(mmu_out, rsp.data) == 8, "");
static_assert(offsetof(mmu_out, rsp.fault) == 16 && offsetof(mmu_out, rsp.segment) == 17, "");
static_assert(offsetof(mmu_out, req_ready) == 24 && offsetof(mmu_out, rsp_valid) == 25, "");
static_assert(sizeof(mmu_out) == 32, "");

namespace
{

// How the RTL leaves an evaluation for good; what() is the failure.
struct stopped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The error that the RTL printed last: Verilator prints the message of $fatal, $error or an
// assertion first, with its place, and stops then.
thread_local std::string last_error;

[[noreturn]] void stop_here(const char *filename, int line, const std::string &what)
{
    if (!filename || !filename[0])
        throw stopped(what);
    throw stopped(std::string(filename) + ":" + std::to_string(line) + ": " + what);
}

struct dut {
    VerilatedContext context;
    std::unique_ptr<Vdut> top;
#ifdef DUT_TRACED
    std::unique_ptr<VerilatedFstC> waveform;
    uint64_t waveform_begin = 0; // in time units
#endif
    bool is_running = false; // the first clock has begun
    bool has_failed = false;
    std::string failure;

    void fail(const char *text) noexcept
    {
        has_failed = true;
        try {
            failure = text;
        } catch (...) { // no memory: the empty text still says that it failed
        }
    }
};

#ifdef DUT_TRACED
// Clock n lies at the times 10 n to 10 n + 9: clk is low, and inputs and outputs hold, from 10 n
// on; the edge that ends the clock is at 10 n + 5.
const unsigned time_per_phase = DUT_WAVEFORM_TIME / 2;
const unsigned clocks_per_flush = 64; // what is not flushed is lost when the RTL crashes

void dump(dut *dut)
{
    const bool is_shown = dut->waveform && dut->context.time() >= dut->waveform_begin;
    if (is_shown)
        dut->waveform->dump(dut->context.time());
    dut->context.timeInc(time_per_phase);
    if (is_shown && dut->context.time() % (2 * time_per_phase * clocks_per_flush) == 0)
        dut->waveform->flush();
}

void dump_failure(dut *dut)
{
    try {
        dump(dut);
        if (dut->waveform)
            dut->waveform->flush();
    } catch (...) { // the failure itself is told
    }
}

bool can_write(const char *path)
{
    FILE *file = std::fopen(path, "wb");
    return file && std::fclose(file) == 0;
}
#else
void dump(dut *)
{
}

void dump_failure(dut *)
{
}
#endif

void clear_inputs(Vdut *top)
{
    top->tick = 0;
    top->req_addr = 0;
    top->req_wdata = 0;
    top->req_fields = 0;
    top->in_signals = 0;
}

void *start_dut(const struct dut_start *start)
{
    try {
        std::unique_ptr<dut> dut(new struct dut);
        Verilated::threadContextp(&dut->context);
        last_error.clear();
        // Also for $random. Verilator takes 31 bits, of which 0 means a seed out of the air.
        uint64_t mixed = (start->random_seed + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 33;
        dut->context.randSeed(mixed ? static_cast<int>(mixed) : 1);
        const std::string selection = "+segmmu_mutant=" + std::to_string(start->mutant);
        const char *arguments[] = {"segmmu", selection.c_str()};
        dut->context.commandArgs(2, arguments); // what $value$plusargs sees
#ifdef DUT_RANDOM
        dut->context.randReset(2);
#endif
#ifdef DUT_TRACED
        if (start->waveform_path && !can_write(start->waveform_path))
            return nullptr;
        dut->context.traceEverOn(true);
#else
        if (start->waveform_path)
            return nullptr;
#endif
        dut->top.reset(new Vdut(&dut->context, "dut"));
        clear_inputs(dut->top.get());
#ifdef DUT_TRACED
        if (start->waveform_path) {
            dut->waveform_begin = start->waveform_skip * DUT_WAVEFORM_TIME;
            dut->waveform.reset(new VerilatedFstC);
            dut->top->trace(dut->waveform.get(), 99);
            dut->waveform->open(start->waveform_path);
            if (!dut->waveform->isOpen())
                return nullptr;
        }
#endif
        return dut.release();
    } catch (...) {
        return nullptr;
    }
}

void cycle_dut(void *instance, const struct mmu_in *in, struct mmu_out *out)
{
    dut *dut = static_cast<struct dut *>(instance);
    if (dut->has_failed) {
        std::memset(out, 0, sizeof *out);
        return;
    }
    Vdut *top = dut->top.get();
    const char *from = reinterpret_cast<const char *>(in);
    char *to = reinterpret_cast<char *>(out);
    try {
#ifdef DUT_TWO_EVALS
        if (dut->is_running) {
            top->tick = 1;
            top->eval();
            dump(dut);
        }
        top->tick = 0;
#else
        top->tick = dut->is_running && !top->tick;
#endif
        dut->is_running = true;
        std::memcpy(&top->req_addr, from, 8);
        std::memcpy(&top->req_wdata, from + 8, 8);
        std::memcpy(&top->req_fields, from + 16, 8);
        std::memcpy(&top->in_signals, from + 24, 4);
        top->eval();
        dump(dut);
        std::memset(to + 16, 0, 16);
        std::memcpy(to, &top->rsp_addr, 8);
        std::memcpy(to + 8, &top->rsp_data, 8);
        std::memcpy(to + 16, &top->rsp_fields, 4);
        std::memcpy(to + 24, &top->out_signals, 4);
    } catch (const std::exception &exception) {
        dut->fail(exception.what());
    } catch (...) {
        dut->fail("the RTL threw an exception");
    }
    if (dut->has_failed) {
        std::memset(out, 0, sizeof *out);
        dump_failure(dut);
    }
}

const char *dut_failure(void *instance)
{
    dut *dut = static_cast<struct dut *>(instance);
    return dut->has_failed ? dut->failure.c_str() : nullptr;
}

void stop_dut(void *instance)
{
    dut *dut = static_cast<struct dut *>(instance);
#ifdef DUT_TRACED
    if (dut->waveform)
        dut->waveform->close();
#endif
    // Scopes are taken out of the context of the thread, which may be that of an instance that was
    // begun later and is gone.
    Verilated::threadContextp(&dut->context);
    delete dut;
}

#ifdef DUT_COVERAGE
const char *write_coverage(void *instance, const char *path)
{
    dut *dut = static_cast<struct dut *>(instance);
    try {
        dut->context.coveragep()->write(path);
        return nullptr;
    } catch (const std::exception &exception) { // of vl_fatal: the file cannot be opened
        dut->fail(exception.what());
    } catch (...) {
        dut->fail("coverage cannot be written");
    }
    return dut->failure.c_str();
}
#else
const char *(*const write_coverage)(void *, const char *) = nullptr;
#endif

const struct dut_interface interface = {
    DUT_ABI_VERSION, start_dut, cycle_dut, dut_failure, stop_dut, write_coverage,
};

} // namespace

int dut_print(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    static const char mark[] = "%Error: ";
    if (const char *error = std::strstr(text, mark)) {
        last_error.assign(error + std::strlen(mark));
        last_error.erase(last_error.find_last_not_of('\n') + 1);
    } else {
        std::fputs(text, stderr); // standard output is segmmu's own
    }
    return length;
}

void vl_finish(const char *filename, int line, const char *)
{
    stop_here(filename, line, "$finish");
}

void vl_stop(const char *filename, int line, const char *)
{
    if (!last_error.empty())
        throw stopped(last_error);
    stop_here(filename, line, "$stop");
}

void vl_fatal(const char *filename, int line, const char *, const char *message)
{
    stop_here(filename, line, message);
}

extern "C" __attribute__((visibility("default"))) const struct dut_interface *
segmmu_dut_interface(void)
{
    return &interface;
}
