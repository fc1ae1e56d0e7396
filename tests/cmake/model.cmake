# SPDX-License-Identifier: MIT
segmmu_test(translate_oracle test_translate_oracle.c oracle.c LIBS segmmu_base)
segmmu_test(behaviour_model test_behaviour.c behaviour_model.c)
segmmu_test(behaviour_rtl test_behaviour.c behaviour_rtl.c LIBS segmmu_lockstep)
segmmu_test(timing test_timing.c LIBS segmmu_source)
