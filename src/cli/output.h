/* Where things go: FMT[:FILE] of --format, checked before anything is run. */
#ifndef CVL_CLI_OUTPUT_H
#define CVL_CLI_OUTPUT_H

#include "cli/options.h"
#include "report/format.h"

/* One FMT[:FILE]. */
struct cvl_output {
    const struct cvl_format *format;
    const char *file; /* in the text; NULL: none is named */
};

/* @return CVL_OK, or CVL_BAD_INPUT listing the formats */
enum cvl_status cvl_output_read(const char *text, const struct cvl_formats *formats,
                                struct cvl_output *out, struct cvl_error *err);

/* Every --format names one of the formats, and a file that can be written.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_IO where a file cannot be written, CVL_NO_MEMORY */
enum cvl_status cvl_output_check(const struct cvl_options *options,
                                 const struct cvl_formats *formats, struct cvl_error *err);

/* Writes the subject, which is of the kind that the formats are for, in every format asked for;
 * none given: a table to standard output. A file is replaced only when it was written whole.
 * @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_output_write(const struct cvl_options *options,
                                 const struct cvl_formats *formats, const void *subject,
                                 struct cvl_error *err);

/* Writes the subject into one file, as cvl_output_write does.
 * @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_output_write_file(const char *path, const struct cvl_format *format,
                                      const void *subject, struct cvl_error *err);

#endif
