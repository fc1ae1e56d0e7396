/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_load.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const struct dut_interface *find_interface(void *handle, const char *path,
                                                  struct error *error)
{
    const struct dut_interface *(*entry_point)(void);
    /* POSIX has a data pointer for a function's; ISO C has no cast between them. */
    *(void **)&entry_point = dlsym(handle, DUT_ENTRY_POINT);
    const struct dut_interface *interface = entry_point ? entry_point() : NULL;
    if (!interface) {
        error_set(error, "%s: no %s in this shared object", path, DUT_ENTRY_POINT);
        return NULL;
    }
    if (interface->abi_version != DUT_ABI_VERSION) {
        error_set(error, "%s: a DUT of interface version %u, expected %u", path,
                  (unsigned)interface->abi_version, (unsigned)DUT_ABI_VERSION);
        return NULL;
    }
    return interface;
}

struct dut_library *dut_load(const char *path, struct error *error)
{
    struct dut_library *library = calloc(1, sizeof *library);
    char *copy = strdup(path);
    if (!library || !copy) {
        free(library);
        free(copy);
        error_set(error, "out of memory");
        return NULL;
    }
    library->path = copy;
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library->handle)
        error_set(error, "%s", dlerror());
    else
        library->interface = find_interface(library->handle, path, error);
    if (!library->interface) {
        dut_library_close(library);
        return NULL;
    }
    return library;
}

void dut_library_close(struct dut_library *library)
{
    if (!library)
        return;
    if (library->handle)
        dlclose(library->handle);
    free(library->path);
    free(library);
}
