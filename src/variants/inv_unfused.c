/* inv_unfused: expand, depthwise and project as separate stages; both intermediates exist in
 * full. */
#include "variants/parts/blocks.h"
#include "variants/parts/group_tiles.h"
#include "variants/parts/half.h"
#include "variants/parts/inverted.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

static enum cvl_status inv_unfused_plan(const struct cvl_request *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    return cvl_inverted_plan(request, device, request->problem.oh, plan, err);
}

const struct cvl_variant cvl_variant_inv_unfused = {
    .name = "inv_unfused",
    .summary = "expand, depthwise, project; both intermediates in full",
    .forms = CVL_FORM_BIT(CVL_INVERTED),
    .kind = CVL_KIND_UNFUSED,
    .plan = inv_unfused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_block_parameters, &cvl_expansion_parameters[CVL_NHWC],
                                 &cvl_expansion_group_parameters, &cvl_shared_parameters[CVL_NHWC],
                                 &cvl_inverted_half_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_strip_parameters,
                                 &cvl_expansion_parameters[CVL_NCHW],
                                 &cvl_expansion_group_parameters, &cvl_shared_parameters[CVL_NCHW],
                                 &cvl_inverted_half_parameters}},
};
