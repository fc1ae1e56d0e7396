# SPDX-License-Identifier: MIT
# Whose cycles they were, and what happened to physical memory.
segmmu_test(timesheet SANITIZE test_timesheet.c recording.c LIBS segmmu_source)
