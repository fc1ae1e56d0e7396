/* SPDX-License-Identifier: MIT */
#include "os/swap.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Bytes [offset, offset + bytes) of the file. The offset is also the slot's number, so an empty
 * slot takes a byte of room. */
struct slot {
    uint64_t offset;
    uint64_t bytes;
    uint32_t crc;
};

struct swap {
    char *path;
    int fd;
    bool is_made_here;
    struct swap_disk disk;
    struct slot *slots; /* by rising offset */
    size_t slot_count, slot_capacity;
    struct swap_figures figures;
};

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t room_of(uint64_t bytes)
{
    return bytes > 0 ? bytes : 1;
}

static uint32_t crc_of(const uint8_t *bytes, uint64_t count)
{
    return (uint32_t)crc32_z(0, bytes, (size_t)count);
}

/* A descriptor of the file, or -1 with errno. */
static int open_file(const char *path, bool *is_made_here)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY;
    /* 0600: it will hold the memory of processes. */
    const int fd = open(path, flags | O_CREAT | O_EXCL, 0600);

    *is_made_here = fd >= 0;
    if (fd >= 0 || errno != EEXIST) {
        return fd;
    }
    /* Emptied once it is known to be a file. O_CREAT: the end of a dangling link. */
    return open(path, flags | O_CREAT, 0600);
}

/* Whether bytes have places in it. Character devices do, or say so when they are written to. */
static bool is_suitable(const char *path, int fd, struct error *error)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        return error_set(error, "%s: cannot use as swap file: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        return error_set(error, "%s: cannot use as swap file: expected a regular file", path);
    }
    if (S_ISREG(status.st_mode) && ftruncate(fd, 0) != 0) {
        return error_set(error, "%s: cannot empty the swap file: %s", path, strerror(errno));
    }
    return true;
}

struct swap *swap_open(const char *path, const struct swap_disk *disk, struct error *error)
{
    struct swap *const swap = calloc(1, sizeof *swap);

    assert(disk->bytes_per_cycle >= 1);
    if (swap == NULL || (swap->path = strdup(path)) == NULL) {
        free(swap);
        error_set(error, "%s: no memory for the swap file's books", path);
        return NULL;
    }
    swap->disk = *disk;
    swap->fd = open_file(path, &swap->is_made_here);
    if (swap->fd < 0) {
        error_set(error, "%s: cannot open the swap file: %s", path, strerror(errno));
    } else if (is_suitable(path, swap->fd, error)) {
        return swap;
    }
    swap_close(swap);
    return NULL;
}

