# SPDX-License-Identifier: MIT
# What is installed, and what the sources must look like.
segmmu_script_test(help test_help.sh)
segmmu_script_test(install test_install.sh)
