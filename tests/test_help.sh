#!/bin/bash
# SPDX-License-Identifier: MIT
# The man page, the shell completion and `segmmu COMMAND --help` tell of the same commands, options
# and values. SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
cli=$source/harness/cli
export LC_ALL=C.UTF-8

# same NAME FILE FILE: the lines of both, whatever their order
same() {
    [ -s "$2" ] || fail "$1: $2 is empty"
    diff <(sort "$2") <(sort "$3") >differences || fail "$1: $2 (<) and $3 (>) differ:
$(cat differences)"
}

# differ NAME FILE FILE: the twin of `same`
differ() {
    ! diff <(sort "$2") <(sort "$3") >/dev/null || fail "$1: a planted difference was not found"
}

# --- the three sources of options, a line each such as -m, --machine=MACHINE, --priv ---

options_of_help() { # COMMAND
    "$segmmu" "$1" --help | grep -E '^ {2,6}-' | sed -E 's/^ +//; s/ {2,}.*//; s/, /\n/' |
        sed -E "s/^(--[a-z0-9-]+='[A-Z]+ [A-Z.]+').*/\1/; t; s/ .*//"
}

# Those of the command's own section, and those that every command has.
options_of_page() { # COMMAND PAGE
    sed -n -e '/^Every command has/,/^\.El/p' -e "/^\.Ss segmmu $1\$/,/^\.S[sh]/p" "$2" |
        sed -n 's/^\.It Fl //p' | sed -e 's/ , Fl /\n/g' -e 's/\\&//g' |
        sed -e 's/ Ns = Ns Ar /=/' -e 's/^/-/'
}

# complete_line WORD...: what completion offers for the last word, a line each
# shellcheck disable=SC1091 # a file of the tree, read at run time
. "$cli/segmmu.bash-completion"
complete_line() {
    COMP_WORDS=("$segmmu" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _segmmu
    [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
}

# --- commands ---

"$segmmu" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort -u >commands.help
sed -n 's/^\.Ss segmmu //p' "$cli/segmmu.1" >commands.page
complete_line '' | grep -vx -e help -e --help -e --version >commands.completion
same "commands of the man page" commands.help commands.page
same "commands of the completion" commands.help commands.completion
grep -vx run commands.help >commands.planted
differ "commands" commands.planted commands.page

# --- options ---

while read -r command; do
    options_of_help "$command" >"$command.help"
    options_of_page "$command" "$cli/segmmu.1" >"$command.page"
    grep -q -x -e '--usage' "$command.help" || fail "$command: --help was not understood"
    same "options of $command in the man page" "$command.help" "$command.page"

    sed -e '/^-?$/d' -e 's/=.*/=/' "$command.help" >"$command.offers"
    complete_line "$command" - >"$command.completion"
    same "options of $command that completion offers" "$command.offers" "$command.completion"

    # Each kind of value is one that completion knows.
    while read -r option; do
        kind=$(_segmmu_program=$segmmu _segmmu_value_kind "$command" "${option%%=*}")
        [ -n "$kind" ] || fail "$command $option: completion sees no value"
        _segmmu_program=$segmmu _segmmu_values "$command" "$kind" '' >/dev/null ||
            fail "$command $option: completion does not know what \`$kind\` is"
    done < <(grep '=' "$command.help")
done <commands.help

sed 's/^\.It Fl -seed Ns = Ns Ar N$/.It Fl -seed Ns = Ns Ar S/' "$cli/segmmu.1" >planted.1
options_of_page run planted.1 >planted.page
differ "the value of an option" run.help planted.page
sed '/^\.It Fl q , /d' "$cli/segmmu.1" >planted.1
options_of_page run planted.1 >planted.page
differ "an option" run.help planted.page
! _segmmu_values run NOSUCHKIND '' || fail "completion knows a kind that there is none of"

# --- values ---

# offers EXPECTED WORD...: EXPECTED is all that is offered for the last word, with spaces between
offers() {
    local expected=$1 found
    shift
    found=$(complete_line "$@" | sort | paste -s -d ' ')
    [ "$found" = "$expected" ] || fail "segmmu $*: completion offers \`$found\`, expected \`$expected\`"
}

touch my.yaml sort.elf data.csv
mkdir root
offers "replay run" r
offers "linux-i386" run -m li
offers "linux-i386" run --machine = li
offers "my.yaml" check -m my
offers "root/ rv32" run -m r
offers "lockstep model rtl translate" translate --engine ''
offers "lockstep model rtl translate" run -e = ''
offers "lockstep model rtl translate" run --engine =
offers "lockstep model" check --engine ''
offers "model" replay --engine = mo
offers "execute read write" translate --access ''
offers "data.csv" translate --input da
offers "root" run --root ''
offers "" run --seed ''
offers "sort.elf" run -m rv32 so
offers "sort.elf" run --engine = model -q so
offers "sort.elf" run -- so
offers "sort.elf" replay so
offers "" replay sort.elf so
offers "dump import info" trace ''
offers "csv lackey spike" trace import --format ''
offers "fold keep" trace import --addresses ''
offers "sort.elf" trace info so
offers "trace translate" help tr
offers "--machine= --max-instructions=" run --ma
offers "" run guest --ma
offers "" nosuchcommand --

# --- every value of ENGINE that completion offers is one that the command takes ---

for command in run translate check replay; do
    for engine in $(complete_line $command --engine ''); do
        "$segmmu" $command --engine "$engine" 2>err </dev/null
        ! grep -q -e '--engine' err || fail "$command --engine $engine: $(head -n 1 err)"
    done
    "$segmmu" $command --engine nosuchengine 2>err </dev/null
    grep -q -e '--engine' err || fail "$command: a wrong engine was not refused by name"
done

# --- the man page is clean ---

lint() { # PAGE: what man complains of
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$1" 2>&1
    else
        { MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" >/dev/null; } 2>&1
    fi
}
command -v mandoc >/dev/null || command -v man >/dev/null || fail "neither man nor mandoc is installed"
lint "$cli/segmmu.1" >complaints
[ ! -s complaints ] || fail "the man page: $(cat complaints)"
sed 's/^\.Sh ENVIRONMENT/.Bl -tag\n.nosuchmacro\n&/' "$cli/segmmu.1" >planted.1
lint planted.1 >complaints
[ -s complaints ] || fail "a planted mistake in the man page was not found"

# What the tools in the environment are called there.
for variable in SEGMMU_DATADIR XDG_CACHE_HOME NO_COLOR; do
    grep -q "^\.It Ev $variable$" "$cli/segmmu.1" || fail "the man page does not tell of $variable"
    grep -rqF "getenv(\"$variable\")" "$source/harness" || fail "nothing reads $variable"
done

finish "passed: man page, completion and --help agree on $(cat ./*.help | grep -c -e '^--') options"
