/* Finding a format by its name, and writing with it. */
#include "report/format.h"

#include <errno.h>
#include <string.h>

const struct cvl_format *cvl_format_find(const struct cvl_formats *formats, const char *name)
{
    for (size_t i = 0; i < formats->count; i++)
        if (strcmp(formats->at[i].name, name) == 0)
            return &formats->at[i];
    return NULL;
}

enum cvl_status cvl_format_write(const struct cvl_format *format, const void *subject, FILE *stream,
                                 struct cvl_error *err)
{
    const enum cvl_status status = format->write(subject, stream, err);
    return status == CVL_OK ? cvl_format_check(format->name, stream, err) : status;
}

enum cvl_status cvl_format_check(const char *name, FILE *stream, struct cvl_error *err)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return CVL_OK;
    return cvl_fail(err, CVL_IO, "report/%s: cannot write: %s", name,
                    errno ? strerror(errno) : "the stream failed");
}
