# SPDX-License-Identifier: MIT
segmmu_test(shrink test_shrink.c LIBS segmmu_source)
