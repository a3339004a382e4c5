/* Reads and prints the canonical text of a problem. */
#include <convlens/problem.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* A text that is being read. */
struct reader {
    const char *at;
    struct cvl_problem problem;
    bool seen[CVL_PART_COUNT], named, formed;
    struct cvl_error *err;
};

/* Fails and reports the first `length` bytes at `at`, made safe to print. */
static enum cvl_status reject(struct reader *reader, const char *at, size_t length,
                              const char *format, ...) CVL_PRINTF(4, 5);

static enum cvl_status reject(struct reader *reader, const char *at, size_t length,
                              const char *format, ...)
{
    char piece[64], shown[4 * sizeof piece], expected[256];
    (void)snprintf(piece, sizeof piece, "%.*s", (int)(length < sizeof piece ? length : 63), at);
    cvl_copy_safe(shown, sizeof shown, piece);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    return cvl_fail(reader->err, CVL_BAD_INPUT, "problem: got %s, expected %s",
                    *shown ? shown : "the end of the text", expected);
}

/* Length of the part at `at`, well formed or not: up to the next letter after its value. */
static size_t piece_length(const char *at)
{
    size_t length = strspn(at, letters);
    length += strcspn(at + length, "abcdefghijklmnopqrstuvwxyz_");
    return length > 0 ? length : 1;
}

static enum cvl_status read_form(struct reader *reader)
{
    size_t length = strspn(reader->at, letters);
    if (reader->at[length] != ':')
        return CVL_OK;
    char name[16];
    if (length >= sizeof name)
        return reject(reader, reader->at, length, "the name of a form before the colon");
    memcpy(name, reader->at, length);
    name[length] = '\0';
    struct cvl_error why = {0};
    if (cvl_form_parse(name, &reader->problem.form, &why) != CVL_OK)
        return cvl_fail(reader->err, CVL_BAD_INPUT, "problem: %s", why.text);
    reader->formed = true;
    reader->at += length + 1;
    return CVL_OK;
}

static enum cvl_status read_name(struct reader *reader)
{
    const char *start = reader->at + 2; /* after n" */
    size_t length = strcspn(start, "\"");
    if (reader->named)
        return reject(reader, reader->at, length + 3, "only one name");
    if (start[length] != '"')
        return reject(reader, reader->at, length + 2, "a quote at the end of the name");
    if (length >= CVL_PROBLEM_NAME_BYTES)
        return reject(reader, reader->at, length + 3, "a name of at most %d bytes",
                      CVL_PROBLEM_NAME_BYTES - 1);
    memcpy(reader->problem.name, start, length);
    reader->problem.name[length] = '\0';
    if (!cvl_name_is_clean(reader->problem.name))
        return reject(reader, reader->at, length + 3,
                      "a name of valid UTF-8 without control characters");
    reader->named = true;
    reader->at = start + length + 1;
    return CVL_OK;
}

static bool find_part(const char *name, size_t length, enum cvl_part *out)
{
    for (int part = 0; part < CVL_PART_COUNT; part++) {
        if (strlen(cvl_parts[part].name) == length &&
            memcmp(cvl_parts[part].name, name, length) == 0) {
            *out = (enum cvl_part)part;
            return true;
        }
    }
    return false;
}

static enum cvl_status read_part(struct reader *reader)
{
    const char *at = reader->at;
    size_t name_length = strspn(at, letters), length = piece_length(at);
    enum cvl_part part;
    if (!find_part(at, name_length, &part))
        return reject(
            reader, at, length,
            "one of mb g ic ih iw oc oh ow kh kw sh sw ph pw dh dw mc res with its number, "
            "or n\"name\"");
    if (reader->seen[part])
        return reject(reader, at, length, "%s only once", cvl_parts[part].name);
    size_t digit_count = strspn(at + name_length, digits);
    char number[24];
    int64_t value;
    (void)snprintf(number, sizeof number, "%.*s", (int)(digit_count < 20 ? digit_count : 20),
                   at + name_length);
    if (digit_count != length - name_length ||
        !cvl_parse_i64(number, cvl_parts[part].min, INT32_MAX, &value))
        return reject(reader, at, length, "%s with a number from %" PRId32 " to %" PRId32,
                      cvl_parts[part].name, cvl_parts[part].min, INT32_MAX);
    reader->seen[part] = true;
    cvl_part_set(&reader->problem, part, (int32_t)value);
    reader->at += length;
    return CVL_OK;
}

