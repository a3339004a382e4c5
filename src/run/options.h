/* Run options as JSON, for the way to a worker. */
#ifndef CVL_RUN_OPTIONS_H
#define CVL_RUN_OPTIONS_H

#include <jansson.h>

#include <convlens/run.h>

/* A new object; NULL where memory ran out. */
json_t *cvl_run_options_json(const struct cvl_run_options *options);

/* Reads such an object into options that own their texts until cvl_run_options_clear; progress is
 * left out. @return CVL_OK, CVL_BAD_INPUT, CVL_NO_MEMORY; clear in every case */
enum cvl_status cvl_run_options_json_read(const json_t *object, struct cvl_run_options *out,
                                          struct cvl_error *err);
void cvl_run_options_clear(struct cvl_run_options *options);

#endif
