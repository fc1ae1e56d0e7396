# SPDX-License-Identifier: MIT
segmmu_script_test(prove test_prove.sh)
