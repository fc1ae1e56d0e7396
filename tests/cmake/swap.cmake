# SPDX-License-Identifier: MIT
# The disk that processes are swapped to. Its reads and writes go through the test, which lets them
# fail, stop short and be interrupted.
segmmu_test(swap SANITIZE test_swap.c LIBS segmmu_os)
target_link_options(test_swap PRIVATE -Wl,--wrap=pwrite -Wl,--wrap=pread)
