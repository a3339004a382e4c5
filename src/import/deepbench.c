/* Baidu's DeepBench: the tuples of code/kernels/conv_problems.h there,
 *   std::make_tuple(w, h, c, n, k, filter_w, filter_h, pad_w, pad_h, wstride, hstride)
 * and the tables of its results, which are Markdown:
 *   | W = 341, H = 79, C = 32, N = 4 | R = 5, S = 10 | 32 | 0, 0 | 2, 2 | ...
 * with padding and stride as height, width. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/collect.h"
#include "import/lines.h"

enum field { W, H, C, N, K, S, R, PAD_W, PAD_H, STRIDE_W, STRIDE_H, FIELD_COUNT };

static const char tuple[] = "make_tuple(";

/* Reads the next number of a text, whatever stands before it. */
static bool next_number(const char **at, int64_t *out)
{
    static const char digits[] = "0123456789";
    const char *start = strpbrk(*at, digits);
    char number[16];
    if (!start)
        return false;
    const size_t length = strspn(start, digits);
    *at = start + length;
    (void)snprintf(number, sizeof number, "%.*s", (int)(length < 15 ? length : 15), start);
    return cvl_parse_i64(number, 0, INT32_MAX, out);
}

/* Reads a tuple, which must have all its numbers and no more. */
static bool read_tuple(const char *at, int64_t values[FIELD_COUNT])
{
    const char *end = strchr(at, ')');
    int64_t more;
    bool good = end != NULL;
    for (int i = 0; i < FIELD_COUNT && good; i++)
        good = next_number(&at, &values[i]) && at <= end;
    return good && (!next_number(&at, &more) || at > end);
}

/* Reads "NAME = number" of a table's cell. */
static bool read_named(const char *line, char name, int64_t *out)
{
    for (const char *at = line; (at = strchr(at, name)); at++) {
        const char *after = at + 1 + strspn(at + 1, " ");
        const bool begins = at == line || strchr("| ,", at[-1]);
        if (begins && *after == '=')
            return next_number(&after, out);
    }
    return false;
}

/* The cells of a table's line after the first two: filters, padding, stride. */
static bool read_cells(const char *line, int64_t values[FIELD_COUNT])
{
    const char *at = line;
    for (int bar = 0; bar < 3 && at; bar++) {
        at = strchr(at, '|');
        at = at ? at + 1 : NULL;
    }
    return at && next_number(&at, &values[K]) && next_number(&at, &values[PAD_H]) &&
           next_number(&at, &values[PAD_W]) && next_number(&at, &values[STRIDE_H]) &&
           next_number(&at, &values[STRIDE_W]);
}

static bool read_row(const char *line, int64_t values[FIELD_COUNT])
{
    static const struct {
        char name;
        enum field field;
    } names[] = {{'W', W}, {'H', H}, {'C', C}, {'N', N}, {'R', R}, {'S', S}};
    bool good = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && good; i++)
        good = read_named(line, names[i].name, &values[names[i].field]);
    return good && read_cells(line, values);
}

static enum cvl_status add(const int64_t v[FIELD_COUNT], unsigned line, struct cvl_import *import,
                           struct cvl_error *err)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    const struct cvl_import_label label = {.count = 1, .line = line};
    (void)snprintf(text, sizeof text,
                   "mb%" PRId64 "ic%" PRId64 "oc%" PRId64 "ih%" PRId64 "iw%" PRId64 "kh%" PRId64
                   "kw%" PRId64 "sh%" PRId64 "sw%" PRId64 "ph%" PRId64 "pw%" PRId64,
                   v[N], v[C], v[K], v[H], v[W], v[R], v[S], v[STRIDE_H], v[STRIDE_W], v[PAD_H],
                   v[PAD_W]);
    return cvl_import_add_text(import, text, &label, err);
}

static bool is_row(const char *line)
{
    int64_t number;
    return line[0] == '|' && read_named(line, 'W', &number) && read_named(line, 'R', &number);
}

static enum cvl_status read_line(char *line, unsigned number, struct cvl_import *import, void *user,
                                 struct cvl_error *err)
{
    (void)user;
    int64_t values[FIELD_COUNT];
    enum cvl_status status = CVL_OK;
    if (is_row(line))
        return read_row(line, values) ? add(values, number, import, err)
                                      : cvl_import_leave_out(import, number, line, err,
                                                             "a row without all its numbers");
    for (const char *at = line; status == CVL_OK && (at = strstr(at, tuple));) {
        at += strlen(tuple);
        status = read_tuple(at, values) ? add(values, number, import, err)
                                        : cvl_import_leave_out(import, number, line, err,
                                                               "a tuple that has not 11 numbers");
    }
    return status;
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    (void)options;
    return cvl_import_each_line(file, import, read_line, NULL, err);
}

static bool is_ours(char *line)
{
    return strstr(line, tuple) || is_row(line);
}

static bool matches(const struct cvl_import_file *file)
{
    return cvl_import_has_line(file, is_ours);
}

const struct cvl_importer cvl_importer_deepbench = {
    .name = "deepbench",
    .summary = "DeepBench's conv_problems.h, and the tables of its results",
    .matches = matches,
    .read = read_file,
};
