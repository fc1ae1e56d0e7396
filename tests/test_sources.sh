#!/bin/bash
# SPDX-License-Identifier: MIT
# Every source file names its licence, has one subject (at most 500 lines), lines of at most 100
# columns in C and Verilog, no tab, no space at the end of a line, and a newline at the end.
# SEGMMU_SOURCE is the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
work=$dir
cd "$source" || exit 1

# Files longer than 500 lines, and why one subject takes so many.
long_files="
tests/test_behaviour.c      one table of behaviours, run against the model and against the RTL
tests/test_stimulus.c       one stimulus, whose every ingredient is looked for in the same runs
"

# What carries no licence line: texts (LICENSE covers them), what programs print, and traces.
no_licence='\.md$|/LICENSE$|/expected/[^/]*\.txt$|\.trace$|/\.gitignore$|/\.editorconfig$|/\.clang-format$'

sources() { # DIRECTORY: all files but those that are built; trees that are built into lie in /build*
    (cd "$1" && find . \( -path './build*' -o -path ./.git \) -prune -o -type f -print | sort)
}

# Each prints the files and places that break its rule.
without_licence() { # DIRECTORY
    (cd "$1" && sources . | grep -vE "$no_licence" | while IFS= read -r file; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || echo "$file"
    done)
}

too_long() { # DIRECTORY
    (cd "$1" && sources . | grep -E '\.(c|h|cpp|v|vh|sh)$' | while IFS= read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 500 ] || grep -q "^${file#./} " <<<"$long_files" || echo "$file: $lines lines"
    done)
}

badly_spaced() { # DIRECTORY
    (cd "$1" && sources . | grep -E '\.(c|h|cpp|v|vh)$' | xargs awk -v limit=100 '
        /\t/          { print FILENAME ":" FNR ": a tab" }
        /[ \t\r]$/    { print FILENAME ":" FNR ": a space at the end" }
        { columns = $0; gsub(/[\200-\277]/, "", columns) } # the later bytes of UTF-8 have no width
        length(columns) > limit { print FILENAME ":" FNR ": " length(columns) " columns" }')
}

without_newline() { # DIRECTORY
    (cd "$1" && sources . | grep -E '\.(c|h|cpp|v|vh|sh|cmake|md|yaml|S|ld)$|CMakeLists.txt$' |
        while IFS= read -r file; do
            [ -z "$(tail -c 1 "$file")" ] || echo "$file"
        done)
}

export LC_ALL=C # columns are counted in bytes, see above
rules="without_licence too_long badly_spaced without_newline"
for rule in $rules; do
    $rule . >"$work/found"
    [ ! -s "$work/found" ] || fail "$rule:
$(head -n 20 "$work/found")"
done

# The list of long files has none that is not.
while read -r file reason; do
    [ -n "$file" ] || continue
    [ -n "$reason" ] || fail "$file is on the list of long files without a reason"
    [ -f "$file" ] && [ "$(wc -l <"$file")" -gt 500 ] || fail "$file need not be on the list of long files"
done <<<"$long_files"

# Twins: a tree in which each rule is broken once.
mkdir -p "$work/planted/build"
cd "$work/planted" || exit 1
printf 'int first;\n' | tee build/not_ours.c >licence.c
{ echo '/* SPDX-License-Identifier: MIT */' && yes 'int again;' | head -n 500; } >long.c
printf '/* SPDX-License-Identifier: MIT */\n\tint tab;\nint space; \n// %0100d\nint a;' 0 >spaced.c
twin() { # RULE FOUND
    local found
    found=$($1 . | paste -s -d ' ')
    [ "$found" = "$2" ] || fail "twin of $1: found \`$found\`, expected \`$2\`"
}
twin without_licence "./licence.c"
twin too_long "./long.c: 501 lines"
twin badly_spaced \
    "./spaced.c:2: a tab ./spaced.c:3: a space at the end ./spaced.c:4: 103 columns"
twin without_newline "./spaced.c"

finish "passed: $(sources "$source" | wc -l) files"
