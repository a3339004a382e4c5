/* Plans normalisation, activation, the backward pass and the optimizer's step. */
#include "variants/parts/training.h"

#include <stdio.h>

#include "variants/parts/backward.h"
#include "variants/parts/tiles.h"

/* Pixels, over all images, that a work-item of the normalisation takes: enough work-items for any
 * device, and loops well below any driver's limit. */
enum { CHUNKS = 64, MIN_PIXELS = 64, MAX_PIXELS = 4096 };

/* Vectors of weights that a work-item updates if it is alone in its group. */
enum { UPDATED_VECTORS = 64 };

enum cvl_status cvl_train_applies(const struct cvl_request *request, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    if (request->layout != CVL_NHWC)
        return cvl_fail(err, CVL_UNSUPPORTED, "training runs in nhwc only");
    if (request->dtype != CVL_F32)
        return cvl_fail(err, CVL_UNSUPPORTED, "training runs in f32 only");
    if (p->dm)
        return cvl_fail(err, CVL_UNSUPPORTED, "training takes no depth multiplier");
    if (p->mb == 1 && p->oh == 1 && p->ow == 1)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "batch normalisation needs more than one value per channel; the output has "
                        "one image of one pixel");
    return CVL_OK;
}

uint32_t cvl_train_output(struct cvl_builder *builder, const char *name, uint64_t elements)
{
    return cvl_build_buffer(builder, name, CVL_SAVED, CVL_CONTENT_NONE, elements);
}

/* How a normalisation is divided among work-items. */
struct division {
    int32_t vec, channels;
    uint64_t pixels, count, chunks, blocks, items;
};

static struct division divide(const struct cvl_builder *builder, const struct cvl_problem *p)
{
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    struct division d = {.channels = p->oc, .vec = cvl_tile_width(kind.vec, (uint64_t)p->oc)};
    d.pixels = (uint64_t)p->mb * (uint64_t)p->oh * (uint64_t)p->ow;
    d.count = cvl_build_blocks(d.pixels, CHUNKS);
    if (d.count < MIN_PIXELS)
        d.count = MIN_PIXELS;
    if (d.count > MAX_PIXELS)
        d.count = MAX_PIXELS;
    d.chunks = cvl_build_blocks(d.pixels, d.count);
    d.blocks = cvl_build_blocks((uint64_t)p->oc, (uint64_t)d.vec);
    d.items = (uint64_t)cvl_tile_width(kind.items, d.blocks);
    return d;
}

/* Starts the stage of a normalisation kernel; its arguments follow. */
static void begin_pass(struct cvl_builder *builder, const struct cvl_trained *trained,
                       const struct division *d, const char *name, const char *algo)
{
    cvl_build_kernel(builder, cvl_trained_name(trained, name).text, "normalise.cl", algo, NULL);
    cvl_build_option(builder, "VEC", d->vec);
    cvl_build_option(builder, "FEW_CHANNELS", d->channels < d->vec);
}

static void end_pass(struct cvl_builder *builder, const struct division *d, uint64_t flops)
{
    cvl_build_int(builder, d->channels);
    cvl_build_int(builder, (int64_t)d->pixels);
    cvl_build_int(builder, (int64_t)d->count);
    cvl_build_range(builder, (struct cvl_span){d->blocks, d->items},
                    (struct cvl_span){d->chunks, 1}, (struct cvl_span){1, 1});
    cvl_build_flops(builder, flops * d->pixels * (uint64_t)d->channels);
    cvl_build_limits(builder, d->count, 0);
}

/* Adds the chunks' sums into two means for each channel. */
static uint32_t add_means(struct cvl_builder *builder, const struct cvl_trained *trained,
                          const struct division *d, uint32_t sums, bool backward)
{
    const uint64_t channels = (uint64_t)d->channels;
    const char *name = backward ? "back_means" : "means";
    const uint32_t means = cvl_build_floats(builder, cvl_trained_name(trained, name).text,
                                            CVL_WORKSPACE, 2 * channels);
    const int32_t items = cvl_tile_fitting_group(builder->device, 16);
    cvl_build_kernel(builder, cvl_trained_name(trained, name).text, "normalise.cl", "normalise",
                     "means");
    cvl_build_whole(builder, sums);
    cvl_build_whole(builder, means);
    cvl_build_int(builder, d->channels);
    cvl_build_int(builder, (int64_t)d->pixels);
    cvl_build_int(builder, (int64_t)d->chunks);
    cvl_build_int(builder, backward);
    cvl_build_range(builder, (struct cvl_span){channels, (uint64_t)items}, (struct cvl_span){1, 1},
                    (struct cvl_span){1, 1});
    cvl_build_limits(builder, d->chunks, 0);
    return means;
}

static uint32_t make_sums(struct cvl_builder *builder, const struct cvl_trained *trained,
                          const struct division *d, const char *name)
{
    return cvl_build_floats(builder, cvl_trained_name(trained, name).text, CVL_WORKSPACE,
                            2 * d->chunks * (uint64_t)d->channels);
}

void cvl_train_activate(struct cvl_builder *builder, struct cvl_trained *trained,
                        enum cvl_content content)
{
    const struct division d = divide(builder, &trained->problem);
    const uint32_t sums = make_sums(builder, trained, &d, "mean_sums");
    begin_pass(builder, trained, &d, "mean_sums", "normalise_sums");
    cvl_build_whole(builder, trained->output);
    cvl_build_whole(builder, sums);
    end_pass(builder, &d, 3);
    trained->means = add_means(builder, trained, &d, sums, false);
    trained->activated = cvl_build_buffer(builder, cvl_trained_name(trained, "activated").text,
                                          CVL_SAVED, content, d.pixels * (uint64_t)d.channels);
    begin_pass(builder, trained, &d, "normalise", "normalise");
    cvl_build_whole(builder, trained->output);
    cvl_build_whole(builder, trained->means);
    cvl_build_whole(builder, trained->activated);
    end_pass(builder, &d, 3);
}

