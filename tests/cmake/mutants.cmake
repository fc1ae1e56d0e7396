# SPDX-License-Identifier: MIT
# Bugs of tests/mutants/, found by `segmmu check`.
segmmu_script_test(mutants test_mutants.sh)
set_tests_properties(mutants PROPERTIES TIMEOUT 3600 PROCESSORS 2)
