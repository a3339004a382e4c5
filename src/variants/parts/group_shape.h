/* What a group of work-items that share the operands of a product computes, and what of it its
 * device has room for. */
#ifndef CVL_VARIANTS_PARTS_GROUP_SHAPE_H
#define CVL_VARIANTS_PARTS_GROUP_SHAPE_H

#include "variants/parts/tiles.h"

/* Work-items of a compute unit that hide the time of its arithmetic and loads, and the registers
 * that each needs for it; the most of a group. */
enum { CVL_GROUP_BUSY_ITEMS = 512, CVL_GROUP_ITEM_REGISTERS = 128, CVL_GROUP_MAX_ITEMS = 256 };

/* What an item computes, and the items. */
struct cvl_group_shape {
    int32_t pixels, channels, pixel_items, channel_items, splits;
};

/* What it is for. */
struct cvl_group_task {
    const struct cvl_request *request;
    const struct cvl_device_facts *device;
    const struct cvl_product *product;
};

/* Rows in a run that chunks do not pass: of a tap, or of all. */
uint64_t cvl_group_run(const struct cvl_product *product);

/* Outputs of an item, at most. A device without local memory of its own gains less from many, and
 * has few registers. Sums in half arithmetic take more of them. */
int32_t cvl_group_max_outputs(const struct cvl_group_task *task);

/* Would neighbours leave out elements in each load of the input? NCHW: where the window has a
 * stride, and reads what is between. NHWC: where pixels have so few channels that they are read one
 * by one, for taps that are adjacent; local memory that is a part of global memory gains nothing
 * there. */
bool cvl_group_leaves_out(const struct cvl_group_task *task);

/* The rows of the input that a group copies into local memory: of a chunk of channels, or of all if
 * a chunk spans taps. */
struct cvl_phases cvl_group_phases(int32_t pixels, int32_t chunk,
                                   const struct cvl_group_task *task);

/* Bytes of both tiles of a group, two of each. Rows are padded: in NCHW those of weights, to 4
 * floats; in NHWC by up to 16. */
uint64_t cvl_group_tile_bytes(const struct cvl_group_shape *shape,
                              const struct cvl_group_task *task, int32_t chunk);

/* Does a group copy rows? Only if local memory has room for as many items as keep a unit busy. */
bool cvl_group_copies_rows(const struct cvl_group_shape *shape, const struct cvl_group_task *task,
                           int32_t chunk);

/* Pieces of the input that an item copies for a chunk. */
double cvl_group_copies(const struct cvl_group_shape *shape, const struct cvl_group_task *task,
                        int32_t chunk);

/* Those that there are registers for, with the address of each; halves become floats besides. */
double cvl_group_max_copies(const struct cvl_group_task *task);

/* Rows that a group copies at a time: 32 bytes of a pixel's channels or more, as memory moves them,
 * if there are registers for them. */
int32_t cvl_group_chunk(const struct cvl_group_shape *shape, const struct cvl_group_task *task);

#endif
