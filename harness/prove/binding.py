#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The binding of a kind's C model to RTL: which register of the RTL is which member of the model's
state (the file says how it is written: segment.binding).

    binding.py NETLIST.json --top MODULE --binding FILE --log YOSYS.log --param NAME=VALUE... -o DIR

Writes DIR/rtl.c (see rtl2c.py) and DIR/binding.h:

    bind_state()     gives the model's state the values of the RTL's registers
    compare_state()  asserts that they are equal, member by member, for the members of PROVE_PART

Exit status: 0, or 3 with a line for each thing that is refused: a construct of the RTL, a register
that the binding does not have, one that it has and the RTL has not, or of another width; or 2.
"""
import argparse
import ast
import operator
import sys

import rtl2c

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
             ast.GtE: operator.ge, ast.Eq: operator.eq, ast.Gt: operator.gt, ast.LtE: operator.le}


class BadBinding(Exception):
    pass


def evaluate(text, values):
    """A small expression in the parameters' names."""

    def value(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.Name) and node.id in values:
            return values[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPERATORS:
            return OPERATORS[type(node.ops[0])](value(node.left), value(node.comparators[0]))
        raise BadBinding(f"found `{text}`, expected parameters, numbers, + - * == >= <= >")

    try:
        return value(ast.parse(text, mode="eval").body)
    except SyntaxError:
        raise BadBinding(f"found `{text}`, expected an expression") from None


class Line:
    """One register: its name, its member, and for this machine its width and whether it is there."""

    def __init__(self, text, values):
        fields = [field.strip() for field in text.split("  ") if field.strip()]
        if len(fields) != 4:
            raise BadBinding(f"found {len(fields)} columns, expected 4, at least two spaces apart")
        self.register, width, self.member, condition = fields
        self.is_array = self.register.endswith("[]")
        if self.is_array != ("[]" in self.member):
            raise BadBinding("found [] on one side alone, expected it on both or on none")
        self.register = self.register.removesuffix("[]")
        self.width = evaluate(width, values)
        self.is_there = condition == "always" or bool(evaluate(condition, values))


def read_binding(path, values):
    lines, members = {}, set()
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.strip() or text.startswith("#"):
                continue
            try:
                line = Line(text, values)
                if line.register in lines or line.member in members:
                    raise BadBinding(f"found {line.register} or {line.member} again, expected it once")
            except BadBinding as error:
                raise BadBinding(f"{path}:{number}: {error}") from None
            lines[line.register] = line
            members.add(line.member)
    return lines


def derived(values):
    """With what follows from the parameters, as in rtl/README.md."""
    result = dict(values)
    result["OFF_W"] = values["VA_W"] if values["SELECT"] else values["VA_W"] - values["SEG_BITS"]
    result["CONTEXT_W"] = max(1, (values["CONTEXTS"] - 1).bit_length())
    return result


def check(binding, registers, path, design):
    """What does not fit, a line each."""
    refusals, found = [], {}
    for register in registers:
        line = binding.get(register.name)
        source = design.find_source(register.bits[0]) or "the RTL"
        if line is None or not line.is_there:
            refusals.append(f"{source}: register {register.member()} is not in {path} for this "
                            "machine; write the RTL with the registers of the specification "
                            "(section 3, State), or check it with `segmmu check`")
        elif line.is_array != (register.index is not None):
            refusals.append(f"{source}: register {register.member()} is {'no ' * line.is_array}"
                            f"memory; write it as {line.register}{'[...]' * line.is_array}")
        elif len(register.bits) != line.width:
            refusals.append(f"{source}: register {register.member()} has {len(register.bits)} bits; "
                            f"write it with {line.width}")
        else:
            found.setdefault(register.name, []).append(register)
    # All of a register's refusals are one.
    refusals = list(dict.fromkeys(refusals))
    for line in binding.values():
        if line.is_there and line.register not in {register.name for register in registers}:
            refusals.append(f"{path}: the RTL has no register {line.register}, which this machine "
                            "has; write it, or check the RTL with `segmmu check`")
    return refusals, found


def part_of(register):
    """Registers are compared in parts, for the solver's sake: 0, 1 (lookup), 2 and on (memories)."""
    if register.index is not None:
        return 2 + register.index // 16
    return int(register.name.startswith("look_"))


def write_header(binding, found, stream):
    say = lambda *lines: print(*lines, sep="\n", file=stream)
    bound, compared = [], []
    for line in binding.values():
        if not line.is_there:
            if not line.is_array:
                bound.append(f"    state->{line.member} = 0;")
                compared.append(f"    PART(0, SAME(state->{line.member}, 0, \"{line.register}\"));")
            continue
        for register in found[line.register]:
            member = line.member.replace("[]", f"[{register.index}]")
            bound.append(f"    state->{member} = rtl->{register.member()};")
            compared.append(f"    PART({part_of(register)}, SAME(state->{member}, "
                            f"rtl->{register.member()}, \"{register.member()}\"));")
    say("/* Generated by binding.py. */",
        "static void bind_state(struct mmu_state *state, const struct rtl_state *rtl)", "{", *bound,
        "}", "", "/* PART(number, SAME(value of the model, of the RTL, register)) */",
        "static void compare_state(const struct mmu_state *state, const struct rtl_state *rtl)", "{",
        *compared, "}")


# --- the properties of the RTL alone ---

# Registers that segment_properties.v looks at.
PROPERTY_REGISTERS = ("req_valid_q", "req_op_q", "req_addr_q", "req_bytes_q", "req_access_q",
                      "req_priv_q", "req_segment_q", "look_valid_q", "look_op_q", "look_addr_q",
                      "look_bytes_q", "look_access_q", "look_priv_q", "look_base_q", "look_size_q",
                      "look_flags_q", "look_data_q", "look_fault_q", "context_q",
                      "segment_base_q", "segment_size_q", "segment_flags_q")
PROPERTY_PORTS = ("clk_i", "rst_i", "req_valid_i", "req_ready_o", "req_op_i", "req_addr_i",
                  "req_bytes_i", "req_access_i", "req_priv_i", "req_segment_i", "rsp_valid_o",
                  "rsp_ready_i", "rsp_addr_o", "rsp_data_o", "rsp_fault_o", "rsp_segment_o")


def write_properties(design, top, found, values, folder):
    """properties.v, a module with the design and its properties, and expose.ys, a script that makes
    outputs of the registers that the properties look at."""
    ports, wires, shown, expose = [], [], [], [f"cd {top}"]
    for name, port in design.ports.items():
        ports.append(f"  {'input' if port['direction'] == 'input' else 'output'} wire "
                     f"[{len(port['bits']) - 1}:0] {name}")
    for name in PROPERTY_REGISTERS:
        registers = found.get(name)
        if registers is None:
            continue  # not of this machine: an input that is left open is 0 below
        width = sum(len(register.bits) for register in registers)
        wires.append(f"  wire [{width - 1}:0] {name};")
        low = 0
        for register in registers:
            port = name if register.index is None else f"{name}_{register.index}"
            expose += [f"rename {register.net} segmmu_{port}", f"expose w:segmmu_{port}"]
            high = low + len(register.bits) - 1
            shown.append(f"    .segmmu_{port}({name}[{high}:{low}])")
            low = high + 1
    entries = len(found["segment_base_q"])
    settings = [f"    .{name}({values[name]})" for name in
                ("VA_W", "PA_W", "SEG_BITS", "SELECT", "CONTEXTS", "STAGES", "OFF_W", "CONTEXT_W")]
    settings.append(f"    .ENTRIES({entries})")
    looked_at = [f"    .{name}({name})" for name in PROPERTY_PORTS]
    looked_at += [f"    .{name}({name if name in found else 0})" for name in PROPERTY_REGISTERS]
    with open(f"{folder}/properties.v", "w", encoding="utf-8") as stream:
        print("// Generated by binding.py.", "module segmmu_properties (", ",\n".join(ports), ");",
              *wires, f"  {top} dut (",
              ",\n".join([f"    .{name}({name})" for name in design.ports] + shown), "  );",
              "  segment_properties #(", ",\n".join(settings), "  ) properties (",
              ",\n".join(looked_at), "  );", "endmodule", sep="\n", file=stream)
    with open(f"{folder}/expose.ys", "w", encoding="utf-8") as stream:
        print(*expose, "cd", sep="\n", file=stream)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("netlist")
    parser.add_argument("--top", required=True)
    parser.add_argument("--binding", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--param", action="append", default=[])
    parser.add_argument("-o", dest="output", required=True)
    options = parser.parse_args()
    try:
        values = derived({name: int(value) for name, value in
                          (setting.split("=") for setting in options.param)})
        binding = read_binding(options.binding, values)
        refusals = rtl2c.refuse_x(options.log)
        design = rtl2c.Design(options.netlist, options.top)
        emitter = rtl2c.Emitter(design, set(binding))
        more, found = check(binding, emitter.registers, options.binding.rsplit("/", 1)[-1], design)
        refusals += more
        if not refusals:
            with open(f"{options.output}/rtl.c", "w", encoding="utf-8") as stream:
                rtl2c.write_c(emitter, options.top, stream)
            with open(f"{options.output}/binding.h", "w", encoding="utf-8") as stream:
                write_header(binding, found, stream)
            write_properties(design, options.top, found, values, options.output)
    except rtl2c.Refused as refusal:
        refusals = refusals + [str(refusal)]
    except (rtl2c.BadNetlist, BadBinding, OSError, ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 2
    for line in refusals:
        print(line, file=sys.stderr)
    return 3 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
