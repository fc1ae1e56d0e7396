/* SPDX-License-Identifier: MIT */
#include "os/abi.h"

#include <errno.h>

enum {
    ABI_PIECE = 64 << 10, /* bytes that are copied at once */
    ABI_MOST = 16 << 20,  /* bytes of one call; a guest that wants more calls again */
};

const struct abi *abi_choose(const struct machine *machine, const struct image *image,
                             struct error *error)
{
    const struct abi *abi = NULL;

    switch (machine->abi) {
    case MACHINE_ABI_SEMIHOSTING:
        abi = &abi_semihosting;
        break;
    case MACHINE_ABI_LINUX:
        abi = &abi_linux;
        break;
    case MACHINE_ABI_AUTO:
        abi = image->isa == GUEST_I386 ? &abi_linux : &abi_semihosting;
        break;
    }
    if (abi->isa != image->isa) {
        error_set(error, "%s: is a program for %s, but guests of %s use %s (%s)", image->path,
                  image->isa == GUEST_I386 ? "i386" : "RISC-V", machine->path, abi->name,
                  abi->isa == GUEST_I386 ? "i386" : "RISC-V");
        return NULL;
    }
    return abi;
}

int64_t abi_read_file(struct process *process, int fd, uint32_t vaddr, uint64_t bytes,
                      int64_t offset)
{
    uint8_t piece[ABI_PIECE];
    uint64_t done = 0;

    bytes = bytes < ABI_MOST ? bytes : ABI_MOST;
    do {
        const size_t left = bytes - done < ABI_PIECE ? (size_t)(bytes - done) : ABI_PIECE;
        const int64_t got = files_read_at(process->files, fd, piece, left,
                                          offset < 0 ? -1 : offset + (int64_t)done);

        if (got < 0) {
            return done > 0 ? (int64_t)done : got;
        }
        if (!process_write(process, vaddr + (uint32_t)done, piece, (size_t)got)) {
            return done > 0 ? (int64_t)done : -EFAULT;
        }
        done += (uint64_t)got;
        /* Once there is something, nobody waits for more. */
        if ((size_t)got < left || files_is_ready(process->files, fd, false) <= 0) {
            break;
        }
    } while (done < bytes);
    return (int64_t)done;
}

int64_t abi_write_file(struct process *process, int fd, uint32_t vaddr, uint64_t bytes,
                       int64_t offset)
{
    uint8_t piece[ABI_PIECE];
    uint64_t done = 0;

    bytes = bytes < ABI_MOST ? bytes : ABI_MOST;
    do {
        const size_t left = bytes - done < ABI_PIECE ? (size_t)(bytes - done) : ABI_PIECE;
        size_t written = 0;

        if (!process_read(process, vaddr + (uint32_t)done, piece, left)) {
            return done > 0 ? (int64_t)done : -EFAULT;
        }
        do {
            const int64_t now =
                files_write_at(process->files, fd, piece + written, left - written,
                               offset < 0 ? -1 : offset + (int64_t)(done + written));

            if (now < 0) {
                return done + written > 0 ? (int64_t)(done + written) : now;
            }
            if (now == 0) {
                return (int64_t)(done + written);
            }
            written += (size_t)now;
        } while (written < left);
        done += written;
    } while (done < bytes);
    return (int64_t)done;
}
