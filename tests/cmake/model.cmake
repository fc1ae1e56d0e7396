# SPDX-License-Identifier: MIT
segmmu_test(translate_oracle test_translate_oracle.c oracle.c LIBS segmmu_base)
segmmu_test(behaviour_model test_behaviour.c behaviour_model.c)
segmmu_test(behaviour_rtl test_behaviour.c behaviour_rtl.c LIBS segmmu_lockstep)
segmmu_test(timing test_timing.c LIBS segmmu_source)
segmmu_script_test(symbols test_symbols.sh $<TARGET_FILE:segmmu_static> ${PROJECT_SOURCE_DIR}/model)
