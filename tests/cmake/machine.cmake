# SPDX-License-Identifier: MIT
# Numbers, machine files, and the commands `machines` and `translate`.
segmmu_test(number SANITIZE test_number.c LIBS segmmu_base)
segmmu_test(machine SANITIZE test_machine.c LIBS segmmu_machine)
segmmu_test(machine_setup SANITIZE test_machine_setup.c LIBS segmmu_machine)
segmmu_test(csv SANITIZE test_csv.c LIBS segmmu_source)
segmmu_test(explain SANITIZE test_explain.c ../harness/cli/explain.c LIBS segmmu_machine)
segmmu_script_test(translate SANITIZE test_translate.sh)
