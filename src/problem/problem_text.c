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

/* The parts of one direction; their names end in d, h or w. */
enum role { IN, OUT, WINDOW, STRIDE, PADDING, GAP, ROLE_COUNT };
enum { DEPTH, HEIGHT, WIDTH, AXIS_COUNT };

static const char role_letters[] = "iokspd", axis_letters[] = "dhw";
static const enum cvl_part heights[ROLE_COUNT] = {CVL_PART_ih, CVL_PART_oh, CVL_PART_kh,
                                                  CVL_PART_sh, CVL_PART_ph, CVL_PART_dh};

struct axis {
    int32_t value[ROLE_COUNT];
    bool seen[ROLE_COUNT];
};

/* What a missing width part means. */
enum rule {
    BENCHDNN, /* no width parts at all: those of the height; else each part has its own default */
    PRINTED   /* the height's */
};

/* A text that is being read. */
struct reader {
    const char *at;
    enum rule rule;
    struct cvl_problem problem;
    struct axis axes[AXIS_COUNT];
    bool seen[CVL_PART_COUNT], named, formed; /* seen: of the parts without a direction */
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

/* Reads n"NAME", or nNAME up to the end of the text. */
static enum cvl_status read_name(struct reader *reader)
{
    const bool quoted = reader->at[1] == '"';
    const char *start = reader->at + 1 + quoted;
    const size_t length = quoted ? strcspn(start, "\"") : strlen(start);
    const size_t shown = 1 + quoted + length + quoted;
    if (reader->named)
        return reject(reader, reader->at, shown, "only one name");
    if (quoted && start[length] != '"')
        return reject(reader, reader->at, shown - 1, "a quote at the end of the name");
    if (length >= CVL_PROBLEM_NAME_BYTES)
        return reject(reader, reader->at, shown, "a name of at most %d bytes",
                      CVL_PROBLEM_NAME_BYTES - 1);
    memcpy(reader->problem.name, start, length);
    reader->problem.name[length] = '\0';
    if (!cvl_name_is_clean(reader->problem.name))
        return reject(reader, reader->at, shown,
                      "a name of valid UTF-8 without quotes or control characters");
    reader->named = true;
    reader->at = start + length + quoted;
    return CVL_OK;
}

/* Where a part's value goes, and its least value. */
struct target {
    int32_t *value, min;
    bool *seen;
};

/* Finds a part of a direction, e.g. kh. */
static bool find_axis_part(struct reader *reader, const char *name, size_t length,
                           struct target *out)
{
    const char *role = length == 2 ? strchr(role_letters, name[0]) : NULL;
    const char *axis = role ? strchr(axis_letters, name[1]) : NULL;
    if (!axis)
        return false;
    const ptrdiff_t which = role - role_letters;
    struct axis *of = &reader->axes[axis - axis_letters];
    *out = (struct target){&of->value[which], cvl_parts[heights[which]].min, &of->seen[which]};
    return true;
}

static bool find_part(struct reader *reader, const char *name, size_t length, struct target *out)
{
    if (find_axis_part(reader, name, length, out))
        return true;
    for (int part = 0; part < CVL_PART_COUNT; part++) {
        const struct cvl_part_facts *facts = &cvl_parts[part];
        if (strlen(facts->name) == length && memcmp(facts->name, name, length) == 0) {
            int32_t *value = (int32_t *)((char *)&reader->problem + facts->offset);
            /* a text says 1 where a value has 0: no multiplier */
            const int32_t min = part == CVL_PART_dm ? 1 : facts->min;
            *out = (struct target){value, min, &reader->seen[part]};
            return true;
        }
    }
    return false;
}

static enum cvl_status read_part(struct reader *reader)
{
    const char *at = reader->at;
    const size_t name_length = strspn(at, letters), length = piece_length(at);
    struct target target;
    if (!find_part(reader, at, name_length, &target))
        return reject(reader, at, length,
                      "one of mb g ic ih iw oc oh ow kh kw sh sw ph pw dh dw mc res dm with its "
                      "number, or n\"name\"");
    const size_t digit_count = strspn(at + name_length, digits);
    char number[24];
    int64_t value;
    (void)snprintf(number, sizeof number, "%.*s", (int)(digit_count < 20 ? digit_count : 20),
                   at + name_length);
    if (digit_count != length - name_length ||
        !cvl_parse_i64(number, target.min, INT32_MAX, &value))
        return reject(reader, at, length, "%.*s with a number from %" PRId32 " to %" PRId32,
                      (int)name_length, at, target.min, INT32_MAX);
    *target.seen = true;
    *target.value = (int32_t)value;
    reader->at += length;
    return CVL_OK;
}

static enum cvl_status read_parts(struct reader *reader)
{
    enum cvl_status status = CVL_OK;
    for (bool first = true; status == CVL_OK && (first || *reader->at != '\0'); first = false) {
        status = reader->at[0] == 'n' ? read_name(reader) : read_part(reader);
        if (status == CVL_OK && *reader->at == '_')
            reader->at++;
    }
    return status;
}

static enum cvl_status lacks(struct reader *reader, const char *name, const char *because)
{
    return cvl_fail(reader->err, CVL_BAD_INPUT,
                    "problem: %s: got none, expected %s with a number%s", name, name, because);
}

/* Fails if the part is missing. */
static enum cvl_status require(struct reader *reader, enum cvl_part part)
{
    return reader->seen[part] ? CVL_OK : lacks(reader, cvl_parts[part].name, "");
}

/* Does the text have something of its own for this axis? As in benchdnn, values that mean nothing
 * (stride 1, no padding, no gaps) do not count. */
static bool is_given(const struct axis *axis)
{
    return axis->seen[IN] || axis->seen[OUT] || axis->seen[WINDOW] || axis->value[GAP] > 0 ||
           axis->value[STRIDE] > 1 || axis->value[PADDING] > 0;
}

static int64_t extent_of_window(const struct axis *axis)
{
    return ((int64_t)axis->value[WINDOW] - 1) * ((int64_t)axis->value[GAP] + 1) + 1;
}

/* Fails if input or window are missing where the axis has other parts. */
static enum cvl_status require_axis(struct reader *reader, int which)
{
    static const enum role needed[] = {IN, WINDOW};
    const struct axis *axis = &reader->axes[which];
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        const char name[] = {role_letters[needed[i]], axis_letters[which], '\0'};
        char because[64] = "";
        if (axis->seen[needed[i]])
            continue;
        if (which != HEIGHT)
            (void)snprintf(because, sizeof because, ", as other parts of the %s are given",
                           which == WIDTH ? "width" : "depth");
        return lacks(reader, name, because);
    }
    return CVL_OK;
}

