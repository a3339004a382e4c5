/* The three steps of an inverted problem in bands of output rows: what inv_unfused (one band) and
 * inv_banded share. */
#ifndef CVL_VARIANTS_PARTS_INVERTED_H
#define CVL_VARIANTS_PARTS_INVERTED_H

#include "plan/builder.h"
#include "variants/parameters.h"

/* `band` rows of the output at a time; the intermediates hold one band of every image, the expanded
 * one with the rows that windows reach beyond it, which neighbouring bands both make. */
enum cvl_status cvl_inverted_plan(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, int32_t band,
                                  struct cvl_plan *plan, struct cvl_error *err);

/* Of the expansion; the projection's have no prefix. */
#define CVL_EXPANSION_PREFIX "e_"
extern const struct cvl_parameter_set cvl_expansion_parameters[CVL_LAYOUT_COUNT];

#endif
