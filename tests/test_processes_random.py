#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guests in company print what they print alone, whatever becomes of their memory.

Sets of guests, machines, quanta, policies, granules, disks and forced compactions at random. Each
guest's lines must come out complete and in order, and nothing else. A failure names its seed and the
command that shows it again.

  test_processes_random.py [SEED [COUNT]]

SEGMMU is the command under test, SEGMMU_GUESTS the guest programs; SEGMMU_FULL: many more runs.
"""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

SEGMMU = os.path.realpath(os.environ["SEGMMU"])
GUESTS = os.path.realpath(os.environ["SEGMMU_GUESTS"])
K = 1024


def rv32_guest(rng):
    kind = rng.choice("a b c grow hold heap sort storm secret seeker writer_code spawner hello".split())
    size = lambda most: f"{rng.randrange(1, most)}K"
    arguments = {
        "a": lambda: [str(rng.randrange(1, 3)), size(6)],
        "b": lambda: [str(rng.randrange(1, 3)), size(6)],
        "c": lambda: [str(rng.randrange(1, 3)), size(6)],
        "grow": lambda: [str(rng.randrange(1000)), str(rng.randrange(5, 25)), size(24)],
        "hold": lambda: [size(16), str(rng.randrange(1, 8)), size(24), str(rng.randrange(1, 8))],
        "sort": lambda: [str(rng.randrange(50, 600))],
        "storm": lambda: [str(rng.randrange(1, 60))],
        "secret": lambda: [size(16), size(3)],
        "seeker": lambda: [size(16), size(3)],
        "hello": lambda: [f"number{rng.randrange(100)}"],
    }
    return (f"{kind}.rv32.elf", *arguments.get(kind, lambda: [])())


def i386_guest(rng):
    kind = rng.choice("busy grow_both hello map".split())
    arguments = {
        "busy": lambda: [str(rng.randrange(1, 6)), rng.choice("xyz")],
        "grow_both": lambda: [str(rng.randrange(1000)), str(rng.randrange(3, 12))],
    }
    return (f"{kind}.i386.elf", *arguments.get(kind, lambda: [])())


def write_machine(path, ram, contexts, bits):
    with open(path, "w", encoding="ascii") as file:
        file.write("# SPDX-License-Identifier: MIT\n"
                   f"mmu: {{kind: segment, address_bits: 32, physical_bits: 32, segment_bits: {bits},"
                   f" contexts: {contexts}}}\nmemory: {{ram: {ram}}}\n")


class Alone:
    """What each guest prints and needs when nobody else is there."""

    def __init__(self):
        self.known = {}

    def of(self, guest):
        if guest not in self.known:
            is_i386 = guest[0].endswith(".i386.elf")
            write_machine("alone.yaml", "512M" if is_i386 else "256K", 1, 2)
            run = subprocess.run(
                [SEGMMU, "run", "-q", "-e", "translate", "-m", "./alone.yaml", "--granule", "16",
                 "--stats", "alone.json", os.path.join(GUESTS, guest[0]), *guest[1:]],
                stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if run.returncode != 0:
                sys.exit(f"{guest} alone: exit status {run.returncode}: {run.stderr.decode()}")
            with open("alone.json", encoding="utf-8") as file:
                figures = json.load(file)
            self.known[guest] = (run.stdout.decode().splitlines(),
                                 figures["memory"]["peak_used_bytes"], figures["instructions"])
        return self.known[guest]


class Plan:
    def __init__(self, seed, alone):
        rng = self.rng = random.Random(seed)
        self.is_i386 = rng.random() < 0.25
        count = rng.randrange(2, 5 if self.is_i386 else 8)
        make = i386_guest if self.is_i386 else rv32_guest
        self.guests = [make(rng) for _ in range(count)]
        if rng.random() < 0.3:
            self.guests[1] = self.guests[0]  # the same program, with code to share
        needs = [alone.of(guest)[1] for guest in self.guests]
        policy = rng.choice("first best worst next buddy".split())
        granule = rng.choice([1, 16, 64, 256, 4096] if policy != "buddy" else [16, 64, 256])
        engine = rng.choice(["translate", "translate", "model"])
        has_disk = rng.random() < 0.4
        # So many slices, and compactions, in a run; fewer where each of them takes many cycles.
        instructions = sum(alone.of(guest)[2] for guest in self.guests)
        # A Linux program has 128 MB below its first byte, which go to the disk, too.
        slow = 1
        if self.is_i386:
            slow = 100 if has_disk else 4
        elif has_disk and engine == "model":
            slow = 4
        quantum = 1 + instructions // rng.choice([10, 100, 1000, 2000]) * slow
        self.options = ["--policy", policy, "--granule", str(granule), "--seed", str(seed),
                        "--quantum", rng.choice([str(quantum), str(quantum), "none"]),
                        "-e", engine]
        # Each segment may be rounded up; with a buddy allocator, to twice its size.
        rounded = [(4 if policy == "buddy" else 1) * (need + 4 * granule) for need in needs]
        if has_disk:
            ram = rng.uniform(1.2, 2.5) * max(rounded)
            bandwidth = 1 << 20 if self.is_i386 else rng.choice([64, 1000])
            self.options += ["--swap", "disk", "--disk-latency", str(rng.choice([1, 1000])),
                             "--disk-bandwidth", str(bandwidth)]
            if rng.random() < 0.6:
                self.options += ["--resident", str(rng.randrange(1, 4))]
        else:
            ram = rng.uniform(1.02, 1.4) * sum(rounded)
        if rng.random() < 0.25:
            self.options += ["--no-coalesce"]
        if not has_disk and rng.random() < 0.2:
            ram *= 3
            self.options += ["--no-compact"]
        if policy != "buddy" and rng.random() < 0.25:
            ram *= 1.5
            self.options += ["--base-seed", str(rng.randrange(1, 1000))]
        if "--no-compact" not in self.options and rng.random() < 0.4:
            every = 1 + instructions // rng.choice([5, 50, 200]) * slow
            self.options += ["--compact-every", str(every)]
        # A stack may have an eighth of what is one program's share of memory.
        ram = max(int(ram), 0 if self.is_i386 else 48 * K * count)
        self.ram = min(ram if policy != "buddy" else 1 << (ram - 1).bit_length(), 4 << 30)
        self.contexts = rng.choice([1, 1, 2, 4])

    def command(self, directory):
        machine = os.path.join(directory, "machine.yaml")
        write_machine(machine, self.ram, self.contexts, 2)
        words = [SEGMMU, "run", "-q", "-m", machine, "--stats", "stats.json", *self.options]
        for guest in self.guests:
            words += ["--process", " ".join([os.path.join(GUESTS, guest[0]), *guest[1:]])]
        return words


def is_subsequence(lines, whole):
    rest = iter(whole)
    return all(line in rest for line in lines)


def compare(guests, alone, found):
    """None, or what is not as it should be."""
    wanted = collections.Counter(line for guest in guests for line in alone.of(guest)[0])
    if collections.Counter(found) != wanted:
        return (f"missing: {list((wanted - collections.Counter(found)).elements())}, "
                f"too much: {list((collections.Counter(found) - wanted).elements())}")
    for guest in guests:
        # Of those that it starts nobody knows the order.
        if not guest[0].startswith("spawner") and not is_subsequence(alone.of(guest)[0], found):
            return f"the lines of {guest} are not in order"
    return None


def run(seed, alone, seen):
    plan = Plan(seed, alone)
    words = plan.command(os.getcwd())
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=120)
    except subprocess.TimeoutExpired:
        return f"no end: {' '.join(words)} (ram {plan.ram}, contexts {plan.contexts})"
    wrong = compare(plan.guests, alone, done.stdout.decode(errors="replace").splitlines())
    if done.returncode != 0 or wrong:
        return (f"exit status {done.returncode}, {wrong}\n{done.stderr.decode()[:1000]}"
                f"(ram {plan.ram}, contexts {plan.contexts})\n"
                + " ".join(f"'{word}'" if " " in word else word for word in words))
    with open("stats.json", encoding="utf-8") as file:
        figures = json.load(file)
    memory = figures["memory"]
    seen["moves"] += memory["moves"]
    seen["compactions"] += memory["compactions"]
    seen["shares"] += memory["shares"]
    seen["swaps"] += sum(process["swaps_out"] for process in figures["processes"])
    return None


def check_comparison(alone):
    """What the comparison must see."""
    guests = [("hello.rv32.elf", "x"), ("heap.rv32.elf",)]
    lines = [line for guest in guests for line in alone.of(guest)[0]]
    assert compare(guests, alone, lines) is None
    assert compare(guests, alone, lines[1:]) is not None
    assert compare(guests, alone, lines + lines[:1]) is not None
    assert compare(guests, alone, [lines[0].replace("x", "y"), *lines[1:]]) is not None
    assert compare(guests, alone, lines[::-1]) is not None


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000 if os.environ.get("SEGMMU_FULL") else 30
    failures = 0
    seen = collections.Counter()
    alone = Alone()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        check_comparison(alone)
        for seed in range(first, first + count):
            wrong = run(seed, alone, seen)
            if wrong:
                print(f"FAILED: seed {seed}: {wrong}", flush=True)
                failures += 1
        os.chdir("/")
    print(f"{count} runs, {failures} failed:", dict(seen))
    if count >= 30:
        for what in ("moves", "compactions", "shares", "swaps"):
            assert seen[what] > 0, f"no {what}"
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
