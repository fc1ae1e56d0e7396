#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From RTL to C: a flattened design of word-level cells, as Yosys writes it (write_json), becomes a
function of the shape of the C model, a struct of registers, struct in, struct out.

    rtl2c.py NETLIST.json --top MODULE [--registers NAME,...] [--log YOSYS.log] -o FILE.c

The C has

    struct rtl_state    a member for each register, named as in the Verilog without its hierarchy;
                        `name[3]` of the Verilog is member name[3]
    struct rtl_in       a member for each input but the clock
    struct rtl_out      a member for each output
    struct rtl_unknown  a member for each place at which Yosys has an undefined value: what stands
                        there may be anything, in every cycle anew
    rtl_cycle()         one clock: outputs first, then the registers' next values
    rtl_is_in_range()   no member of a state has a bit above its width

What it does not take ends it with exit status 3 and, for each, a line that names the construct, the
place in the source and what to write instead; 2 is for a netlist that is none.

--registers names registers that are wanted by these names, where one has several. --log is what
Yosys printed for `read_verilog -dump_ast1`: from it come the x literals of the source.
"""
import argparse
import json
import re
import sys

MAX_WIDTH = 64


class Refused(Exception):
    """What the translator does not take: the construct, where, and what to write instead."""

    def __init__(self, construct, source, instead):
        super().__init__(f"{source or 'the design'}: {construct}; write {instead}")


class BadNetlist(Exception):
    pass


# --- the netlist ---


def source_of(item):
    """FILE:LINE of a cell or net. Yosys has a range for the item and one for each instance around
    it, in no order that says which: the last one in a file of its own is the innermost."""
    ranges = [place for place in item.get("attributes", {}).get("src", "").split("|")
              if place and not re.search(r":0\.0", place)]
    # The instances around it come from the outermost; the item itself stands where the fewest lines
    # are meant.
    best = None
    for place in ranges:
        match = re.match(r"(.*):(\d+)\.\d+-(\d+)\.\d+$", place)
        if match:
            size = int(match[3]) - int(match[2])
            if best is None or size < best[0]:
                best = (size, f"{match[1]}:{match[2]}")
    return best[1] if best else None


def is_public(name):
    return "$" not in name.split(".")[-1] and not name.startswith("$")


def local_name(name):
    """Without hierarchy, `name` or `name[3]`."""
    return name.split(".")[-1].lstrip("\\")


class Design:
    """A module of the JSON: its ports, cells and nets."""

    def __init__(self, path, top):
        try:
            with open(path, encoding="utf-8") as file:
                module = json.load(file)["modules"][top]
            self.ports, self.nets = module["ports"], module["netnames"]
            self.cells = module["cells"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadNetlist(f"{path}: found no module {top} of Yosys's JSON: {error!r}") from None
        self.drivers = {}  # of a net bit: (cell name, port, position), or ("", port name, position)
        for name, port in self.ports.items():
            if port["direction"] == "input":
                for position, bit in enumerate(port["bits"]):
                    self.drivers[bit] = ("", name, position)
        for name, cell in self.cells.items():
            for port, bits in cell["connections"].items():
                if cell["port_directions"].get(port) != "output":
                    continue
                for position, bit in enumerate(bits):
                    if bit in self.drivers:
                        raise Refused(f"{self.name_of(bit)} has two drivers", source_of(cell),
                                      "one assignment of each signal")
                    self.drivers[bit] = (name, port, position)

    def name_of(self, bit):
        """For people; the public name that a net bit has, or `a signal`."""
        for name, net in self.nets.items():
            if bit in net["bits"] and is_public(name):
                return name if len(net["bits"]) == 1 else f"{name}[{net['bits'].index(bit)}]"
        return "a signal"

    def find_source(self, bit):
        for name, net in self.nets.items():
            if bit in net["bits"] and is_public(name):
                return source_of(net)
        return None


# --- cells ---


def parameter(cell, name):
    text = cell["parameters"][name]
    return int(text, 2) if isinstance(text, str) else int(text)


def mask(width):
    return (1 << width) - 1


def constant(value):
    """Of 64 bits, as everything is: nothing is to be cut where C would do its sums in fewer."""
    return f"UINT64_C(0x{value:x})" if value > 9 else f"UINT64_C({value})"


def cut(text, width):
    """The low `width` bits of an expression."""
    return f"({text}) & {constant(mask(width))}" if width < MAX_WIDTH else text


class Cell:
    """A combinational cell: its inputs as C expressions."""

    def __init__(self, emitter, name, cell):
        self.emitter, self.name, self.cell = emitter, name, cell
        self.bits = cell["connections"]
        self.width = len(self.bits["Y"])

    def has_sign(self, port):
        return bool(parameter(self.cell, port + "_SIGNED"))

    def raw(self, port):
        return self.emitter.signal(self.bits[port], self.name, port)

    def extended(self, port, is_signed):
        """To 64 bits: by zeros, or by its sign."""
        text, width = self.raw(port), len(self.bits[port])
        if not is_signed or width == MAX_WIDTH:
            return text
        sign = constant(1 << (width - 1))
        return f"((({text}) ^ {sign}) - {sign})"

    def pair(self):
        """A and B as an operator of Verilog has them: signed where both are."""
        is_signed = self.has_sign("A") and self.has_sign("B")
        return self.extended("A", is_signed), self.extended("B", is_signed), is_signed


def arithmetic(operator):
    def translate(cell):
        a, b, _ = cell.pair()
        return cut(f"({a}) {operator} ({b})", cell.width)

    return translate


def negated(operator):
    def translate(cell):
        a, b, _ = cell.pair()
        return cut(f"~(({a}) {operator} ({b}))", cell.width)

    return translate


def unary(operator):
    def translate(cell):
        return cut(f"{operator}({cell.extended('A', cell.has_sign('A'))})", cell.width)

    return translate


def comparison(operator):
    def translate(cell):
        a, b, is_signed = cell.pair()
        if is_signed and operator not in ("==", "!="):
            # The order of signed numbers is that of unsigned ones with the sign bit inverted.
            sign = constant(1 << (MAX_WIDTH - 1))
            a, b = f"({a}) ^ {sign}", f"({b}) ^ {sign}"
        return f"({a}) {operator} ({b})"

    return translate


def logic(operator):
    def translate(cell):
        return f"({cell.raw('A')}) != 0 {operator} ({cell.raw('B')}) != 0"

    return translate


def shift_left(cell):
    a, b = cell.extended("A", cell.has_sign("A")), cell.raw("B")
    return cut(f"rtl_left({a}, {b})", cell.width)


def shift_right(cell):
    # In the wider of operand and result.
    width = max(cell.width, len(cell.bits["A"]))
    a = cut(cell.extended("A", cell.has_sign("A")), width)
    return cut(f"rtl_right({a}, {cell.raw('B')})", cell.width)


def shift_right_arithmetic(cell):
    if not cell.has_sign("A"):
        return shift_right(cell)
    return cut(f"rtl_right_signed({cell.extended('A', True)}, {cell.raw('B')})", cell.width)


def shift_both(cell):
    """$shift: to the right by B, to the left where B is negative; $shiftx: the same, and a bit from
    beyond A is undefined, which must not be there to choose."""
    is_indexed = cell.cell["type"] == "$shiftx"
    a_width, b_width = len(cell.bits["A"]), len(cell.bits["B"])
    if is_indexed and (cell.has_sign("B") or mask(b_width) + cell.width > a_width):
        raise Refused("a part of a signal is selected by an index that can reach beyond it",
                      source_of(cell.cell),
                      "a signal with a power of two of parts and an unsigned index of just its bits")
    a = cell.extended("A", cell.has_sign("A"))
    if not is_indexed:
        a = cut(a, max(cell.width, a_width))
    if not cell.has_sign("B"):
        return cut(f"rtl_right({a}, {cell.raw('B')})", cell.width)
    b = cell.extended("B", True)
    sign = constant(1 << (MAX_WIDTH - 1))
    return cut(f"({b}) & {sign} ? rtl_left({a}, 0 - ({b})) : rtl_right({a}, {b})", cell.width)


def multiplexer(cell):
    return f"({cell.raw('S')}) != 0 ? {cell.raw('B')} : {cell.raw('A')}"


def multiplexer_of_many(cell):
    """$pmux: the part of B whose bit of S is set, A where none is. Yosys makes it of a case with
    distinct values, so that never two are; the lowest would come first."""
    choices = []
    for i, select in enumerate(cell.bits["S"]):
        part = cell.bits["B"][i * cell.width:(i + 1) * cell.width]
        value = cell.emitter.signal(part, cell.name, f"B{i}")
        choices.append(f"({cell.emitter.signal([select], cell.name, f'S{i}')}) != 0 ? {value} :")
    return "\n        ".join(choices + [cell.raw("A")])


def part_of_a(cell):
    """$slice and $concat, which are wires."""
    if cell.cell["type"] == "$concat":
        return cell.emitter.signal(cell.bits["A"] + cell.bits["B"], cell.name, "AB")
    offset = parameter(cell.cell, "OFFSET")
    return cell.emitter.signal(cell.bits["A"][offset:offset + cell.width], cell.name, "A")


CELLS = {
    "$add": arithmetic("+"), "$sub": arithmetic("-"), "$mul": arithmetic("*"),
    "$and": arithmetic("&"), "$or": arithmetic("|"), "$xor": arithmetic("^"),
    "$xnor": negated("^"),
    "$not": unary("~"), "$neg": unary("0 - "), "$pos": unary(""),
    "$eq": comparison("=="), "$ne": comparison("!="),
    "$eqx": comparison("=="), "$nex": comparison("!="),
    "$lt": comparison("<"), "$le": comparison("<="),
    "$ge": comparison(">="), "$gt": comparison(">"),
    "$logic_and": logic("&&"), "$logic_or": logic("||"),
    "$logic_not": lambda cell: f"({cell.raw('A')}) == 0",
    "$reduce_and": lambda cell: f"({cell.raw('A')}) == {constant(mask(len(cell.bits['A'])))}",
    "$reduce_or": lambda cell: f"({cell.raw('A')}) != 0",
    "$reduce_bool": lambda cell: f"({cell.raw('A')}) != 0",
    "$reduce_xor": lambda cell: f"rtl_parity({cell.raw('A')})",
    "$reduce_xnor": lambda cell: f"rtl_parity({cell.raw('A')}) ^ 1",
    "$shl": shift_left, "$sshl": shift_left,
    "$shr": shift_right, "$sshr": shift_right_arithmetic,
    "$shift": shift_both, "$shiftx": shift_both,
    "$mux": multiplexer, "$pmux": multiplexer_of_many,
    "$slice": part_of_a, "$concat": part_of_a,
}

# What a cell that is not taken comes from, and what to write instead.
NOT_TAKEN = (
    (r"\$adff|\$adffe|\$aldff|\$aldffe|\$dffsr|\$dffsre", "an asynchronous reset",
     "`always @(posedge clk_i)` with the reset in it as `if (rst_i)`"),
    (r"\$a?dlatch.*|\$dlatchsr|\$sr", "a latch",
     "an assignment of the signal in every branch of its `always @*`"),
    (r"\$tribuf", "a value of z", "a multiplexer instead of a signal with several drivers"),
    (r"\$div|\$mod|\$divfloor|\$modfloor|\$pow", "a division or power",
     "shifts and masks: it is a power of two, or it does not belong here"),
    (r"\$mem.*", "a memory that could not be made registers",
     "one with a power of two of words, each read and written by one index"),
    (r"\$(assert|assume|cover|live|fair)", "a property", "it under `ifdef FORMAL`"),
    (r"\$ff|\$_.*", "a gate of a netlist", "the source that the netlist was made from"),
    (r"\$any.*|\$all.*|\$initstate", "a value that a solver chooses", "an input"),
)


def refuse_cell(name, cell):
    for pattern, construct, instead in NOT_TAKEN:
        if re.fullmatch(pattern, cell["type"]):
            raise Refused(construct, source_of(cell), instead)
    if not cell["type"].startswith("$"):
        raise Refused(f"an instance of `{cell['type']}`, which is no module of the sources",
                      source_of(cell), "its Verilog, and name that with --rtl")
    raise Refused(f"a cell {cell['type']} ({name}), which is not translated", source_of(cell),
                  "the same with simpler operators")


# --- registers ---


class Register:
    def __init__(self, name, index, bits, net):
        self.name, self.index, self.bits, self.net = name, index, bits, net

    def member(self):
        return self.name if self.index is None else f"{self.name}[{self.index}]"


def name_and_index(text):
    match = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\])?", text)
    return (match[1], None if match[2] is None else int(match[2])) if match else None


def check_flip_flop(design, name, cell):
    if parameter(cell, "CLK_POLARITY") != 1:
        raise Refused("a register at the falling edge of its clock", source_of(cell),
                      "`always @(posedge clk_i)`")
    clock = cell["connections"]["CLK"][0]
    driver = design.drivers.get(clock)
    if driver is None or driver[0] != "":
        raise Refused(f"a clock that is no input of the top: {design.name_of(clock)}",
                      source_of(cell), "registers of one clock, with an enable where one is wanted")
    return driver[1], source_of(cell)


def find_clock(design, flip_flops):
    clocks = {}
    for name, cell in flip_flops.items():
        clock, source = check_flip_flop(design, name, cell)
        clocks.setdefault(clock, source)
    if len(clocks) > 1:
        (one, _), (other, source) = list(clocks.items())[:2]
        raise Refused(f"two clocks, {one} and {other}", source, "registers of one clock")
    return next(iter(clocks), None)


def find_registers(design, flip_flops, wanted):
    """Gives each flip-flop's output the name that it has in the source."""
    stored = {bit for cell in flip_flops.values() for bit in cell["connections"]["Q"]}
    named, nets = {}, {}  # (name, index): bits, name with hierarchy
    for name, net in design.nets.items():
        key = name_and_index(local_name(name)) if is_public(name) else None
        if key is None or net.get("hide_name") or not set(net["bits"]) & stored:
            continue
        if key[0] in wanted and named.get(key, net["bits"]) != net["bits"]:
            raise Refused(f"two registers with the name {key[0]}", source_of(net),
                          "another name for one of them: names count without their hierarchy")
        if key[0] in wanted or key not in named:
            named[key], nets[key] = net["bits"], name
    registers, covered = [], set()

    def take(key):
        registers.append(Register(key[0], key[1], named[key], nets[key]))
        covered.update(named[key])

    for key in sorted(named, key=str):
        if key[0] in wanted:
            if not set(named[key]) <= stored:
                loose = next(bit for bit in named[key] if bit not in stored)
                raise Refused(f"register {key[0]} has bits that are no flip-flops",
                              design.find_source(loose), "it as a register of its whole width")
            take(key)
    for name, cell in flip_flops.items():
        bits = cell["connections"]["Q"]
        if set(bits) <= covered:
            continue
        fitting = [key for key in named if set(bits) <= set(named[key]) <= stored
                   and not set(named[key]) & covered]
        if not fitting:
            raise Refused("a register without a name of its own", source_of(cell),
                          "a `reg` with a name, assigned at the clock edge alone")
        # A register is called name_q here; failing that, the name nearest to it.
        fitting.sort(key=lambda key: (not key[0].endswith("_q"), key[0].endswith(("_o", "_i")), str(key)))
        take(fitting[0])
    registers.sort(key=lambda register: (register.name, register.index or 0))
    return registers


