/* SPDX-License-Identifier: MIT */
/* The guest's files: nothing outside of the root can be reached, by no name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A directory with a secret beside the root, and ways out in it. */
struct world {
    char top[64];
    char root[80];
    struct files *files;
    bool is_halted; /* what before_effect answers */
    unsigned effects;
};

static bool before_effect(void *context)
{
    struct world *const world = context;

    world->effects++;
    return !world->is_halted;
}

static void put_file(const char *directory, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%.255s/%.255s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void put_link(const char *directory, const char *name, const char *target)
{
    char path[512];

    snprintf(path, sizeof(path), "%.255s/%.255s", directory, name);
    assert_int_equal(symlink(target, path), 0);
}

static int set_up(void **state)
{
    struct world *const world = calloc(1, sizeof(*world));
    struct files_options options = {
        .before_effect = before_effect, .context = world, .interrupt_fd = -1};
    struct error error = {""};
    char path[512];

    assert_non_null(world);
    strcpy(world->top, "/tmp/test_files.XXXXXX");
    assert_non_null(mkdtemp(world->top));
    snprintf(world->root, sizeof(world->root), "%s/root", world->top);
    assert_int_equal(mkdir(world->root, 0700), 0);
    put_file(world->top, "secret", "secret");
    put_file(world->root, "inside", "inside");
    snprintf(path, sizeof(path), "%s/dir", world->root);
    assert_int_equal(mkdir(path, 0700), 0);
    put_file(path, "c", "");
    put_file(path, "a", "");
    put_file(path, "b", "");
    put_link(path, "up", "../..");
    put_link(world->root, "out", "../secret");
    put_link(world->root, "absolute", "/etc/passwd");
    put_link(world->root, "loop", "loop");
    put_link(world->root, "to_proc", "/proc/self/fd/0");
    put_link(world->root, "to_inside", "/inside");
    snprintf(path, sizeof(path), "%s/fifo", world->root);
    assert_int_equal(mkfifo(path, 0600), 0);
    options.root = world->root;
    world->files = files_new(&options, &error);
    assert_non_null(world->files);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *const world = *state;
    char command[128];

    files_free(world->files);
    snprintf(command, sizeof(command), "rm -r %s", world->top);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

/* The text of a file as the guest reads it; "" when it cannot be opened. */
static const char *contents(struct files *files, const char *path)
{
    static char text[64];
    const int64_t fd = files_open(files, FILES_AT_CWD, path, O_RDONLY, 0);
    const int64_t count = fd < 0 ? 0 : files_read(files, (int)fd, text, sizeof(text) - 1);

    text[count > 0 ? count : 0] = '\0';
    files_close(files, (int)fd);
    return text;
}

static void names_inside_are_found(void **state)
{
    static const char *const names[] = {"inside",           "/inside",      "./inside",
                                        "dir/../inside",    "../inside",    "to_inside",
                                        "/../../../inside", "dir/up/inside"};
    struct world *const world = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(contents(world->files, names[i]), "inside");
    }
}

static void names_outside_are_not_found(void **state)
{
    static const struct {
        const char *name;
        int failure;
    } cases[] = {
        {"../secret", ENOENT},
        {"/../secret", ENOENT},
        {"dir/../../secret", ENOENT},
        {"out", ENOENT},
        {"absolute", ENOENT},
        {"/etc/passwd", ENOENT},
        {"dir/up/secret", ENOENT},
        {"loop", ELOOP},
        {"to_proc", ENOENT},
        {"/proc/self/mem", ENOENT},
        {"", ENOENT},
        {"inside/x", ENOTDIR},
        {"fifo", ENXIO},
    };
    struct world *const world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const int64_t fd = files_open(world->files, FILES_AT_CWD, cases[i].name, O_RDONLY, 0);

        if (fd != -cases[i].failure) {
            fail_msg("\"%s\": found %d, expected %d", cases[i].name, (int)fd, -cases[i].failure);
        }
    }
}

/* With the host's "/" as root, /proc is there; its files open doors into segmmu itself. */
static void proc_is_closed_even_when_it_is_inside(void **state)
{
    const struct files_options options = {.root = "/", .interrupt_fd = -1};
    static const char *const names[] = {"/proc/self/mem", "/proc/self/fd/0", "/proc/version",
                                        "/proc/self/cwd"};
    struct error error = {""};
    struct files *const files = files_new(&options, &error);

    (void)state;
    assert_non_null(files);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(files_open(files, FILES_AT_CWD, names[i], O_RDONLY, 0) < 0);
    }
    assert_int_equal(files_open(files, FILES_AT_CWD, "/dev/zero", O_RDONLY, 0), -ENXIO);
    files_free(files);
}

