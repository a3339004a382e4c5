/* What would lower the peak of a network, as a table and in JSON. */
#ifndef CVL_REPORT_LEVERS_H
#define CVL_REPORT_LEVERS_H

#include <stdio.h>

#include <convlens/levers.h>
#include <jansson.h>

/* A table for each network of a device (NULL: of all). */
enum cvl_status cvl_levers_print(FILE *stream, const struct cvl_results *results,
                                 const char *device, bool utf8, struct cvl_error *err);

/* The table of the network whose row this is, if it is one; of the whole network where it is one
 * with patches. */
enum cvl_status cvl_levers_print_of(FILE *stream, const struct cvl_results *results,
                                    const struct cvl_row *row, bool utf8, struct cvl_error *err);

/* NULL: out of memory. */
json_t *cvl_levers_json(const struct cvl_network_levers *network);

#endif
