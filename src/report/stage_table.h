/* How a plan's stages are launched. */
#ifndef CVL_REPORT_STAGE_TABLE_H
#define CVL_REPORT_STAGE_TABLE_H

#include <stdio.h>

#include <convlens/result.h>

/* Of each row that is planned, a table of its stages and their build options.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_stages_print(FILE *stream, const struct cvl_results *results,
                                 struct cvl_error *err);

#endif
