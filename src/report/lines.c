/* Lines for people: wrapped or cut to the width of a report. */
#include "report/lines.h"

#include <langinfo.h>
#include <string.h>

#include "base/text.h"

/* Columns of `count` bytes of UTF-8: one for each character. */
static size_t columns(const char *text, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++)
        width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

/* Bytes of the word at `text`; of one wider than a line, those that fit. */
static size_t word_length(const char *text, size_t room)
{
    size_t length = strcspn(text, " ");
    while (columns(text, length) > room)
        length--;
    return length;
}

void cvl_lines_wrap(FILE *stream, const char *text, size_t indent)
{
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    const char *at = safe.data ? safe.data : "";
    size_t used = 0;
    while (*at != '\0') {
        size_t blanks = strspn(at, " ");
        size_t length = word_length(at + blanks, CVL_REPORT_COLUMNS - indent);
        size_t width = columns(at + blanks, length);
        if (used > 0 && used + blanks + width > CVL_REPORT_COLUMNS) {
            (void)fprintf(stream, "\n%*s", (int)indent, "");
            used = indent;
            blanks = 0;
            at += strspn(at, " ");
        }
        (void)fwrite(at, 1, blanks + length, stream);
        used += blanks + width;
        at += blanks + length;
    }
    (void)fputc('\n', stream);
    cvl_text_clear(&safe);
}

void cvl_lines_cut(FILE *stream, const char *text)
{
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    char *at = safe.data;
    bool cut = at && columns(at, safe.length) > CVL_REPORT_COLUMNS;
    while (cut && columns(at, safe.length) > CVL_REPORT_COLUMNS - 3)
        at[--safe.length] = '\0';
    while (cut && safe.length > 0 && ((unsigned char)at[safe.length - 1] & 0x80))
        at[--safe.length] = '\0'; /* no half character before the dots */
    (void)fprintf(stream, "%s%s\n", at ? at : "", cut ? "..." : "");
    cvl_text_clear(&safe);
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
