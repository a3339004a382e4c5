/* Elements of tensors as a device holds them: of a type, in the order of a layout. No other file of
 * the host knows either. */
#ifndef CVL_RUN_VERIFY_ELEMENTS_H
#define CVL_RUN_VERIFY_ELEMENTS_H

#include <stddef.h>

#include <convlens/problem.h>

/* Images, rows, columns, channels. */
struct cvl_extent {
    size_t n, h, w, c;
};

/* Where the channels of a pixel lie: the first one's element, and the step to the next. */
struct cvl_channels {
    size_t first, step;
};
struct cvl_channels cvl_find_channels(struct cvl_extent extent, enum cvl_layout layout, size_t n,
                                      size_t pixel);
/* The extents in the order of the layout, slowest first. */
void cvl_layout_shape(struct cvl_extent extent, enum cvl_layout layout, size_t shape[4]);

float cvl_element_load(const void *elements, size_t index, enum cvl_dtype dtype);
void cvl_element_store(void *elements, size_t index, float value, enum cvl_dtype dtype);
/* The value that is loaded where this one was stored. */
float cvl_element_round(float value, enum cvl_dtype dtype);

#endif
