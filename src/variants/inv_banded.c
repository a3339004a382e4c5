/* inv_banded: expands, convolves depthwise and projects one band of output rows at a time; each
 * intermediate holds one band. Expanded rows that the windows of two bands need are computed
 * twice. */
#include "variants/parts/blocks.h"
#include "variants/parts/group_tiles.h"
#include "variants/parts/half.h"
#include "variants/parts/inverted.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

/* Rows per band: a quarter of the image within these limits, so that launches and rows computed
 * twice cost little. MAX_BANDS limits the stages of a plan. */
enum { MIN_ROWS = 4, MAX_ROWS = 28, MAX_BANDS = 512 };

static int32_t band_rows(const struct cvl_request *request)
{
    const int32_t oh = request->problem.oh;
    const int32_t min_rows = (oh - 1) / MAX_BANDS + 1;
    int32_t rows = (oh + 3) / 4;
    rows = rows > MAX_ROWS ? MAX_ROWS : rows < MIN_ROWS ? MIN_ROWS : rows;
    rows = cvl_parameter_value(request, "band", rows);
    rows = rows > min_rows ? rows : min_rows;
    if (rows < oh)
        return rows;
    return oh > 1 ? (oh + 1) / 2 : 1;
}

static enum cvl_status inv_banded_applies(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          struct cvl_error *err)
{
    (void)device;
    return cvl_inverted_rows_apply(request, err);
}

static enum cvl_status inv_banded_plan(const struct cvl_request *request,
                                       const struct cvl_device_facts *device, struct cvl_plan *plan,
                                       struct cvl_error *err)
{
    return cvl_inverted_plan(request, device, band_rows(request), plan, err);
}

static const struct cvl_parameter_set band_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"band", "output rows per band", CVL_EVERYWHERE, {2, 4, 7, 8, 14, 16, 28, 32, 56, 64}},
        {0}}};

const struct cvl_variant cvl_variant_inv_banded = {
    .name = "inv_banded",
    .summary = "expand, depthwise and project, one band of rows at a time",
    .forms = CVL_FORM_BIT(CVL_INVERTED),
    .kind = CVL_KIND_BANDED,
    .applies = inv_banded_applies,
    .plan = inv_banded_plan,
    .parameters = {[CVL_NHWC] = {&band_parameters, &cvl_dense_parameters[CVL_NHWC],
                                 &cvl_straight_parameters, &cvl_block_parameters,
                                 &cvl_expansion_parameters[CVL_NHWC],
                                 &cvl_expansion_group_parameters, &cvl_shared_parameters[CVL_NHWC],
                                 &cvl_inverted_half_parameters},
                   [CVL_NCHW] = {&band_parameters, &cvl_dense_parameters[CVL_NCHW],
                                 &cvl_strip_parameters, &cvl_expansion_parameters[CVL_NCHW],
                                 &cvl_expansion_group_parameters, &cvl_shared_parameters[CVL_NCHW],
                                 &cvl_inverted_half_parameters}},
};
