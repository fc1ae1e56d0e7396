#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check` agrees with RTL that is right: a sample of tests/false_alarms, and all of it with
# SEGMMU_FULL=1; and the script tells when it does not.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export SEGMMU=$segmmu SEGMMU_SOURCE=$source

if [ -n "${SEGMMU_FULL:-}" ]; then
    "$SEGMMU_SOURCE/tests/false_alarms" --jobs 2 --json "$OLDPWD/false_alarms.json" || fail "see above"
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

finish "all passed"
