# SPDX-License-Identifier: MIT
# Free memory: harness/os/allocator*, `segmmu alloc`.
segmmu_test(allocator SANITIZE test_allocator.c LIBS segmmu_os)
segmmu_test(allocator_random SANITIZE test_allocator_random.c allocator_oracle.c LIBS segmmu_os)
segmmu_script_test(alloc SANITIZE test_alloc.sh)
target_link_options(test_allocator PRIVATE -Wl,--wrap=malloc) # some of its tests have no memory
