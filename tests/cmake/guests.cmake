# SPDX-License-Identifier: MIT
add_subdirectory(guests)
segmmu_script_test(guests test_guests.sh)
segmmu_script_test(memory_bugs memory_bugs --check ${PROJECT_SOURCE_DIR}/README.md)
segmmu_script_test(busybox test_busybox.sh)
