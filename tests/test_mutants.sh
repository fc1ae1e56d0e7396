#!/bin/bash
# SPDX-License-Identifier: MIT
# The bugs of tests/mutants/ are found by the default `segmmu check`, each by an output that its patch
# names: a sample, and all of them with SEGMMU_FULL=1. Every patch applies to rtl/ as it is, and the
# README lists them. SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
set -u
export SEGMMU=${SEGMMU:?the segmmu command}
export SEGMMU_SOURCE=${SEGMMU_SOURCE:?the source tree}
mutants=$SEGMMU_SOURCE/tests/mutants
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# --- the patches ---

count=0
for patch in "$mutants"/*.patch; do
    name=$(basename "$patch" .patch)
    count=$((count + 1))
    for key in bug breaks machine "shows in"; do
        [ "$(grep -c "^# $key: *[^ ]" "$patch")" -eq 1 ] || fail "$name: no line \"# $key:\""
    done
    grep -q "^# bug: *$name\$" "$patch" || fail "$name: its first line names another bug"
    patch --quiet --dry-run --fuzz=0 -p1 -d "$SEGMMU_SOURCE" <"$patch" >"$dir/log" 2>&1 ||
        fail "$name: the patch does not apply to rtl/
$(cat "$dir/log")"
done
[ $count -ge 40 ] || fail "found $count patches, expected 40 or more"

"$mutants/run" --table >"$dir/table"
sed -n '/^| bug |/,/^$/p' "$mutants/README.md" | sed '/^$/d' >"$dir/readme"
diff "$dir/readme" "$dir/table" >"$dir/log" || fail "tests/mutants/README.md: its table is not that
of tests/mutants/run --table
$(cat "$dir/log")"

# --- what the check makes of them ---

if [ -n "${SEGMMU_FULL:-}" ]; then
    "$mutants/run" || fail "see above"
else
    "$mutants/run" --sample || fail "see above"
fi

# --- twins: a bug that is none survives, and a bug that shows elsewhere is not counted ---

mkdir "$dir/twins"
cp "$mutants/run" "$dir/twins/"
cat >"$dir/twins/no_bug.patch" <<'PATCH'
# bug:      no_bug
# breaks:   nothing
# machine:  ostep16
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
sed 's/^# bug: .*/# bug: elsewhere/; s/^# shows in: .*/# shows in: rsp_segment_o/' \
    "$mutants/limit_one_byte_too_far.patch" >"$dir/twins/elsewhere.patch"
"$dir/twins/run" no_bug elsewhere >"$dir/out" 2>&1
[ $? -eq 1 ] || fail "twins: not exit status 1"
grep -q 'FAILED: no_bug: survived the default check of ostep16' "$dir/out" ||
    fail "no_bug is not reported as a survivor: $(cat "$dir/out")"
grep -q 'FAILED: elsewhere: killed by .*, its patch says rsp_segment_o' "$dir/out" ||
    fail "elsewhere is counted as killed: $(cat "$dir/out")"
"$mutants/run" no_such_bug >"$dir/out" 2>&1
[ $? -eq 2 ] || fail "an unknown name: not exit status 2"

[ $failures -eq 0 ]
