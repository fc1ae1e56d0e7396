# SPDX-License-Identifier: MIT
segmmu_test(rtl_coverage SANITIZE test_rtl_coverage.c LIBS segmmu_sink)