/* Half of what the output needs beyond the input, rounded towards 0, where no padding is given. The
 * output stays 0, to be derived, where that is not given. */
static enum cvl_status complete_axis(struct reader *reader, int which)
{
    struct axis *axis = &reader->axes[which];
    enum cvl_status status = require_axis(reader, which);
    if (status != CVL_OK || !axis->seen[OUT] || axis->seen[PADDING])
        return status;
    /* Of a transposed problem input and output change places, as in benchdnn's deconvolutions. */
    const bool transposed = reader->formed && reader->problem.form == CVL_TRANSPOSED;
    const int32_t windows = axis->value[transposed ? IN : OUT];
    const int64_t all = ((int64_t)windows - 1) * axis->value[STRIDE] + extent_of_window(axis) -
                        axis->value[transposed ? OUT : IN];
    const char letter = axis_letters[which];
    if (all / 2 < 0 || all / 2 > INT32_MAX)
        return cvl_fail(reader->err, CVL_BAD_INPUT,
                        "problem: o%c: got o%c%" PRId32 " without p%c, which makes the padding "
                        "%" PRId64 ", expected p%c with a number",
                        letter, letter, axis->value[OUT], letter, all / 2, letter);
    axis->value[PADDING] = (int32_t)(all / 2);
    return CVL_OK;
}

/* A depth of one that is no more than said: the problem is one of two dimensions. */
static bool is_flat(const struct axis *depth)
{
    return depth->value[IN] == 1 && depth->value[WINDOW] == 1 && depth->value[PADDING] == 0 &&
           depth->value[OUT] <= 1;
}

/* Gives the axes that are not given the values of the next higher one; a width alone has a height
 * of 1. */
static enum cvl_status share_axes(struct reader *reader, const bool given[AXIS_COUNT])
{
    static const struct axis one = {.value = {1, 1, 1, 1, 0, 0}};
    struct axis *depth = &reader->axes[DEPTH], *height = &reader->axes[HEIGHT];
    struct axis *width = &reader->axes[WIDTH];
    if (given[DEPTH] && !is_flat(depth))
        return cvl_fail(reader->err, CVL_BAD_INPUT,
                        "problem: id: got a depth, expected none, or id1 and kd1: convolutions of "
                        "three dimensions are not supported");
    if (given[DEPTH] && given[HEIGHT] != given[WIDTH])
        return lacks(reader, given[HEIGHT] ? "iw" : "ih",
                     given[HEIGHT] ? ", as a depth and a height are given"
                                   : ", as a depth and a width are given");
    if (given[DEPTH] && !given[HEIGHT])
        *height = *width = *depth;
    else if (!given[HEIGHT])
        *height = one;
    else if (!given[WIDTH])
        *width = *height;
    return CVL_OK;
}

