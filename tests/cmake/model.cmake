# SPDX-License-Identifier: MIT
segmmu_test(translate_oracle SANITIZE test_translate_oracle.c oracle.c LIBS segmmu_base)
segmmu_test(behaviour_model SANITIZE test_behaviour.c behaviour_model.c)
segmmu_test(behaviour_rtl SANITIZE test_behaviour.c behaviour_rtl.c LIBS segmmu_lockstep)
segmmu_test(timing SANITIZE test_timing.c LIBS segmmu_source)
segmmu_script_test(symbols test_symbols.sh $<TARGET_FILE:segmmu_static> ${PROJECT_SOURCE_DIR}/model)
