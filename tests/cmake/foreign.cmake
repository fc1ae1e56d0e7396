# SPDX-License-Identifier: MIT
# Somebody else's RTL: tests/foreign
segmmu_script_test(foreign test_foreign.sh)
