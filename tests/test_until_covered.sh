#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check --until-covered` in shards: rounds, of which each goes for what those before it have
# missed; the same results with any number of jobs.
# SEGMMU is the command under test.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Shards that cover little each.
options=(-m seg4 --engine model --cycles 3000000 --shard-cycles 60000 --seed 3)

# run NAME OPTION...
run() {
    local name=$1
    shift
    "$segmmu" check "${options[@]}" "$@" --json "$name.json" --coverage "$name.coverage" \
        >"$name.out" 2>&1 </dev/null || fail "$name: exit status $?
$(cat "$name.out")"
}

# shards NAME
shards() {
    grep -c '"shard"' "$1.json"
}

run one --until-covered
grep -qx 'coverage: 14236 of 14236 reachable bins hit' one.out || fail "one: not covered: $(cat one.out)"
[ "$(shards one)" -lt 50 ] || fail "one: took all 50 shards"
# The first round is one shard, each of the others eight.
[ $((($(shards one) - 1) % 8)) -eq 0 ] || fail "one: ended within a round, after $(shards one) shards"
run three --until-covered --jobs 3
cmp -s one.json three.json || fail "three jobs give other results than one"
cmp -s one.coverage three.coverage || fail "three jobs give another coverage than one"

finish "passed: covered in $(shards one) shards of 50"
