/* Documents of JSON: made whole, then written. */
#include "report/document.h"

enum cvl_status cvl_document_write(json_t *document, size_t indent, FILE *stream,
                                   struct cvl_error *err)
{
    const int failed = !document || json_dumpf(document, stream, JSON_INDENT(indent)) != 0;
    (void)fputc('\n', stream);
    json_decref(document);
    if (failed && !ferror(stream))
        return cvl_fail(err, CVL_NO_MEMORY, "report/json: out of memory");
    return CVL_OK;
}
