/* Families that can be listed: variants, writers, probes, metrics, fields, policies. */
#ifndef CVL_REPORT_FAMILY_H
#define CVL_REPORT_FAMILY_H

#include "report/format.h"

struct cvl_family; /* lives for ever */

/* NULL past the last. */
const struct cvl_family *cvl_family_at(size_t index);
const char *cvl_family_name(const struct cvl_family *family);

/* table and json of struct cvl_family: names and what they are. */
extern const struct cvl_formats cvl_family_formats;

#endif
