/* Tile parameters: how much of a convolution one work-item and one work-group compute. They are the
 * -D macros of the kernels and appear in a row's tuning. Defaults depend on the class of the
 * device. */
#ifndef CVL_VARIANTS_PARTS_TILES_H
#define CVL_VARIANTS_PARTS_TILES_H

#include "plan/builder.h"
#include "variants/parameters.h"
#include "variants/parts/phases.h"

/* NCHW: a vector of pixels that spans more output rows than this is read pixel by pixel. */
enum { CVL_MAX_SEGMENTS = 4 };

/* What a class of devices can hold and run at once. */
struct cvl_tile_class {
    int32_t vec;       /* floats in a vector */
    int32_t registers; /* vectors in the register tile of a product */
    int32_t outputs;   /* NCHW: output channels per work-item of a product */
    int32_t row;       /* max pixels of a row in a depthwise register tile */
    int32_t planes;    /* NCHW: channels per work-item of a depthwise convolution */
    int32_t items;     /* work-items per group */
    int32_t chunk;     /* input channels copied at a time */
    bool keeps_all;    /* a tile fills all registers, instead of one vector per pixel */
    bool shares;       /* the items of a group share both operands of a product */
};

/* Tiles of a product over channels. NHWC: pixels x vectors in registers, channel_items x
 * pixel_items in a group. NCHW: vectors of pixels x outputs in registers. */
struct cvl_dense_tiles {
    int32_t vec, vectors;
    int32_t pixels, channel_items, pixel_items, chunk; /* NHWC */
    int32_t run;            /* NHWC: pixel tiles that a work-item takes, one after another */
    int32_t order;          /* NHWC: consecutive groups go along pixels (1) or channels (2) */
    bool straight;          /* NHWC: a work-item alone in its group reads its input directly */
    int32_t outputs, items; /* NCHW */
    int32_t panel, blocks;  /* NCHW: rows of a panel in local memory, 0: none; blocks per panel */
    bool shared;            /* the items of a group share both operands (group_product.h) */
    int32_t
        lanes; /* shared: of a sub-group that has them in registers; 1: by choice none; 0: none */
    int32_t half_rows;        /* shared: rows that are added up in half arithmetic; 0: none */
    int32_t splits;           /* shared: groups that divide the rows of a product among them */
    struct cvl_phases phases; /* shared: input rows that a group copies, where it does */
    int32_t block;            /* adjacent output channels in the packed weights */
    int32_t padded; /* output channels of a group in the packed weights, padding included */
};

/* Tiles of a depthwise convolution. NHWC: pixels of a row x one vector of channels. NCHW: one
 * vector of pixels x planes. */
struct cvl_depthwise_tiles {
    int32_t vec, pixels, planes, items;
};

/* Numbers of groups that may divide the rows of a product. */
#define CVL_SPLIT_COUNTS 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32

/* Values of `order`. */
enum { CVL_ALONG_PIXELS = 1, CVL_ALONG_CHANNELS = 2 };

struct cvl_tile_class cvl_tile_class(const struct cvl_device_facts *device);

/* NCHW: adjacent pixels of a vector, at most. Where many items run at once and vectors are not
 * native, neighbours take adjacent pixels: one request for all of them. */
int32_t cvl_tile_pixels(const struct cvl_device_facts *device);

/* Halves `items`, a power of two, until the device can launch a group of that many. */
int32_t cvl_tile_fitting_group(const struct cvl_device_facts *device, int32_t items);

/* A product over channels to divide into tiles: of one group and one image. */
struct cvl_product {
    int32_t outputs, inputs;          /* channels */
    uint64_t pixels, taps;            /* per image; per window */
    bool straight;                    /* NHWC: its kernel can read the input directly */
    uint64_t batch;                   /* products of this size in a launch */
    bool whole;                       /* one launch computes all of the output */
    bool spans_taps;                  /* shared tiles copy the channels of several taps at once */
    bool subgroups;                   /* tiles for sub-groups will do (subgroup_product.h) */
    const struct cvl_problem *window; /* whose input rows shared tiles may copy; NULL: none */
};

struct cvl_dense_tiles cvl_dense_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_product *product);
struct cvl_depthwise_tiles cvl_depthwise_tiles(const struct cvl_request *request,
                                               const struct cvl_device_facts *device,
                                               int32_t channels, int32_t ow, uint64_t pixels);

/* The parameters that can be set, of products and of depthwise convolutions. */
extern const struct cvl_parameter_set cvl_dense_parameters[CVL_LAYOUT_COUNT];
extern const struct cvl_parameter_set cvl_straight_parameters; /* of products with .straight */
extern const struct cvl_parameter_set cvl_depthwise_parameters[CVL_LAYOUT_COUNT];

/* Returns the largest power of two that is at most `max` and less than twice `count`. */
int32_t cvl_tile_width(int32_t max, uint64_t count);
/* Returns the size from `max` / 2 to `max` that divides `count` with the least left over, the
 * largest of equals; `count` itself if it is smaller. */
int32_t cvl_tile_run(int32_t max, uint64_t count);

/* -D options and tunings of a kernel that uses the tiles. */
void cvl_dense_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles);
void cvl_depthwise_options(struct cvl_builder *builder, const struct cvl_depthwise_tiles *tiles);

/* Max loop iterations of one work-item of a product over `inputs` channels and `taps` taps. */
uint64_t cvl_dense_iterations(const struct cvl_request *request,
                              const struct cvl_dense_tiles *tiles, uint64_t inputs, uint64_t taps);
/* Local memory of a work-group: the copied pixels, plus `ints` for each of them. */
uint64_t cvl_dense_local_bytes(const struct cvl_request *request,
                               const struct cvl_dense_tiles *tiles, uint64_t ints);
uint64_t cvl_depthwise_iterations(const struct cvl_request *request,
                                  const struct cvl_depthwise_tiles *tiles, uint64_t taps);

#endif
