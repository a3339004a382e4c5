/** Writers: results as a table, CSV, JSON, … */
#ifndef CONVLENS_REPORT_H
#define CONVLENS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <convlens/result.h>
#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cvl_writer; /* opaque; lives for ever */

CVL_API size_t cvl_writer_count(void);
CVL_API const struct cvl_writer *cvl_writer_at(size_t index);
CVL_API const struct cvl_writer *cvl_writer_find(const char *name); /* NULL: none */
CVL_API const char *cvl_writer_name(const struct cvl_writer *writer);
CVL_API const char *cvl_writer_summary(const struct cvl_writer *writer);

/** Writes results. `terminal`: the stream is one, and may be written UTF-8. Tables
 * keep to its width, else to COLUMNS of the environment, else to 80 columns. Texts from drivers and
 * files are escaped for the format.
 *  @return CVL_OK, CVL_NO_MEMORY, or CVL_IO where the stream failed */
CVL_API enum cvl_status cvl_results_write(const struct cvl_writer *writer,
                                          const struct cvl_results *results, FILE *stream,
                                          bool terminal, struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif
