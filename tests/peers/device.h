/* The OpenCL device that our side runs on, and what was tuned for it. */
#ifndef PEERS_DEVICE_H
#define PEERS_DEVICE_H

#include "plan/values.h"
#include "run/opened.h"

#include <convlens/variant.h>

struct cvl_tuning_database;

struct peers_device {
    struct cvl_opened opened;
    struct cvl_tuning_database *tuning; /* NULL: default parameters */
};

/* Opens the first device that the selector names and judges its clock; with a tuning database it
 * sets CLBlast's parameters too.
 * @param tuning path of the database, or NULL */
enum cvl_status peers_device_open(const char *selector, const char *tuning,
                                  struct peers_device *out, struct cvl_error *err);
void peers_device_close(struct peers_device *device);
void peers_device_print(const struct peers_device *device);

/* The parameters that were found for a variant's case; none where there are none. */
enum cvl_status peers_device_tuned(const struct peers_device *device, const char *variant,
                                   const struct cvl_request *request, struct cvl_values *out,
                                   struct cvl_error *err);

#endif
