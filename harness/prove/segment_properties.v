// SPDX-License-Identifier: MIT
// Properties of a segment MMU, of the RTL alone: its registers and its ports come in, and what must
// hold of them is asserted. No C has a part in it. For `sat -tempinduct` of Yosys: from any state
// in which all assertions hold, a clock leads to one in which they hold again.
//
// Registers named g_ are the property's own memory of what went into the pipeline: which segment
// register a user's access met in lookup, and what it asked for.
module segment_properties #(
  parameter VA_W = 32,
  parameter PA_W = 32,
  parameter SEG_BITS = 2,
  parameter SELECT = 0,
  parameter CONTEXTS = 1,
  parameter STAGES = 2,
  parameter OFF_W = 30,
  parameter CONTEXT_W = 1,
  parameter ENTRIES = 4
) (
  input wire        clk_i,
  input wire        rst_i,
  input wire        req_valid_i,
  input wire        req_ready_o,
  input wire [1:0]  req_op_i,
  input wire [63:0] req_addr_i,
  input wire [4:0]  req_bytes_i,
  input wire [1:0]  req_access_i,
  input wire        req_priv_i,
  input wire [3:0]  req_segment_i,
  input wire        rsp_valid_o,
  input wire        rsp_ready_i,
  input wire [63:0] rsp_addr_o,
  input wire [63:0] rsp_data_o,
  input wire [3:0]  rsp_fault_o,
  input wire [3:0]  rsp_segment_o,

  // Registers; those that a machine does not have are 0
  input wire        req_valid_q,
  input wire [1:0]  req_op_q,
  input wire [63:0] req_addr_q,
  input wire [4:0]  req_bytes_q,
  input wire [1:0]  req_access_q,
  input wire        req_priv_q,
  input wire [3:0]  req_segment_q,
  input wire        look_valid_q,
  input wire [1:0]  look_op_q,
  input wire [63:0] look_addr_q,
  input wire [4:0]  look_bytes_q,
  input wire [1:0]  look_access_q,
  input wire        look_priv_q,
  input wire [PA_W:0]  look_base_q,
  input wire [OFF_W:0] look_size_q,
  input wire [4:0]  look_flags_q,
  input wire [63:0] look_data_q,
  input wire [3:0]  look_fault_q,
  input wire [CONTEXT_W-1:0] context_q,
  input wire [ENTRIES*(PA_W+1)-1:0]  segment_base_q,
  input wire [ENTRIES*(OFF_W+1)-1:0] segment_size_q,
  input wire [ENTRIES*5-1:0]         segment_flags_q
);

  localparam [64:0] SPAN     = 65'd1 << OFF_W;
  localparam [64:0] PA_SPACE = 65'd1 << PA_W;

  // A trace begins with a reset.
  reg started = 1'b0;
  always @(posedge clk_i) started <= 1'b1;
  always @* assume (started || rst_i);

  wire advance = !rsp_valid_o || rsp_ready_i;

  // --- the request in lookup, and the segment register that it meets ---

  wire        l_valid   = (STAGES >= 2) ? req_valid_q : req_valid_i;
  wire [1:0]  l_op      = (STAGES >= 2) ? req_op_q : req_op_i;
  wire [63:0] l_addr    = (STAGES >= 2) ? req_addr_q : req_addr_i;
  wire [4:0]  l_bytes   = (STAGES >= 2) ? req_bytes_q : req_bytes_i;
  wire [1:0]  l_access  = (STAGES >= 2) ? req_access_q : req_access_i;
  wire        l_priv    = (STAGES >= 2) ? req_priv_q : req_priv_i;
  wire [3:0]  l_segment = SELECT ? ((STAGES >= 2) ? req_segment_q : req_segment_i)
                                 : (l_addr >> OFF_W) & ((1 << SEG_BITS) - 1);
  wire        l_user    = l_valid && l_op == 2'd0 && !l_priv;
  wire        l_exists  = l_segment < (1 << SEG_BITS);

  reg [PA_W:0]  l_base;
  reg [OFF_W:0] l_size;
  reg [4:0]     l_flags;
  integer i;
  always @* begin
    l_base  = 0;
    l_size  = 0;
    l_flags = 0;
    for (i = 0; i < ENTRIES; i = i + 1) begin
      if (l_user && l_exists && i == ((CONTEXTS > 1 ? context_q : 0) << SEG_BITS) + l_segment) begin
        l_base  = segment_base_q[i*(PA_W+1) +: PA_W+1];
        l_size  = segment_size_q[i*(OFF_W+1) +: OFF_W+1];
        l_flags = segment_flags_q[i*5 +: 5];
      end
    end
  end

  // --- the same, behind lookup and behind check ---

  reg           g_look_valid, g_look_user, g_rsp_valid, g_rsp_user;
  reg [PA_W:0]  g_look_base, g_rsp_base;
  reg [OFF_W:0] g_look_size, g_rsp_size;
  reg [4:0]     g_look_flags, g_rsp_flags;
  reg [63:0]    g_look_addr, g_rsp_vaddr;
  reg [4:0]     g_look_bytes, g_rsp_bytes;
  reg [1:0]     g_look_access, g_rsp_access;

  always @(posedge clk_i) begin
    if (rst_i) begin
      g_look_valid <= 1'b0;
      g_look_user  <= 1'b0;
      g_rsp_valid  <= 1'b0;
      g_rsp_user   <= 1'b0;
    end else if (advance) begin
      g_look_valid  <= l_valid;
      g_look_user   <= l_user;
      g_look_base   <= l_base;
      g_look_size   <= l_size;
      g_look_flags  <= l_flags;
      g_look_addr   <= l_addr;
      g_look_bytes  <= l_bytes;
      g_look_access <= l_access;
      g_rsp_valid   <= (STAGES == 3) ? g_look_valid : l_valid;
      g_rsp_user    <= (STAGES == 3) ? g_look_user : l_user;
      g_rsp_base    <= (STAGES == 3) ? g_look_base : l_base;
      g_rsp_size    <= (STAGES == 3) ? g_look_size : l_size;
      g_rsp_flags   <= (STAGES == 3) ? g_look_flags : l_flags;
      g_rsp_vaddr   <= (STAGES == 3) ? g_look_addr : l_addr;
      g_rsp_bytes   <= (STAGES == 3) ? g_look_bytes : l_bytes;
      g_rsp_access  <= (STAGES == 3) ? g_look_access : l_access;
    end
  end

  // --- the last clock ---

  reg        p_rst, p_writes, p_holds, p_moves;
  reg [63:0] p_addr, p_data;
  reg [3:0]  p_fault, p_segment;
  reg [ENTRIES*(PA_W+1)-1:0]  p_bases;
  reg [ENTRIES*(OFF_W+1)-1:0] p_sizes;
  reg [ENTRIES*5-1:0]         p_flags;
  always @(posedge clk_i) begin
    p_rst     <= rst_i;
    p_writes  <= l_valid && l_priv && l_op == 2'd1;
    p_holds   <= rsp_valid_o && !rsp_ready_i && !rst_i;
    p_moves   <= req_valid_i && req_ready_o && !rst_i;
    p_addr    <= rsp_addr_o;
    p_data    <= rsp_data_o;
    p_fault   <= rsp_fault_o;
    p_segment <= rsp_segment_o;
    p_bases   <= segment_base_q;
    p_sizes   <= segment_size_q;
    p_flags   <= segment_flags_q;
  end

  // --- isolated ---

  wire        is_admitted = g_rsp_user && rsp_valid_o && rsp_fault_o == 4'd0;
  wire        grows_down  = g_rsp_flags[4];
  wire [64:0] base   = g_rsp_base;
  wire [64:0] size   = g_rsp_size;
  wire [64:0] first  = rsp_addr_o;
  wire [64:0] behind = rsp_addr_o + g_rsp_bytes;
  wire [64:0] offset = g_rsp_vaddr[OFF_W-1:0];

  // One run of the solver shows one of ACCESS, GUARD and CHANNELS, and the ties below.
