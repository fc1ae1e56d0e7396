# SPDX-License-Identifier: MIT
# `segmmu run` from end to end.
segmmu_script_test(run test_run.sh)
segmmu_script_test(bench test_bench.sh)
segmmu_script_test(transparency test_transparency.sh)
set_tests_properties(transparency PROPERTIES TIMEOUT 3600)
