#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu replay --rtl` of RTL that means harm: in the sandbox it writes nothing but its own scratch
# directory, above all not the cache of builds and not what --save and --coverage name; what these
# name is there at the end all the same. Each has a twin without the sandbox, which shows that the
# RTL does try. What hangs, crashes or is killed is told of as it is without the sandbox.
# shellcheck disable=SC2016 # $ and ` are Verilog's
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$dir/cache
watch_temporary

cp "$source"/rtl/*.v "$source"/rtl/*.vh .
# add_to_top TEXT: our RTL as somebody else's, with TEXT in its top module
add_to_top() {
    TEXT=$1 awk '/^endmodule/ && !done { print ENVIRON["TEXT"]; done = 1 } { print }' \
        "$source/rtl/mmu.v" >mmu.v
    ! cmp -s mmu.v "$source/rtl/mmu.v" || fail "add_to_top: there is no endmodule in mmu.v"
}
expect "a trace" 0 "$segmmu" check -m seg4 --engine model --cycles 3000 --trace seg4.trace
replay=("$segmmu" replay --rtl mmu.v seg4.trace)

# --- without bubblewrap it is an error, and nothing runs ---

mkdir bin
ln -s "$(dirname "$(command -v verilator)")"/* bin/
rm -f bin/bwrap
add_to_top '  // as it is'
refused "no bubblewrap" "the sandbox does not start: bwrap is not installed; install it with: apt-get install bubblewrap, or use --no-sandbox to do without" \
    env PATH="$dir/bin" "${replay[@]}"
[ ! -s out ] || fail "no bubblewrap: replayed all the same: $(cat out)"
cat >bin/bwrap <<'E2'
#!/bin/sh
echo 'bwrap: No permissions to create new namespace' >&2
exit 1
E2
chmod +x bin/bwrap
refused "bubblewrap does not start" "the sandbox does not start: bwrap: No permissions to create new namespace; --no-sandbox does without" \
    env PATH="$dir/bin" "${replay[@]}"
# One that starts at first, and not with the replay.
cat >bin/bwrap <<'E2'
#!/bin/sh
case $* in
*replay-worker*) echo 'bwrap: no more namespaces' >&2; exit 1 ;;
*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
esac
E2
expect "bubblewrap does not start the replay" 2 env PATH="$dir/bin" "${replay[@]}"
contains "bubblewrap does not start the replay" err "bwrap: no more namespaces"
contains "bubblewrap does not start the replay" err "segmmu: the sandbox does not start; --no-sandbox does without"
expect "no bubblewrap, not wanted" 0 env PATH="$dir/bin" "${replay[@]}" --no-sandbox
expect "no RTL" 0 env PATH="$dir/bin" "$segmmu" replay --engine model seg4.trace
expect "our own RTL" 0 env PATH="$dir/bin" "$segmmu" replay seg4.trace
expect "worker by hand" 2 "$segmmu" replay-worker
expect "worker by hand, no descriptors" 2 "$segmmu" replay-worker 77 78 . seg4.trace
contains "worker by hand" err "replay-worker is started by"

# --- what is written ---

mkdir victims
echo untouched >victims/saved
cat >harm.sh <<E2
touch $dir/cache/segmmu/dut/touched $dir/touched
for so in $dir/cache/segmmu/dut/*/*.so; do
    echo bad >>\$so
