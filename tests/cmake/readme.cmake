# SPDX-License-Identifier: MIT
segmmu_script_test(readme readme --build ${PROJECT_BINARY_DIR})
