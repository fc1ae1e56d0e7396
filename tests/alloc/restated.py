#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `segmmu alloc` does, said again with lists that are searched from end to end.

restated.py SEED COUNT POLICY MEMORY BASE GRANULE COALESCE >OPERATIONS 2>ANSWERS

makes up COUNT operations, and answers them.
"""
import random
import sys


class FreeList:
    def __init__(self, policy, memory, base, granule, coalesce):
        self.policy, self.granule, self.coalesce = policy, granule, coalesce
        self.base, self.end = base, base + memory
        self.free = [(base, memory)]  # in address order
        self.used = {}  # address: size
        self.cursor = base

    def candidates(self, size):
        if self.policy != "next":
            ordered = self.free
        else:
            ordered = [b for b in self.free if b[0] + b[1] > self.cursor]
            ordered += [b for b in self.free if b[0] + b[1] <= self.cursor]
        return [b for b in ordered if b[1] >= size]

    def take(self, asked):
        size = -(-asked // self.granule) * self.granule
        fitting = self.candidates(size)
        if not fitting:
            return None
        if self.policy == "best":
            chosen = min(fitting, key=lambda block: (block[1], block[0]))
        elif self.policy == "worst":
            chosen = min(fitting, key=lambda block: (-block[1], block[0]))
        else:
            chosen = fitting[0]
        at = self.free.index(chosen)
        address = chosen[0]
        self.free[at : at + 1] = [(address + size, chosen[1] - size)] if chosen[1] > size else []
        self.used[address] = size
        self.cursor = address + size
        return address

    def give(self, address):
        self.free = sorted(self.free + [(address, self.used.pop(address))])
        joined = []
        for block in self.free if self.coalesce else []:
            if joined and sum(joined[-1]) == block[0]:
                joined[-1] = (joined[-1][0], joined[-1][1] + block[1])
            else:
                joined.append(block)
        self.free = joined or self.free

    def listed(self):
        return self.free

    def compact(self):
        """Answers {old address: new address}."""
        moved, end = {}, self.base
        for address in sorted(self.used):
            moved[address] = end
            end += self.used[address]
        self.used = {moved[address]: size for address, size in self.used.items()}
        self.free = [(end, self.end - end)] if end < self.end else []
        return moved


class Buddy:
    def __init__(self, memory, base, granule, coalesce):
        self.granule, self.base, self.coalesce = granule, base, coalesce
        self.free, self.used = set(), {}  # of (offset, size); offset: size
        self.memory = 0
        for bit in reversed(range(64)):
            if memory // granule & 1 << bit:
                self.free.add((self.memory, granule << bit))
                self.memory += granule << bit

    def take(self, asked):
        size = self.granule
        while size < asked:
            size *= 2
        fitting = [block for block in self.free if block[1] >= size]
        if not fitting:
            return None
        offset, have = min(fitting, key=lambda block: (block[1], block[0]))
        self.free.remove((offset, have))
        while have > size:
            have //= 2
            self.free.add((offset + have, have))
        self.used[offset] = size
        return self.base + offset

    def join(self):
        pairs = True
        while pairs:
            pairs = [(o, s) for o, s in self.free if not o & s and (o | s, s) in self.free]
            for offset, size in pairs:
                self.free -= {(offset, size), (offset | size, size)}
                self.free.add((offset, 2 * size))

    def listed(self):
        return sorted((self.base + offset, size) for offset, size in self.free)

    def give(self, address):
        offset = address - self.base
        self.free.add((offset, self.used.pop(offset)))
        if self.coalesce:
            self.join()

    def compact(self):
        moved = {}
        self.join()
        for offset in sorted(self.used):
            size = self.used[offset]
            holes = [block for block in self.free if block[0] < offset and block[1] >= size]
            to = min(holes)[0] if holes else offset
            moved[self.base + offset] = self.base + to
            if to == offset:
                continue
            (have,) = [have for at, have in self.free if at == to]
            self.free.remove((to, have))
            while have > size:
                have //= 2
                self.free.add((to + have, have))
            del self.used[offset]
            self.used[to] = size
            self.free.add((offset, size))
            self.join()
        return moved


def operate(memory, source, size, allocations):
    """One random operation, and its answer."""
    kind = source.random()
    live = [i for i, address in enumerate(allocations) if address is not None]
    if kind < 0.55 or (kind < 0.97 and not live):
        asked = source.randint(1, max(1, size >> source.randrange(1, 8)))
        allocations.append(memory.take(asked))
        return f"a {asked}", "FAIL" if allocations[-1] is None else str(allocations[-1])
    if kind < 0.97:
        index = source.choice(live)
        memory.give(allocations[index])
        allocations[index] = None
        return f"f {index}", None
    if kind < 0.98:
        moved = memory.compact()
        for index in live:
            allocations[index] = moved[allocations[index]]
        return "c", None
    return "l", "".join(f"{address} {size}\n" for address, size in memory.listed())


def main():
    seed, count, policy, size, base, granule, coalesce = sys.argv[1:]
    size, base, granule, coalesce = map(int, (size, base, granule, coalesce))
    if policy == "buddy":
        memory = Buddy(size, base, granule, coalesce)
    else:
        memory = FreeList(policy, size, base, granule, coalesce)
    source = random.Random(int(seed))
    allocations = []
    for _ in range(int(count)):
        operation, answer = operate(memory, source, size, allocations)
        print(operation)
        if answer is not None:
            print(answer, file=sys.stderr)


main()
