# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the shell tests share; sourced, not run. Afterwards the current directory is an empty one of
# the test's own. It gives
#   $segmmu, $source            the command under test and the source tree, from SEGMMU and
#                               SEGMMU_SOURCE, which ctest sets; otherwise those of this tree
#   $dir                        the current directory; removed at the end
#   fail MESSAGE...             counts a failure
#   expect NAME STATUS COMMAND...  runs it; what it prints is in out and err; counts $checks
#   contains NAME FILE TEXT     and `lacks`, which is the opposite
#   refused NAME TEXT COMMAND...   exit status 2, and one line on standard error, with TEXT
#   watch_temporary             from here on expect sees that commands leave no temporary file
#   find_sandbox                whether bubblewrap starts; sets $sandbox to what `check` needs
#   plant FILE SED [FILE SED]...   a copy of what comes with segmmu, with bugs in its RTL, in $tree
#   planted ARGUMENT...         segmmu with the RTL of $tree
#   finish TEXT                 the verdict, last of all: TEXT, or exit status 1
set -u
source=${SEGMMU_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
segmmu=${SEGMMU:-$source/build/segmmu}
[ -x "$segmmu" ] || { echo "FAILED: found no command $segmmu; SEGMMU names another"; exit 1; }
dir=$(mktemp -d) && dir=$(cd "$dir" && pwd -P) && cd "$dir" || exit 1
trap 'chmod -R u+rwX "$dir"; rm -rf "$dir"' EXIT
failures=0
checks=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

expect() {
    local name=$1 expected=$2 status
    shift 2
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
    checks=$((checks + 1))
    [ $status -eq "$expected" ] || fail "$name: exit status $status, expected $expected
$(cat "$dir/out" "$dir/err")"
    [ -z "${watched_temporary:-}" ] || [ -z "$(ls -A "$watched_temporary")" ] ||
        fail "$name: left in TMPDIR: $(ls -A "$watched_temporary")"
}

watch_temporary() {
    watched_temporary=$dir/tmp
    export TMPDIR=$watched_temporary
    mkdir -p "$TMPDIR"
}

contains() {
    grep -qF -- "$3" "$2" || fail "$1: \"$3\" is not in
$(cat "$2")"
}

lacks() {
    ! grep -qF -- "$3" "$2" || fail "$1: \"$3\" is in
$(cat "$2")"
}

refused() {
    local name=$1 text=$2
    shift 2
    expect "$name" 2 "$@"
    contains "$name" "$dir/err" "$text"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fail "$name: more than one line: $(cat "$dir/err")"
}

find_sandbox() {
    local reason
    sandbox=()
    reason=$(bwrap --unshare-all --ro-bind / / true 2>&1) && return
    # shellcheck disable=SC2034 # for the test
    sandbox=(--no-sandbox)
    echo "NOT RUN: in the sandbox: bubblewrap does not start here: ${reason%%$'\n'*}"
    return 1
}

tree=$dir/tree
plant() {
    rm -rf "$tree"
    mkdir -p "$tree/harness/lockstep" "$tree/model"
    cp -r "$source/rtl" "$tree/rtl"
    cp -r "$source/harness/dut" "$source/harness/machines" "$tree/harness/"
    cp "$source/harness/lockstep/dut.h" "$tree/harness/lockstep/"
    cp -r "$source/model/segmmu" "$tree/model/"
    while [ $# -gt 0 ]; do
        cp "$tree/rtl/$1" "$dir/unplanted"
        sed -i "$2" "$tree/rtl/$1"
        if cmp -s "$tree/rtl/$1" "$dir/unplanted"; then
            fail "plant: nothing in rtl/$1 matches $2"
            return 1
        fi
        rm "$dir/unplanted"
        shift 2
    done
}

planted() {
    SEGMMU_DATADIR=$tree/harness "$segmmu" "$@"
}

finish() {
    if [ $failures -ne 0 ]; then
        echo "$failures failed"
        exit 1
    fi
    echo "$1"
}