/* Index of the first slot at or after the offset. */
static size_t find_from(const struct swap *swap, uint64_t offset)
{
    size_t low = 0, high = swap->slot_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (swap->slots[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct slot *find_slot(const struct swap *swap, uint64_t offset)
{
    const size_t index = find_from(swap, offset);

    assert(index < swap->slot_count && swap->slots[index].offset == offset);
    return &swap->slots[index];
}

/* First fit: the lowest place that has the room, and the index that its slot will have. False where
 * offsets of the file end. */
static bool find_place(const struct swap *swap, uint64_t room, uint64_t *offset, size_t *index)
{
    uint64_t end = 0;
    size_t i;

    for (i = 0; i < swap->slot_count && swap->slots[i].offset - end < room; i++) {
        end = swap->slots[i].offset + room_of(swap->slots[i].bytes);
    }
    *offset = end;
    *index = i;
    return room <= INT64_MAX && end <= INT64_MAX - room;
}

static bool has_room_for_slot(struct swap *swap)
{
    if (swap->slot_count == swap->slot_capacity) {
        const size_t capacity = swap->slot_capacity == 0 ? 16 : 2 * swap->slot_capacity;
        struct slot *const slots = reallocarray(swap->slots, capacity, sizeof *slots);

        if (slots == NULL) {
            return false;
        }
        swap->slots = slots;
        swap->slot_capacity = capacity;
    }
    return true;
}

/* 0, or errno. */
static int write_all(int fd, const uint8_t *bytes, uint64_t count, uint64_t offset)
{
    while (count > 0) {
        const ssize_t written = pwrite(fd, bytes, (size_t)count, (off_t)offset);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written < 0 ? errno : ENOSPC;
        }
        bytes += written;
        count -= (uint64_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

/* 0, or errno; *left says how many bytes the file was short of. */
static int read_all(int fd, uint8_t *bytes, uint64_t count, uint64_t offset, uint64_t *left)
{
    *left = count;
    while (*left > 0) {
        const ssize_t got = pread(fd, bytes, (size_t)*left, (off_t)offset);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? errno : 0;
        }
        bytes += got;
        *left -= (uint64_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

static void insert(struct swap *swap, size_t index, struct slot slot)
{
    struct swap_figures *const figures = &swap->figures;

    memmove(&swap->slots[index + 1], &swap->slots[index],
            (swap->slot_count - index) * sizeof *swap->slots);
    swap->slots[index] = slot;
    swap->slot_count++;
    figures->used_bytes += slot.bytes;
    if (figures->used_bytes > figures->used_bytes_max) {
        figures->used_bytes_max = figures->used_bytes;
    }
}

bool swap_write(struct swap *swap, const uint8_t *bytes, uint64_t count, uint64_t *slot,
                struct error *error)
{
    uint64_t offset;
    size_t index;
    int status;

    if (!find_place(swap, room_of(count), &offset, &index)) {
        return error_set(error, "%s: cannot write %" PRIu64 " bytes: %s", swap->path, count,
                         strerror(EFBIG));
    }
    if (!has_room_for_slot(swap)) {
        return error_set(error, "%s: cannot write %" PRIu64 " bytes: no memory for the books",
                         swap->path, count);
    }
    status = write_all(swap->fd, bytes, count, offset);
    if (status != 0) {
        return error_set(error, "%s: cannot write %" PRIu64 " bytes at offset %" PRIu64 ": %s",
                         swap->path, count, offset, strerror(status));
    }
    insert(swap, index, (struct slot){offset, count, crc_of(bytes, count)});
    swap->figures.writes++;
    swap->figures.bytes_written += count;
    swap->figures.busy_cycles = add_saturated(swap->figures.busy_cycles, swap_cycles(swap, count));
    *slot = offset;
    return true;
}

bool swap_read(struct swap *swap, uint64_t slot, uint8_t *bytes, uint64_t count,
               struct error *error)
{
    const struct slot *const found = find_slot(swap, slot);
    uint64_t left;
    uint32_t crc;
    int status;

    assert(found->bytes == count);
    status = read_all(swap->fd, bytes, count, slot, &left);
    if (status != 0) {
        return error_set(error, "%s: cannot read %" PRIu64 " bytes at offset %" PRIu64 ": %s",
                         swap->path, count, slot, strerror(status));
    }
    if (left > 0) {
        return error_set(error,
                         "%s: cut off: found %" PRIu64 " of %" PRIu64 " bytes at offset %" PRIu64,
                         swap->path, count - left, count, slot);
    }
    crc = crc_of(bytes, count);
    if (crc != found->crc) {
        return error_set(error,
                         "%s: damaged: CRC-32 of %" PRIu64 " bytes at offset %" PRIu64
                         " is %08" PRIx32 ", expected %08" PRIx32,
                         swap->path, count, slot, crc, found->crc);
    }
    swap->figures.reads++;
    swap->figures.bytes_read += count;
    swap->figures.busy_cycles = add_saturated(swap->figures.busy_cycles, swap_cycles(swap, count));
    return true;
}

void swap_release(struct swap *swap, uint64_t slot)
{
    const struct slot *const found = find_slot(swap, slot);
    const size_t index = (size_t)(found - swap->slots);

    swap->figures.used_bytes -= found->bytes;
    swap->slot_count--;
    memmove(&swap->slots[index], &swap->slots[index + 1],
            (swap->slot_count - index) * sizeof *swap->slots);
}

uint64_t swap_cycles(const struct swap *swap, uint64_t bytes)
{
    const uint64_t whole = bytes / swap->disk.bytes_per_cycle;
    const uint64_t rest = bytes % swap->disk.bytes_per_cycle != 0;

    return add_saturated(swap->disk.latency_cycles, whole + rest);
}

void swap_figures(const struct swap *swap, struct swap_figures *figures)
{
    *figures = swap->figures;
}

/* The name may mean another file by now. */
static bool is_still_named(const struct swap *swap)
{
    struct stat open_one, named_one;

    return fstat(swap->fd, &open_one) == 0 && lstat(swap->path, &named_one) == 0 &&
           open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

void swap_close(struct swap *swap)
{
    if (swap == NULL) {
        return;
    }
    if (swap->fd >= 0) {
        if (swap->is_made_here && is_still_named(swap)) {
            unlink(swap->path);
        } else if (ftruncate(swap->fd, 0) != 0) {
            errno = 0; /* a device: it keeps what it has */
        }
        close(swap->fd);
    }
    free(swap->slots);
    free(swap->path);
    free(swap);
}
