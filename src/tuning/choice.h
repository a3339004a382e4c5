/* The values that a case runs with: those of the command line, those settled for its class, or the
 * defaults. */
#ifndef CVL_TUNING_CHOICE_H
#define CVL_TUNING_CHOICE_H

#include "tuning/database.h"

/* Where values come from. All zero: the defaults. */
struct cvl_tuning_origin {
    struct cvl_tuning_database *database; /* borrowed; or NULL */
    /* If any values are given, the database is not read. */
    struct cvl_values given;
    struct cvl_values *steps; /* owned: for single layers of a network, in order; NULL: none */
    size_t step_count;
};

struct cvl_tuning_choice {
    struct cvl_values values; /* empty: the defaults */
    enum cvl_tuning_source source;
};

/* Chooses for a variant's request: step `step` of a network, from 1, or 0 for a single layer.
 * Ignores values of the database that no longer make a plan because the variant has changed.
 * @return CVL_OK; CVL_BAD_INPUT or CVL_IO from the database; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_choose(const struct cvl_tuning_origin *origin,
                                  const struct cvl_device_facts *device,
                                  const struct cvl_variant *variant,
                                  const struct cvl_request *request, size_t step,
                                  struct cvl_tuning_choice *out, struct cvl_error *err);

/* Chooses for the library when the device is opened. */
enum cvl_status cvl_tuning_choose_library(const struct cvl_tuning_origin *origin,
                                          const struct cvl_device_facts *device,
                                          struct cvl_tuning_choice *out, struct cvl_error *err);

/* Finds all values that the request's plan uses. @return that of cvl_variant_plan */
enum cvl_status cvl_tuning_resolve(const struct cvl_device_facts *device,
                                   const struct cvl_variant *variant,
                                   const struct cvl_request *request,
                                   const struct cvl_values *asked, struct cvl_values *used);

#endif
