/* The tuning database, or the values, that --tuning names. */
#include "cli/tuning.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "tuning/library.h"
#include "variants/variant.h"

/* A list of values rather than a file: ./a=b is a file. */
static bool is_values(const char *text)
{
    return strchr(text, '=') && !strchr(text, '/');
}

/* No database of the user's own is no error: there was no search yet. */
static enum cvl_status open_own(struct cvl_tuning_file *out, struct cvl_error *err)
{
    char *path = NULL;
    if (cvl_tuning_database_path(&path, NULL) != CVL_OK)
        return CVL_OK;
    enum cvl_status status = CVL_OK;
    if (access(path, F_OK) == 0)
        status = cvl_tuning_database_open(path, CVL_STORE_READ, &out->database, err);
    free(path);
    return status;
}

/* A name that no variant has would be passed over by all of them. */
static enum cvl_status check_names(const struct cvl_values *values, struct cvl_error *err)
{
    for (uint32_t i = 0; i < values->count; i++) {
        const char *name = values->at[i].name;
        struct cvl_nearest nearest = {.word = name};
        struct cvl_text hint = {0};
        if (cvl_library_has(name) || cvl_parameter_is_known(name, &nearest))
            continue;
        cvl_nearest_append(&nearest, &hint);
        const enum cvl_status status =
            cvl_fail(err, CVL_BAD_INPUT, "no variant has a parameter '%s'%s", name,
                     hint.data ? hint.data : "");
        cvl_text_clear(&hint);
        return status;
    }
    return CVL_OK;
}

static enum cvl_status parse_given(const char *text, struct cvl_tuning_origin *origin,
                                   struct cvl_error *err)
{
    struct cvl_error reason = {0};
    enum cvl_status status = cvl_tuning_given_parse(text, origin, &reason);
    if (status == CVL_OK)
        status = check_names(&origin->given, &reason);
    for (size_t i = 0; i < origin->step_count && status == CVL_OK; i++)
        status = check_names(&origin->steps[i], &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--tuning: %s", reason.text);
}

enum cvl_status cvl_tuning_origin_open(const struct cvl_options *options,
                                       struct cvl_tuning_file *out, struct cvl_error *err)
{
    const char *text = options->tuning;
    struct cvl_error reason = {0};
    enum cvl_status status = CVL_OK;
    *out = (struct cvl_tuning_file){0};
    if (!text)
        status = open_own(out, &reason);
    else if (is_values(text))
        return parse_given(text, &out->origin, err);
    else if (strcmp(text, "none") != 0)
        status = cvl_tuning_database_open(text, CVL_STORE_READ, &out->database, &reason);
    out->origin.database = out->database;
    return status == CVL_OK ? CVL_OK
                            : cvl_fail(err, status, "%s%s", reason.text,
                                       text ? "" : "; --tuning none does without");
}

static enum cvl_status make(const char *path, bool is_own, struct cvl_tuning_file *out,
                            struct cvl_error *err)
{
    enum cvl_status status = is_own ? cvl_tuning_database_make_folder(path, err) : CVL_OK;
    if (status == CVL_OK)
        status = cvl_tuning_database_open(path, CVL_STORE_WRITE, &out->database, err);
    out->origin.database = out->database;
    return status;
}

enum cvl_status cvl_tuning_record_open(const struct cvl_options *options,
                                       struct cvl_tuning_file *out, struct cvl_error *err)
{
    const char *text = options->tuning;
    char *own = NULL;
    *out = (struct cvl_tuning_file){0};
    if (text && (is_values(text) || strcmp(text, "none") == 0))
        return cvl_fail(err, CVL_BAD_INPUT, "--tuning: got '%s', expected a file to record in",
                        text);
    enum cvl_status status = text ? CVL_OK : cvl_tuning_database_path(&own, err);
    if (status == CVL_OK)
        status = make(text ? text : own, !text, out, err);
    free(own);
    return status;
}

void cvl_tuning_origin_close(struct cvl_tuning_file *file)
{
    cvl_tuning_given_clear(&file->origin);
    cvl_tuning_database_close(&file->database);
    *file = (struct cvl_tuning_file){0};
}
