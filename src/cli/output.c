/* Formats of the command line, and the files they go to. */
#include "cli/output.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/nearest.h"
#include "base/text.h"

static enum cvl_status list_formats(const char *got, const struct cvl_formats *formats,
                                    struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = got};
    struct cvl_text text = {0};
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, got);
    for (size_t i = 0; i < formats->count; i++) {
        cvl_text_append(&text, "%s%s", i ? ", " : "", formats->at[i].name);
        cvl_nearest_offer(&nearest, formats->at[i].name);
    }
    cvl_nearest_append(&nearest, &text);
    enum cvl_status status = cvl_fail(err, CVL_BAD_INPUT, "--format: got '%s', expected one of %s",
                                      safe, text.data ? text.data : "");
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_output_read(const char *text, const struct cvl_formats *formats,
                                struct cvl_output *out, struct cvl_error *err)
{
    char name[32];
    const char *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), text);
    out->format = cvl_format_find(formats, name);
    out->file = colon && strcmp(colon, ":-") != 0 ? colon + 1 : NULL; /* -: standard output */
    if (!out->format)
        return list_formats(name, formats, err);
    if (out->file && *out->file == '\0')
        return cvl_fail(err, CVL_BAD_INPUT, "--format: got '%s:', expected a file after the colon",
                        name);
    return CVL_OK;
}

/* Checked before anything is run, not when all is measured. */
static enum cvl_status check_writable(const char *file, struct cvl_error *err)
{
    struct stat about = {0};
    bool there = stat(file, &about) == 0;
    if (there && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return CVL_OK; /* a device or a pipe */
    char *copy = cvl_duplicate(file);
    if (!copy)
        return cvl_fail(err, CVL_NO_MEMORY, "--format: no memory");
    bool writable = !(there && S_ISDIR(about.st_mode)) && access(dirname(copy), W_OK) == 0;
    free(copy);
    if (writable)
        return CVL_OK;
    return cvl_fail(err, CVL_IO,
                    "--format: got %s, expected a file in a folder that can be written to", file);
}

/* Documents have fields for both figures. */
static bool is_for_people(const struct cvl_format *format)
{
    return strcmp(format->name, "answer") == 0 || strcmp(format->name, "table") == 0;
}

enum cvl_status cvl_output_check(const struct cvl_options *options,
                                 const struct cvl_formats *formats, struct cvl_error *err)
{
    struct cvl_output output;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < options->formats.count && status == CVL_OK; i++) {
        status = cvl_output_read(options->formats.at[i], formats, &output, err);
        if (status == CVL_OK && output.file)
            status = check_writable(output.file, err);
        if (status == CVL_OK && options->no_weights && !is_for_people(output.format))
            status =
                cvl_fail(err, CVL_BAD_INPUT,
                         "--no-weights: got --format %s, expected answer or table; %s has both "
                         "figures",
                         output.format->name, output.format->name);
    }
    return status;
}

static enum cvl_status write_to(const char *path, const struct cvl_format *format,
                                const void *subject, struct cvl_error *err)
{
    FILE *stream = fopen(path, "w");
    if (!stream)
        return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(errno));
    enum cvl_status status = cvl_format_write(format, subject, stream, err);
    if (fclose(stream) != 0 && status == CVL_OK)
        status = cvl_fail(err, CVL_IO, "%s: %s", path, strerror(errno));
    return status;
}

/* A file appears whole or not at all, whoever else writes it at the same time. */
static enum cvl_status replace_file(const char *path, const struct cvl_format *format,
                                    const void *subject, struct cvl_error *err)
{
    struct cvl_draft draft;
    int code = cvl_draft_create(path, &draft);
    if (code != 0)
        return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(code));
    const enum cvl_status status = cvl_format_write(format, subject, draft.stream, err);
    code = cvl_draft_finish(&draft, path, status == CVL_OK);
    return status == CVL_OK && code != 0 ? cvl_fail(err, CVL_IO, "%s: %s", path, strerror(code))
                                         : status;
}

/* A device or a pipe, /dev/null say, is written to and never replaced; of a link, what it names. */
enum cvl_status cvl_output_write_file(const char *path, const struct cvl_format *format,
                                      const void *subject, struct cvl_error *err)
{
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (there && !S_ISREG(about.st_mode))
        return write_to(path, format, subject, err);
    char *target = there ? realpath(path, NULL) : NULL;
    enum cvl_status status = replace_file(target ? target : path, format, subject, err);
    free(target);
    return status;
}

enum cvl_status cvl_output_write(const struct cvl_options *options,
                                 const struct cvl_formats *formats, const void *subject,
                                 struct cvl_error *err)
{
    const char *const fallback[] = {!options->all && cvl_format_find(formats, "answer") ? "answer"
                                                                                        : "table"};
    const char *const *texts = options->formats.count ? options->formats.at : fallback;
    size_t count = options->formats.count ? options->formats.count : 1;
    enum cvl_status status = CVL_OK;
    /* Files come first: a reader of standard output may leave early. */
    for (size_t i = 0; i < 2 * count && status == CVL_OK; i++) {
        struct cvl_output output;
        status = cvl_output_read(texts[i % count], formats, &output, err);
        if (status == CVL_OK && output.file && i < count)
            status = cvl_output_write_file(output.file, output.format, subject, err);
        else if (status == CVL_OK && !output.file && i >= count)
            status = cvl_format_write(output.format, subject, stdout, err);
    }
    return status;
}
