/* What --tuning says: where tile parameters come from. */
#ifndef CVL_CLI_TUNING_H
#define CVL_CLI_TUNING_H

#include "cli/options.h"
#include "tuning/steps.h"

struct cvl_tuning_file {
    struct cvl_tuning_database *database; /* owned */
    struct cvl_tuning_origin origin;
};

/* For a verb that uses parameters: none, NAME=NUMBER,…, a file, or the user's own database where
 * there is one.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_IO, CVL_NO_MEMORY; close in every case */
enum cvl_status cvl_tuning_origin_open(const struct cvl_options *options,
                                       struct cvl_tuning_file *out, struct cvl_error *err);
/* For a search: a file or the user's own database, made where it is missing. */
enum cvl_status cvl_tuning_record_open(const struct cvl_options *options,
                                       struct cvl_tuning_file *out, struct cvl_error *err);
void cvl_tuning_origin_close(struct cvl_tuning_file *file);

#endif
