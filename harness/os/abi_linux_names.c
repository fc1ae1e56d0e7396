/* SPDX-License-Identifier: MIT */
/* Names of files of a Linux program: what changes directories, and what asks for a name. */
#include <string.h>

#include "os/abi_linux.h"

/* Each of these reads one path, and gives it to one function of files.h. */

static int64_t check_exists(struct process *process, int directory, uint32_t path_vaddr)
{
    char path[FILES_PATH_BYTES];
    struct file_status status;
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    return failure < 0 ? failure : files_status(process->files, directory, path, false, &status);
}

static int64_t remove_at(struct process *process, int directory, uint32_t path_vaddr,
                         bool is_directory)
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    return failure < 0 ? failure : files_remove(process->files, directory, path, is_directory);
}

static int64_t mkdir_at(struct process *process, int directory, uint32_t path_vaddr, uint32_t mode)
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    return failure < 0 ? failure
                       : files_make_directory(process->files, directory, path,
                                              mode & ~process->linux_state.file_mode_mask);
}

static int64_t access_at(struct process *process, int directory, uint32_t path_vaddr, uint32_t mode)
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    return failure < 0 ? failure : files_access(process->files, directory, path, (int)mode);
}

static int64_t chmod_at(struct process *process, int directory, uint32_t path_vaddr, uint32_t mode)
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    return failure < 0 ? failure : files_change_mode(process->files, directory, path, mode);
}

static int64_t readlink_at(struct process *process, int directory, uint32_t path_vaddr,
                           uint32_t to_vaddr, uint32_t size)
{
    char path[FILES_PATH_BYTES];
    char target[FILES_PATH_BYTES];
    int64_t length = linux_read_path(process, path_vaddr, path);

    if (length < 0) {
        return length;
    }
    length = files_read_link(process->files, directory, path, target,
                             size < sizeof(target) ? size : sizeof(target));
    if (length > 0 && !process_write(process, to_vaddr, target, (size_t)length)) {
        return -EFAULT;
    }
    return length;
}

typedef int64_t two_names(struct files *files, int from_directory, const char *from,
                          int to_directory, const char *to);

static int64_t with_two_names(struct process *process, two_names *function, int from_directory,
                              uint32_t from_vaddr, int to_directory, uint32_t to_vaddr)
{
    char from[FILES_PATH_BYTES];
    char to[FILES_PATH_BYTES];
    int64_t failure = linux_read_path(process, from_vaddr, from);

    if (failure == 0) {
        failure = linux_read_path(process, to_vaddr, to);
    }
    return failure < 0 ? failure : function(process->files, from_directory, from, to_directory, to);
}

static int64_t symlink_at(struct process *process, uint32_t target_vaddr, int directory,
                          uint32_t path_vaddr)
{
    char target[FILES_PATH_BYTES];
    char path[FILES_PATH_BYTES];
    int64_t failure = linux_read_path(process, target_vaddr, target);

    if (failure == 0) {
        failure = linux_read_path(process, path_vaddr, path);
    }
    return failure < 0 ? failure : files_symlink(process->files, target, directory, path);
}

/* Owners are always root. */
static int64_t chown_at(struct process *process, int directory, uint32_t path_vaddr, uint32_t user,
                        uint32_t group)
{
    const int64_t failure = check_exists(process, directory, path_vaddr);
    const bool stays = (user == 0 || user == UINT32_MAX) && (group == 0 || group == UINT32_MAX);

    return failure < 0 ? failure : stays ? 0 : -EPERM;
}

int64_t linux_unlink(struct process *process, const uint32_t argument[6])
{
    return remove_at(process, FILES_AT_CWD, argument[0], false);
}

int64_t linux_rmdir(struct process *process, const uint32_t argument[6])
{
    return remove_at(process, FILES_AT_CWD, argument[0], true);
}

int64_t linux_unlinkat(struct process *process, const uint32_t argument[6])
{
    return remove_at(process, (int)argument[0], argument[1], argument[2] & LINUX_AT_REMOVEDIR);
}

int64_t linux_mkdir(struct process *process, const uint32_t argument[6])
{
    return mkdir_at(process, FILES_AT_CWD, argument[0], argument[1]);
}

int64_t linux_mkdirat(struct process *process, const uint32_t argument[6])
{
    return mkdir_at(process, (int)argument[0], argument[1], argument[2]);
}

int64_t linux_access(struct process *process, const uint32_t argument[6])
{
    return access_at(process, FILES_AT_CWD, argument[0], argument[1]);
}

int64_t linux_faccessat(struct process *process, const uint32_t argument[6])
{
    return access_at(process, (int)argument[0], argument[1], argument[2]);
}

