# SPDX-License-Identifier: MIT
segmmu_test(mutant_list SANITIZE test_mutant_list.c LIBS segmmu_mutation)
segmmu_script_test(mutate test_mutate.sh)
