# SPDX-License-Identifier: MIT
# Mappings: mmap and its relatives on segments.
segmmu_script_test(mmap SANITIZE test_mmap.sh)
