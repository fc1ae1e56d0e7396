#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""i386_program.py SOURCE RESULT STEP...

Copies hello.i386.elf with other code at its entry point. Each STEP is one of

  call=NUMBER,A,B,C   a Linux system call with up to three arguments
  bytes=HEX           instructions as they are
  exit                ends with the negated answer of the last call as exit status (an errno)
  forever             jumps to itself
"""
import struct
import sys

# mov of an immediate into eax, ebx, ecx, edx
MOV = b"\xb8\xbb\xb9\xba"
INT80 = b"\xcd\x80"


def call(numbers):
    code = b"".join(struct.pack("<BI", MOV[i], number % (1 << 32))
                    for i, number in enumerate(numbers))
    return code + INT80


def assemble(step):
    name, _, value = step.partition("=")
    if name == "call":
        return call([int(number, 0) for number in value.split(",")])
    if name == "bytes":
        return bytes.fromhex(value)
    if name == "exit":
        return b"\xf7\xd8\x89\xc3" + call([1])  # neg eax; mov ebx, eax
    return b"\xeb\xfe"  # jmp $


def main():
    source, result, *steps = sys.argv[1:]
    code = b"".join(assemble(step) for step in steps)
    with open(source, "rb") as file:
        image = bytearray(file.read())
    (entry,) = struct.unpack_from("<I", image, 24)
    (table,) = struct.unpack_from("<I", image, 28)
    (headers,) = struct.unpack_from("<H", image, 44)
    for number in range(headers):
        offset, vaddr, _, filesz, memsz = struct.unpack_from("<5I", image, table + 32 * number + 4)
        if vaddr <= entry < vaddr + memsz:
            place = offset + entry - vaddr
            # The segment becomes as long as the code is; behind it the file has room up to a page.
            assert len(code) < 2048
            image[place:place + len(code)] = code
            size = max(filesz, entry - vaddr + len(code))
            struct.pack_into("<2I", image, table + 32 * number + 16, size, size)
    with open(result, "wb") as file:
        file.write(image)


main()
