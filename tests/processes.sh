# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of several processes have in common. To be sourced; afterwards the current directory
# is an empty one of the test's own.
set -u
segmmu=${SEGMMU:?the segmmu command}
guests=${SEGMMU_GUESTS:?the guest programs}
source=${SEGMMU_SOURCE:?the source tree}
expected=$source/tests/guests/expected
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# ends STATUS COMMAND...: what it printed is in out and err. Standard input is `input`, where there is
# one.
ends() {
    local wanted=$1 status from=/dev/null
    shift
    [ ! -e input ] || from=input
    "$@" >out 2>err <"$from"
    status=$?
    [ $status -eq "$wanted" ] ||
        fail "$*: exit status $status, expected $wanted: $(head -c 1000 err)"
}

# processes STATUS MACHINE PROGRAM... [-- OPTION...]: runs them together, each PROGRAM with its
# arguments, on the cycle model. A program is named without its folder, layout and .elf.
processes() {
    local wanted=$1 machine=$2 layout options=()
    shift 2
    case $machine in
    linux-i386 | ./linux*) layout=i386 ;;
    ostep512 | ostep512bb | basebounds | named) layout=$machine ;;
    *) layout=rv32 ;;
    esac
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        case $1 in
        *' '*) options+=(--process "$guests/${1%% *}.$layout.elf ${1#* }") ;;
        *) options+=(--process "$guests/$1.$layout.elf") ;;
        esac
        shift
    done
    [ $# -eq 0 ] || shift
    rm -f stats.json
    ends "$wanted" "$segmmu" run -q -e model -m "$machine" --stats stats.json "${options[@]}" "$@"
}

# holds TEXT: a line of the output is TEXT
holds() {
    grep -q -x -F -- "$1" out || fail "the output has no line '$1': $(cat out)"
}

# says TEXT: standard error has TEXT in one of its lines
says() {
    grep -q -F -- "$1" err || fail "expected '$1' in: $(cat err)"
}

# letters NAME...: a, b and c printed what they print when they run alone
letters() {
    local name
    for name; do
        grep "^${name^}: " out | diff - "$expected/$name.txt" >difference ||
            fail "output of $name: $(cat difference)"
    done
}

# figure NAME...: a member of the statistics, such as `processes 1 outcome`
figure() {
    python3 -c 'import json, sys
value = json.load(open("stats.json"))
for name in sys.argv[1:]:
    value = value[int(name) if isinstance(value, list) else name]
print(value)' "$@"
}

# is WANTED NAME...
is() {
    local wanted=$1
    shift
    [ "$(figure "$@")" = "$wanted" ] || fail "$*: $(figure "$@"), expected $wanted"
}

# some NAME...: a figure that is not 0
some() {
    local value
    value=$(figure "$@") || fail "$*: no such figure"
    [ "$value" != 0 ] || fail "$*: is 0"
}

# machine NAME RAM_BYTES [MMU_KEY: VALUE]...: a machine file ./NAME.yaml for programs of layout rv32
machine() {
    local name=$1 ram=$2 more=
    shift 2
    [ $# -eq 0 ] || more=$(printf ', %s' "$@")
    cat >"$name.yaml" <<END
# Made by a test
mmu: {kind: segment, address_bits: 32, physical_bits: 32, segment_bits: 2$more}
memory: {ram: $ram}
END
}

# planted COMMAND...: a check that must fail here, since what it looks for is not there
planted() {
    local before=$failures
    "$@" >/dev/null
    if [ $failures -eq $before ]; then
        fail "not seen: $*"
    else
        failures=$before
    fi
}

finish() {
    [ $failures -eq 0 ] || {
        echo "$failures failed"
        exit 1
    }
}
