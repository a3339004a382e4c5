/* Text of XML 1.0. */
#include "base/xml.h"

#include <string.h>

#include "base/text.h"

static const char *entity_of(char character)
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

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_forbidden(const char *piece)
{
    return strcmp(piece, "\xEF\xBF\xBE") == 0 || strcmp(piece, "\xEF\xBF\xBF") == 0;
}

void cvl_xml_text(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read) {
        const char *entity = entity_of(piece[0]);
        if (is_forbidden(piece))
            (void)fprintf(stream, "\\xef\\xbf\\x%02x", (unsigned char)piece[2]);
        else
            (void)fputs(entity ? entity : piece, stream);
    }
}
