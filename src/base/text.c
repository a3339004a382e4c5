/* Strings. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool reserve(struct cvl_text *text, size_t more)
{
    if (text->failed)
        return false;
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void cvl_text_append_bytes(struct cvl_text *text, const char *bytes, size_t count)
{
    if (!reserve(text, count))
        return;
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void cvl_text_append(struct cvl_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text->failed |= length < 0;
    if (length >= 0 && reserve(text, (size_t)length)) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

/* $'...' */
static void append_dollar_quoted(struct cvl_text *text, const char *word)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    cvl_text_append(text, "$'");
    for (size_t read; (read = cvl_safe_piece(word, piece)) > 0; word += read)
        cvl_text_append(text, "%s%s", strchr("'\\", *word) ? "\\" : "", piece);
    cvl_text_append(text, "'");
}

void cvl_text_append_quoted(struct cvl_text *text, const char *word)
{
    if (!cvl_is_safe(word)) {
        append_dollar_quoted(text, word);
        return;
    }
    cvl_text_append_bytes(text, "'", 1);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            cvl_text_append(text, "'\\''");
        else
            cvl_text_append_bytes(text, word, 1);
    cvl_text_append_bytes(text, "'", 1);
}

void cvl_text_clear(struct cvl_text *text)
{
    free(text->data);
    *text = (struct cvl_text){0};
}

char *cvl_text_take(struct cvl_text *text)
{
    cvl_text_append_bytes(text, "", 0);
    char *data = text->data;
    if (text->failed) {
        free(data);
        data = NULL;
    }
    *text = (struct cvl_text){0};
    return data;
}

void cvl_copy(char *target, size_t size, const char *source)
{
    size_t length = strnlen(source, size);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)source[length] & 0xC0) == 0x80)
            length--; /* do not cut a character in half */
    }
    memmove(target, source, length);
    target[length] = '\0';
}

char *cvl_duplicate(const char *source)
{
    return source ? strdup(source) : NULL;
}

bool cvl_parse_i64(const char *text, int64_t low, int64_t high, int64_t *out)
{
    const char *digits = *text == '-' ? text + 1 : text;
    if (!isdigit((unsigned char)*digits))
        return false;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < low || value > high)
        return false;
    *out = value;
    return true;
}

bool cvl_parse_double(const char *text, double low, double high, double *out)
{
    if (text[strspn(text, "0123456789.-+eE")] != '\0' || *text == '+')
        return false; /* strtod also accepts blanks, hexadecimal, "inf" and "nan" */
    char *end = NULL;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !isfinite(value) || value < low ||
        value > high)
        return false;
    *out = value;
    return true;
}

bool cvl_parse_bytes(const char *text, uint64_t *out)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    char digits[24];
    int64_t number;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + length, units[i]) == 0) {
            bool good = cvl_parse_i64(digits, 1, INT64_MAX >> 10 * i, &number);
            if (good)
                *out = (uint64_t)number << 10 * i;
            return good;
        }
    return false;
}

void cvl_print_bytes(char *text, size_t size, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= (unit == 0 ? 1024.0 : 1023.5) && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024.0;
        unit++;
    }
    if (unit == 0)
        (void)snprintf(text, size, "%u B", (unsigned)bytes);
    else
        (void)snprintf(text, size, "%.*f %s",
                       value < 9.995   ? 2
                       : value < 99.95 ? 1
                                       : 0,
                       value, units[unit]);
}

void cvl_print_seconds(char *text, size_t size, double seconds)
{
    if (isnan(seconds)) {
        (void)snprintf(text, size, "-");
        return;
    }
    const char *unit = "s";
    double value = seconds;
    if (seconds < 0.9995e-3) {
        unit = "\xC2\xB5s";
        value = seconds * 1e6;
    } else if (seconds < 0.9995) {
        unit = "ms";
        value = seconds * 1e3;
    }
    (void)snprintf(text, size, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, unit);
}

void cvl_print_ratio(char *text, size_t size, double ratio)
{
    const bool small = ratio > 0.0 && ratio < 0.0995;
    if (isfinite(ratio))
        (void)snprintf(text, size, small ? "%.2g" : "%.2f", ratio);
    else
        (void)snprintf(text, size, "-");
}

/* Length of the valid UTF-8 sequence at `s`, or 0. Overlong forms and surrogates are invalid. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

/* Does the sequence control a terminal instead of printing? Control characters do, and so do
 * characters that break a line or change the direction of writing: U+061C, 200E, 200F, 2028 to
 * 202E, 2066 to 2069. */
static bool is_control(const unsigned char *s, size_t length)
{
    if (length == 1)
        return s[0] < 0x20 || s[0] == 0x7F;
    if (length == 2)
        return (s[0] == 0xC2 && s[1] < 0xA0) || (s[0] == 0xD8 && s[1] == 0x9C);
    if (length != 3 || s[0] != 0xE2)
        return false;
    if (s[1] == 0x80)
        return s[2] == 0x8E || s[2] == 0x8F || (s[2] >= 0xA8 && s[2] <= 0xAE);
    return s[1] == 0x81 && s[2] >= 0xA6 && s[2] <= 0xA9;
}

size_t cvl_safe_piece(const char *name, char piece[CVL_SAFE_PIECE_BYTES])
{
    const unsigned char *s = (const unsigned char *)name;
    if (*s == '\0')
        return 0;
    const size_t length = utf8_length(s);
    if (length == 0 || is_control(s, length)) {
        (void)snprintf(piece, CVL_SAFE_PIECE_BYTES, "\\x%02x", *s);
        return 1;
    }
    memcpy(piece, s, length);
    piece[length] = '\0';
    return length;
}

void cvl_text_append_safe(struct cvl_text *text, const char *name)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    for (size_t read; (read = cvl_safe_piece(name, piece)) > 0; name += read)
        cvl_text_append_bytes(text, piece, strlen(piece));
}

bool cvl_is_safe(const char *name)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    size_t read = 0;
    while ((read = cvl_safe_piece(name, piece)) > 0 && strlen(piece) == read)
        name += read;
    return read == 0;
}

bool cvl_is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t length; *s != '\0'; s += length) {
        length = utf8_length(s);
        if (length == 0)
            return false;
    }
    return true;
}

void cvl_copy_safe(char *target, size_t size, const char *name)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    size_t used = 0;
    for (size_t read; (read = cvl_safe_piece(name, piece)) > 0; name += read) {
        const size_t length = strlen(piece);
        if (used + length >= size)
            break;
        memcpy(target + used, piece, length);
        used += length;
    }
    target[used] = '\0';
}

bool cvl_has_entry(const char *list, const char *between, const char *entry)
{
    const size_t wanted = strlen(entry);
    for (list += strspn(list, between); *list != '\0'; list += strspn(list, between)) {
        const size_t length = strcspn(list, between);
        if (length == wanted && memcmp(list, entry, length) == 0)
            return true;
        list += length;
    }
    return false;
}

bool cvl_contains_ignoring_case(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return length == 0;
}

void cvl_print_utc_now(char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&now, &parts))
        (void)strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
