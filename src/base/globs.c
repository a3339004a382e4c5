/* Globs that add up. */
#include "base/globs.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

enum { MAX_LISTED = 16 };

/* Bytes up to the comma that ends the glob, or to the end. */
static size_t measure_glob(const char *list)
{
    size_t length = 0;
    bool is_bracketed = false;
    for (; list[length] != '\0' && (is_bracketed || list[length] != ','); length++) {
        if (list[length] == '[' && strchr(list + length, ']'))
            is_bracketed = true;
        else if (list[length] == ']')
            is_bracketed = false;
        else if (list[length] == '\\' && list[length + 1] != '\0')
            length++;
    }
    return length;
}

/* Takes `glob` over, NULL included. */
static bool add(struct cvl_globs *globs, char *glob)
{
    char **longer = glob ? realloc(globs->at, (globs->count + 1) * sizeof *longer) : NULL;
    if (!longer) {
        free(glob);
        return false;
    }
    globs->at = longer;
    longer[globs->count++] = glob;
    return true;
}

enum cvl_status cvl_globs_add(struct cvl_globs *globs, const char *list, struct cvl_error *err)
{
    for (bool is_last = false; !is_last;) {
        list += strspn(list, " ");
        const size_t whole = measure_glob(list);
        size_t length = whole;
        while (length > 0 && list[length - 1] == ' ')
            length--;
        if (length == 0)
            return cvl_fail(err, CVL_BAD_INPUT, "expected a name or a glob, got nothing");
        struct cvl_text glob = {0};
        cvl_text_append_bytes(&glob, list, length);
        if (!add(globs, cvl_text_take(&glob)))
            return cvl_fail(err, CVL_NO_MEMORY, "no memory for the command line");
        is_last = list[whole] == '\0';
        list += whole + !is_last;
    }
    return CVL_OK;
}

void cvl_globs_clear(struct cvl_globs *globs)
{
    for (size_t i = 0; i < globs->count; i++)
        free(globs->at[i]);
    free(globs->at);
    *globs = (struct cvl_globs){0};
}

bool cvl_globs_match(const struct cvl_globs *globs, const char *name)
{
    bool matches = globs->count == 0;
    for (size_t i = 0; i < globs->count && !matches; i++)
        matches = fnmatch(globs->at[i], name, 0) == 0;
    return matches;
}

void cvl_globs_append_literal(struct cvl_text *text, const char *name)
{
    struct cvl_text glob = {.failed = text->failed};
    for (; *name != '\0'; name++)
        cvl_text_append(&glob, strchr("*?[\\,", *name) ? "\\%c" : "%c", *name);
    if (!glob.failed)
        cvl_text_append_quoted(text, glob.data ? glob.data : "");
    text->failed |= glob.failed;
    cvl_text_clear(&glob);
}

void cvl_globs_append(const struct cvl_globs *globs, const char *option, struct cvl_text *text)
{
    for (size_t i = 0; i < globs->count; i++) {
        cvl_text_append(text, " %s ", option);
        cvl_text_append_quoted(text, globs->at[i]);
    }
}

static bool came_before(cvl_globs_name name, const void *user, size_t index)
{
    bool came = false;
    for (size_t i = 0; i < index && !came; i++)
        came = strcmp(name(user, i), name(user, index)) == 0;
    return came;
}

/* "; there are a, b, c and 4 more" */
static void append_names(cvl_globs_name name, const void *user, struct cvl_text *text)
{
    size_t listed = 0, more = 0;
    for (size_t i = 0; name(user, i); i++) {
        if (*name(user, i) == '\0' || came_before(name, user, i))
            continue;
        if (listed == MAX_LISTED) {
            more++;
            continue;
        }
        cvl_text_append(text, "%s", listed++ ? ", " : "; there are ");
        cvl_text_append_safe(text, name(user, i));
    }
    if (more > 0)
        cvl_text_append(text, " and %zu more", more);
    if (listed == 0)
        cvl_text_append(text, "; there are none");
}

static enum cvl_status refuse(const char *glob, const char *option, const char *what,
                              cvl_globs_name name, const void *user, struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = glob};
    struct cvl_text text = {0};
    for (size_t i = 0; name(user, i); i++)
        cvl_nearest_offer(&nearest, name(user, i));
    cvl_text_append(&text, "%s: no %s matches '", option, what);
    cvl_text_append_safe(&text, glob);
    cvl_text_append(&text, "'");
    append_names(name, user, &text);
    cvl_nearest_append(&nearest, &text);
    const enum cvl_status status = text.failed
                                       ? cvl_fail(err, CVL_NO_MEMORY, "no memory for the names")
                                       : cvl_fail(err, CVL_BAD_INPUT, "%s", text.data);
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_globs_check(const struct cvl_globs *globs, const char *option, const char *what,
                                cvl_globs_name name, const void *user, struct cvl_error *err)
{
    for (size_t i = 0; i < globs->count; i++) {
        bool matches = false;
        for (size_t n = 0; !matches && name(user, n); n++)
            matches = fnmatch(globs->at[i], name(user, n), 0) == 0;
        if (!matches)
            return refuse(globs->at[i], option, what, name, user, err);
    }
    return CVL_OK;
}
