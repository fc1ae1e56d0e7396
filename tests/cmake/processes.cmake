# SPDX-License-Identifier: MIT
# Several guests at once, from end to end.
segmmu_script_test(processes SANITIZE test_processes.sh)
segmmu_script_test(processes_memory test_processes_memory.sh)
segmmu_script_test(processes_random SANITIZE test_processes_random.py)
