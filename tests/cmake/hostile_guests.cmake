# SPDX-License-Identifier: MIT
# Random code as guests, once for each instruction set. 100,000 of them take minutes.
add_executable(test_hostile_guests test_hostile_guests.c hostile_world.c hostile_code.c)
set_target_properties(test_hostile_guests PROPERTIES
                      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
target_compile_definitions(test_hostile_guests PRIVATE _GNU_SOURCE)
target_link_libraries(test_hostile_guests PRIVATE segmmu_source segmmu segmmu_warnings
                      PkgConfig::CMOCKA)
foreach(isa rv32 i386)
  add_test(NAME hostile_guests_${isa} COMMAND test_hostile_guests ${isa})
  finish_test(hostile_guests_${isa} 1800 TRUE)
endforeach()
