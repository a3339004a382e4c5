/* Text of Markdown. */
#include "base/markdown.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

/* Between backticks nothing has a meaning but a backtick and, in a table, |. */
static void put_code(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    (void)fputc('`', stream);
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read)
        (void)fputs(piece, stream);
    (void)fputc('`', stream);
}

/* A sign that Markdown or HTML could read is an entity: letters, digits and blanks are none. */
static void put_html(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    (void)fputs("<code>", stream);
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read)
        for (const char *c = piece; *c != '\0'; c++)
            if (ispunct((unsigned char)*c) && (unsigned char)*c < 0x80)
                (void)fprintf(stream, "&#%d;", *c);
            else
                (void)fputc(*c, stream);
    (void)fputs("</code>", stream);
}

void cvl_markdown_code(FILE *stream, const char *text)
{
    if (*text == '\0')
        (void)fputc('-', stream);
    else
        (strpbrk(text, "|`") ? put_html : put_code)(stream, text);
}
