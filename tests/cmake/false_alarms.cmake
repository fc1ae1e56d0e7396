# SPDX-License-Identifier: MIT
# No disagreement with RTL that is right.
segmmu_script_test(false_alarms test_false_alarms.sh)
set_tests_properties(false_alarms PROPERTIES TIMEOUT 3600 PROCESSORS 2)
