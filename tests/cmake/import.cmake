# SPDX-License-Identifier: MIT
# Other programs' logs as traces: `segmmu trace import`.
segmmu_script_test(import test_import.sh)
