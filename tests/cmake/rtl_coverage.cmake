# SPDX-License-Identifier: MIT
segmmu_test(rtl_coverage SANITIZE test_rtl_coverage.c LIBS segmmu_sink)
segmmu_script_test(rtl_coverage_command test_rtl_coverage.sh)
