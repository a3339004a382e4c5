/* Lines for people: wrapped, cut, safe. */
#ifndef CVL_REPORT_LINES_H
#define CVL_REPORT_LINES_H

#include <stddef.h>
#include <stdio.h>

enum { CVL_REPORT_COLUMNS = 100 };

/* Writes `text`, escaped, wrapped at blanks; the lines after the first begin with `indent` blanks.
 */
void cvl_lines_wrap(FILE *stream, const char *text, size_t indent);
/* Writes `text`, escaped, on one line; cut with "..." where it is longer. */
void cvl_lines_cut(FILE *stream, const char *text);

#endif
