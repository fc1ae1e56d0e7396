# SPDX-License-Identifier: MIT
# Guests that take turns: harness/source/guest*.c
segmmu_test(guest_many SANITIZE test_guest_many.c guest_crowd.c LIBS segmmu_source)
segmmu_test(guest_memory test_guest_memory.c guest_fixture.c LIBS segmmu_source)
