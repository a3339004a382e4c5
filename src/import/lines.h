/* Lines and words of a text file in memory. */
#ifndef CVL_IMPORT_LINES_H
#define CVL_IMPORT_LINES_H

#include "import/importer.h"

enum { CVL_IMPORT_LINE_BYTES = 4096 };

struct cvl_import_lines {
    const char *at, *end;
    unsigned number; /* of the last line, from 1 */
    bool is_cut;     /* it was longer than CVL_IMPORT_LINE_BYTES - 1 */
};

struct cvl_import_lines cvl_import_lines(const struct cvl_import_file *file);

/* Copies the next line, cut where it is too long, without blanks at its ends; a zero byte ends it.
 * @return false at the end of the file */
bool cvl_import_next_line(struct cvl_import_lines *lines, char line[CVL_IMPORT_LINE_BYTES]);

/* The next word of a line: what stands between blanks. Writes a zero after it. NULL: no more. */
char *cvl_import_next_word(char **rest);

/* Is one of the first lines such that `is_it` says so? For detection of a format. */
bool cvl_import_has_line(const struct cvl_import_file *file, bool (*is_it)(char *line));

/* Reads a line, which it may write to. */
typedef enum cvl_status cvl_import_read_line(char *line, unsigned number, struct cvl_import *import,
                                             void *user, struct cvl_error *err);

/* Calls `read` for each line that is neither empty nor a comment, after # or //; a line that is too
 * long is left out. */
enum cvl_status cvl_import_each_line(const struct cvl_import_file *file, struct cvl_import *import,
                                     cvl_import_read_line *read, void *user, struct cvl_error *err);

#endif
