/* Tile parameters: how much of a convolution one work-item and one work-group take. They are the -D
 * macros of the kernels, and stand in a row's tuning. Defaults follow from the device's class. */
#ifndef CVL_VARIANTS_PARTS_TILES_H
#define CVL_VARIANTS_PARTS_TILES_H

#include "plan/builder.h"
#include "variants/parameters.h"

/* NCHW: a vector of pixels that spans more rows of the output is read one by one. */
enum { CVL_MOST_SEGMENTS = 4 };

/* What a class of devices can keep at once. */
struct cvl_tile_class {
    int32_t vec;       /* floats in a vector */
    int32_t registers; /* vectors in the register tile of a product */
    int32_t outputs;   /* NCHW: output channels of a work-item of a product */
    int32_t row;       /* most pixels of a row in a depthwise register tile */
    int32_t planes;    /* NCHW: channels of a work-item of a depthwise convolution */
    int32_t items;     /* work-items in a group */
    int32_t chunk;     /* input channels copied at a time */
    bool keeps_all;    /* a tile takes all registers rather than one vector a pixel */
};

/* Of a product over channels, NHWC: pixels x vectors in registers, channel_items x pixel_items in a
 * group. NCHW: vectors of pixels x outputs in registers. */
struct cvl_dense_tiles {
    int32_t vec, vectors;
    int32_t pixels, channel_items, pixel_items, chunk; /* NHWC */
    int32_t run;   /* NHWC: tiles of pixels that a work-item takes in turn */
    int32_t order; /* NHWC: groups that follow each other go along pixels (1) or channels (2) */
    bool straight; /* NHWC: a work-item alone reads its input where it lies */
    int32_t outputs, items; /* NCHW */
    int32_t panel, blocks;  /* NCHW: rows of a panel in local memory, 0: none; what shares it */
    int32_t block;          /* output channels side by side in the packed weights */
    int32_t padded;         /* output channels of a group in the packed weights */
};

/* Of a depthwise convolution, NHWC: pixels of a row x one vector of channels. NCHW: one vector of
 * pixels x planes. */
struct cvl_depthwise_tiles {
    int32_t vec, pixels, planes, items;
};

/* Values of `order`. */
enum { CVL_ALONG_PIXELS = 1, CVL_ALONG_CHANNELS = 2 };

struct cvl_tile_class cvl_tile_class(const struct cvl_device_facts *device);

/* `items`, a power of two, halved until the device can launch a group of that many. */
int32_t cvl_tile_fitting_group(const struct cvl_device_facts *device, int32_t items);

/* A product over channels that is tiled: of one group and one image. */
struct cvl_product {
    int32_t outputs, inputs; /* channels */
    uint64_t pixels, taps;   /* of an image; of the window */
    bool straight;           /* NHWC: its kernel can read the input where it lies */
};

struct cvl_dense_tiles cvl_dense_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_product *product);
struct cvl_depthwise_tiles cvl_depthwise_tiles(const struct cvl_request *request,
                                               const struct cvl_device_facts *device,
                                               int32_t channels, int32_t ow, uint64_t pixels);

/* What can be set of them: of products, and of depthwise convolutions. */
extern const struct cvl_parameter_set cvl_dense_parameters[CVL_LAYOUT_COUNT];
extern const struct cvl_parameter_set
    cvl_straight_parameters; /* of products that can be straight */
extern const struct cvl_parameter_set cvl_depthwise_parameters[CVL_LAYOUT_COUNT];

/* The largest power of two that is at most `most` and less than twice `count`. */
int32_t cvl_tile_width(int32_t most, uint64_t count);
/* Of the sizes that `count` is divided into with least left over, the largest up to `most`; sizes
 * below half of it are not tried. */
int32_t cvl_tile_run(int32_t most, uint64_t count);

/* -D options and tunings of a kernel that uses them. */
void cvl_dense_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles);
void cvl_depthwise_options(struct cvl_builder *builder, const struct cvl_depthwise_tiles *tiles);

/* Most loop iterations of one work-item of a product over `inputs` channels and `taps` taps. */
uint64_t cvl_dense_iterations(const struct cvl_request *request,
                              const struct cvl_dense_tiles *tiles, uint64_t inputs, uint64_t taps);
/* Local memory of a work-group: the copied pixels, and `ints` more for each of them. */
uint64_t cvl_dense_local_bytes(const struct cvl_request *request,
                               const struct cvl_dense_tiles *tiles, uint64_t ints);
uint64_t cvl_depthwise_iterations(const struct cvl_request *request,
                                  const struct cvl_depthwise_tiles *tiles, uint64_t taps);

#endif
