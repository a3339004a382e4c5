/* Groups of few channels, several of them computed as one: a product whose weights are 0 where
 * input and output are of different groups. That is more arithmetic, in vectors that are full. */
#ifndef CVL_VARIANTS_PARTS_MERGED_H
#define CVL_VARIANTS_PARTS_MERGED_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_merged {
    struct cvl_request request; /* its problem has fewer groups; otherwise as it was */
    int32_t groups;             /* of the problem that are one; 1: none are merged */
};

/* How many groups a plan computes as one; none in training, whose backward pass has the groups as
 * they are. */
struct cvl_merged cvl_merge_groups(const struct cvl_request *request,
                                   const struct cvl_device_facts *device);

/* States what a plan uses, if the problem has groups. */
void cvl_merged_tuning(struct cvl_builder *builder, const struct cvl_merged *merged);

extern const struct cvl_parameter_set cvl_merged_parameters;

#endif