int64_t linux_faccessat2(struct process *process, const uint32_t argument[6])
{
    return linux_faccessat(process, argument);
}

int64_t linux_chmod(struct process *process, const uint32_t argument[6])
{
    return chmod_at(process, FILES_AT_CWD, argument[0], argument[1]);
}

int64_t linux_fchmodat(struct process *process, const uint32_t argument[6])
{
    return chmod_at(process, (int)argument[0], argument[1], argument[2]);
}

int64_t linux_fchmod(struct process *process, const uint32_t argument[6])
{
    return files_change_mode_open(process->files, (int)argument[0], argument[1]);
}

int64_t linux_readlink(struct process *process, const uint32_t argument[6])
{
    return readlink_at(process, FILES_AT_CWD, argument[0], argument[1], argument[2]);
}

int64_t linux_readlinkat(struct process *process, const uint32_t argument[6])
{
    return readlink_at(process, (int)argument[0], argument[1], argument[2], argument[3]);
}

int64_t linux_rename(struct process *process, const uint32_t argument[6])
{
    return with_two_names(process, files_rename, FILES_AT_CWD, argument[0], FILES_AT_CWD,
                          argument[1]);
}

int64_t linux_renameat(struct process *process, const uint32_t argument[6])
{
    return with_two_names(process, files_rename, (int)argument[0], argument[1], (int)argument[2],
                          argument[3]);
}

int64_t linux_renameat2(struct process *process, const uint32_t argument[6])
{
    return argument[4] != 0 ? -EINVAL : linux_renameat(process, argument);
}

int64_t linux_link(struct process *process, const uint32_t argument[6])
{
    return with_two_names(process, files_link, FILES_AT_CWD, argument[0], FILES_AT_CWD,
                          argument[1]);
}

int64_t linux_linkat(struct process *process, const uint32_t argument[6])
{
    return with_two_names(process, files_link, (int)argument[0], argument[1], (int)argument[2],
                          argument[3]);
}

int64_t linux_symlink(struct process *process, const uint32_t argument[6])
{
    return symlink_at(process, argument[0], FILES_AT_CWD, argument[1]);
}

int64_t linux_symlinkat(struct process *process, const uint32_t argument[6])
{
    return symlink_at(process, argument[0], (int)argument[1], argument[2]);
}

int64_t linux_chown32(struct process *process, const uint32_t argument[6])
{
    return chown_at(process, FILES_AT_CWD, argument[0], argument[1], argument[2]);
}

int64_t linux_lchown32(struct process *process, const uint32_t argument[6])
{
    return linux_chown32(process, argument);
}

int64_t linux_fchownat(struct process *process, const uint32_t argument[6])
{
    return chown_at(process, (int)argument[0], argument[1], argument[2], argument[3]);
}

int64_t linux_fchown32(struct process *process, const uint32_t argument[6])
{
    const bool stays = (argument[1] == 0 || argument[1] == UINT32_MAX) &&
                       (argument[2] == 0 || argument[2] == UINT32_MAX);
    struct file_status status;
    const int64_t failure = files_status_open(process->files, (int)argument[0], &status);

    return failure < 0 ? failure : stays ? 0 : -EPERM;
}

/* Times are not kept: every file has the time of the start. */
int64_t linux_utimensat(struct process *process, const uint32_t argument[6])
{
    struct file_status status;

    return argument[1] == 0 ? files_status_open(process->files, (int)argument[0], &status)
                            : check_exists(process, (int)argument[0], argument[1]);
}

int64_t linux_utimensat_time64(struct process *process, const uint32_t argument[6])
{
    return linux_utimensat(process, argument);
}

int64_t linux_umask(struct process *process, const uint32_t argument[6])
{
    const uint32_t old_mask = process->linux_state.file_mode_mask;

    process->linux_state.file_mode_mask = argument[0] & 0777;
    return old_mask;
}

int64_t linux_chdir(struct process *process, const uint32_t argument[6])
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, argument[0], path);

    return failure < 0 ? failure : files_change_directory(process->files, FILES_AT_CWD, path);
}

int64_t linux_fchdir(struct process *process, const uint32_t argument[6])
{
    return files_change_directory(process->files, (int)argument[0], ".");
}

/* The answer counts the string's end. */
int64_t linux_getcwd(struct process *process, const uint32_t argument[6])
{
    const char *const directory = files_directory(process->files);
    const size_t bytes = strlen(directory) + 1;

    if (bytes > argument[1]) {
        return -ERANGE;
    }
    return process_write(process, argument[0], directory, bytes) ? (int64_t)bytes : -EFAULT;
}
