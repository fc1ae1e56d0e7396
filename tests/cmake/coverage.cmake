# SPDX-License-Identifier: MIT
segmmu_test(coverage test_coverage.c coverage_fixture.c LIBS segmmu_sink)
segmmu_test(coverage_stimulus test_coverage_stimulus.c LIBS segmmu_source)
segmmu_test(coverage_report test_coverage_report.c coverage_fixture.c LIBS segmmu_sink)
segmmu_script_test(coverage_command test_coverage.sh)