done
ln -sf $dir/victims/saved $dir/saved.trace
cp $dir/victims/saved $dir/coverage.json
E2
harm=$(cat <<V
  integer harm /*verilator public_flat*/;
  initial begin
    harm = \$fopen("$dir/cache/segmmu/dut/opened", "w");
    \$system("sh $dir/harm.sh");
    \$c("{ FILE *f = std::fopen(\\"$dir/reached\\", \\"w\\"); if (f) std::fclose(f); }");
  end
\`systemc_implementation
  static int at_load = std::system("touch $dir/loaded");
\`verilog
V
)
written() { # the files that the harm has reached
    ls cache/segmmu/dut/opened cache/segmmu/dut/touched touched reached loaded saved.trace 2>/dev/null
    grep -Lx untouched victims/*
    find cache/segmmu/dut -name '*.so' -exec tail -c 4 {} \; 2>/dev/null | grep -a bad
}

if find_sandbox; then
    add_to_top "$harm"
    expect "sandbox" 0 "${replay[@]}" --save saved --coverage coverage.json
    [ -z "$(written)" ] || fail "sandbox: the RTL wrote $(written)"
    contains "sandbox" out "model and RTL agreed in 2999 cycles"
    expect "sandbox: its coverage" 0 "$segmmu" coverage merge merged.json coverage.json
    rm coverage.json merged.json
    expect "sandbox, from the cache" 0 "${replay[@]}"
    [ -z "$(written)" ] || fail "sandbox, from the cache: the RTL wrote $(written)"
    cp mmu.v foreign.v
    rm mmu.v
    expect "our own RTL in the sandbox" 0 "$segmmu" replay --sandbox seg4.trace

    # What is left in the scratch directory is a file, or it is not taken.
    add_to_top '  initial $system("cd '"$TMPDIR"'/segmmu-check-* && ln -s /etc/passwd save.trace && mkfifo save.fst && mkdir save.shrunk.trace && echo other >other");'
    expect "scratch" 0 "${replay[@]}" --save saved
    [ -z "$(ls saved.* other 2>/dev/null)" ] || fail "scratch: copied $(ls saved.* other)"

    # A disagreement builds a waveform, and its files are named as the user names them.
    add_to_top '  // a bug'
    sed -i 's/base + displacement/base | displacement/' mmu_check.v
    mkdir kept
    expect "disagreement" 1 "${replay[@]}" --save kept/it --shrink 1M --coverage coverage.json
    for line in "Trace of the last cycles: kept/it.trace" "Waveform: kept/it.fst (" \
        "To repeat it: segmmu replay --rtl mmu.v kept/it.trace" \
        "To repeat it: segmmu replay --rtl mmu.v kept/it.shrunk.trace" \
        "Waveform: kept/it.shrunk.fst ("; do
        contains "disagreement" err "$line"
    done
    lacks "disagreement" err "$TMPDIR"
    [ "$(ls kept)" = "$(printf '%s\n' it.fst it.shrunk.fst it.shrunk.trace it.trace)" ] ||
        fail "disagreement: left are $(ls kept)"
    [ -s coverage.json ] || fail "disagreement: no coverage"
    cp err sandbox.err
    mkdir twin
    cp kept/* twin/
    expect "disagreement: again" 1 "${replay[@]/seg4.trace/kept\/it.shrunk.trace}"
    expect "disagreement: our own RTL" 0 "$segmmu" replay kept/it.shrunk.trace
    # The same without the sandbox, but for the command.
    expect "disagreement: no sandbox" 1 "${replay[@]}" --no-sandbox --save kept/it --shrink 1M
    sed 's/ --no-sandbox//' err >plain.err
    cmp -s sandbox.err plain.err || fail "disagreement: another page without the sandbox:
$(diff sandbox.err plain.err)"
    for file in it.fst it.shrunk.fst; do
        [ "$(stat -c %s "kept/$file")" -eq "$(stat -c %s "twin/$file")" ] ||
            fail "disagreement: another $file without the sandbox"
    done
    cp "$source/rtl/mmu_check.v" .
    echo "sandbox: passed"

    # Killed from outside, or ended by a signal: nothing is left.
    add_to_top '  integer spin /*verilator public_flat*/;
  always @(posedge clk_i) if (req_valid_i) begin spin = 1; while (spin != 0) spin = spin + 2; end'
    expect "by a signal: the build" 1 "${replay[@]}" --timeout 1
    for number in INT TERM KILL; do
        "${replay[@]}" --timeout 100 >out 2>err </dev/null &
        pid=$!
        worker=''
        for _ in $(seq 300); do
            read -r -a children <"/proc/$pid/task/$pid/children"
            for child in "${children[@]}"; do
                ! tr '\0' ' ' <"/proc/$child/cmdline" 2>/dev/null |
                    grep -q '^bwrap .* replay-worker ' || worker=$child
            done
            [ -z "$worker" ] || break
            sleep 0.1
        done
        [ -n "$worker" ] || fail "$number: no worker: $(cat out err)"
        sleep 0.5
        case $number in
        KILL) kill -KILL "$worker" ;;
        *) kill -$number $pid ;;
        esac
        wait $pid
        status=$?
        [ $status -eq 2 ] || fail "$number: exit status $status: $(cat out err)"
        case $number in
        KILL) contains "$number" err "the replay was killed (Killed)" ;;
        *) contains "$number" err "interrupted" ;;
        esac
        [ -z "$(ls -A "$TMPDIR")" ] || fail "$number: left in TMPDIR: $(ls -A "$TMPDIR")"
        ! kill -0 "$worker" 2>/dev/null || fail "$number: the worker goes on"
    done
    echo "signals: passed"
fi

# --- what does not end, and what crashes ---

# dies NAME TEXT MESSAGE
dies() {
    add_to_top "$2"
    expect "$1" 1 timeout 200 "${replay[@]}" "${sandbox[@]}" --timeout 1
    contains "$1" err "the DUT stopped in cycle "
    contains "$1" err "$3"
}

# Public, so that Verilator does not leave out what nobody reads.
dies "loop with an end that never comes" '  integer spin /*verilator public_flat*/;
  always @(posedge clk_i) if (req_valid_i) begin spin = 1; while (spin != 0) spin = spin + 2; end' \
    "it does not come back from this cycle (an endless loop?), ended after 1 s"
dies "crash" '  always @(posedge clk_i) if (req_valid_i) $c("*(volatile int *)8 = 1;");' \
    "it crashed: Segmentation fault"

# --- the twin of what is written ---

add_to_top "$harm"
"${replay[@]}" --no-sandbox >out 2>err </dev/null
[ "$(written | grep -c -e opened -e '^touched' -e /touched -e reached -e loaded -e saved.trace)" -eq 6 ] ||
    fail "the twin of the sandbox's test wrote only $(written)
$(cat out err)"

finish "all passed"
