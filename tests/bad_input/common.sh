# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of bad input have in common: the command as a user has it, what it must never do
# whatever it is given, and how it says no. To be sourced; besides, it gives what tests/common.sh does.
# shellcheck source=../common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
# shellcheck disable=SC2034 # for the tests
guests=${SEGMMU_GUESTS:?the guest programs}
watch=${SEGMMU_WATCH:?tests/bad_input/watch}
watch_options=()
stdin=/dev/null
stdout=out

# run COMMAND...: sets status; what it printed is in out and err. Whatever its arguments are, it
# ends by itself, leaves no process and no core, and no sanitizer has anything to say.
run() {
    checks=$((checks + 1))
    : >out
    "$watch" ${watch_options[@]+"${watch_options[@]}"} 100 "$@" >"$stdout" 2>err <"$stdin"
    status=$?
    if grep -a -q -E 'Sanitizer|runtime error:|^watch: ' err; then
        fail "$*: $(cat err)"
    fi
    if compgen -G 'core*' >/dev/null; then
        fail "$*: left a core"
        rm -f core*
    fi
}

# ends STATUS COMMAND...
ends() {
    local expected=$1
    shift
    run "$@"
    [ $status -eq "$expected" ] ||
        fail "$*: exit status $status, expected $expected: $(head -c 1000 err)"
}

# says TEXT LINES: standard error of the last command has so many lines, and TEXT in the first.
says() {
    head -n 1 err | grep -a -q -F -- "$1" || fail "expected '$1' in the first line of: $(cat err)"
    [ "$(wc -l <err)" -eq "$2" ] || fail "expected $2 lines on standard error, found: $(cat err)"
}

# refuses STATUS TEXT COMMAND...: nothing is done; one line says why, and TEXT is in it.
refuses() {
    local expected=$1 text=$2
    shift 2
    ends "$expected" "$@"
    says "$text" 1
    grep -a -q '^segmmu: ' err || fail "$*: who says so? $(cat err)"
    [ ! -s out ] || fail "$*: printed something all the same: $(head -n 3 out)"
}

# misused STATUS TEXT COMMAND...: a usage error: a line that says what, and a sentence (argp's, on
# one line or two) where to read more.
misused() {
    local expected=$1 text=$2
    shift 2
    ends "$expected" "$@"
    sed -i '2,$ { N; s/\n/ / }' err
    says "$text" 2
    tail -n 1 err | grep -q '^Try .* for more information.$' || fail "$*: $(cat err)"
    [ ! -s out ] || fail "$*: printed something all the same: $(head -n 3 out)"
}

# The files that are none: each is made, and a line "NAME TEXT" says how it is to be refused.
# `unreadable` is one only in the eyes of a command that is bound by modes.
make_unusable_files() {
    : >empty
    mkdir -p folder
    mkfifo fifo
    echo something >unreadable
    chmod 000 unreadable
    head -c 3000 /dev/urandom >random
    printf '%s\n' 'missing missing: No such file or directory' 'empty empty:' 'folder folder:' \
        'fifo fifo:' 'unreadable unreadable: Permission denied' 'random random:'
}

# unusable STATUS COMMAND...: the command, FILE in it replaced by each of the files above.
unusable() {
    local expected=$1 name text
    shift
    watch_options=(--bound-by-modes)
    while read -r name text; do
        refuses "$expected" "$text" "${@//FILE/$PWD/$name}"
    done <unusable_files
    watch_options=()
}

# finish_checks: ends the test. The checks themselves can fail: three that must are tried first.
finish_checks() {
    local before=$failures
    refuses 0 'no machine' "$segmmu" translate -m no-such-machine 0 >/dev/null
    refuses 2 'something else' "$segmmu" translate -m no-such-machine 0 >/dev/null
    run sh -c 'echo ERROR: AddressSanitizer >&2' >/dev/null
    run sh -c 'kill -SEGV $$' >/dev/null
    run sh -c 'sleep 4 & exit 0' >/dev/null
    [ $((failures - before)) -eq 5 ] || {
        echo "$((failures - before)) of 5 planted failures were seen"
        exit 1
    }
    failures=$before
    finish "$checks checks: all as expected"
}
