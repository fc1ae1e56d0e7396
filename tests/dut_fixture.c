/* SPDX-License-Identifier: MIT */
#include "dut_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char dut_directory[256];

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)type, (void)position;
    return remove(path);
}

int dut_fixture_begin(void **state)
{
    (void)state;
    snprintf(dut_directory, sizeof dut_directory, "%s/dut-XXXXXX", SEGMMU_TEST_BINARY_DIR);
    return mkdtemp(dut_directory) && setenv("XDG_CACHE_HOME", dut_directory, 1) == 0 ? 0 : -1;
}

int dut_fixture_end(void **state)
{
    (void)state;
    return nftw(dut_directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *dut_write_file(const char *name, const char *text)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", dut_directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

const char *dut_module(const char *body)
{
    /* The body begins in line 2. */
    static const char head[] =
        "module mmu #(parameter VA_W = 0, PA_W = 0, SEG_BITS = 0, SELECT = 0, CONTEXTS = 0, STAGES "
        "= 0) (input wire clk_i, rst_i, req_valid_i, output wire req_ready_o, input wire [1:0] "
        "req_op_i, input wire [63:0] req_addr_i, input wire [4:0] req_bytes_i, input wire [1:0] "
        "req_access_i, input wire req_priv_i, input wire [3:0] req_segment_i, input wire [7:0] "
        "req_reg_i, input wire [63:0] req_wdata_i, output wire rsp_valid_o, input wire "
        "rsp_ready_i, "
        "output wire [63:0] rsp_addr_o, rsp_data_o, output wire [3:0] rsp_fault_o, rsp_segment_o); "
        "wire [63:0] answer;\n";
    static const char tail[] =
        "\nreg valid_q; reg [63:0] addr_q; reg [63:0] data_q; reg [3:0] fault_q, segment_q;\n"
        "assign req_ready_o = !valid_q || rsp_ready_i;\n"
        "assign rsp_valid_o = valid_q;\n"
        "assign rsp_addr_o = valid_q ? addr_q : 64'd0;\n"
        "assign rsp_data_o = valid_q ? data_q : 64'd0;\n"
        "assign rsp_fault_o = valid_q ? fault_q : 4'd0;\n"
        "assign rsp_segment_o = valid_q ? segment_q : 4'd0;\n"
        "always @(posedge clk_i) begin\n"
        "  if (req_ready_o) begin\n"
        "    valid_q <= req_valid_i; addr_q <= answer; fault_q <= {req_access_i, req_op_i};\n"
        "    segment_q <= req_segment_i;\n"
        "    data_q <= req_wdata_i ^ {50'd0, req_priv_i, req_bytes_i, req_reg_i};\n"
        "  end\n"
        "  if (rst_i) valid_q <= 1'b0;\n"
        "end\n"
        "endmodule\n";
    static char text[8192];
    assert_true((size_t)snprintf(text, sizeof text, "%s%s%s", head, body, tail) < sizeof text);
    return text;
}

struct dut_library *dut_open_file(const char *path, enum dut_variant variant, struct error *error)
{
    const struct dut_source source = {
        .files = &path, .file_count = 1, .config = {32, 32, 2, 0, 2, 2}};
    return dut_library_open(&source, variant, error);
}

struct dut_library *dut_open(const char *name, const char *body, enum dut_variant variant,
                             struct error *error)
{
    char file[64];
    snprintf(file, sizeof file, "%s.v", name);
    return dut_open_file(dut_write_file(file, dut_module(body)), variant, error);
}

struct dut_library *dut_open_good(const char *name, const char *body, enum dut_variant variant)
{
    struct error error = {{0}};
    struct dut_library *library = dut_open(name, body, variant, &error);
    if (!library)
        fail_msg("%s", error.text);
    assert_string_equal(error.text, "");
    return library;
}

uint64_t dut_ask(const struct dut_interface *interface, void *dut, uint64_t vaddr)
{
    const struct mmu_in request = {
        .req = {.addr = vaddr, .bytes = 1}, .req_valid = 1, .rsp_ready = 1};
    const struct mmu_in nothing = {.rsp_ready = 1};
    struct mmu_out out;
    interface->cycle(dut, &request, &out);
    interface->cycle(dut, &nothing, &out);
    return out.rsp.addr;
}
