/* What a search found, for people and for programs. */
#ifndef CVL_CLI_TUNED_H
#define CVL_CLI_TUNED_H

#include <stdio.h>

#include "supervise/tuner.h"

/* A way to print it. */
struct cvl_tuned_format {
    const char *name;
    enum cvl_status (*print)(const struct cvl_tuned *tuned, size_t count, FILE *stream,
                             struct cvl_error *err);
};

/* Of that name: table, csv or json; NULL: there is none. */
const struct cvl_tuned_format *cvl_tuned_format_find(const char *name);

/* Geometric mean of default over best of those that were settled with both times; NAN: none. */
double cvl_tuned_mean_gain(const struct cvl_tuned *tuned, size_t count);

#endif
