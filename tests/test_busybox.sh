#!/bin/sh
# SPDX-License-Identifier: MIT
# Debian's busybox-static for i386, unmodified, in lockstep: what it prints is what the host's tools
# print.
# shellcheck disable=SC2016 # programs of awk and sh keep their own dollars
set -eu

segmmu=${SEGMMU:?}
busybox=$("${SEGMMU_SOURCE:?}/tests/guests/fetch_busybox")
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/folder"
failures=0

# same_as_host WHAT ARGUMENT...: busybox with these arguments against $work/host. Standard input
# comes from $work/in.
same_as_host() {
    what=$1; shift
    status=0
    "$segmmu" run -m linux-i386 --root "$root" --stats "$work/stats" -- "$busybox" "$@" \
        <"$work/in" >"$work/out" 2>"$work/err" || status=$?
    if [ $status -ne 0 ] || ! diff "$work/host" "$work/out" >"$work/diff"; then
        echo "FAILED: $what: exit status $status"
        sed 's/^/    /' "$work/diff" "$work/err" | head -n 20
        failures=$((failures + 1))
    elif ! grep -q '"disagreements": *0' "$work/stats"; then
        echo "FAILED: $what: --stats does not say 0 disagreements"
        failures=$((failures + 1))
    fi
}

: >"$work/in"
echo 'hello,  world' >"$work/host"
same_as_host echo echo 'hello,  world'

for name in zebra apple .hidden mango folder/inner; do echo "$name" >"$root/$name"; done
(cd "$root" && ls) >"$work/host"
same_as_host 'ls' ls
(cd "$root" && ls -a folder) >"$work/host"
same_as_host 'ls of a folder' ls -a folder

awk 'BEGIN { x = 12345; for (i = 0; i < 500; i++) { x = (x * 1103 + 12345) % 65536; print x, i } }' \
    >"$root/numbers"
sort -n "$root/numbers" >"$work/host"
same_as_host 'sort of a file' sort -n numbers
cp "$root/numbers" "$work/in"
same_as_host 'sort of standard input' sort -n
: >"$work/in"

program='{ sum += $1; count[$1 % 10]++ } END { print sum; for (i = 0; i < 10; i++) print i, count[i] }'
awk "$program" "$root/numbers" >"$work/host"
same_as_host awk awk "$program" numbers

loop='i=0; while [ $i -lt 20 ]; do i=$((i + 1)); case $i in *5) continue;; esac; echo "line $i"; done'
sh -c "$loop" >"$work/host"
same_as_host 'sh loop' sh -c "$loop"

yes 'a megabyte of text, and a digest of it' | head -c 1048576 >"$root/megabyte"
(cd "$root" && sha256sum megabyte) >"$work/host"
same_as_host 'sha256sum of 1 MB' sha256sum megabyte

# The comparison can fail.
failures_before=$failures
echo 'something else' >"$work/host"
same_as_host 'planted' echo 'hello' >/dev/null
[ "$failures" -eq $((failures_before + 1)) ] || { echo 'FAILED: a planted difference passed'; exit 1; }
failures=$failures_before

# Without --root there are no files, and with it nothing outside.
for root_option in '' "--root $root/folder"; do
    status=0
    # shellcheck disable=SC2086 # one option with its value, or none
    "$segmmu" run -m linux-i386 --engine translate $root_option -- "$busybox" cat ../numbers \
        </dev/null >"$work/out" 2>/dev/null || status=$?
    if [ $status -eq 0 ] || [ -s "$work/out" ]; then
        echo "FAILED: read a file outside '$root_option': exit status $status"
        failures=$((failures + 1))
    fi
done

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
