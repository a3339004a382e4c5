/* Text of XML 1.0. */
#ifndef CVL_BASE_XML_H
#define CVL_BASE_XML_H

#include <stdio.h>

/* Writes a text from a driver or a file as content or as an attribute's value between quotes: & < >
 * and both quotes as entities, and what XML 1.0 forbids (control characters, invalid UTF-8, U+FFFE
 * and U+FFFF) as cvl_safe_piece does, \xNN. */
void cvl_xml_text(FILE *stream, const char *text);

#endif
