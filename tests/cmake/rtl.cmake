# SPDX-License-Identifier: MIT
segmmu_script_test(rtl_configurations rtl/test_rtl_configurations.sh)
segmmu_script_test(rtl_defs rtl/test_rtl_defs.sh)
segmmu_script_test(rtl_lint rtl/test_rtl_lint.sh)
segmmu_script_test(rtl_parameters rtl/test_rtl_parameters.sh)
segmmu_script_test(rtl_synth rtl/test_rtl_synth.sh)
segmmu_script_test(rtl_reset_x rtl/test_rtl_reset_x.sh)