# --- C ---


class Emitter:
    def __init__(self, design, wanted):
        self.design = design
        self.flip_flops = {name: cell for name, cell in design.cells.items()
                           if cell["type"] == "$dff"}
        for name, cell in design.cells.items():
            if cell["type"] != "$dff" and cell["type"] not in CELLS:
                refuse_cell(name, cell)
        self.clock = find_clock(design, self.flip_flops)
        self.registers = find_registers(design, self.flip_flops, wanted)
        self.place = {}   # of a net bit: (C expression, position in it, its width)
        self.unknown = {}  # members of struct rtl_unknown and their widths
        self.lines = []
        self.taken = set()
        self.used_names = set()
        for register in self.registers:
            self.check_width(register.name, register.bits, self.design.find_source(register.bits[0]))
            self.set_place(self.load(f"state->{register.member()}"), register.bits)
        for name, port in design.ports.items():
            if port["direction"] == "inout":
                raise Refused(f"port {name} is an inout", None, "an input and an output")
            if port["direction"] == "input" and name != self.clock:
                self.check_width(name, port["bits"], None)
                self.set_place(self.load(f"in->{name}"), port["bits"])

    def load(self, member):
        """A local of 64 bits that has the member's value."""
        local = re.sub(r"\W+", "_", re.sub(r"^(state|in)->", "", member)).rstrip("_")
        self.used_names.add(local)
        self.lines.append(f"    const uint64_t {local} = {member};")
        return local

    def check_width(self, name, bits, source):
        if len(bits) > MAX_WIDTH:
            raise Refused(f"{name} has {len(bits)} bits", source,
                          f"signals of at most {MAX_WIDTH} bits")

    def set_place(self, expression, bits):
        for position, bit in enumerate(bits):
            self.place.setdefault(bit, (expression, position, len(bits)))

    def signal(self, bits, cell_name, port):
        """A C expression for net bits, the lowest first, all of which have a place."""
        parts, value, at = [], 0, 0
        unknown = [position for position, bit in enumerate(bits) if bit in ("x", "z")]
        if unknown:
            member = f"u{len(self.unknown)}"
            self.unknown[member] = len(bits)
            pattern = sum(1 << position for position in unknown)
            parts.append(f"unknown->{member} & {constant(pattern)}")
        while at < len(bits):
            bit = bits[at]
            if bit in ("0", "1", "x", "z"):
                value |= (bit == "1") << at
                at += 1
                continue
            expression, low, width = self.place[bit]
            end = at + 1
            while end < len(bits) and self.place.get(bits[end]) == (expression, low + end - at, width):
                end += 1
            text = expression if low == 0 else f"{expression} >> {low}"
            if end - at < width - low:
                text = f"({text}) & {constant(mask(end - at))}"
            if at > 0:
                text = f"({text}) << {at}"
            parts.append(text)
            at = end
        if value or not parts:
            parts.insert(0, constant(value))
        return parts[0] if len(parts) == 1 else " | ".join(f"({part})" for part in parts)

    def local(self, bits):
        """A C name for the output of a cell: the source's where it has one."""
        name = None
        for candidate in self.names_by_first_bit.get(bits[0], ()):
            if self.design.nets[candidate]["bits"] == bits:
                name = re.sub(r"\W", "_", local_name(candidate))
                break
        name = f"w_{name}" if name else f"n{len(self.taken)}"
        while name in self.used_names:
            name += "_"
        self.used_names.add(name)
        return name

    def take(self, root_bits):
        """Emits what the bits depend on, inputs before outputs."""
        stack = [(bit, False) for bit in root_bits]
        open_cells = set()
        while stack:
            bit, is_done = stack.pop()
            if bit in self.place or isinstance(bit, str):
                continue
            driver = self.design.drivers.get(bit)
            if driver is None:
                raise Refused(f"{self.design.name_of(bit)} is read and never assigned",
                              self.design.find_source(bit), "an assignment of it")
            name = driver[0]
            cell = self.design.cells[name]
            if is_done:
                self.emit(name, cell)
                open_cells.discard(name)
                continue
            if name in open_cells:
                raise Refused(f"a combinational loop through {self.design.name_of(bit)}",
                              source_of(cell),
                              "one signal for each of its bits where they depend on each other")
            open_cells.add(name)
            stack.append((bit, True))
            for port, bits in cell["connections"].items():
                if cell["port_directions"].get(port) == "input":
                    stack += [(b, False) for b in bits if b not in self.place
                              and not isinstance(b, str)]

    def emit(self, name, cell):
        output = cell["connections"]["Y"]
        if output[0] in self.place:
            return
        for port, bits in cell["connections"].items():
            if port != "S" and not (port == "B" and cell["type"] == "$pmux"):
                self.check_width(self.design.name_of(bits[0]), bits, source_of(cell))
        text = CELLS[cell["type"]](Cell(self, name, cell))
        local = self.local(output)
        self.taken.add(name)
        if "\n" in text:
            self.lines.append(f"    const uint64_t {local} =\n        {text};")
        else:
            self.lines.append(f"    const uint64_t {local} = {text};")
        self.set_place(local, output)

    def translate(self):
        self.names_by_first_bit = {}
        for name, net in self.design.nets.items():
            if is_public(name) and net["bits"]:
                self.names_by_first_bit.setdefault(net["bits"][0], []).append(name)
        outputs, next_values = [], []
        for name, port in self.design.ports.items():
            if port["direction"] == "output":
                self.check_width(name, port["bits"], None)
                self.take(port["bits"])
                outputs.append(f"    out->{name} = (uint{c_bits(len(port['bits']))}_t)"
                               f"({self.signal(port['bits'], name, 'out')});")
        next_of = {}  # of a register bit
        for cell in self.flip_flops.values():
            next_of.update(zip(cell["connections"]["Q"], cell["connections"]["D"]))
        for register in self.registers:
            data = [next_of[bit] for bit in register.bits]
            self.take(data)
            next_values.append((register, self.signal(data, register.name, "D")))
        return outputs, next_values


