#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check` agrees with RTL that is right: a sample of tests/false_alarms, and all of it with
# SEGMMU_FULL=1; and the script tells when it does not.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
set -u
export SEGMMU=${SEGMMU:?the segmmu command}
export SEGMMU_SOURCE=${SEGMMU_SOURCE:?the source tree}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

if [ -n "${SEGMMU_FULL:-}" ]; then
    "$SEGMMU_SOURCE/tests/false_alarms" --jobs 2 --json false_alarms.json || fail "see above"
else
    "$SEGMMU_SOURCE/tests/false_alarms" --jobs 2 --sample || fail "see above"
fi

# A twin: a foreign MMU with a bug, of which it may not be silent.
cp -r "$SEGMMU_SOURCE/tests/foreign" "$dir/foreign"
sed -i 's/last > beyond/last > beyond + 1/' "$dir/foreign/xlate.sv"
SEGMMU_FOREIGN=$dir/foreign "$SEGMMU_SOURCE/tests/false_alarms" --sample --machine named \
    >"$dir/out" 2>&1
[ $? -eq 1 ] || fail "twin: not exit status 1"
grep -q '^tests/foreign .*, 1 wrong$' "$dir/out" || fail "twin: $(cat "$dir/out")"
grep -q '^4 runs, .*: 2 false alarms$' "$dir/out" || fail "twin: $(cat "$dir/out")"

[ $failures -eq 0 ]
