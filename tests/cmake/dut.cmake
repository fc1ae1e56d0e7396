# SPDX-License-Identifier: MIT
# The DUT boundary: what a built DUT does, and how it is built and cached.
segmmu_test(dut test_dut.c dut_fixture.c LIBS segmmu_lockstep)
segmmu_test(dut_build test_dut_build.c dut_fixture.c LIBS segmmu_lockstep)
segmmu_test(dut_cache test_dut_cache.c dut_fixture.c LIBS segmmu_lockstep)
