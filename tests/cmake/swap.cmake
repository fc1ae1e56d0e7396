# SPDX-License-Identifier: MIT
# The disk that processes are swapped to.
segmmu_test(swap SANITIZE test_swap.c LIBS segmmu_os)