static void changes_outside_are_refused(void **state)
{
    struct world *const world = *state;
    struct files *const files = world->files;
    char path[128];

    assert_int_equal(files_remove(files, FILES_AT_CWD, "../secret", false), -ENOENT);
    assert_int_equal(files_rename(files, FILES_AT_CWD, "inside", FILES_AT_CWD, "../moved"), 0);
    assert_string_equal(contents(files, "moved"), "inside");
    assert_int_equal(files_make_directory(files, FILES_AT_CWD, "../made", 0777), 0);
    snprintf(path, sizeof(path), "%s/made", world->root);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(files_open(files, FILES_AT_CWD, "../new", O_CREAT | O_WRONLY, 0666) > 2);
    snprintf(path, sizeof(path), "%s/new", world->root);
    assert_int_equal(access(path, F_OK), 0);
    snprintf(path, sizeof(path), "%s/secret", world->top);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(files_open(files, FILES_AT_CWD, "out", O_CREAT | O_WRONLY | O_TRUNC, 0666) > 2);
    assert_string_equal(contents(files, "/secret"), "");
    put_file(world->top, "check", "");
    snprintf(path, sizeof(path), "%s/secret", world->top);
    {
        char text[16] = "";
        FILE *const file = fopen(path, "r");

        assert_non_null(file);
        assert_non_null(fgets(text, sizeof(text), file));
        fclose(file);
        assert_string_equal(text, "secret");
    }
}

static void set_user_id_bits_are_never_set(void **state)
{
    struct world *const world = *state;
    char path[128];
    struct stat status;

    assert_int_equal(files_change_mode(world->files, FILES_AT_CWD, "inside", 06755), 0);
    snprintf(path, sizeof(path), "%s/inside", world->root);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
}

static void entries_are_sorted(void **state)
{
    static const char *const names[] = {".", "..", "a", "b", "c", "up"};
    struct files *const files = ((struct world *)*state)->files;
    const int fd = (int)files_open(files, FILES_AT_CWD, "dir", O_RDONLY | O_DIRECTORY, 0);
    struct file_entry entry;

    assert_true(fd > 2);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < COUNT(names); i++) {
            assert_int_equal(files_entry(files, fd, &entry), 1);
            assert_string_equal(entry.name, names[i]);
            files_entry_next(files, fd);
        }
        assert_int_equal(files_entry(files, fd, &entry), 0);
        assert_int_equal(files_seek(files, fd, 0, SEEK_SET), 0);
    }
    assert_int_equal(files_read(files, fd, &entry, 1), -EISDIR);
}

static void directory_descriptor_is_where_names_begin(void **state)
{
    struct files *const files = ((struct world *)*state)->files;
    const int fd = (int)files_open(files, FILES_AT_CWD, "dir", O_RDONLY | O_DIRECTORY, 0);
    struct file_status status;

    assert_int_equal(files_status(files, fd, "a", true, &status), 0);
    assert_int_equal(files_status(files, fd, "../inside", true, &status), 0);
    assert_int_equal(files_status(files, fd, "../../secret", true, &status), -ENOENT);
    assert_int_equal(files_status(files, 99, "a", true, &status), -EBADF);
    assert_int_equal(files_change_directory(files, FILES_AT_CWD, "dir/up/dir"), 0);
    assert_string_equal(files_directory(files), "/dir");
    assert_int_equal(files_status(files, FILES_AT_CWD, "a", true, &status), 0);
    assert_int_equal(files_change_directory(files, FILES_AT_CWD, "../.."), 0);
    assert_string_equal(files_directory(files), "/");
}

static void inode_numbers_count_from_one(void **state)
{
    struct files *const files = ((struct world *)*state)->files;
    struct file_status first;
    struct file_status second;
    struct file_status again;

    assert_int_equal(files_status(files, FILES_AT_CWD, "inside", true, &first), 0);
    assert_int_equal(files_status(files, FILES_AT_CWD, "dir", true, &second), 0);
    assert_int_equal(files_status(files, FILES_AT_CWD, "to_inside", true, &again), 0);
    assert_int_equal(first.ino, 1);
    assert_int_equal(second.ino, 2);
    assert_int_equal(again.ino, 1);
}

static void duplicates_share_the_position(void **state)
{
    struct files *const files = ((struct world *)*state)->files;
    const int fd = (int)files_open(files, FILES_AT_CWD, "inside", O_RDONLY, 0);
    const int copy = (int)files_duplicate(files, fd, 10);
    char text[4] = "";

    assert_int_equal(copy, 10);
    assert_int_equal(files_read(files, fd, text, 2), 2);
    assert_int_equal(files_close(files, fd), 0);
    assert_int_equal(files_close(files, fd), -EBADF);
    assert_int_equal(files_read(files, copy, text, 2), 2);
    assert_memory_equal(text, "si", 2);
    assert_int_equal(files_duplicate_to(files, copy, FILES_MAX_OPEN), -EBADF);
    assert_int_equal(files_duplicate(files, copy, -1), -EINVAL);
}

