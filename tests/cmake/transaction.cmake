# SPDX-License-Identifier: MIT
segmmu_test(transaction test_transaction.c LIBS segmmu_source)
