# SPDX-License-Identifier: MIT
segmmu_test(preamble SANITIZE test_preamble.c recording.c LIBS segmmu_source)
segmmu_test(trace SANITIZE test_trace.c recording.c LIBS segmmu_source)
segmmu_test(trace_writer SANITIZE test_trace_writer.c recording.c LIBS segmmu_source)
segmmu_test(trace_hostile SANITIZE test_trace_hostile.c recording.c LIBS segmmu_source PkgConfig::ZSTD PkgConfig::ZLIB)
segmmu_script_test(replay SANITIZE test_replay.sh)
segmmu_script_test(replay_sandbox test_replay_sandbox.sh)
