# SPDX-License-Identifier: MIT
segmmu_test(equivalence SANITIZE test_equivalence.c LIBS segmmu_mutation)
