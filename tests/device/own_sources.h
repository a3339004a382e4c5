/* Kernel sources of a test's own: those of cl/, in which it changes what it wants to be found. */
#ifndef CVL_TESTS_OWN_SOURCES_H
#define CVL_TESTS_OWN_SOURCES_H

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

/* A source of cl/; the caller frees. */
static inline char *own_sources_read(const char *name)
{
    enum { MOST = 1 << 17 };
    char path[512], *text = calloc(MOST, 1);
    (void)snprintf(path, sizeof path, CONVLENS_SOURCE_DIR "/cl/%s", name);
    FILE *file = fopen(path, "rb");
    cr_assert(file && text, "%s", path);
    cr_assert_lt(fread(text, 1, MOST - 1, file), (size_t)MOST - 1);
    (void)fclose(file);
    return text;
}

/* Copies all of them into the scratch folder, from which programs are built from now on. */
static inline void own_sources_make(void)
{
    DIR *folder = opendir(CONVLENS_SOURCE_DIR "/cl");
    cr_assert_not_null(folder, CONVLENS_SOURCE_DIR "/cl");
    scratch_make();
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (!strstr(entry->d_name, ".cl"))
            continue;
        char *text = own_sources_read(entry->d_name);
        scratch_write(entry->d_name, text);
        free(text);
    }
    (void)closedir(folder);
    cr_assert_eq(setenv("CONVLENS_CL_DIR", scratch_folder, 1), 0);
}

/* Writes a source anew with `wrong` in place of the only `right`. */
static inline void own_sources_change(const char *name, const char *right, const char *wrong)
{
    char *text = own_sources_read(name);
    const char *at = strstr(text, right);
    cr_assert_not_null(at, "%s: %s", name, right);
    cr_assert_null(strstr(at + 1, right), "%s: %s is there twice", name, right);
    const size_t size = strlen(text) + strlen(wrong) + 1;
    char *changed = malloc(size);
    cr_assert_not_null(changed);
    (void)snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, wrong, at + strlen(right));
    scratch_write(name, changed);
    free(changed);
    free(text);
}

#endif
