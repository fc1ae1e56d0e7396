# SPDX-License-Identifier: MIT
segmmu_test(preamble test_preamble.c recording.c LIBS segmmu_source)
segmmu_test(trace test_trace.c recording.c LIBS segmmu_source)
segmmu_test(trace_writer test_trace_writer.c recording.c LIBS segmmu_source)
segmmu_test(trace_hostile test_trace_hostile.c recording.c LIBS segmmu_source PkgConfig::ZSTD PkgConfig::ZLIB)
segmmu_script_test(replay test_replay.sh)
