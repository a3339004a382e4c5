/* Loads results from a store or a document. */
#include "cli/operand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <convlens/store.h>

#include "base/file.h"
#include "base/text.h"

/* How a file of SQLite begins (https://www.sqlite.org/fileformat.html, 1.3). */
static const char magic[] = "SQLite format 3";

/* A file, and a run of it. */
struct operand {
    char *path; /* owned */
    int64_t run_id;
    bool has_run; /* one was asked for */
};

static enum cvl_status split(const char *text, struct operand *out, struct cvl_error *err)
{
    const char *colon = strrchr(text, ':');
    *out = (struct operand){.path = cvl_duplicate(text)};
    if (!out->path)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", text);
    if (!colon || colon == text || access(text, F_OK) == 0 ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return CVL_OK;
    out->path[colon - text] = '\0';
    out->has_run = true;
    if (cvl_parse_i64(colon + 1, 1, INT64_MAX, &out->run_id))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "%s: got '%s' as the number of a run, expected 1 or more",
                    out->path, colon + 1);
}

static enum cvl_status refuse(const char *path, int code, struct cvl_error *err)
{
    if (code == ENOMEM)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", path);
    if (code == ENOENT)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: no such file; expected a store, STORE:RUN, or a JSON document", path);
    if (code == EISDIR)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: is a folder, expected a file", path);
    return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(code));
}

static enum cvl_status load_store(const struct operand *operand, struct cvl_results *out,
                                  struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    struct cvl_error reason = {0};
    enum cvl_status status = cvl_store_open(operand->path, CVL_STORE_READ, &store, err);
    if (status != CVL_OK)
        return status;
    status = cvl_store_load(store, operand->run_id, out, &reason);
    cvl_store_close(&store);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "%s: %s", operand->path, reason.text);
}

static enum cvl_status load_document(const struct operand *operand, const struct cvl_text *text,
                                     struct cvl_results *out, struct cvl_error *err)
{
    const char *json = text->data ? text->data : "";
    struct cvl_error reason = {0};
    if (json[strspn(json, " \t\r\n")] != '{' || strlen(json) != text->length)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: neither a store nor a JSON document; expected what run, or "
                        "--format json or baseline, wrote",
                        operand->path);
    if (operand->has_run)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: got run %lld of a JSON document, which has one run alone",
                        operand->path, (long long)operand->run_id);
    const enum cvl_status status = cvl_results_from_json(json, out, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "%s: %s", operand->path, reason.text);
}

static enum cvl_status load_file(const struct operand *operand, int file, struct cvl_results *out,
                                 struct cvl_error *err)
{
    struct cvl_text text = {0};
    int code = 0;
    while (text.length < sizeof magic &&
           cvl_file_read_some(file, &text, sizeof magic - text.length, &code))
        ;
    const bool is_store =
        code == 0 && text.length >= sizeof magic && memcmp(text.data, magic, sizeof magic) == 0;
    while (!is_store && code == 0 && cvl_file_read_some(file, &text, SIZE_MAX, &code))
        ;
    enum cvl_status status = CVL_OK;
    if (code != 0)
        status = refuse(operand->path, code, err);
    else
        status = is_store ? load_store(operand, out, err) : load_document(operand, &text, out, err);
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_operand_load(const char *text, struct cvl_results *out, struct cvl_error *err)
{
    struct operand operand;
    *out = (struct cvl_results){0};
    enum cvl_status status = split(text, &operand, err);
    const int file = status == CVL_OK ? open(operand.path, O_RDONLY | O_CLOEXEC) : -1;
    if (status == CVL_OK)
        status = file >= 0 ? load_file(&operand, file, out, err) : refuse(operand.path, errno, err);
    if (file >= 0)
        (void)close(file);
    free(operand.path);
    return status;
}
