#!/bin/bash
# SPDX-License-Identifier: MIT
# The bugs of tests/mutants/ are found by the default `segmmu check`, each by an output that its patch
# names and with the coverage bin that its patch names, and made small: a sample, and all of them
# with SEGMMU_FULL=1. Every patch applies, and the README lists them.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck disable=SC2016 # backquotes in messages
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export SEGMMU=$segmmu SEGMMU_SOURCE=$source
mutants=$SEGMMU_SOURCE/tests/mutants

# --- the patches ---

"$mutants/run" --lint || fail "see above"
for set in rtl foreign; do
    "$mutants/run" --table $set >"$dir/table"
    count=$(grep -c '^| `' "$dir/table")
    [ "$count" -ge 40 ] || fail "$set: found $count patches, expected 40 or more"
    sed -n "/^## .*$set/,/^## /p" "$mutants/README.md" | grep '^|' >"$dir/readme"
    diff "$dir/readme" "$dir/table" >"$dir/log" || fail "tests/mutants/README.md: its table is not that
of tests/mutants/run --table $set
$(cat "$dir/log")"
done

# --- what the check makes of them ---

if [ -n "${SEGMMU_FULL:-}" ]; then
    "$mutants/run" --jobs 2 --json "$OLDPWD/mutants.json" --csv "$OLDPWD/mutants.csv" || fail "see above"
else
    "$mutants/run" --jobs 2 --sample || fail "see above"
fi

# --- twins: what is no bug survives; what shows elsewhere, or in another bin, is not counted ---

mkdir "$dir/twins"
cat >"$dir/twins/no_bug.patch" <<'PATCH'
# bug:      no_bug
# breaks:   nothing
# machine:  ostep16
# bin:      translate: limit, one past the last byte
# shows in: rsp_fault_o
--- a/rtl/mmu_response_stage.v
+++ b/rtl/mmu_response_stage.v
@@ -49,5 +49,5 @@
   end
 
-  assign rsp_valid_o   = rsp_valid_q;
+  assign rsp_valid_o   = !(!rsp_valid_q);
   assign rsp_addr_o    = {{(64 - PA_W){1'b0}}, rsp_addr_q};
   assign rsp_data_o    = rsp_data_q;
PATCH

# twin NAME SED: a killed bug, with another head
twin() {
    sed "s/^# bug: .*/# bug: $1/; $2" "$mutants/limit_one_byte_too_far.patch" >"$dir/twins/$1.patch"
}
twin elsewhere 's/^# shows in: .*/# shows in: rsp_segment_o/'
twin another_bin 's/^# bin: .*/# bin: dropped: register write/'
export SEGMMU_MUTANTS=$dir/twins
"$mutants/run" >"$dir/out" 2>&1
[ $? -eq 1 ] || fail "twins: not exit status 1"
for line in 'no_bug (cycle): survived the default check of ostep16' \
    'elsewhere (cycle): killed by .*, its patch says rsp_segment_o' \
    'another_bin (cycle): the bin `dropped: register write` was not hit when it died in cycle 32'; do
    grep -q "^FAILED: $line" "$dir/out" || fail "twins: no \"$line\" in $(cat "$dir/out")"
done

# patch_refused NAME SED LINE: a patch that --lint finds fault with
patch_refused() {
    rm -f "$dir/twins"/*
    twin "$1" "$2"
    "$mutants/run" --lint >"$dir/out" 2>&1
    [ $? -eq 1 ] || fail "$1: not exit status 1"
    grep -qF -- "$3" "$dir/out" || fail "$1: no \"$3\" in $(cat "$dir/out")"
}
patch_refused misspelt_bin 's/^# bin: .*/# bin: translate: limit, over the last bite/' \
    'no reachable bin of ostep16 is named `translate: limit, over the last bite`'
patch_refused excluded_bin 's/^# bin: .*/# bin: hazard: CONTEXT changed, then a translation/' \
    'no reachable bin of ostep16 is named'
patch_refused no_bin '/^# bin: /d' 'no line `# bin:`'
patch_refused another_name 's/^# bug: .*/# bug: other/' 'its head names the bug other'
patch_refused stale 's/end_offset;$/last_offset;/' 'it does not apply'
unset SEGMMU_MUTANTS
"$mutants/run" no_such_bug >"$dir/out" 2>&1
[ $? -eq 2 ] || fail "an unknown name: not exit status 2"

finish "all passed"