def c_bits(width):
    return next(bits for bits in (8, 16, 32, 64) if width <= bits)


def members(items):
    """Of a struct, from (name, width); arrays from (name, width, count)."""
    lines = []
    for name, width, *count in items:
        array = f"[{count[0]}]" if count and count[0] is not None else ""
        lines.append(f"    uint{c_bits(width)}_t {name}{array}; /* {width} bit{'s' * (width > 1)} */")
    return lines or ["    uint8_t none;"]


def state_members(registers):
    counts, widths = {}, {}
    for register in registers:
        if widths.setdefault(register.name, len(register.bits)) != len(register.bits):
            raise BadNetlist(f"{register.name}: its entries differ in width")
        if register.index is not None:
            counts[register.name] = max(counts.get(register.name, 0), register.index + 1)
    for name, count in counts.items():
        found = sum(register.name == name for register in registers)
        if found != count:
            raise BadNetlist(f"{name}: found {found} entries, expected {count}, from 0 on")
    return [(name, width, counts.get(name)) for name, width in widths.items()]


HELPERS = """\
static inline uint64_t rtl_left(uint64_t value, uint64_t count)
{
    return count < 64 ? value << count : 0;
}

static inline uint64_t rtl_right(uint64_t value, uint64_t count)
{
    return count < 64 ? value >> count : 0;
}

/* Of a number with 64 bits and a sign. */
static inline uint64_t rtl_right_signed(uint64_t value, uint64_t count)
{
    const uint64_t above = value >> 63 ? ~UINT64_C(0) : 0;

    return count < 64 ? value >> count | (count > 0 ? above << (64 - count) : 0) : above;
}

static inline uint64_t rtl_parity(uint64_t value)
{
    value ^= value >> 32;
    value ^= value >> 16;
    value ^= value >> 8;
    value ^= value >> 4;
    return 0x6996u >> (value & 15) & 1;
}
"""


