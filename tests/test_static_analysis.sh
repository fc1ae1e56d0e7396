#!/bin/bash
# SPDX-License-Identifier: MIT
# clang-tidy (checks in .clang-tidy) and cppcheck over all C that the build compiles, shellcheck over
# the shell scripts; and each finds a mistake that is planted.
# SEGMMU is the command in the build tree, SEGMMU_SOURCE the source tree. With SEGMMU_FULL clang's
# analyzer looks at the model and the harness too; it takes five times as long as all else together.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
build=$(dirname "$segmmu")
work=$dir
cd "$source" || exit 1
jobs=$(nproc)

for tool in clang-tidy cppcheck shellcheck python3; do
    command -v $tool >/dev/null || {
        echo "FAILED: $tool is not installed"
        exit 1
    }
done

# What the build compiles for the host; guests are built for other machines, and some are wrong on
# purpose.
python3 - "$build/compile_commands.json" "$work/compile_commands.json" >"$work/files" <<'END'
import json, sys
commands = [c for c in json.load(open(sys.argv[1])) if "/tests/guests/" not in c["file"]]
json.dump(commands, open(sys.argv[2], "w"))
print(*sorted({c["file"] for c in commands}), sep="\n")
END
count=$(wc -l <"$work/files")
[ "$count" -gt 100 ] || fail "$build/compile_commands.json has $count files, expected all of segmmu"

# --- clang-tidy ---

no_analyzer='--checks=-clang-analyzer-*'

# A file each: with several, version 14 takes every va_list after the first for uninitialized.
tidy() { # DIRECTORY OPTION... <FILES
    local directory=$1
    shift
    xargs -P "$jobs" -n 1 clang-tidy -p "$directory" --quiet "$@" 2>/dev/null
}
tidy "$work" "$no_analyzer" <"$work/files" >"$work/tidy" || fail "clang-tidy:
$(grep -A 4 -E 'error:' "$work/tidy" | head -n 100)"

# Not over tests: the analyzer does not know that cmocka's assertions end a test.
if [ -n "${SEGMMU_FULL:-}" ]; then
    grep -v '/tests/' "$work/files" | tidy "$work" >"$work/tidy" || fail "clang's analyzer:
$(grep -A 4 -E 'error:' "$work/tidy" | head -n 100)"
fi

# --- cppcheck ---

# Not `style`: it has opinions on scopes and names that are not ours.
cppcheck_all() { # PROJECT
    cppcheck --quiet -j "$jobs" --project="$1" --enable=warning,performance,portability \
        --inline-suppr --error-exitcode=1 2>&1
}
cppcheck_all "$work/compile_commands.json" >"$work/cppcheck" || fail "cppcheck:
$(head -n 100 "$work/cppcheck")"

# --- shellcheck ---

# SC2015 warns of `a && b || c` where b may fail; here c is then meant. SC2016 warns of a $ in single
# quotes: programs of sed, awk and Verilog have it.
shell() { # FILE...
    shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2015,SC2016 "$@"
}
grep -rlE '^#! ?/bin/(ba)?sh' .ci harness tests >"$work/scripts"
[ "$(wc -l <"$work/scripts")" -gt 10 ] || fail "found $(wc -l <"$work/scripts") scripts"
# Parts of scripts are checked where they are sourced.
grep -v '/common.sh$' "$work/scripts" >"$work/whole"
xargs shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2015,SC2016 \
    <"$work/whole" >"$work/shell" || fail "shellcheck:
$(head -n 100 "$work/shell")"
shell --shell=bash harness/cli/segmmu.bash-completion || fail "shellcheck: the completion"

# --- twins ---

mkdir "$work/planted"
cp .clang-tidy "$work/planted/"
cat >"$work/planted/planted.c" <<'END'
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char name[4];
    long rows = argc * 64;
    int *const none = argc > 9 ? &argc : NULL; *none = 1;

    name[4] = argv[0][0];
    printf("%ld %c\n", rows, name[4]);
    return 0;
}
END
cat >"$work/planted/compile_commands.json" <<END
[{"directory": "$work/planted", "file": "$work/planted/planted.c", "command": "cc -c planted.c"}]
END
! tidy "$work/planted" <<<"$work/planted/planted.c" >"$work/found" || fail "clang-tidy found nothing"
for mistake in 'planted.c:7:.*bugprone-implicit-widening' 'planted.c:8:.*clang-analyzer-core'; do
    grep -q "$mistake" "$work/found" || fail "clang-tidy did not find $mistake: $(cat "$work/found")"
done
! cppcheck_all "$work/planted/compile_commands.json" >"$work/found" || fail "cppcheck found nothing"
grep -q 'planted.c:10:.*arrayIndexOutOfBounds' "$work/found" ||
    fail "cppcheck did not find the planted mistake: $(cat "$work/found")"
printf '#!/bin/sh\nrm $1/*\n' >"$work/planted.sh"
! shell "$work/planted.sh" >"$work/found" || fail "shellcheck found nothing"
grep -q SC2086 "$work/found" || fail "shellcheck did not find the planted mistake"

finish "passed: $count C files, $(wc -l <"$work/whole") scripts"
