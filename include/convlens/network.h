/** A network: convolutions, and what stands between them, as a directed graph of tensors. A single
 *  layer is a network of one step. */
#ifndef CONVLENS_NETWORK_H
#define CONVLENS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CVL_LAYER_NAME_BYTES = 64,
    CVL_SWEEP_NAME_BYTES = 64,
    CVL_NETWORK_STEPS_MAX = 1024,
    CVL_STEP_INPUTS_MAX = 64
};

/** Sizes of a tensor, whatever its layout: images, channels, rows, columns. */
struct cvl_shape {
    int32_t mb, c, h, w;
};

/** What a step does. All but a convolution are called ops. `add` and `multiply` take any number of
 *  inputs, whose sizes of 1 and whose channels are repeated to those of the output. `concat` puts
 *  channels one after the other. The ops from `matmul` on only move bytes: each element of the
 *  output is taken from the inputs, by position, and nothing is computed. */
enum cvl_op_kind {
    CVL_OP_CONVOLUTION,
    CVL_OP_ADD,
    CVL_OP_MULTIPLY,
    CVL_OP_ACTIVATION,
    CVL_OP_POOL,
    CVL_OP_CONCAT,
    CVL_OP_RESIZE,  /* each pixel of the output is that of the input at the same place, rounded down
                     */
    CVL_OP_RESHAPE, /* the same elements in the order mb c h w, under other sizes */
    CVL_OP_SLICE,   /* the rows and columns of the input from a place on */
    CVL_OP_UPDATE_SLICE, /* two inputs: the first one, with the rows and columns from a place on
                            replaced by the second one; one input: it, and zeros around it */
    CVL_OP_NORM, /* with its statistics known: it could be a scale and a shift; moves bytes */
    CVL_OP_MATMUL,
    CVL_OP_REDUCE,
    CVL_OP_OTHER,
    CVL_OP_KIND_COUNT
};

/** What an activation computes, or how a pooling takes its window. */
enum cvl_function {
    CVL_FUNCTION_NONE, /* moves bytes */
    CVL_RELU,
    CVL_RELU6,
    CVL_SIGMOID,      /* 1 / (1 + exp(-x)) */
    CVL_SWISH,        /* x sigmoid(x) */
    CVL_HARD_SIGMOID, /* max(0, min(1, x / 6 + 1/2)) */
    CVL_HARD_SWISH,   /* x hard_sigmoid(x) */
    CVL_TANH,
    CVL_MAX,     /* pooling */
    CVL_AVERAGE, /* pooling, over the taps that are not in the padding */
    CVL_FUNCTION_COUNT
};

/** An op. Zero: the step is a convolution. */
struct cvl_op {
    enum cvl_op_kind kind;
    enum cvl_function function;
    struct cvl_shape out;
    int32_t kh, kw, sh, sw, ph, pw; /* of a pooling, as in cvl_problem */
    int32_t row, column;            /* the place of a slice */
    int32_t weights;                /* elements that stay on the device, and are read */
};

/** The tensor that the network is given; any other is the number of the step that makes it. */
#define CVL_NETWORK_INPUT UINT32_MAX

/** A convolution or an op. */
struct cvl_network_step {
    char layer[CVL_LAYER_NAME_BYTES];
    uint32_t repetition, repetitions; /* 2 of 5: the layer is there five times, in a row or once for
                                         each patch; from 1 */
    struct cvl_problem problem;       /* of a convolution */
    struct cvl_op op;
    uint32_t weights_of; /* a step before it has the same weights: its number plus 1; 0: none has */
    uint32_t first_input, input_count; /* in the network's list; none: it reads what the step before
                                          it makes, the first one the network's input */
};

/** Steps in the order in which they run: each reads tensors that are made before it. A tensor that
 *  no step reads is an output of the network; the last step's is one. */
struct cvl_network {
    char name[CVL_SWEEP_NAME_BYTES]; /* the sweep's, with "/mb4" where batches vary; empty for a
                                        single layer */
    enum cvl_form form;              /* of the steps that have it; the others have their own */
    struct cvl_shape input;          /* of the network's input; zero: the first step's */
    struct cvl_network_step *steps;  /* at least one; one of them is a convolution */
    size_t step_count;
    uint32_t *inputs; /* tensors, of all steps that name theirs */
    size_t input_count;
};

/** What is in a network: of the convolutions alone. */
struct cvl_network_totals {
    uint32_t convolutions; /* two in a separable layer, three in an inverted one */
    uint64_t multiply_adds;
    uint64_t weights; /* elements */
};

/** A single layer rather than a network of a sweep? */
CVL_API bool cvl_network_is_layer(const struct cvl_network *network);

/** How many tensors a step reads, and which: an input may be there twice. */
CVL_API size_t cvl_network_input_count(const struct cvl_network *network, size_t step);
CVL_API uint32_t cvl_network_input(const struct cvl_network *network, size_t step, size_t index);

