# SPDX-License-Identifier: MIT
# The operating system's side of `segmmu run`.
segmmu_test(elf SANITIZE test_elf.c LIBS segmmu_os)
segmmu_test(layout SANITIZE test_layout.c LIBS segmmu_os)
segmmu_test(files SANITIZE test_files.c LIBS segmmu_os)
segmmu_test(process SANITIZE test_process.c LIBS segmmu_os)
segmmu_test(abi SANITIZE test_abi.c LIBS segmmu_os)
