# SPDX-License-Identifier: MIT
# The operating system's side of `segmmu run`.
segmmu_test(elf test_elf.c LIBS segmmu_os)
segmmu_test(layout test_layout.c LIBS segmmu_os)
segmmu_test(files test_files.c LIBS segmmu_os)
segmmu_test(process test_process.c LIBS segmmu_os)
segmmu_test(abi test_abi.c LIBS segmmu_os)
