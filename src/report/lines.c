/* Lines for people: wrapped or cut to the width of a report. */
#include "report/lines.h"

#include <langinfo.h>
#include <string.h>

#include "base/text.h"

/* Columns of a piece: \xNN has four, a character one. */
static size_t piece_columns(const char *piece)
{
    return piece[0] == '\\' ? strlen(piece) : 1;
}

/* Bytes of the word at `text`, or of as much of it as `room` columns hold, and its columns. */
static size_t measure_word(const char *text, size_t room, size_t *columns)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    size_t length = 0;
    *columns = 0;
    for (size_t read; (read = cvl_safe_piece(text + length, piece)) > 0 && piece[0] != ' ';
         length += read) {
        if (*columns + piece_columns(piece) > room)
            break;
        *columns += piece_columns(piece);
    }
    return length;
}

/* Writes `count` bytes of a name, made safe. */
static void put_safe(FILE *stream, const char *text, size_t count)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    const char *end = text + count;
    for (size_t read; text < end && (read = cvl_safe_piece(text, piece)) > 0; text += read)
        (void)fputs(piece, stream);
}

void cvl_lines_wrap(FILE *stream, const char *text, size_t indent)
{
    size_t used = 0;
    while (*text != '\0') {
        size_t blanks = strspn(text, " "), columns;
        const size_t length = measure_word(text + blanks, CVL_REPORT_COLUMNS - indent, &columns);
        if (used > 0 && used + blanks + columns > CVL_REPORT_COLUMNS) {
            (void)fprintf(stream, "\n%*s", (int)indent, "");
            used = indent;
            text += blanks;
            blanks = 0;
        }
        put_safe(stream, text, blanks + length);
        used += blanks + columns;
        text += blanks + length;
    }
    (void)fputc('\n', stream);
}

/* Bytes of the text that `room` columns hold. */
static size_t fitting(const char *text, size_t room)
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

static void put_cut(FILE *stream, const char *text)
{
    const bool cut = text[fitting(text, CVL_REPORT_COLUMNS)] != '\0';
    put_safe(stream, text, fitting(text, CVL_REPORT_COLUMNS - (cut ? 3 : 0)));
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
