#!/bin/sh
# SPDX-License-Identifier: MIT
# libsegmmu defines no symbol that an emulator may have too, and every function of its headers is in
# segmmu/linkage.h.
#   test_symbols.sh LIBRARY HEADER_DIRECTORY
set -eu
library=$1
headers=$2

foreign=$(nm -g --defined-only "$library" | awk 'NF == 3 { print $3 }' | grep -v '^segmmu_' || true)
if [ -n "$foreign" ]; then
  echo "symbols without the prefix segmmu_: $foreign" >&2
  exit 1
fi
count=$(nm -g --defined-only "$library" | grep -c ' T segmmu_')
listed=$(grep -c '^#define mmu_' "$headers/segmmu/linkage.h")
if [ "$count" -ne "$listed" ] || [ "$count" -eq 0 ]; then
  echo "linkage.h lists $listed functions, the library has $count" >&2
  exit 1
fi
echo "$count functions"
