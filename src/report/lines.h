/* Lines for people: wrapped, cut, safe. */
#ifndef CVL_REPORT_LINES_H
#define CVL_REPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

/* Columns of what is written to the stream: of the terminal where it is one, else what COLUMNS of
 * the environment says, else 80; at least 40. */
size_t cvl_lines_width(FILE *stream);

/* Columns of a text that is written escaped. */
size_t cvl_lines_columns(const char *text);
/* Bytes of the text that `room` columns hold. */
size_t cvl_lines_fitting(const char *text, size_t room);
/* The first line of a text that is wrapped at blanks; a word longer than `room` columns is divided.
 * @param shown  bytes of the line
 * @return bytes up to where the next line begins */
size_t cvl_lines_take(const char *text, size_t room, size_t *shown);

/* Writes `text`, escaped, wrapped at blanks; the lines after the first begin with `indent` blanks.
 */
void cvl_lines_wrap(FILE *stream, const char *text, size_t indent);

/* Writes a text that was put together and clears it: wrapped as above or, with an indent of
 * CVL_LINES_CUT, on one line, cut with "..." where it is longer. Where memory ran out for it,
 * writes nothing and sets `failed`. */
#define CVL_LINES_CUT SIZE_MAX
void cvl_lines_put(FILE *stream, struct cvl_text *text, size_t indent, bool *failed);

/* A text that is put together at once, wrapped in the same way. */
void cvl_lines_print(FILE *stream, bool *failed, size_t indent, const char *format, ...)
    CVL_PRINTF(4, 5);

/* May UTF-8 of our own be written? Only to a terminal whose locale says so. */
bool cvl_lines_utf8(bool terminal);
/* Where it may not, the micro sign of a time becomes a u. */
void cvl_lines_plain(char *text, bool utf8);

#endif
