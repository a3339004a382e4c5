/* Families that can be listed: variants, writers, probes, metrics, fields, policies, terms,
 * described devices. */
#ifndef CVL_REPORT_FAMILY_H
#define CVL_REPORT_FAMILY_H

#include <stdbool.h>

#include "report/format.h"
#include "report/metric.h"

struct cvl_family; /* lives for ever */

/* NULL past the last. */
const struct cvl_family *cvl_family_at(size_t index);
const char *cvl_family_name(const struct cvl_family *family);

/* An entry: its column, of CSV and the store, where the family has them. */
struct cvl_family_entry {
    char name[CVL_METRIC_NAME_BYTES], column[CVL_METRIC_NAME_BYTES];
    char summary[CVL_METRIC_MEANING_BYTES];
};

/* @return false past the last */
bool cvl_family_get(const struct cvl_family *family, size_t index, struct cvl_family_entry *out);

/* table and json of struct cvl_family: names and what they are. */
extern const struct cvl_formats cvl_family_formats;

#endif
