# SPDX-License-Identifier: MIT
# Whose cycles they were, and what happened to physical memory.
segmmu_test(timesheet SANITIZE test_timesheet.c recording.c LIBS segmmu_source)
segmmu_test(memory_log SANITIZE test_memory_log.c LIBS segmmu_sink)
segmmu_test(memory_map SANITIZE test_memory_map.c LIBS segmmu_sink)
