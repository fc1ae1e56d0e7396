# SPDX-License-Identifier: MIT
# The CPU: harness/source/guest*.c
segmmu_test(guest_i386 test_guest_i386.c guest_fixture.c LIBS segmmu_source)
segmmu_test(guest_refusal_i386 test_guest_refusal_i386.c guest_fixture.c LIBS segmmu_source)
