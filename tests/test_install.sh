#!/bin/bash
# SPDX-License-Identifier: MIT
# What `cmake --install` leaves stands on its own: the command works from there with its own data and
# without the source or build tree, and an emulator outside of the tree (tests/embed) is built from
# it by CMake and by pkg-config, static and shared, as C and as C++, also after it was moved.
# SEGMMU is the built command, SEGMMU_SOURCE the source tree, SEGMMU_GUESTS the built guests.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
guests=${SEGMMU_GUESTS:?the guests}
build=$(dirname "$segmmu")
work=$dir
unset SEGMMU_DATADIR PKG_CONFIG_PATH CMAKE_PREFIX_PATH LD_LIBRARY_PATH DESTDIR
export XDG_CACHE_HOME=$work/cache

# --- the command, from PREFIX ---

# touches_tree LOG: a file of the source or build tree was opened or run, by the log of strace
touches_tree() {
    grep -E "^[0-9]+ +(open|openat|openat2|execve)\(.*\"($source|$build)/" "$1" | grep -v ' = -1 '
}

command_works() { # PREFIX
    local segmmu=$1/bin/segmmu
    rm -rf "$XDG_CACHE_HOME" # so that the RTL is built, from what is installed
    expect "machines" 0 "$segmmu" machines --json
    contains "machines" out "\"$1/share/segmmu/machines/ostep16.yaml\""
    expect "translate" 0 strace -f -qq -o trace.log -e trace=open,openat,openat2,execve \
        "$segmmu" translate -m ostep16 --engine lockstep 15K
    contains "translate" out "=> physical address 27648 = 27K = 0x6c00, after 2 cycles"
    grep -qF "\"$1/share/segmmu/dut/dut_shim.cpp\"" trace.log || fail "the installed DUT is not built"
    ! touches_tree trace.log >touched || fail "translate reaches into the tree: $(head -n 3 touched)"
    expect "check" 0 "$segmmu" check -m ostep16 --cycles 20000
    contains "check" out "model and RTL: agreed after 20000 cycles"
    cp "$guests/hello.rv32.elf" .
    expect "run" 0 "$segmmu" run -m rv32 hello.rv32.elf
    contains "run" out "hello, world"
    contains "run" err " 0 disagreements"
    expect "man page" 0 env MANPATH="$1/share/man" man -w segmmu
    contains "man page" out "$1/share/man/man1/segmmu.1"
    # shellcheck disable=SC2016 # for that shell to expand
    expect "completion" 0 bash --norc -c '. "$1/share/bash-completion/completions/segmmu"
        COMP_WORDS=("$1/bin/segmmu" run -m ostep15); COMP_CWORD=3; _segmmu; echo "${COMPREPLY[@]}"' \
        completion "$1"
    [ "$(cat out)" = ostep15 ] || fail "completion offers $(cat out)"
}

# --- the emulator of tests/embed, against PREFIX ---

cp -r "$source/tests/embed" embed
cat >expected <<'END'
load   100: segment 0, physical 32868, value 0
load  4200: segment 1, physical 34920, value 0
load  7168: segment 1, fault limit
load 15360: segment 3, physical 27648, value 42
a load takes 2 cycles
END

# answers NAME LINKED COMMAND...: the client runs, and needs libsegmmu.so or not
answers() {
    local name=$1 linked=$2 found=static
    shift 2
    expect "$name" 0 "$@"
    diff expected out || fail "$name: another answer"
    ! ldd "${!#}" | grep -q libsegmmu || found=shared
    [ $found = "$linked" ] || fail "$name: linked $found, expected $linked"
}

by_cmake() { # PREFIX COMPILER
    rm -rf by-cmake
    expect "find_package with $2" 0 cmake -S embed -B by-cmake -G Ninja -DCMAKE_C_COMPILER="$2" \
        -DCMAKE_PREFIX_PATH="$1"
    expect "CMake build with $2" 0 cmake --build by-cmake
    answers "segmmu::segmmu with $2" static by-cmake/client
    answers "segmmu::segmmu_shared with $2" shared by-cmake/client_shared
}

