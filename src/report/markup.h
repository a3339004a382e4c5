/* Texts from drivers and files in markup. Both are made safe for a terminal first. */
#ifndef CVL_REPORT_MARKUP_H
#define CVL_REPORT_MARKUP_H

#include <stdio.h>

/* As text or attribute of XML 1.0. */
void cvl_markup_xml(FILE *stream, const char *text);

/* As a code span of GitHub's Markdown, where neither markup nor names of people nor addresses have
 * a meaning; a bar, which ends a cell of a table even there, becomes \x7c. Nothing for an empty
 * text. */
void cvl_markup_markdown(FILE *stream, const char *text);

#endif
