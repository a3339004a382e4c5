/* Where an element of a tensor lies, and how it is stored. */
#include "run/verify/elements.h"

#include <stdint.h>
#include <string.h>

#include "run/verify/half.h"

struct cvl_channels cvl_find_channels(struct cvl_extent extent, enum cvl_layout layout, size_t n,
                                      size_t pixel)
{
    const size_t pixels = extent.h * extent.w;
    if (layout == CVL_NHWC)
        return (struct cvl_channels){(n * pixels + pixel) * extent.c, 1};
    return (struct cvl_channels){n * extent.c * pixels + pixel, pixels};
}

void cvl_layout_shape(struct cvl_extent extent, enum cvl_layout layout, size_t shape[4])
{
    const size_t nhwc[] = {extent.n, extent.h, extent.w, extent.c};
    const size_t nchw[] = {extent.n, extent.c, extent.h, extent.w};
    memcpy(shape, layout == CVL_NHWC ? nhwc : nchw, sizeof nhwc);
}

float cvl_element_load(const void *elements, size_t index, enum cvl_dtype dtype)
{
    return dtype == CVL_F16 ? cvl_half_to_float(((const uint16_t *)elements)[index])
                            : ((const float *)elements)[index];
}

void cvl_element_store(void *elements, size_t index, float value, enum cvl_dtype dtype)
{
    if (dtype == CVL_F16)
        ((uint16_t *)elements)[index] = cvl_half_from_float(value);
    else
        ((float *)elements)[index] = value;
}

float cvl_element_round(float value, enum cvl_dtype dtype)
{
    return dtype == CVL_F16 ? cvl_half_to_float(cvl_half_from_float(value)) : value;
}
