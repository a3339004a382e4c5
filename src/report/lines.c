/* Lines for people: wrapped or cut to the width of a report. */
#include "report/lines.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"

enum {
    DEFAULT_COLUMNS = 80,
    MIN_COLUMNS = 40,
    MAX_COLUMNS = 10000,
    MIN_ROOM = 20,
    SMALL_INDENT = 4
};

/* What the environment says: a number, or nothing. */
static size_t width_by_environment(void)
{
    const char *text = getenv("COLUMNS");
    int64_t columns;
    return text && cvl_parse_i64(text, 1, MAX_COLUMNS, &columns) ? (size_t)columns : 0;
}

size_t cvl_lines_width(FILE *stream)
{
    struct winsize size = {0};
    const int fd = fileno(stream); /* -1: a stream in memory */
    size_t width = 0;
    if (fd >= 0 && isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0)
        width = width_by_environment();
    if (width == 0)
        width = DEFAULT_COLUMNS;
    return width > MIN_COLUMNS ? width : MIN_COLUMNS;
}

/* Columns of a piece: \xNN has four, a character as many as the locale says, or one. */
static size_t piece_columns(const char *piece)
{
    wchar_t wide;
    if (piece[0] == '\\')
        return strlen(piece);
    if ((unsigned char)piece[0] < 0x80 || mbtowc(&wide, piece, strlen(piece)) <= 0)
        return 1;
    const int columns = wcwidth(wide);
    return columns >= 0 ? (size_t)columns : 1;
}

/* Writes `count` bytes of a name, made safe. */
static void put_safe(FILE *stream, const char *text, size_t count)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    const char *end = text + count;
    for (size_t read; text < end && (read = cvl_safe_piece(text, piece)) > 0; text += read)
        (void)fputs(piece, stream);
}

size_t cvl_lines_columns(const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    size_t columns = 0;
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read)
        columns += piece_columns(piece);
    return columns;
}

size_t cvl_lines_fitting(const char *text, size_t room)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    size_t length = 0, columns = 0;
    for (size_t read; (read = cvl_safe_piece(text + length, piece)) > 0; length += read) {
        columns += piece_columns(piece);
        if (columns > room)
            break;
    }
    return length;
}

/* The blank at which a line of at most `length` bytes ends: one after a word. 0: there is none. */
static size_t find_break(const char *text, size_t length)
{
    const size_t indent = strspn(text, " ");
    while (length > indent && text[length] != ' ')
        length--;
    return length > indent ? length : 0;
}

size_t cvl_lines_take(const char *text, size_t room, size_t *shown)
{
    size_t length = cvl_lines_fitting(text, room);
    if (text[length] != '\0' && find_break(text, length) > 0)
        length = find_break(text, length);
    *shown = length;
    while (*shown > 0 && text[*shown - 1] == ' ')
        --*shown;
    return length + strspn(text + length, " ");
}

void cvl_lines_wrap(FILE *stream, const char *text, size_t indent)
{
    const size_t width = cvl_lines_width(stream);
    if (indent + MIN_ROOM > width)
        indent = SMALL_INDENT;
    for (size_t room = width, shown; *text != '\0'; room = width - indent) {
        const size_t taken = cvl_lines_take(text, room, &shown);
        put_safe(stream, text, shown);
        text += taken;
        if (*text != '\0')
            (void)fprintf(stream, "\n%*s", (int)indent, "");
    }
    (void)fputc('\n', stream);
}

static void put_cut(FILE *stream, const char *text)
{
    const size_t width = cvl_lines_width(stream);
    const bool cut = text[cvl_lines_fitting(text, width)] != '\0';
    put_safe(stream, text, cvl_lines_fitting(text, width - (cut ? 3 : 0)));
    (void)fputs(cut ? "...\n" : "\n", stream);
}

void cvl_lines_put(FILE *stream, struct cvl_text *text, size_t indent, bool *failed)
{
    const char *data = text->data ? text->data : "";
    if (text->failed)
        *failed = true;
    else if (indent == CVL_LINES_CUT)
        put_cut(stream, data);
    else
        cvl_lines_wrap(stream, data, indent);
    cvl_text_clear(text);
}

void cvl_lines_print(FILE *stream, bool *failed, size_t indent, const char *format, ...)
{
    struct cvl_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text.data, format, arguments) < 0)
        text = (struct cvl_text){.failed = true}; /* data is undefined then */
    va_end(arguments);
    cvl_lines_put(stream, &text, indent, failed);
}

bool cvl_lines_utf8(bool terminal)
{
    return terminal && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void cvl_lines_plain(char *text, bool utf8)
{
    char *micro = utf8 ? NULL : strstr(text, "\xC2\xB5");
    if (!micro)
        return;
    *micro = 'u';
    memmove(micro + 1, micro + 2, strlen(micro + 2) + 1);
}
