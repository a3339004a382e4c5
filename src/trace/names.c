/* Reads as much of the Itanium C++ ABI's mangling as function names need: nested names, without
 * template arguments. A name that it cannot read stays as the linker wrote it. */
#include "trace/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { MAX_DEPTH = 64, MAX_PART = 128 };

struct reading {
    const char *at;
    struct cvl_text name;
    char last[MAX_PART]; /* last part: constructors repeat it */
};

static void add_part(struct reading *reading, const char *part)
{
    cvl_text_append(&reading->name, "%s%s", reading->name.length ? "::" : "", part);
    cvl_copy(reading->last, sizeof reading->last, part);
}

/* Takes a number and that many characters. @return their start; NULL: there is no number */
static const char *take_source_name(const char **at, size_t *length)
{
    size_t count = 0;
    if (!isdigit((unsigned char)**at))
        return NULL;
    for (; isdigit((unsigned char)**at) && count < 100000; (*at)++)
        count = 10 * count + (size_t)(**at - '0');
    if (strnlen(*at, count) < count)
        return NULL;
    const char *name = *at;
    *length = count;
    *at += count;
    return name;
}

static bool read_source_name(struct reading *reading)
{
    char part[MAX_PART];
    size_t length = 0;
    const char *name = take_source_name(&reading->at, &length);
    if (!name)
        return false;
    (void)snprintf(part, sizeof part, "%.*s", (int)(length < MAX_PART ? length : MAX_PART - 1),
                   name);
    add_part(reading, strncmp(part, "_GLOBAL__N", 10) == 0 ? "(anonymous)" : part);
    return true;
}

/* S_, S1A_, St, Sa: a name from earlier in the symbol, or one of the standard library. */
static void skip_substitution(const char **at)
{
    (*at)++;
    if (islower((unsigned char)**at)) {
        (*at)++;
        return;
    }
    while (isdigit((unsigned char)**at) || isupper((unsigned char)**at))
        (*at)++;
    if (**at == '_')
        (*at)++;
}

static bool skip_arguments(const char **at);

/* A literal: Lb1E, Li42E, L4Kind3E, L_ZN3app1xEE. Its digits are not the length of a name. */
static bool skip_literal(const char **at)
{
    size_t length;
    (*at)++;
    if (strncmp(*at, "_ZN", 3) == 0) {
        *at += 2;
        if (!skip_arguments(at))
            return false;
    } else if (isdigit((unsigned char)**at)) {
        if (!take_source_name(at, &length))
            return false;
    } else if (**at != '\0') {
        (*at)++;
    }
    const char *end = strchr(*at, 'E');
    if (end)
        *at = end + 1;
    return end != NULL;
}

/* Skips from an I (or N) to the matching E. */
static bool skip_arguments(const char **at)
{
    size_t length;
    int depth = 0;
    do {
        char c = **at;
        if (c == '\0' || depth > MAX_DEPTH)
            return false;
        if (isdigit((unsigned char)c)) {
            if (!take_source_name(at, &length))
                return false;
            continue;
        }
        if (c == 'S') {
            skip_substitution(at);
            continue;
        }
        if (c == 'L') {
            if (!skip_literal(at))
                return false;
            continue;
        }
        if (c == 'D' && ((*at)[1] == 't' || (*at)[1] == 'T')) {
            depth++;
            (*at)++;
        } else if (strchr("INJXF", c)) {
            depth++;
        } else if (c == 'E') {
            depth--;
        } else if (c == 'T') {
            (*at) += strspn(*at + 1, "0123456789"); /* T_, T0_ */
        }
        (*at)++;
    } while (depth > 0);
    return true;
}

/* @return false: cannot be read */
static bool read_part(struct reading *reading)
{
    const char *at = reading->at;
    if (isdigit((unsigned char)*at))
        return read_source_name(reading);
    if (*at == 'I')
        return skip_arguments(&reading->at);
    if (at[0] == 'S' && at[1] == 't') {
        reading->at += 2;
        add_part(reading, "std");
        return true;
    }
    if (*at == 'S') {
        skip_substitution(&reading->at);
        return true;
    }
    if (*at == 'L') { /* local to its file */
        reading->at++;
        return true;
    }
    if ((*at == 'C' || *at == 'D') && isdigit((unsigned char)at[1])) {
        char part[MAX_PART + 1];
        (void)snprintf(part, sizeof part, "%s%s", *at == 'D' ? "~" : "", reading->last);
        reading->at += 2;
        add_part(reading, part);
        return true;
    }
    if (*at == 'B') {
        size_t length;
        reading->at++;
        return take_source_name(&reading->at, &length) != NULL;
    }
    if (islower((unsigned char)at[0]) && isalpha((unsigned char)at[1])) {
        reading->at += 2;
        add_part(reading, "operator");
        return true;
    }
    return false;
}

static bool read_name(struct reading *reading)
{
    while (*reading->at == 'Z') /* a function in a function: use the name of the outer one */
        reading->at++;
    if (*reading->at != 'N') {
        if (strncmp(reading->at, "St", 2) == 0 && !read_part(reading))
            return false;
        return read_source_name(reading);
    }
    reading->at++;
    reading->at += strspn(reading->at, "rVKRO");
    while (*reading->at != 'E')
        if (*reading->at == '\0' || !read_part(reading))
            return false;
    return reading->name.length > 0;
}

void cvl_name_print(char *text, size_t size, const char *symbol)
{
    struct reading reading = {.at = symbol + 2};
    bool is_mangled = strncmp(symbol, "_Z", 2) == 0;
    bool known = is_mangled && read_name(&reading) && !reading.name.failed;
    cvl_copy(text, size, known ? reading.name.data : symbol);
    cvl_text_clear(&reading.name);
}

bool cvl_name_scope(char *text, size_t size, const char *name)
{
    const char *end = strstr(name, "::");
    if (!end || end == name)
        return false;
    (void)snprintf(text, size, "%.*s", (int)(end - name), name);
    return true;
}
