# SPDX-License-Identifier: MIT
segmmu_test(shrink test_shrink.c LIBS segmmu_source)
segmmu_script_test(shrink_rtl test_shrink.sh)
segmmu_script_test(failures test_failures.sh)
