/* Puts the end of a driver's build log on one line. */
#include "opencl/build_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char blanks[] = " \t\r\n";

/* Appends a line of the log without trailing blanks; a blank line appends nothing. */
static void append_line(struct cvl_text *text, const char *line, size_t length)
{
    while (length > 0 && strchr(blanks, line[length - 1]))
        length--;
    if (length == 0)
        return;
    char *copy = strndup(line, length);
    if (!copy) {
        text->failed = true;
        return;
    }
    for (char *tab = copy; (tab = strchr(tab, '\t')) != NULL;)
        *tab = ' '; /* from a quoted source line; it would show as \x09 */
    if (text->length > 0)
        cvl_text_append(text, " | ");
    cvl_text_append_safe(text, copy);
    free(copy);
}

void cvl_build_log_end(char *target, size_t size, const char *log)
{
    static const char cut[] = "\xE2\x80\xA6"; /* … */
    struct cvl_text text = {0};
    while (*log != '\0') {
        size_t length = strcspn(log, "\r\n");
        append_line(&text, log, length);
        log += length;
        log += strspn(log, "\r\n");
    }
    if (text.failed || text.length < size) {
        cvl_copy(target, size, text.data ? text.data : "");
    } else {
        const char *shown = text.data + text.length - (size - sizeof cut);
        while (((unsigned char)*shown & 0xC0) == 0x80)
            shown++; /* do not start inside a character */
        cvl_copy(target, size, cut);
        cvl_copy(target + sizeof cut - 1, size - (sizeof cut - 1), shown);
    }
    cvl_text_clear(&text);
}
