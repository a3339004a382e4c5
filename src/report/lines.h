/* Lines for people: wrapped, cut, safe. */
#ifndef CVL_REPORT_LINES_H
#define CVL_REPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

enum { CVL_REPORT_COLUMNS = 100 };

/* Writes `text`, escaped, wrapped at blanks; the lines after the first begin with `indent` blanks.
 */
void cvl_lines_wrap(FILE *stream, const char *text, size_t indent);
/* Writes `text`, escaped, on one line; cut with "..." where it is longer. */
void cvl_lines_cut(FILE *stream, const char *text);

/* The same of a text that was put together, which is cleared.
 * @return false where memory ran out for it, and nothing is written */
bool cvl_lines_wrap_text(FILE *stream, struct cvl_text *text, size_t indent);
bool cvl_lines_cut_text(FILE *stream, struct cvl_text *text);

/* May UTF-8 of our own be written? Only to a terminal whose locale says so. */
bool cvl_lines_utf8(bool terminal);
/* Where it may not, the micro sign of a time becomes a u. */
void cvl_lines_plain(char *text, bool utf8);

#endif
