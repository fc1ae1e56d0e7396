# SPDX-License-Identifier: MIT
segmmu_test(mismatch SANITIZE test_mismatch.c LIBS segmmu_sink)
segmmu_test(stimulus SANITIZE test_stimulus.c LIBS segmmu_source)
segmmu_script_test(check test_check.sh)
segmmu_script_test(check_worker test_check_worker.sh)
