/* The values that a case runs with: those of the command line, those settled for its class, or the
 * defaults. */
#ifndef CVL_TUNING_CHOICE_H
#define CVL_TUNING_CHOICE_H

#include "tuning/database.h"

/* Where values come from. All zero: the defaults. */
struct cvl_tuning_origin {
    struct cvl_tuning_database *database; /* borrowed; or NULL */
    struct cvl_values given;              /* if there are any, the database is not read */
};

struct cvl_tuning_choice {
    struct cvl_values values; /* empty: the defaults */
    enum cvl_tuning_source source;
};

/* Chooses for a variant's case. Ignores values of the database that no longer make a plan because
 * the variant has changed.
 * @return CVL_OK; CVL_BAD_INPUT or CVL_IO from the database; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_choose(const struct cvl_tuning_origin *origin,
                                  const struct cvl_device_facts *device,
                                  const struct cvl_variant *variant,
                                  const struct cvl_request *request, struct cvl_tuning_choice *out,
                                  struct cvl_error *err);

/* Chooses for the library when the device is opened. */
enum cvl_status cvl_tuning_choose_library(const struct cvl_tuning_origin *origin,
                                          const struct cvl_device_facts *device,
                                          struct cvl_tuning_choice *out, struct cvl_error *err);

/* Returns the case with these values, which must outlive it. */
struct cvl_request cvl_tuning_apply(const struct cvl_request *request,
                                    const struct cvl_values *values);

/* Finds all values that the case's plan uses. @return false: there is no such plan */
bool cvl_tuning_resolve(const struct cvl_device_facts *device, const struct cvl_variant *variant,
                        const struct cvl_request *request, const struct cvl_values *asked,
                        struct cvl_values *used);

#endif
