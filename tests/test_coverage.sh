#!/bin/bash
# SPDX-License-Identifier: MIT
# Coverage on the command line: the default run of every named configuration hits every reachable
# bin, files merge once however often, and what is damaged or does not belong together is refused.
# SEGMMU is the command under test.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# --- the default run covers everything ---

for machine in basebounds ostep15 ostep16 onebit seg4 seg16 named wide; do
    expect "$machine" 0 "$segmmu" check -m $machine --engine model --coverage $machine.json
    grep -qE '^coverage: ([0-9]+) of \1 reachable bins hit$' out ||
        fail "$machine: not covered: $(grep -A 12 '^coverage' out)"
    expect "report of $machine" 0 "$segmmu" coverage report $machine.json
    contains "report of $machine" out "excluded: "
    echo "$machine: $(tail -n 1 out)"
done

# --- a short one does not, and says what it missed ---

expect "short run" 0 "$segmmu" check -m ostep16 --engine model --cycles 2000 --coverage short.json
contains "short run" out "  not hit: translate: "
expect "report with holes" 1 "$segmmu" coverage report --html page.html short.json
contains "report with holes" out "  not hit: hazard: "
contains "page" page.html "</html>"
grep -qE 'https?:|src=|@import' page.html && fail "the page needs something else"

# --- --until-covered ends when everything is hit, the same way each time ---

for name in until again; do
    expect "$name" 0 "$segmmu" check -m ostep16 --engine model --cycles 100000000 --until-covered \
        --coverage $name.json
    grep -qE '^coverage: ([0-9]+) of \1 reachable bins hit$' out || fail "$name: $(cat out)"
    grep -q 'after 100000000 cycles' out && fail "$name: it did not end"
done
cmp -s until.json again.json || fail "--until-covered is another run the second time"

# --- merging ---

expect "merge" 0 "$segmmu" coverage merge one.json short.json ostep16.json
expect "merge twice" 0 "$segmmu" coverage merge two.json ostep16.json short.json one.json short.json
contains "merge twice" out "two.json: 2 runs of machine ostep16"
cmp -s one.json two.json || fail "a run counts more than once"
expect "merge into itself" 0 "$segmmu" coverage merge one.json one.json
cmp -s one.json two.json || fail "merging into itself changes the file"
refused "two machines" "seg4.json: another machine: found VA_W 32, expected 14" \
    "$segmmu" coverage merge mixed.json ostep16.json seg4.json
[ ! -e mixed.json ] || fail "a merge that is refused leaves a file"

# --- bad input ---

head -c 3000 ostep16.json >cut.json
refused "cut" "cut.json:" "$segmmu" coverage report cut.json
sed 's/"cycles":1000000/"cycles":1000001/' ostep16.json >changed.json
refused "changed" "damaged" "$segmmu" coverage report changed.json
refused "no file" "nowhere.json: No such file" "$segmmu" coverage merge out.json nowhere.json
refused "a directory" ".:" "$segmmu" coverage report .
head -c 4096 /dev/urandom >noise.json
refused "noise" "noise.json:" "$segmmu" coverage report noise.json
refused "full disk" "/dev/full: cannot be written" "$segmmu" coverage merge /dev/full ostep16.json
refused "full disk, page" "/dev/full: cannot be written" \
    "$segmmu" coverage report --html /dev/full ostep16.json
refused "no such directory" "no/such.json: cannot be written" \
    "$segmmu" check -m ostep16 --engine model --cycles 1000 --coverage no/such.json
expect "no action" 2 "$segmmu" coverage
expect "merge of nothing" 2 "$segmmu" coverage merge out.json
expect "report of two" 2 "$segmmu" coverage report one.json two.json

finish "all passed"
