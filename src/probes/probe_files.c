/* Reads small kernel files. */
#include "probes/probe_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static enum cvl_status unreadable(const char *area, const char *path, struct cvl_error *err)
{
    char shown[160];
    cvl_copy_safe(shown, sizeof shown, path);
    return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s: %s", area, shown, strerror(errno));
}

enum cvl_status cvl_probe_path(const char *area, char path[CVL_PROBE_PATH_BYTES], const char *root,
                               struct cvl_error *err, const char *format, ...)
{
    va_list arguments;
    size_t used = strnlen(root, CVL_PROBE_PATH_BYTES);
    if (used < CVL_PROBE_PATH_BYTES) {
        memcpy(path, root, used);
        va_start(arguments, format);
        int length = vsnprintf(path + used, CVL_PROBE_PATH_BYTES - used, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < CVL_PROBE_PATH_BYTES - used)
            return CVL_OK;
    }
    return cvl_fail(err, CVL_BAD_INPUT, "%s: the path is too long", area);
}

bool cvl_probe_parse_u64(const char *text, uint64_t *out)
{
    char *end = NULL;
    text += strspn(text, " \t");
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end[strspn(end, " \t\n")] != '\0')
        return false;
    *out = value;
    return true;
}

enum cvl_status cvl_probe_read_u64(const char *area, const char *path, uint64_t *out,
                                   struct cvl_error *err)
{
    char text[64] = "", shown[64], place[160];
    FILE *file = fopen(path, "re");
    if (!file)
        return unreadable(area, path, err);
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    if (cvl_probe_parse_u64(text, out))
        return CVL_OK;
    cvl_copy_safe(shown, sizeof shown, text);
    cvl_copy_safe(place, sizeof place, path);
    return cvl_fail(err, CVL_FAILED, "%s: %s: got \"%s\", expected a number", area, place, shown);
}

enum cvl_status cvl_probe_each_line(const char *area, const char *path,
                                    enum cvl_status (*take)(void *user, char *line,
                                                            struct cvl_error *err),
                                    void *user, struct cvl_error *err)
{
    char *line = NULL;
    size_t room = 0;
    enum cvl_status status = CVL_OK;
    FILE *file = fopen(path, "re");
    if (!file)
        return unreadable(area, path, err);
    while (status == CVL_OK && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        status = take(user, line, err);
    }
    free(line);
    (void)fclose(file);
    return status;
}

enum cvl_status cvl_probe_each_name(const char *area, const char *path,
                                    enum cvl_status (*take)(void *user, const char *name,
                                                            struct cvl_error *err),
                                    void *user, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    const struct dirent *entry;
    DIR *folder = opendir(path);
    if (!folder)
        return unreadable(area, path, err);
    while (status == CVL_OK && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = take(user, entry->d_name, err);
    (void)closedir(folder);
    return status;
}
