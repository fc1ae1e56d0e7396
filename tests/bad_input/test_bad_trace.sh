#!/bin/bash
# SPDX-License-Identifier: MIT
# TRACE: files that are none, and traces that are cut off or changed, with every command that takes
# one. What each of their bytes means to the reader is tested by test_trace_hostile.c.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

tour=$source/traces/tour.trace
commands=("replay --engine model" "replay --engine translate" "trace info" "trace info --json"
    "trace dump" "trace dump --csv")

make_unusable_files >unusable_files
for command in "${commands[@]}"; do
    # shellcheck disable=SC2086
    unusable 2 "$segmmu" $command FILE
done

# Cut off anywhere, it is said where, and what is whole is shown.
size=$(stat -c %s "$tour")
step=$((size / 25))
for ((length = 1; length < size; length += step)); do
    head -c $length "$tour" >cut.trace
    for command in "${commands[@]}"; do
        # shellcheck disable=SC2086
        ends 2 "$segmmu" $command cut.trace
        says 'segmmu: cut.trace: ' 1
    done
done

# A changed byte is found, wherever it is.
for seed in $(seq 30); do
    python3 - "$tour" "$seed" >changed.trace <<'PYTHON'
import random, sys
generator = random.Random(int(sys.argv[2]))
trace = bytearray(open(sys.argv[1], "rb").read())
# Half of them where the sizes stand.
place = generator.randrange(len(trace) if int(sys.argv[2]) % 2 else 64)
trace[place] ^= 1 << generator.randrange(8)
sys.stdout.buffer.write(trace)
PYTHON
    ends 2 "$segmmu" trace info changed.trace
    says 'segmmu: changed.trace: ' 1
    ends 2 "$segmmu" replay --engine model changed.trace
    says 'segmmu: changed.trace: ' 1
done
cat "$tour" random >longer.trace
ends 2 "$segmmu" trace info longer.trace
says 'segmmu: longer.trace: ' 1

# Frames that it does not have.
for frame in 1000 0xffffffffffffffff; do
    ends 2 "$segmmu" replay --engine model --frame $frame "$tour"
    says "$tour: has no frame" 1
    ends 2 "$segmmu" trace dump --frame $frame "$tour"
    says "$tour: has no frame" 1
done

finish_checks
