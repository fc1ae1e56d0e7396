#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""change_elf.py SOURCE RESULT FIELD=VALUE...

Copies a 32-bit ELF file with fields of its header (machine, type, class, data, entry, phoff, phnum,
phentsize) or of a program header (0.vaddr, 1.filesz, ...) changed. Values that do not fit are cut.
A FIELD may also be a number: the byte at that offset.
"""
import struct
import sys

# Offset in the header, and format: ELF specification, figure 1-3.
HEADER = {
    "class": (4, "B"), "data": (5, "B"), "type": (16, "<H"), "machine": (18, "<H"),
    "version": (20, "<I"), "entry": (24, "<I"), "phoff": (28, "<I"), "ehsize": (40, "<H"),
    "phentsize": (42, "<H"), "phnum": (44, "<H"),
}
# Figure 2-1.
PROGRAM_HEADER = {
    "ptype": 0, "offset": 4, "vaddr": 8, "paddr": 12, "filesz": 16, "memsz": 20, "flags": 24,
}
PROGRAM_HEADER_BYTES = 32


def change(image, field, value):
    if field.isdigit():
        place, layout = int(field), "B"
    elif "." in field:
        number, name = field.split(".")
        (table,) = struct.unpack_from("<I", image, HEADER["phoff"][0])
        place = table + int(number) * PROGRAM_HEADER_BYTES + PROGRAM_HEADER[name]
        layout = "<I"
    else:
        place, layout = HEADER[field]
    struct.pack_into(layout, image, place, value % (1 << 8 * struct.calcsize(layout)))


def main():
    source, result, *changes = sys.argv[1:]
    with open(source, "rb") as file:
        image = bytearray(file.read())
    for text in changes:
        field, value = text.split("=")
        change(image, field, int(value, 0))
    with open(result, "wb") as file:
        file.write(image)


main()
