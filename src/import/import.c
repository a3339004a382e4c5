/* Reads a file by the importer that it is for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"
#include "import/collect.h"
#include "import/lines.h"

#define CVL_IMPORTER(name) extern const struct cvl_importer cvl_importer_##name;
#include "import/importers.def"
#undef CVL_IMPORTER

static const struct cvl_importer *const importers[] = {
#define CVL_IMPORTER(name) &cvl_importer_##name,
#include "import/importers.def"
#undef CVL_IMPORTER
};

enum { IMPORTERS = sizeof importers / sizeof importers[0] };

const char *cvl_importer_name(size_t index)
{
    return index < IMPORTERS ? importers[index]->name : NULL;
}

const char *cvl_importer_summary(size_t index)
{
    return index < IMPORTERS ? importers[index]->summary : NULL;
}

static enum cvl_status refuse(struct cvl_error *err, const char *path, const char *got,
                              const char *expected)
{
    char safe[256];
    cvl_copy_safe(safe, sizeof safe, path);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: got %s, expected %s", safe, got, expected);
}

/* Maps a plain file; an empty one has no bytes. Others are not even opened: the writer of a pipe
 * would see its reader come and go. */
static enum cvl_status map(const char *path, struct cvl_import_file *out, struct cvl_error *err)
{
    static const char expected[] = "a file that can be read";
    struct stat facts;
    *out = (struct cvl_import_file){.path = path, .bytes = ""};
    if (stat(path, &facts) != 0)
        return refuse(err, path, strerror(errno), expected);
    if (!S_ISREG(facts.st_mode))
        return refuse(err, path, S_ISDIR(facts.st_mode) ? "a directory" : "no plain file",
                      "a plain file");
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return refuse(err, path, strerror(errno), expected);
    void *bytes = facts.st_size > 0
                      ? mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0)
                      : NULL;
    const int code = errno;
    (void)close(file);
    if (bytes == MAP_FAILED)
        return refuse(err, path, strerror(code), expected);
    if (bytes)
        *out = (struct cvl_import_file){path, bytes, (size_t)facts.st_size};
    return CVL_OK;
}

static void unmap(const struct cvl_import_file *file)
{
    if (file->size > 0)
        (void)munmap((void *)(uintptr_t)file->bytes, file->size);
}

typedef enum cvl_status use_file(const struct cvl_import_file *file, struct cvl_import *import,
                                 void *user, struct cvl_error *err);

/* Calls `use` with the file in memory. */
static enum cvl_status with_file(const char *path, struct cvl_import *import, use_file *use,
                                 void *user, struct cvl_error *err)
{
    struct cvl_import_file file;
    enum cvl_status status = map(path, &file, err);
    if (status == CVL_OK)
        status = use(&file, import, user, err);
    unmap(&file);
    return status;
}

static void append_names(struct cvl_text *text)
{
    for (size_t i = 0; i < IMPORTERS; i++)
        cvl_text_append(text, "%s%s",
                        i == 0              ? ""
                        : i + 1 < IMPORTERS ? ", "
                                            : " or ",
                        importers[i]->name);
}

static enum cvl_status find_by_name(const char *name, const struct cvl_importer **out,
                                    struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = name};
    struct cvl_text text = {0};
    char safe[64];
    for (size_t i = 0; i < IMPORTERS; i++) {
        if (strcmp(importers[i]->name, name) == 0) {
            *out = importers[i];
            return CVL_OK;
        }
        cvl_nearest_offer(&nearest, importers[i]->name);
    }
    append_names(&text);
    cvl_nearest_append(&nearest, &text);
    cvl_copy_safe(safe, sizeof safe, name);
    const enum cvl_status status =
        text.failed ? cvl_fail(err, CVL_NO_MEMORY, "import: out of memory")
                    : cvl_fail(err, CVL_BAD_INPUT, "import: format: got '%s', expected %s", safe,
                               text.data);
    cvl_text_clear(&text);
    return status;
}

static const struct cvl_importer *find_by_content(const struct cvl_import_file *file)
{
    for (size_t i = 0; i < IMPORTERS; i++)
        if (importers[i]->matches(file))
            return importers[i];
    return NULL;
}

static void name_after(struct cvl_import *import, const char *path)
{
    const char *slash = strrchr(path, '/');
    cvl_copy_safe(import->name, sizeof import->name, slash ? slash + 1 : path);
    char *dot = strrchr(import->name, '.');
    if (dot && dot > import->name)
        *dot = '\0';
    for (char *at = import->name; (at = strpbrk(at, "\"\\;#'"));)
        *at = '_';
    if (import->name[0] == '\0')
        cvl_copy(import->name, sizeof import->name, "imported");
}

struct reading {
    const struct cvl_importer *importer; /* NULL: as the file looks */
    const struct cvl_import_options *options;
};

static enum cvl_status read_as(const struct cvl_import_file *file, struct cvl_import *import,
                               void *user, struct cvl_error *err)
{
    const struct reading *reading = user;
    const struct cvl_importer *importer = reading->importer;
    struct cvl_text names = {0};
    if (!importer)
        importer = find_by_content(file);
    if (!importer) {
        append_names(&names);
        const enum cvl_status status =
            refuse(err, file->path, file->size > 0 ? "an unknown format" : "an empty file",
                   names.data ? names.data : "a known one");
        cvl_text_clear(&names);
        return status;
    }
    import->format = importer->name;
    name_after(import, file->path);
    const enum cvl_status status = importer->read(file, reading->options, import, err);
    if (status != CVL_OK || import->layer_count > 0)
        return status;
    char got[320];
    const struct cvl_left_out *first = import->left_out;
    if (import->left_out_count > 0)
        (void)snprintf(got, sizeof got, "none that can be taken over (%s: %s)", first->example,
                       first->reason);
    return refuse(err, file->path, import->left_out_count > 0 ? got : "none",
                  "at least one convolution");
}

enum cvl_status cvl_import_read(const char *path, const struct cvl_import_options *options,
                                struct cvl_import *out, struct cvl_error *err)
{
    static const struct cvl_import_options none = {0};
    struct reading reading = {.options = options ? options : &none};
    *out = (struct cvl_import){0};
    const enum cvl_status status =
        reading.options->format ? find_by_name(reading.options->format, &reading.importer, err)
                                : CVL_OK;
    return status == CVL_OK ? with_file(path, out, read_as, &reading, err) : status;
}

/* The first line that is neither empty nor a comment decides. */
static bool is_sweep(const struct cvl_import_file *file)
{
    struct cvl_import_lines lines = cvl_import_lines(file);
    char line[CVL_IMPORT_LINE_BYTES];
    while (cvl_import_next_line(&lines, line))
        if (line[0] != '\0' && line[0] != '#' && line[0] != ';')
            return line[0] == '[';
    return false;
}

static enum cvl_status look(const struct cvl_import_file *file, struct cvl_import *import,
                            void *user, struct cvl_error *err)
{
    (void)import;
    (void)err;
    *(bool *)user = !is_sweep(file) && find_by_content(file) != NULL;
    return CVL_OK;
}

bool cvl_import_is_one(const char *path)
{
    bool is_one = false;
    return with_file(path, NULL, look, &is_one, NULL) == CVL_OK && is_one;
}

void cvl_import_clear(struct cvl_import *import)
{
    cvl_import_index_clear(import);
    cvl_network_clear(&import->network);
    free(import->network_layers);
    free(import->layers);
    free(import->left_out);
    *import = (struct cvl_import){0};
}
