/* SPDX-License-Identifier: MIT */
#include "source/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that a child shares. Pages are taken when they are first touched. */
static void *map_shared(uint64_t size_bytes)
{
    void *const memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* A file in memory, so that one can ask which pages there are, and give them back. */
static uint8_t *map_ram(struct target *target)
{
    void *memory = MAP_FAILED;

    target->ram_fd = memfd_create("segmmu-ram", MFD_CLOEXEC);
    if (target->ram_fd >= 0 && ftruncate(target->ram_fd, (off_t)target->ram_bytes) == 0) {
        memory = mmap(NULL, target->ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                      target->ram_fd, 0);
    }
    if (memory == MAP_FAILED) {
        return NULL;
    }
    madvise(memory, target->ram_bytes, MADV_NOHUGEPAGE);
    return memory;
}

struct target *target_new(const struct machine *machine, struct error *error)
{
    struct target *const target = map_shared(sizeof(*target));

    if (target == NULL) {
        error_set(error, "cannot map the request stream: %s", strerror(errno));
        return NULL;
    }
    target->config = machine->mmu;
    target->ram_bytes = machine->memory.ram_bytes;
    stream_init(&target->stream);
    target->ram = map_ram(target);
    if (target->ram == NULL) {
        error_set(error,
                  "%s: cannot map %" PRIu64 " bytes of physical memory: %s; make `ram` smaller",
                  machine->path, target->ram_bytes, strerror(errno));
        target_free(target);
        return NULL;
    }
    return target;
}

void target_free(struct target *target)
{
    if (target == NULL) {
        return;
    }
    if (target->ram != NULL) {
        munmap(target->ram, target->ram_bytes);
    }
    if (target->ram_fd >= 0) {
        close(target->ram_fd);
    }
    munmap(target, sizeof(*target));
}

struct mmu_response target_request(struct target *target, const struct mmu_request *request,
                                   uint64_t pc, uint8_t flags)
{
    struct stream *const stream = &target->stream;
    struct mmu_response response = mmu_execute(&target->config, &target->regs, request);

    target->requests++;
    if (stream->discard) {
        return response;
    }
    *stream_slot(stream) = (struct stream_record){
        .addr = request->op == MMU_OP_TRANSLATE ? request->addr : request->wdata,
        .answer = request->op == MMU_OP_TRANSLATE ? response.addr : response.data,
        .pc = pc,
        .kind = STREAM_REQUEST,
        .flags = flags,
        .op = request->op,
        .fault = response.fault,
        .bytes = request->bytes,
        .access = (uint8_t)(request->access | (request->priv ? STREAM_ACCESS_PRIV : 0)),
        .segment = request->segment,
        .reg = request->reg,
    };
    stream_commit(stream);
    if (stream->synchronous) {
        const struct stream_record *const answered = stream_await(stream);

        response.fault = answered->fault;
        response.addr = request->op == MMU_OP_TRANSLATE ? answered->answer : 0;
        response.data = request->op == MMU_OP_TRANSLATE ? 0 : answered->answer;
    }
    return response;
}
