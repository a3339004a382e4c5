/* Lines and words of a text file in memory. */
#include "import/lines.h"

#include <string.h>

#include "import/collect.h"

static const char blanks[] = " \t\r\v\f";

enum { LINES_LOOKED_AT = 200 };

struct cvl_import_lines cvl_import_lines(const struct cvl_import_file *file)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    const size_t mark = strlen(byte_order_mark);
    const bool has_mark = file->size >= mark && memcmp(file->bytes, byte_order_mark, mark) == 0;
    return (struct cvl_import_lines){.at = file->bytes + (has_mark ? mark : 0),
                                     .end = file->bytes + file->size};
}

bool cvl_import_next_line(struct cvl_import_lines *lines, char line[CVL_IMPORT_LINE_BYTES])
{
    if (lines->at >= lines->end)
        return false;
    const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    const char *start = lines->at, *end = newline ? newline : lines->end;
    lines->at = end + (newline != NULL);
    lines->number++;
    while (start < end && memchr(blanks, *start, strlen(blanks)))
        start++;
    while (end > start && memchr(blanks, end[-1], strlen(blanks)))
        end--;
    size_t length = (size_t)(end - start);
    lines->is_cut = length >= CVL_IMPORT_LINE_BYTES;
    length = lines->is_cut ? CVL_IMPORT_LINE_BYTES - 1 : length;
    memcpy(line, start, length);
    line[length] = '\0';
    return true;
}

char *cvl_import_next_word(char **rest)
{
    char *word = *rest + strspn(*rest, blanks);
    if (*word == '\0')
        return NULL;
    char *end = word + strcspn(word, blanks);
    *rest = end + (*end != '\0');
    *end = '\0';
    return word;
}

bool cvl_import_has_line(const struct cvl_import_file *file, bool (*is_it)(char *line))
{
    struct cvl_import_lines lines = cvl_import_lines(file);
    char line[CVL_IMPORT_LINE_BYTES];
    while (lines.number < LINES_LOOKED_AT && cvl_import_next_line(&lines, line))
        if (is_it(line))
            return true;
    return false;
}

static bool is_empty(const char *line)
{
    return line[0] == '\0' || line[0] == '#' || strncmp(line, "//", 2) == 0;
}

enum cvl_status cvl_import_each_line(const struct cvl_import_file *file, struct cvl_import *import,
                                     cvl_import_read_line *read, void *user, struct cvl_error *err)
{
    struct cvl_import_lines lines = cvl_import_lines(file);
    char line[CVL_IMPORT_LINE_BYTES];
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && cvl_import_next_line(&lines, line)) {
        if (is_empty(line))
            continue;
        status = lines.is_cut ? cvl_import_leave_out(import, lines.number, line, err,
                                                     "a line of more than 4095 bytes")
                              : read(line, lines.number, import, user, err);
    }
    return status;
}
