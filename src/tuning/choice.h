/* The values that a case runs with: those of the command line, those settled for its class, or the
 * defaults. */
#ifndef CVL_TUNING_CHOICE_H
#define CVL_TUNING_CHOICE_H

#include "tuning/database.h"

/* Where values come from. All zero: the defaults. */
struct cvl_tuning_origin {
    struct cvl_tuning_database *database; /* borrowed; or NULL */
    /* Where there are any values, the database is not asked. */
    struct cvl_values given;
    struct cvl_values *steps; /* owned: of a network's layers alone, in order; NULL: none */
    size_t step_count;
};

struct cvl_tuning_choice {
    struct cvl_values values; /* empty: the defaults */
    enum cvl_tuning_source source;
};

/* For a variant's request: step `step` of a network, from 1, or 0 for a single layer. Values of the
 * database that do not make a plan any more, since the variant has changed, are passed over.
 * @return CVL_OK; of the database CVL_BAD_INPUT, CVL_IO; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_choose(const struct cvl_tuning_origin *origin,
                                  const struct cvl_device_facts *device,
                                  const struct cvl_variant *variant,
                                  const struct cvl_request *request, size_t step,
                                  struct cvl_tuning_choice *out, struct cvl_error *err);

/* Chooses for the library when the device is opened. */
enum cvl_status cvl_tuning_choose_library(const struct cvl_tuning_origin *origin,
                                          const struct cvl_device_facts *device,
                                          struct cvl_tuning_choice *out, struct cvl_error *err);

/* The request with these values, which must outlive it. */
struct cvl_request cvl_tuning_apply(const struct cvl_request *request,
                                    const struct cvl_values *values);

/* What the request's plan uses in all.
 * @return that of cvl_variant_plan */
enum cvl_status cvl_tuning_resolve(const struct cvl_device_facts *device,
                                   const struct cvl_variant *variant,
                                   const struct cvl_request *request,
                                   const struct cvl_values *asked, struct cvl_values *used);

#endif
