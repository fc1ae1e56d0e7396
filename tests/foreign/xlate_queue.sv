// SPDX-License-Identifier: MIT
// A queue of DEPTH words. With DEPTH 1 it takes a word in the cycle in which it gives one, so that
// a word moves in every cycle; deeper ones do without that path from pop to push_ready.
module xlate_queue #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 1
) (
    input  logic             clk,
    input  logic             rst_n,
    input  logic             push,
    output logic             push_ready,
    input  logic [WIDTH-1:0] push_word,
    input  logic             pop,
    output logic             pop_valid,
    output logic [WIDTH-1:0] pop_word
);

  localparam int COUNT_W = $clog2(DEPTH + 1);

  logic [WIDTH-1:0]   words [DEPTH];  // the oldest is words[0]
  logic [COUNT_W-1:0] count;

  logic pushes, pops;
  logic [COUNT_W-1:0] count_after_pop;

  assign pop_valid       = count != 0;
  assign pop_word        = words[0];
  assign push_ready      = (32'(count) != DEPTH) || (DEPTH == 1 && pop);
  assign pushes          = push && push_ready;
  assign pops            = pop && pop_valid;
  assign count_after_pop = count - COUNT_W'(pops);

  always_ff @(posedge clk) begin
    for (int i = 0; i < DEPTH - 1; i++) if (pops) words[i] <= words[i+1];
    for (int i = 0; i < DEPTH; i++)
      if (pushes && count_after_pop == COUNT_W'(i)) words[i] <= push_word;
    count <= count_after_pop + COUNT_W'(pushes);
    if (!rst_n) count <= '0;
  end

endmodule