def write_c(emitter, top, stream):
    outputs, next_values = emitter.translate()
    state = state_members(emitter.registers)
    ports = emitter.design.ports
    say = lambda *lines: print(*lines, sep="\n", file=stream)
    say("/* Generated by rtl2c.py from the Verilog of " + top + ". */", "#include <stdbool.h>",
        "#include <stdint.h>", "", "struct rtl_state {", *members(state), "};", "",
        "struct rtl_in {",
        *members([(name, len(port["bits"])) for name, port in ports.items()
                  if port["direction"] == "input" and name != emitter.clock]), "};", "",
        "struct rtl_out {",
        *members([(name, len(port["bits"])) for name, port in ports.items()
                  if port["direction"] == "output"]), "};", "",
        "struct rtl_unknown {", *members(list(emitter.unknown.items())), "};", "", HELPERS,
        "static void rtl_cycle(struct rtl_state *state, const struct rtl_in *in,",
        "                      const struct rtl_unknown *unknown, struct rtl_out *out)", "{",
        "    (void)unknown;", *emitter.lines, *outputs)
    for number, (register, text) in enumerate(next_values):
        say(f"    const uint64_t d{number} = {text};")
    for number, (register, _) in enumerate(next_values):
        say(f"    state->{register.member()} = (uint{c_bits(len(register.bits))}_t)d{number};")
    say("}", "", "static bool rtl_is_in_range(const struct rtl_state *state)", "{",
        "    bool is_good = true;", "")
    for register in emitter.registers:
        width = len(register.bits)
        if width != c_bits(width):
            say(f"    is_good &= state->{register.member()} <= {constant(mask(width))};")
    say("    return is_good;", "}")


