/* The three steps of an inverted problem in bands of output rows, shared by inv_unfused (one band)
 * and inv_banded. */
#ifndef CVL_VARIANTS_PARTS_INVERTED_H
#define CVL_VARIANTS_PARTS_INVERTED_H

#include "plan/builder.h"
#include "variants/parameters.h"

/* Plans `band` output rows at a time. The intermediates hold one band of every image. The expanded
 * one also holds the rows beyond the band that windows reach; neighbouring bands both compute
 * those. */
enum cvl_status cvl_inverted_plan(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, int32_t band,
                                  struct cvl_plan *plan, struct cvl_error *err);

/* Prefix of the expansion's parameters; the projection's have none. */
#define CVL_EXPANSION_PREFIX "e_"
extern const struct cvl_parameter_set cvl_expansion_parameters[CVL_LAYOUT_COUNT];
/* The same of work-groups that share operands (cvl_shared_parameters), in both layouts. */
extern const struct cvl_parameter_set cvl_expansion_group_parameters;

/* Bands and blocks hold the rows of the input that their windows have: CVL_UNSUPPORTED where a
 * window has none. */
enum cvl_status cvl_inverted_rows_apply(const struct cvl_request *request, struct cvl_error *err);

#endif
