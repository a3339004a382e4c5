/* How things are written that are more than one kind of row: each kind lists its formats. */
#ifndef CVL_REPORT_FORMAT_H
#define CVL_REPORT_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include <convlens/status.h>

/* A format of one kind of thing. It need not look at the stream's state: cvl_format_write does. */
struct cvl_format {
    const char *name; /* "table", "csv", "json" */
    enum cvl_status (*write)(const void *subject, FILE *stream, struct cvl_error *err);
};

struct cvl_formats {
    const struct cvl_format *at;
    size_t count;
};

#define CVL_FORMATS(list)                                                                          \
    {                                                                                              \
        list, sizeof(list) / sizeof(list)[0]                                                       \
    }

/* NULL: there is none of that name. */
const struct cvl_format *cvl_format_find(const struct cvl_formats *formats, const char *name);

/* Writes the subject, which is of the kind that the format is for.
 * @return CVL_OK, CVL_NO_MEMORY, or CVL_IO where the stream failed */
enum cvl_status cvl_format_write(const struct cvl_format *format, const void *subject, FILE *stream,
                                 struct cvl_error *err);

/* Did the stream take all that was written? @return CVL_OK or CVL_IO; `name` is the format's */
enum cvl_status cvl_format_check(const char *name, FILE *stream, struct cvl_error *err);

#endif
