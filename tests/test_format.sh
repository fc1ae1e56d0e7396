#!/bin/bash
# SPDX-License-Identifier: MIT
# All C and C++ of the tree is as clang-format writes it, with .clang-format and version 14.
# SEGMMU_SOURCE is the source tree. To mend a file: clang-format -i FILE
set -u
cd "${SEGMMU_SOURCE:?the source tree}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

format=$(command -v clang-format-14 || command -v clang-format) || {
    echo "FAILED: clang-format is not installed"
    exit 1
}
"$format" --version | grep -q ' version 14\.' || {
    echo "FAILED: $("$format" --version), expected version 14: others write otherwise"
    exit 1
}

# Trees that are built into lie in /build*.
find . \( -path './build*' -o -path ./.git \) -prune -o \
    \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) -print0 >"$work/files"
count=$(tr -dc '\0' <"$work/files" | wc -c)
[ "$count" -gt 100 ] || {
    echo "FAILED: found $count files, expected the sources of segmmu"
    exit 1
}
xargs -0 "$format" --dry-run -Werror <"$work/files" || {
    echo "FAILED: see above"
    exit 1
}

# Twin: one space too many.
cp .clang-format "$work/"
sed 's/^int main(/int  main(/' tests/embed/client.c >"$work/planted.c"
! "$format" --dry-run -Werror "$work/planted.c" 2>"$work/found" || {
    echo "FAILED: a planted space was not found"
    exit 1
}
grep -q 'planted.c:.*clang-formatted' "$work/found" || {
    echo "FAILED: the planted space was not named: $(cat "$work/found")"
    exit 1
}
echo "passed: $count files"