/* Completes the axes by benchdnn's rules. */
static enum cvl_status complete_axes(struct reader *reader)
{
    bool given[AXIS_COUNT], any = false;
    enum cvl_status status = CVL_OK;
    for (int which = 0; status == CVL_OK && which < AXIS_COUNT; which++) {
        given[which] = is_given(&reader->axes[which]);
        any |= given[which];
        if (given[which])
            status = complete_axis(reader, which);
    }
    if (status == CVL_OK && !any)
        return require_axis(reader, HEIGHT);
    return status == CVL_OK ? share_axes(reader, given) : status;
}

/* Completes the axes of a text that was printed: one that lacks a width part has the height's. */
static enum cvl_status copy_heights(struct reader *reader)
{
    struct axis *height = &reader->axes[HEIGHT], *width = &reader->axes[WIDTH];
    for (int role = 0; role < ROLE_COUNT; role++)
        if (!width->seen[role])
            width->value[role] = height->value[role];
    return require_axis(reader, HEIGHT);
}

/* Sets both axes of the problem, and derives the outputs that are missing. */
static enum cvl_status set_axes(struct reader *reader)
{
    struct cvl_problem *p = &reader->problem;
    for (int role = 0; role < ROLE_COUNT; role++) {
        cvl_part_set(p, heights[role], reader->axes[HEIGHT].value[role]);
        cvl_part_set(p, (enum cvl_part)(heights[role] + 1), reader->axes[WIDTH].value[role]);
    }
    struct cvl_problem derived = *p;
    struct cvl_fault fault;
    const bool whole = p->oh > 0 && p->ow > 0;
    if (!whole &&
        cvl_problem_derive_output(&derived, (struct cvl_padding_behind){p->ph, p->pw}, &fault))
        return cvl_fail(reader->err, CVL_BAD_INPUT, "problem: %s: got %s, expected %s", fault.part,
                        fault.got, fault.expected);
    p->oh = p->oh > 0 ? p->oh : derived.oh;
    p->ow = p->ow > 0 ? p->ow : derived.ow;
    return CVL_OK;
}

static enum cvl_status complete(struct reader *reader)
{
    enum cvl_status status = require(reader, CVL_PART_ic);
    if (status == CVL_OK)
        status = require(reader, CVL_PART_oc);
    if (status == CVL_OK)
        status = reader->rule == PRINTED ? copy_heights(reader) : complete_axes(reader);
    if (status == CVL_OK)
        status = set_axes(reader);
    if (status != CVL_OK)
        return status;
    struct cvl_problem *p = &reader->problem;
    p->dm = p->dm == 1 ? 0 : p->dm;
    if (!reader->formed)
        p->form = cvl_problem_is_depthwise(p) ? CVL_DEPTHWISE : CVL_STANDARD;
    return cvl_problem_check(p, reader->err);
}

static enum cvl_status read_text(const char *text, enum rule rule, struct cvl_problem *out,
                                 struct cvl_error *err)
{
    struct reader reader = {.at = text, .rule = rule, .problem = {.mb = 1, .g = 1}, .err = err};
    for (int which = 0; which < AXIS_COUNT; which++)
        reader.axes[which].value[STRIDE] = 1;
    enum cvl_status status = read_form(&reader);
    if (status == CVL_OK)
        status = read_parts(&reader);
    if (status == CVL_OK)
        status = complete(&reader);
    if (status == CVL_OK)
        *out = reader.problem;
    return status;
}

enum cvl_status cvl_problem_parse(const char *text, struct cvl_problem *out, struct cvl_error *err)
{
    return read_text(text, BENCHDNN, out, err);
}

enum cvl_status cvl_problem_read_printed(const char *text, struct cvl_problem *out,
                                         struct cvl_error *err)
{
    return read_text(text, PRINTED, out, err);
}

static bool is_square(const struct cvl_problem *p)
{
    bool same = true;
    for (int role = 0; role < ROLE_COUNT; role++)
        same &=
            cvl_part_get(p, heights[role]) == cvl_part_get(p, (enum cvl_part)(heights[role] + 1));
    return same;
}

/* Does a reader assume this value if the part is missing? The widths are printed all or none. */
static bool is_default(const struct cvl_problem *p, enum cvl_part part)
{
    switch (part) {
    case CVL_PART_g:
        return p->g == 1 && p->form != CVL_DEPTHWISE;
    case CVL_PART_sh:
        return p->sh == 1 && p->sw == 1;
    case CVL_PART_dh:
        return p->dh == 0 && p->dw == 0;
    case CVL_PART_sw:
    case CVL_PART_dw:
        return is_square(p) || is_default(p, (enum cvl_part)(part - 1));
    case CVL_PART_mc:
    case CVL_PART_res:
    case CVL_PART_dm:
        return cvl_part_get(p, part) == 0;
    case CVL_PART_iw:
    case CVL_PART_ow:
    case CVL_PART_kw:
    case CVL_PART_pw:
        return is_square(p);
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
