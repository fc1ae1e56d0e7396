# SPDX-License-Identifier: MIT
# The CPU: harness/source/guest*.c
foreach(topic guest_i386 guest_refusal_i386 guest_rv32 guest_refusal_rv32 guest_process)
  segmmu_test(${topic} SANITIZE test_${topic}.c guest_fixture.c LIBS segmmu_source)
endforeach()
