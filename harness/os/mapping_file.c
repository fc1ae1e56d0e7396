/* SPDX-License-Identifier: MIT */
/* Files behind mappings. Bytes come and go by themselves, as a disk's transfers do, not through the
 * MMU. Only pages that were stored into are written: another one may have written to the file. */
#include <stdlib.h>
#include <string.h>

#include "os/mapping.h"

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint8_t *bytes_of(const struct process *process, const struct layout_segment *segment)
{
    return process->target->ram + region_first(segment->region);
}

/* Bytes of the mapping that the file has now: a mapping never makes it longer. */
static uint64_t bytes_in_file(const struct mapping *mapping)
{
    const uint64_t size = files_map_size(mapping->file);

    return size <= mapping->offset_bytes
               ? 0
               : lesser(size - mapping->offset_bytes, mapping->size_bytes);
}

int64_t mapping_read_file(struct process *process, const struct layout_segment *segment,
                          uint64_t begin, uint64_t end)
{
    const struct mapping *const mapping = segment->mapping;

    if (mapping->file == NULL || begin >= end) {
        return 0;
    }
    return files_map_read(mapping->file, bytes_of(process, segment) + begin, end - begin,
                          mapping->offset_bytes + begin);
}

bool mapping_note_clean(struct process *process, const struct layout_segment *segment,
                        uint64_t begin)
{
    struct mapping *const mapping = segment->mapping;
    const uint64_t end = mapping->file == NULL ? 0 : bytes_in_file(mapping);
    uint8_t *clean;

    if (mapping->file == NULL || !mapping->is_shared || !files_map_is_writable(mapping->file)) {
        return true;
    }
    /* What is beyond the file's end is zero, and takes no memory of the host. */
    clean = calloc(mapping->size_bytes, 1);
    if (clean == NULL) {
        return false;
    }
    if (mapping->clean != NULL) {
        memcpy(clean, mapping->clean, lesser(begin, mapping->size_bytes));
        free(mapping->clean);
    }
    mapping->clean = clean;
    if (begin < end) {
        memcpy(clean + begin, bytes_of(process, segment) + begin, end - begin);
    }
    return true;
}

int64_t mapping_write_back(struct process *process, const struct layout_segment *segment)
{
    struct mapping *const mapping = segment->mapping;
    const uint8_t *bytes;
    uint64_t end;

    if (mapping->clean == NULL || !segment->region->is_resident) {
        return 0;
    }
    bytes = bytes_of(process, segment);
    end = bytes_in_file(mapping);
    for (uint64_t at = 0; at < end; at += MAPPING_PAGE_BYTES) {
        const uint64_t count = lesser(MAPPING_PAGE_BYTES, end - at);
        int64_t status;

        if (memcmp(mapping->clean + at, bytes + at, count) == 0) {
            continue;
        }
        status = files_map_write(process->files, mapping->file, bytes + at, count,
                                 mapping->offset_bytes + at);
        if (status < 0) {
            return status;
        }
        memcpy(mapping->clean + at, bytes + at, count);
    }
    return 0;
}

void mapping_write_back_all(struct process *process)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].mapping != NULL) {
            /* What fails now is tried again at the end. */
            (void)mapping_write_back(process, &process->layout.segments[i]);
        }
    }
}

void mapping_close(struct process *process, struct layout_segment *segment)
{
    struct mapping *const mapping = segment->mapping;
    const int64_t status = mapping_write_back(process, segment);

    /* After a disagreement nothing is written, and nothing was lost. */
    if (status < 0 && !stream_is_halted(&process->target->stream)) {
        files_map_lose(process->files, (int)-status);
    }
    files_unmap(mapping->file);
    free(mapping->clean);
    free(mapping);
    segment->mapping = NULL;
}

void mapping_end_all(struct process *process)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].mapping != NULL) {
            mapping_close(process, &process->layout.segments[i]);
        }
    }
}
