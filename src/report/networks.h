/* Networks for people: a table of them, and of the layers of one. */
#ifndef CVL_REPORT_NETWORKS_H
#define CVL_REPORT_NETWORKS_H

#include <stdbool.h>
#include <stdio.h>

#include <convlens/result.h>

enum cvl_networks_style {
    CVL_NETWORKS_PLANNED, /* computed, exact bytes, weights apart */
    CVL_NETWORKS_MEASURED /* time and peaks with weights, scaled; counted where they were */
};

/* The networks of a device (NULL: of all) that have figures; nothing where there are none. `utf8`:
 * the stream takes the micro sign. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_networks_print(FILE *stream, const struct cvl_results *results,
                                   const char *device, enum cvl_networks_style style, bool utf8,
                                   struct cvl_error *err);

/* Networks that are planned: the table, what was refused, and with `layers` those of each.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_networks_print_plan(FILE *stream, const struct cvl_results *results,
                                        bool layers, struct cvl_error *err);

/* "weights included" or "weights left out", of every peak that is shown. */
const char *cvl_weights_words(const struct cvl_results *results);

#endif