static void descriptors_run_out(void **state)
{
    struct files *const files = ((struct world *)*state)->files;
    int64_t fd;

    do {
        fd = files_open(files, FILES_AT_CWD, "inside", O_RDONLY, 0);
    } while (fd >= 0 && fd < FILES_MAX_OPEN);
    assert_int_equal(fd, -EMFILE);
}

static void null_device_is_the_only_one(void **state)
{
    struct files *const files = ((struct world *)*state)->files;
    const int fd = (int)files_open(files, FILES_AT_CWD, "/dev/null", O_RDWR, 0);
    char text[4];

    assert_true(fd > 2);
    assert_int_equal(files_write(files, fd, "abc", 3), 3);
    assert_int_equal(files_read(files, fd, text, 3), 0);
}

static void nothing_happens_once_the_stream_is_halted(void **state)
{
    struct world *const world = *state;
    struct files *const files = world->files;
    const int fd = (int)files_open(files, FILES_AT_CWD, "inside", O_RDWR, 0);

    assert_true(fd > 2);
    assert_int_equal(world->effects, 0);
    world->is_halted = true;
    assert_int_equal(files_write(files, fd, "X", 1), -EIO);
    assert_int_equal(files_truncate_open(files, fd, 0), -EIO);
    assert_int_equal(files_open(files, FILES_AT_CWD, "inside", O_WRONLY | O_TRUNC, 0), -EIO);
    assert_int_equal(files_open(files, FILES_AT_CWD, "new", O_WRONLY | O_CREAT, 0600), -EIO);
    assert_int_equal(files_remove(files, FILES_AT_CWD, "inside", false), -EIO);
    assert_int_equal(files_make_directory(files, FILES_AT_CWD, "made", 0700), -EIO);
    assert_int_equal(files_rename(files, FILES_AT_CWD, "inside", FILES_AT_CWD, "x"), -EIO);
    assert_int_equal(files_symlink(files, "x", FILES_AT_CWD, "y"), -EIO);
    assert_int_equal(files_change_mode(files, FILES_AT_CWD, "inside", 0), -EIO);
    assert_int_equal(world->effects, 9);
    assert_string_equal(contents(files, "inside"), "inside");
}

static void without_a_root_there_are_three_descriptors(void **state)
{
    const struct files_options options = {.interrupt_fd = -1};
    struct error error = {""};
    struct files *const files = files_new(&options, &error);
    struct file_status status;

    (void)state;
    assert_non_null(files);
    assert_int_equal(files_open(files, FILES_AT_CWD, "/etc/passwd", O_RDONLY, 0), -ENOENT);
    assert_int_equal(files_open(files, FILES_AT_CWD, "/dev/null", O_RDONLY, 0), -ENOENT);
    assert_int_equal(files_status(files, FILES_AT_CWD, "/", true, &status), -ENOENT);
    assert_int_equal(files_remove(files, FILES_AT_CWD, "/tmp/x", false), -ENOENT);
    assert_int_equal(files_status_open(files, 1, &status), 0);
    assert_int_equal(files_status_open(files, 3, &status), -EBADF);
    files_free(files);
}

static void root_that_is_no_directory_is_refused(void **state)
{
    const struct files_options options = {.root = "/etc/passwd", .interrupt_fd = -1};
    struct error error = {""};

    (void)state;
    assert_null(files_new(&options, &error));
    assert_non_null(strstr(error.text, "/etc/passwd: cannot be the guest's root directory"));
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(names_inside_are_found),
        WITH_WORLD(names_outside_are_not_found),
        cmocka_unit_test(proc_is_closed_even_when_it_is_inside),
        WITH_WORLD(changes_outside_are_refused),
        WITH_WORLD(set_user_id_bits_are_never_set),
        WITH_WORLD(entries_are_sorted),
        WITH_WORLD(directory_descriptor_is_where_names_begin),
        WITH_WORLD(inode_numbers_count_from_one),
        WITH_WORLD(duplicates_share_the_position),
        WITH_WORLD(descriptors_run_out),
        WITH_WORLD(null_device_is_the_only_one),
        WITH_WORLD(nothing_happens_once_the_stream_is_halted),
        cmocka_unit_test(without_a_root_there_are_three_descriptors),
        cmocka_unit_test(root_that_is_no_directory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
