/* A folder of its own for a test: nothing is in it but what the test has put there, so that a file
 * of it that was not written is missing for certain. Each test of Criterion is a process, which
 * makes one folder. */
#ifndef CVL_TESTS_SCRATCH_H
#define CVL_TESTS_SCRATCH_H

#include <criterion/criterion.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_PATH_BYTES = 512, SCRATCH_PATHS = 4 };

static char scratch_folder[SCRATCH_PATH_BYTES / 2];

/* Makes the folder, in TMPDIR or /tmp. */
static inline void scratch_make(void)
{
    const char *base = getenv("TMPDIR");
    const int length = snprintf(scratch_folder, sizeof scratch_folder, "%s/convlens-test-XXXXXX",
                                base && *base ? base : "/tmp");
    cr_assert_lt((size_t)length, sizeof scratch_folder, "TMPDIR is too long");
    cr_assert_not_null(mkdtemp(scratch_folder), "%s", scratch_folder);
}

static inline int scratch_remove_one(const char *path, const struct stat *about, int type,
                                     struct FTW *where)
{
    (void)about, (void)type, (void)where;
    return remove(path);
}

/* Removes the folder, where one was made, with all that is in it. */
static inline void scratch_remove(void)
{
    if (scratch_folder[0] == '\0')
        return;
    cr_assert_eq(nftw(scratch_folder, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The path of a file in the folder, there or not; the fourth call after it overwrites the text. */
static inline const char *scratch_path(const char *name)
{
    static char paths[SCRATCH_PATHS][SCRATCH_PATH_BYTES];
    static int turn;
    char *path = paths[turn++ % SCRATCH_PATHS];
    const int length = snprintf(path, SCRATCH_PATH_BYTES, "%s/%s", scratch_folder, name);
    cr_assert_lt(length, SCRATCH_PATH_BYTES, "%s", name);
    return path;
}

/* Writes a file and the folders above it. */
static inline void scratch_write(const char *name, const char *text)
{
    char path[SCRATCH_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s", scratch_path(name));
    for (char *slash = path + strlen(scratch_folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

#endif