by_pkg_config() { # PREFIX LIBDIR COMPILER...
    local prefix=$1 libdir=$1/$2 flags
    shift 2
    local -x PKG_CONFIG_PATH=$libdir/pkgconfig
    # As in the documentation: words of their own.
    read -ra flags < <(pkg-config --cflags --libs segmmu)
    [ "$(realpath "$(pkg-config --variable=includedir segmmu)")" = "$prefix/include" ] ||
        fail "pkg-config: the headers are not those of $prefix"
    expect "$1 by pkg-config" 0 "$@" -Wall -Wextra -Wpedantic -Werror -o client embed/client.c \
        -x none "${flags[@]}"
    answers "$1, shared" shared env LD_LIBRARY_PATH="$libdir" "$work/client"
    expect "$1 by pkg-config, static" 0 "$@" -o client embed/client.c -x none \
        -Wl,-Bstatic "${flags[@]}" -Wl,-Bdynamic
    answers "$1, static" static "$work/client"
}

client_works() { # PREFIX
    local compiler
    for compiler in gcc clang; do
        by_cmake "$1" $compiler
        by_pkg_config "$1" lib $compiler -std=c11
    done
    for compiler in g++ clang++; do
        by_pkg_config "$1" lib $compiler -x c++ -std=c++20 -Wno-missing-field-initializers
    done
}

# --- each header alone, in C and in old C++ ---

headers_stand_alone() { # PREFIX
    local header name strict="-Wall -Wextra -Wpedantic -Werror -fsyntax-only"
    for header in "$1"/include/segmmu/*.h; do
        name=segmmu/$(basename "$header")
        printf '#include <%s>\nextern int not_empty;\n' "$name" >header.c
        # shellcheck disable=SC2086 # words of their own
        expect "$name in C" 0 gcc -std=c11 $strict -I"$1/include" header.c
        # shellcheck disable=SC2086
        expect "$name in C++" 0 g++ -x c++ -std=c++11 $strict -I"$1/include" header.c
    done
}

# --- an installed tree, the same after it was moved, and one staged for a package ---

expect "install" 0 cmake --install "$build" --prefix "$work/first"
command_works "$work/first"
client_works "$work/first"
headers_stand_alone "$work/first"

mkdir elsewhere && mv first elsewhere/second
command_works "$work/elsewhere/second"
by_cmake "$work/elsewhere/second" gcc
by_pkg_config "$work/elsewhere/second" lib gcc

expect "DESTDIR" 0 env DESTDIR="$work/stage" cmake --install "$build" --prefix /opt/segmmu
[ "$(ls stage)" = opt ] || fail "DESTDIR: found $(ls stage), expected opt alone"
[ ! -e /opt/segmmu ] || fail "DESTDIR: /opt/segmmu was written"
expect "staged" 0 stage/opt/segmmu/bin/segmmu translate -m ostep16 --engine model 15K
contains "staged" out "=> physical address 27648"
by_pkg_config "$work/stage/opt/segmmu" lib gcc

# The model alone, as a distribution with a directory for each architecture installs it.
libdir=lib/$(gcc -print-multiarch)
expect "model alone" 0 cmake -S "$source" -B model -G Ninja -DSEGMMU_BUILD_HARNESS=OFF \
    -DSEGMMU_BUILD_TESTS=OFF -DCMAKE_INSTALL_LIBDIR="$libdir"
expect "model alone: build" 0 cmake --build model
expect "model alone: install" 0 cmake --install model --prefix "$work/model-alone"
by_cmake "$work/model-alone" gcc
by_pkg_config "$work/model-alone" "$libdir" gcc
[ "$(ls model-alone)" = "include
lib" ] || fail "model alone: found $(ls model-alone)"

# --- twins: what is missing is found out ---

# The source tree is where the built command has its data.
expect "the built command" 0 strace -f -qq -o trace.log -e trace=open,openat,openat2,execve \
    "$segmmu" machines
touches_tree trace.log >/dev/null || fail "a command that reads the tree was not found out"
rm elsewhere/second/share/segmmu/dut/include/segmmu/types.h
rm -rf "$XDG_CACHE_HOME"
expect "a header is missing" 2 elsewhere/second/bin/segmmu translate -m ostep16 15K

finish "passed: $checks commands on installed files"