`ifdef ACCESS
  always @* if (started && is_admitted) begin
    assert (g_rsp_flags[0]);
    assert (g_rsp_access != 2'd3 && g_rsp_flags[g_rsp_access + 1]);
    assert (g_rsp_bytes != 0 && g_rsp_bytes <= 16);
    assert (g_rsp_vaddr >> VA_W == 0);
    assert (behind <= PA_SPACE);
    assert (grows_down ? behind <= base && first + size >= base
                       : first >= base && behind <= base + size);
    // The distance of physical and virtual byte is the segment's: no two bytes of it meet.
    assert (first + (grows_down ? SPAN : 65'd0) == base + offset);
  end
`endif

`ifdef GUARD
  always @* if (started && !p_rst && !p_writes) begin
    assert (segment_base_q == p_bases);
    assert (segment_size_q == p_sizes);
    assert (segment_flags_q == p_flags);
  end
`endif

  // --- channels ---

`ifdef CHANNELS
  always @* if (started) begin
    assert (req_ready_o == advance);
    if (STAGES >= 2 && p_moves) assert (req_valid_q);
    if (p_holds && !p_rst) begin
      assert (rsp_valid_o && rsp_addr_o == p_addr && rsp_data_o == p_data
              && rsp_fault_o == p_fault && rsp_segment_o == p_segment);
    end
    if (rsp_fault_o != 4'd0 || !rsp_valid_o) begin
      assert (rsp_addr_o == 64'd0 && rsp_data_o == 64'd0);
    end
  end
`endif

  // --- what ties the property's memory to the registers ---

  always @* if (started) assert (rsp_valid_o == g_rsp_valid);
  always @* if (started && STAGES == 3) begin
    assert (look_valid_q == g_look_valid);
    assert (g_look_user == (look_valid_q && look_op_q == 2'd0 && !look_priv_q));
    if (g_look_user) begin
      assert (look_base_q == g_look_base && look_size_q == g_look_size);
      assert (look_flags_q == g_look_flags && look_addr_q == g_look_addr);
      assert (look_bytes_q == g_look_bytes && look_access_q == g_look_access);
    end
    if (!look_valid_q || look_op_q != 2'd2 || look_fault_q != 4'd0) assert (look_data_q == 64'd0);
    if (!look_valid_q || look_op_q == 2'd0) assert (look_fault_q == 4'd0);
  end

endmodule
