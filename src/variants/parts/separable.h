/* Depthwise, then pointwise stages in bands of output rows, shared by sep_unfused (one band) and
 * sep_banded. */
#ifndef CVL_VARIANTS_PARTS_SEPARABLE_H
#define CVL_VARIANTS_PARTS_SEPARABLE_H

#include "plan/builder.h"

/* Plans `band` output rows at a time; the intermediate holds one band of every image. */
enum cvl_status cvl_separable_plan(const struct cvl_request *request,
                                   const struct cvl_device_facts *device, int32_t band,
                                   struct cvl_plan *plan, struct cvl_error *err);

#endif