static enum cvl_status read_parts(struct reader *reader)
{
    enum cvl_status status = CVL_OK;
    for (bool first = true; status == CVL_OK && (first || *reader->at != '\0'); first = false) {
        if (!first && *reader->at == '_')
            reader->at++;
        bool name = reader->at[0] == 'n' && reader->at[1] == '"';
        status = name ? read_name(reader) : read_part(reader);
    }
    return status;
}

/* Fails if a required part is missing. */
static enum cvl_status require(struct reader *reader, enum cvl_part part)
{
    if (reader->seen[part])
        return CVL_OK;
    const char *name = cvl_parts[part].name;
    return cvl_fail(reader->err, CVL_BAD_INPUT, "problem: %s: got none, expected %s with a number",
                    name, name);
}

/* A missing width equals its height; a width without a height is an error. */
static enum cvl_status complete_width(struct reader *reader, enum cvl_part height)
{
    enum cvl_part width = (enum cvl_part)(height + 1);
    if (reader->seen[width])
        return require(reader, height);
    cvl_part_set(&reader->problem, width, cvl_part_get(&reader->problem, height));
    return CVL_OK;
}

static enum cvl_status complete(struct reader *reader)
{
    static const enum cvl_part needed[] = {CVL_PART_ic, CVL_PART_ih, CVL_PART_oc, CVL_PART_kh};
    static const enum cvl_part heights[] = {CVL_PART_ih, CVL_PART_oh, CVL_PART_kh,
                                            CVL_PART_sh, CVL_PART_ph, CVL_PART_dh};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < sizeof needed / sizeof needed[0]; i++)
        status = require(reader, needed[i]);
    for (size_t i = 0; status == CVL_OK && i < sizeof heights / sizeof heights[0]; i++)
        status = complete_width(reader, heights[i]);
    if (status != CVL_OK)
        return status;

    struct cvl_problem *p = &reader->problem;
    struct cvl_padding_behind after = {p->ph, p->pw};
    struct cvl_fault fault;
    if (!reader->seen[CVL_PART_oh] && cvl_problem_derive_output(p, after, &fault))
        return cvl_fail(reader->err, CVL_BAD_INPUT, "problem: %s: got %s, expected %s", fault.part,
                        fault.got, fault.expected);
    if (!reader->formed)
        p->form = p->g == p->ic && p->g == p->oc ? CVL_DEPTHWISE : CVL_STANDARD;
    return cvl_problem_check(p, reader->err);
}

enum cvl_status cvl_problem_parse(const char *text, struct cvl_problem *out, struct cvl_error *err)
{
    struct reader reader = {
        .at = text,
        .problem = {.mb = 1, .g = 1, .sh = 1, .sw = 1},
        .err = err,
    };
    enum cvl_status status = read_form(&reader);
    if (status == CVL_OK)
        status = read_parts(&reader);
    if (status == CVL_OK)
        status = complete(&reader);
    if (status == CVL_OK)
        *out = reader.problem;
    return status;
}

/* Does a reader assume this value if the part is missing? */
static bool is_default(const struct cvl_problem *p, enum cvl_part part)
{
    switch (part) {
    case CVL_PART_g:
        return p->g == 1 && p->form != CVL_DEPTHWISE;
    case CVL_PART_sh:
        return p->sh == 1 && p->sw == 1;
    case CVL_PART_dh:
        return p->dh == 0 && p->dw == 0;
    case CVL_PART_mc:
    case CVL_PART_res:
        return cvl_part_get(p, part) == 0;
    case CVL_PART_iw:
    case CVL_PART_ow:
    case CVL_PART_kw:
    case CVL_PART_sw:
    case CVL_PART_pw:
    case CVL_PART_dw:
        return cvl_part_get(p, part) == cvl_part_get(p, (enum cvl_part)(part - 1));
    default:
        return false;
    }
}

size_t cvl_problem_print(const struct cvl_problem *problem, char *text, size_t size)
{
    char whole[CVL_PROBLEM_TEXT_BYTES];
    size_t length = (size_t)snprintf(whole, sizeof whole, "%s:", cvl_form_name(problem->form));
    for (int part = 0; part < CVL_PART_COUNT; part++)
        if (!is_default(problem, (enum cvl_part)part))
            length +=
                (size_t)snprintf(whole + length, sizeof whole - length, "%s%" PRId32,
                                 cvl_parts[part].name, cvl_part_get(problem, (enum cvl_part)part));
    if (problem->name[0] != '\0')
        (void)snprintf(whole + length, sizeof whole - length, "n\"%.*s\"",
                       CVL_PROBLEM_NAME_BYTES - 1, problem->name);
    return (size_t)snprintf(text, size, "%s", whole);
}