/** The sizes of a tensor. */
CVL_API struct cvl_shape cvl_network_shape(const struct cvl_network *network, uint32_t tensor);
/** Its elements, at most INT64_MAX. */
CVL_API uint64_t cvl_shape_elements(const struct cvl_shape *shape);

/** The last step that reads a tensor; CVL_NETWORK_INPUT: none, it is an output. */
CVL_API uint32_t cvl_network_last_reader(const struct cvl_network *network, uint32_t tensor);

/** Appends a tensor to what the last step reads. @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_network_add_input(struct cvl_network *network, uint32_t tensor,
                                              struct cvl_error *err);

/** Do the steps fit together: inputs that are made before, in the number and of the sizes that
 *  each step takes? @return CVL_OK, or CVL_BAD_INPUT with the step */
CVL_API enum cvl_status cvl_network_check(const struct cvl_network *network, struct cvl_error *err);

CVL_API struct cvl_network_totals cvl_network_totals(const struct cvl_network *network);
/** The same of one step. `weights_of` as in struct cvl_network_step: weights that it shares are
 * those of the step that has them. */
CVL_API struct cvl_network_totals cvl_step_totals(const struct cvl_op *op,
                                                  const struct cvl_problem *problem,
                                                  uint32_t weights_of);
/** cvl_problem_flops of all convolutions. */
CVL_API uint64_t cvl_network_flops(const struct cvl_network *network, enum cvl_passes passes);

/** What an order of steps gives: the most elements of tensors that live at once. */
struct cvl_network_order {
    uint64_t before_elements, after_elements;
    bool is_exact; /* no order needs less; else only that after is no more than before */
};

/** Puts the steps into the order of least peak: of tensors, each freed after its last reader, with
 *  ops in place where they can; workspaces and what lives within a step do not count, and a concat
 *  counts as a copy (a plan that has none needs no more than that). The order is
 *  exact unless the search meets 100,000 sets of steps that have run; then it is the better one of
 *  the order there was and of a greedy one, which always runs the step after which the fewest
 * elements live.
 *  @return CVL_OK or CVL_NO_MEMORY, in which case the network is as it was */
CVL_API enum cvl_status cvl_network_order_best(struct cvl_network *network,
                                               struct cvl_network_order *out,
                                               struct cvl_error *err);

/** How the first steps of a network run patch by patch. */
struct cvl_patches {
    int32_t rows, columns;            /* patches along the height and the width; not both 1 */
    char layer[CVL_LAYER_NAME_BYTES]; /* the last layer that runs so, its sum included; empty: the
                                         one that gives the least peak */
};

/** What patches give. */
struct cvl_patches_effect {
    char layer[CVL_LAYER_NAME_BYTES];         /* the last one that runs patch by patch */
    uint64_t before_elements, after_elements; /* the most elements that live at once: of tensors,
                                                 those between the parts of a block included */
    uint64_t before_multiply_adds, after_multiply_adds;
};

/** Makes a network that computes the same, with its first steps patch by patch, as MCUNetV2 does
 *  (Lin et al. 2021): what the last of them makes is divided into patches, and of each tensor
 *  before it only that part is made that a patch needs. Parts of neighbours overlap, which takes
 *  more multiply-adds. Steps with the same weights share them. The name gets
 *  "/pROWSxCOLUMNS:LAYER". The caller clears *out.
 *  @return CVL_OK; CVL_BAD_INPUT, with the reason, if the layer cannot end them, or none can; or
 *  CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_network_patch(const struct cvl_network *network,
                                          const struct cvl_patches *patches,
                                          struct cvl_network *out,
                                          struct cvl_patches_effect *effect, struct cvl_error *err);

/** Reads "4x4" or "4x4:layer". @return CVL_OK or CVL_BAD_INPUT */
CVL_API enum cvl_status cvl_patches_parse(const char *text, struct cvl_patches *out,
                                          struct cvl_error *err);

/** The same layers, problems and graph, names of layers included; the network's own name does
 *  not count. */
CVL_API bool cvl_network_equal(const struct cvl_network *a, const struct cvl_network *b);

/** Copies a network, which the caller clears. @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_network_copy(const struct cvl_network *network, struct cvl_network *out,
                                         struct cvl_error *err);

/** Releases the arrays, and zeroes the network. */
CVL_API void cvl_network_clear(struct cvl_network *network);

/** "add", "relu", ...; parsing is exact; CVL_BAD_INPUT lists the choices. */
CVL_API const char *cvl_op_kind_name(enum cvl_op_kind kind); /* "convolution" too */
CVL_API const char *cvl_function_name(enum cvl_function function);
CVL_API enum cvl_status cvl_op_kind_parse(const char *text, enum cvl_op_kind *out,
                                          struct cvl_error *err);
CVL_API enum cvl_status cvl_function_parse(const char *text, enum cvl_function *out,
                                           struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif
