# SPDX-License-Identifier: MIT
# The command as a user has it, given everything that it should not be given.
add_executable(watch bad_input/watch.c)
set_target_properties(watch PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
target_compile_definitions(watch PRIVATE _GNU_SOURCE)
target_link_libraries(watch PRIVATE segmmu_warnings)

foreach(subject machine guest_file guest_run trace csv options output death)
  segmmu_script_test(bad_${subject} SANITIZE bad_input/test_bad_${subject}.sh)
  set_property(TEST bad_${subject} APPEND PROPERTY ENVIRONMENT
               "SEGMMU_WATCH=$<TARGET_FILE:watch>")
endforeach()

# The sanitizers have an allocator of their own.
if(NOT SEGMMU_SANITIZE)
  add_library(fail_malloc MODULE bad_input/fail_malloc.c)
  target_compile_definitions(fail_malloc PRIVATE _GNU_SOURCE)
  target_link_libraries(fail_malloc PRIVATE segmmu_warnings ${CMAKE_DL_LIBS})
  segmmu_script_test(bad_memory bad_input/test_bad_memory.sh)
  set_property(TEST bad_memory APPEND PROPERTY ENVIRONMENT
               "SEGMMU_WATCH=$<TARGET_FILE:watch>"
               "SEGMMU_FAIL_MALLOC=$<TARGET_FILE:fail_malloc>")
endif()
