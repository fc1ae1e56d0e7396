# SPDX-License-Identifier: MIT
# The operating system's side of `segmmu run`.
segmmu_test(elf SANITIZE test_elf.c LIBS segmmu_os)
segmmu_test(layout SANITIZE test_layout.c LIBS segmmu_os)
segmmu_test(files SANITIZE test_files.c LIBS segmmu_os)
foreach(topic process abi banks)
  segmmu_test(${topic} SANITIZE test_${topic}.c os_fixture.c LIBS segmmu_os)
endforeach()
segmmu_test(memory SANITIZE test_memory.c memory_fixture.c os_fixture.c LIBS segmmu_os)
segmmu_test(memory_random SANITIZE test_memory_random.c memory_fixture.c os_fixture.c
            LIBS segmmu_os)
# It makes the allocator lie.
segmmu_test(memory_check SANITIZE test_memory_check.c memory_fixture.c os_fixture.c LIBS segmmu_os)
target_link_options(test_memory_check PRIVATE -Wl,--wrap=allocator_next_used)
segmmu_test(memory_place SANITIZE test_memory_place.c memory_fixture.c os_fixture.c LIBS segmmu_os)
