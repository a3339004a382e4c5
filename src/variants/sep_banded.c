/* sep_banded: depthwise and pointwise, one band of output rows at a time; the intermediate holds
 * one band. */
#include "variants/parts/blocks.h"
#include "variants/parts/group_tiles.h"
#include "variants/parts/half.h"
#include "variants/parts/separable.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

/* Rows per band: enough work for a launch, and several bands in a layer of usual size. */
enum { BAND_ROWS = 8, MAX_BANDS = 512 };

static int32_t band_rows(const struct cvl_request *request)
{
    const int32_t oh = request->problem.oh;
    const int32_t min_rows = (oh - 1) / MAX_BANDS + 1;
    const int32_t asked = cvl_parameter_value(request, "band", BAND_ROWS);
    const int32_t rows = asked > min_rows ? asked : min_rows;
    if (rows < oh)
        return rows;
    return oh > 1 ? (oh + 1) / 2 : 1;
}

static enum cvl_status sep_banded_plan(const struct cvl_request *request,
                                       const struct cvl_device_facts *device, struct cvl_plan *plan,
                                       struct cvl_error *err)
{
    return cvl_separable_plan(request, device, band_rows(request), plan, err);
}

static const struct cvl_parameter_set band_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"band", "output rows per band", CVL_EVERYWHERE, {4, 7, 8, 14, 16, 28, 32, 56, 64}}, {0}}};

const struct cvl_variant cvl_variant_sep_banded = {
    .name = "sep_banded",
    .summary = "depthwise and pointwise, one band of rows at a time",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .kind = CVL_KIND_BANDED,
    .plan = sep_banded_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_block_parameters, &band_parameters,
                                 &cvl_shared_parameters[CVL_NHWC], &cvl_half_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_strip_parameters,
                                 &band_parameters, &cvl_shared_parameters[CVL_NCHW],
                                 &cvl_half_parameters}},
};
