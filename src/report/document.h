/* Documents of JSON. */
#ifndef CVL_REPORT_DOCUMENT_H
#define CVL_REPORT_DOCUMENT_H

#include <stdio.h>

#include <jansson.h>

#include <convlens/status.h>

/* Writes the document with a newline after it, and takes it over. NULL is one that memory ran out
 * for.
 * @return CVL_OK, CVL_NO_MEMORY; CVL_OK as well where the stream failed, which the stream says */
enum cvl_status cvl_document_write(json_t *document, size_t indent, FILE *stream,
                                   struct cvl_error *err);

#endif
