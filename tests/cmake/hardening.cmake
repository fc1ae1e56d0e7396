# SPDX-License-Identifier: MIT
# RTL and port maps of people who mean no good.
segmmu_test(port_map SANITIZE test_port_map.c LIBS segmmu_lockstep)
segmmu_test(dut_ports SANITIZE test_dut_ports.c LIBS segmmu_lockstep)
segmmu_script_test(check_hostile test_check_hostile.sh)
segmmu_script_test(check_bad test_check_bad.sh)
segmmu_script_test(until_covered test_until_covered.sh)
