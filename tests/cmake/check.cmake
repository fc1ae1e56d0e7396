# SPDX-License-Identifier: MIT
segmmu_test(mismatch test_mismatch.c LIBS segmmu_sink)
