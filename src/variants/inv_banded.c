/* inv_banded: expand, depthwise and project a band of output rows at a time; both intermediates
 * hold one band. Expanded rows that the windows of two bands need are made twice. */
#include "variants/parts/blocks.h"
#include "variants/parts/inverted.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

/* Rows of a band: a quarter of the image, so that launches and rows made twice cost little, but no
 * more than these; and no more bands than a plan should have. */
enum { LEAST_ROWS = 4, MOST_ROWS = 28, MOST_BANDS = 512 };

static int32_t band_rows(const struct cvl_request *request)
{
    const int32_t oh = request->problem.oh;
    const int32_t least = (oh - 1) / MOST_BANDS + 1;
    int32_t rows = (oh + 3) / 4;
    rows = rows > MOST_ROWS ? MOST_ROWS : rows < LEAST_ROWS ? LEAST_ROWS : rows;
    rows = cvl_parameter_value(request, "band", rows);
    rows = rows > least ? rows : least;
    if (rows < oh)
        return rows;
    return oh > 1 ? (oh + 1) / 2 : 1;
}

static enum cvl_status inv_banded_plan(const struct cvl_request *request,
                                       const struct cvl_device_facts *device, struct cvl_plan *plan,
                                       struct cvl_error *err)
{
    return cvl_inverted_plan(request, device, band_rows(request), plan, err);
}

static const struct cvl_parameter_set band_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"band", "output rows of a band", CVL_EVERYWHERE, {2, 4, 7, 8, 14, 16, 28, 32, 56, 64}},
        {0}}};

const struct cvl_variant cvl_variant_inv_banded = {
    .name = "inv_banded",
    .summary = "expand, depthwise and project a band of rows at a time",
    .forms = CVL_FORM_BIT(CVL_INVERTED),
    .plan = inv_banded_plan,
    .parameters = {[CVL_NHWC] = {&band_parameters, &cvl_dense_parameters[CVL_NHWC],
                                 &cvl_straight_parameters, &cvl_block_parameters,
                                 &cvl_expansion_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&band_parameters, &cvl_dense_parameters[CVL_NCHW],
                                 &cvl_strip_parameters, &cvl_expansion_parameters[CVL_NCHW]}},
};
