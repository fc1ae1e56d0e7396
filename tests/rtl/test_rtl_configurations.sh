#!/bin/bash
# SPDX-License-Identifier: MIT
# configurations.txt, from which the tests of the RTL take the named configurations, is the table in
# section 6 of the specification.
. "$(dirname "$0")/common.sh"

table() { # README: the rows of section 6 in the form of configurations.txt
  sed -n '/^## 6\. /,$p' "$1" | grep '^| [a-z]' | grep -v '^| name |' | tr -d '|' |
    sed 's/explicit/0/; s/named\( *[0-9]* *[0-9]* *\)$/1\1/' | tr -s ' ' | sed 's/^ //; s/ $//'
}

list() {
  grep -v '^#' "$tests/configurations.txt" | tr -s ' '
}

checks=$(list | wc -l)
diff <(list) <(table "$rtl/README.md") >"$work/diff" ||
  fail "configurations.txt (<) and README.md (>): $(cat "$work/diff")"

# Twin: a number that differs.
sed 's/^| seg16 | 32 /| seg16 | 33 /' "$rtl/README.md" >"$work/README.md"
diff <(list) <(table "$work/README.md") >"$work/diff" && fail "a width that differs was not found"

finish_checks "the configurations of the specification"
