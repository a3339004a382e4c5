/* Where results go: FMT[:FILE] of --format, checked before anything is run. */
#ifndef CVL_CLI_OUTPUT_H
#define CVL_CLI_OUTPUT_H

#include <convlens/report.h>

#include "cli/options.h"

/* Every format names a writer. @return CVL_OK, or CVL_BAD_INPUT listing the writers */
enum cvl_status cvl_output_check(const struct cvl_options *options, struct cvl_error *err);

/* Writes the results in every format asked for; none given: a table to standard output. A file is
 * replaced only when it was written whole. @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_output_write(const struct cvl_options *options,
                                 const struct cvl_results *results, struct cvl_error *err);

/* The one format of a verb that knows table and json only: is it json? CVL_BAD_INPUT for anything
 * else. */
enum cvl_status cvl_output_is_json(const struct cvl_options *options, bool *json,
                                   struct cvl_error *err);

/* 1 where a row is neither ok nor refused by rule, else 0. */
int cvl_output_judge(const struct cvl_results *results);

#endif