/* Computes the gradient of the convolution's output from that of the activated tensor. */
static uint32_t deactivate(struct cvl_builder *builder, const struct cvl_trained *trained,
                           uint32_t gradient)
{
    const struct division d = divide(builder, &trained->problem);
    const uint32_t sums = make_sums(builder, trained, &d, "back_sums");
    begin_pass(builder, trained, &d, "back_sums", "normalise_gradient_sums");
    cvl_build_whole(builder, trained->output);
    cvl_build_whole(builder, trained->activated);
    cvl_build_whole(builder, gradient);
    cvl_build_whole(builder, trained->means);
    cvl_build_whole(builder, sums);
    end_pass(builder, &d, 5);
    const uint32_t means = add_means(builder, trained, &d, sums, true);
    const uint32_t target =
        cvl_build_buffer(builder, cvl_trained_name(trained, "output_gradient").text,
                         CVL_INTERMEDIATE, CVL_CONTENT_NONE, d.pixels * (uint64_t)d.channels);
    begin_pass(builder, trained, &d, "back_normalise", "normalise_backward");
    cvl_build_whole(builder, trained->output);
    cvl_build_whole(builder, trained->activated);
    cvl_build_whole(builder, gradient);
    cvl_build_whole(builder, trained->means);
    cvl_build_whole(builder, means);
    cvl_build_whole(builder, target);
    end_pass(builder, &d, 6);
    return target;
}

static void add_update(struct cvl_builder *builder, const struct cvl_trained *trained,
                       uint32_t gradients)
{
    const enum cvl_optimizer optimizer = builder->request->optimizer;
    const uint64_t count = cvl_problem_sizes(&trained->problem).weights_elements;
    const uint64_t copies = cvl_optimizer_copies(optimizer);
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    const int32_t vec = cvl_tile_width(kind.vec, count);
    const uint32_t weights = cvl_backward_find(builder, CVL_CONTENT_WEIGHTS, trained->weights);
    uint32_t state = 0;
    if (copies > 0)
        state = cvl_build_filter(builder, cvl_trained_name(trained, "state").text, CVL_STATE,
                                 CVL_CONTENT_STATE, trained->weights, copies * count);
    cvl_build_kernel(builder, cvl_trained_name(trained, "update").text, "update.cl", "update",
                     cvl_optimizer_name(optimizer));
    cvl_build_option(builder, "VEC", vec);
    cvl_build_whole(builder, weights);
    cvl_build_whole(builder, gradients);
    if (copies > 0)
        cvl_build_whole(builder, state);
    const uint64_t run = kind.items == 1 ? UPDATED_VECTORS : 1;
    const uint64_t items = cvl_build_blocks(count, (uint64_t)vec * run);
    cvl_build_int(builder, (int64_t)count);
    cvl_build_int(builder, (int64_t)run);
    cvl_build_range(builder, (struct cvl_span){items, (uint64_t)cvl_tile_width(kind.items, items)},
                    (struct cvl_span){1, 1}, (struct cvl_span){1, 1});
    cvl_build_limits(builder, run, 0);
    cvl_build_flops(builder, (2 + 5 * copies) * count);
}

/* Adds the backward pass of one convolution: the gradients of its weights and of its input, and the
 * optimizer's step. */
static uint32_t add_backward(struct cvl_builder *builder, const struct cvl_trained *trained,
                             uint32_t gradient, bool is_first)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(&trained->problem);
    const uint32_t inner = deactivate(builder, trained, gradient);
    const uint32_t gradients =
        cvl_build_filter(builder, cvl_trained_name(trained, "gradients").text, CVL_GRADIENTS,
                         CVL_CONTENT_GRADIENTS, trained->weights, sizes.weights_elements);
    cvl_backward_weights(builder, trained, inner, gradients);
    const uint32_t target = cvl_build_buffer(
        builder, is_first ? "input_gradient" : cvl_trained_name(trained, "input_gradient").text,
        is_first ? CVL_OUTPUT : CVL_INTERMEDIATE,
        is_first ? CVL_CONTENT_INPUT_GRADIENT : CVL_CONTENT_NONE, sizes.input_elements);
    cvl_backward_data(builder, trained, inner, target);
    add_update(builder, trained, gradients);
    return target;
}

void cvl_train_backward(struct cvl_builder *builder, const struct cvl_trained *trained,
                        size_t count)
{
    uint32_t gradient =
        cvl_build_buffer(builder, "gradient", CVL_INPUT, CVL_CONTENT_OUTPUT_GRADIENT,
                         cvl_problem_sizes(&builder->request->problem).output_elements);
    for (size_t i = count; i-- > 0;)
        gradient = add_backward(builder, &trained[i], gradient, i == 0);
    cvl_build_use(builder, gradient, 0); /* it still lives when the plan ends */
}

void cvl_train_one(struct cvl_builder *builder, struct cvl_trained *trained)
{
    trained->weights = CVL_FILTER_ALL;
    cvl_train_activate(builder, trained, CVL_CONTENT_ACTIVATED);
    cvl_train_backward(builder, trained, 1);
}
