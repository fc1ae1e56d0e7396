# SPDX-License-Identifier: MIT
# What is installed, and what the sources must look like.
segmmu_script_test(help test_help.sh)
segmmu_script_test(install test_install.sh)
segmmu_script_test(format test_format.sh)
segmmu_script_test(sources test_sources.sh)
segmmu_script_test(static_analysis test_static_analysis.sh)
set_tests_properties(static_analysis PROPERTIES PROCESSORS 2)