# --- x literals of the source ---


def refuse_x(path):
    """From the syntax tree that Yosys has printed: a line for each place with an x in a number."""
    pattern = re.compile(r"AST_CONSTANT <(.*):(\d+)\.[^>]*> .*bits='([^']*)'")
    found = []
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = pattern.search(line)
            if match and "x" in match[3]:
                found.append(f"{match[1]}:{match[2]}")
    return [str(Refused("a literal with x in it", place,
                        "a value: what is undefined in simulation is anything in hardware"))
            for place in dict.fromkeys(found)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("netlist")
    parser.add_argument("--top", required=True)
    parser.add_argument("--registers", default="")
    parser.add_argument("--log")
    parser.add_argument("-o", dest="output", required=True)
    options = parser.parse_args()
    refusals = refuse_x(options.log) if options.log else []
    try:
        wanted = set(filter(None, options.registers.split(",")))
        emitter = Emitter(Design(options.netlist, options.top), wanted)
        if not refusals:
            with open(options.output, "w", encoding="utf-8") as stream:
                write_c(emitter, options.top, stream)
    except Refused as refusal:
        refusals.append(str(refusal))
    except BadNetlist as error:
        print(error, file=sys.stderr)
        return 2
    for line in refusals:
        print(line, file=sys.stderr)
    return 3 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
