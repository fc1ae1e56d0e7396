# SPDX-License-Identifier: MIT
segmmu_test(transaction test_transaction.c LIBS segmmu_source)
segmmu_script_test(check_transaction test_transaction.sh)
