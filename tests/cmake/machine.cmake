# SPDX-License-Identifier: MIT
# Numbers, machine files, and the commands `machines` and `translate`.
segmmu_test(number test_number.c LIBS segmmu_base)
segmmu_test(machine test_machine.c LIBS segmmu_machine)
segmmu_test(csv test_csv.c LIBS segmmu_source)
segmmu_test(explain test_explain.c ../harness/cli/explain.c LIBS segmmu_machine)
segmmu_script_test(translate test_translate.sh)
