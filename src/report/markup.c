/* Escapes texts for XML and Markdown. */
#include "report/markup.h"

#include <string.h>

#include "base/text.h"

static const char *xml_entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

/* U+FFFE and U+FFFF are characters of UTF-8, and not of XML. */
static int is_beyond_xml(const char *piece)
{
    return strcmp(piece, "\xEF\xBF\xBE") == 0 || strcmp(piece, "\xEF\xBF\xBF") == 0;
}

void cvl_markup_xml(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read) {
        const char *entity = xml_entity(piece[0]);
        if (is_beyond_xml(piece))
            (void)fprintf(stream, "\\x%02x\\x%02x\\x%02x", (unsigned char)piece[0],
                          (unsigned char)piece[1], (unsigned char)piece[2]);
        else
            (void)fputs(entity ? entity : piece, stream);
    }
}

/* The longest run of backticks: the fence around a code span must be longer. */
static size_t longest_run(const char *text)
{
    size_t longest = 0, length = 0;
    for (; *text != '\0'; text++) {
        length = *text == '`' ? length + 1 : 0;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void put_fence(FILE *stream, size_t length)
{
    for (size_t i = 0; i < length; i++)
        (void)fputc('`', stream);
}

void cvl_markup_markdown(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    const size_t length = strlen(text), run = longest_run(text);
    if (length == 0)
        return;
    const char *const padding = text[0] == '`' || text[length - 1] == '`' ? " " : "";
    put_fence(stream, run + 1);
    (void)fputs(padding, stream);
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read)
        (void)fputs(strcmp(piece, "|") == 0 ? "\\x7c" : piece, stream);
    (void)fputs(padding, stream);
    put_fence(stream, run + 1);
}
