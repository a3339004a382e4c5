/* Text of Markdown (CommonMark, and GitHub's tables). */
#ifndef CVL_BASE_MARKDOWN_H
#define CVL_BASE_MARKDOWN_H

#include <stdio.h>

/* Writes a text from a driver or a file as code, in a table or outside: nothing in it is read as
 * Markdown, as HTML, as the end of a cell or as somebody's name. Control characters and newlines
 * are escaped as cvl_safe_piece does. A text with | or a backtick is written as HTML's <code>, with
 * every sign as an entity. "-" for an empty text. */
void cvl_markdown_code(FILE *stream, const char *text);

#endif
