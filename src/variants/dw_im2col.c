/* dw_im2col: builds the patch matrix of an image for all its channels, then multiplies each
 * channel's windows by its taps, as frameworks without a depthwise kernel do. The matrix has KH *
 * KW times as many elements as the output; all images of a batch use the same matrix, one after
 * another. */
#include "variants/parts/depthwise.h"
#include "variants/parts/im2col.h"
#include "variants/parts/library.h"
#include "variants/variant.h"

/* The buffers and tiles that all images share. */
struct parts {
    uint32_t input, weights, matrix, output;
    struct cvl_depthwise_tiles tiles;
};

static void set_range(struct cvl_builder *builder, const struct cvl_depthwise_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t vec = (uint64_t)tiles->vec, items = (uint64_t)tiles->items;
    const uint64_t channels = (uint64_t)p->ic;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const uint64_t lanes = nhwc ? channels : pixels;
    const uint64_t rest = nhwc ? cvl_build_blocks(pixels, (uint64_t)tiles->pixels)
                               : cvl_build_blocks(channels, (uint64_t)tiles->planes);
    cvl_build_range(builder, (struct cvl_span){cvl_build_blocks(lanes, vec), items},
                    (struct cvl_span){rest, 1}, (struct cvl_span){1, 1});
}

static void add_product(struct cvl_builder *builder, const char *name, const struct parts *parts,
                        uint64_t image)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const uint64_t elements = (uint64_t)p->ic * pixels;
    cvl_build_kernel(builder, name, "dw_product.cl", "dw_product", NULL);
    cvl_depthwise_options(builder, &parts->tiles);
    cvl_build_option(builder, "KH", p->kh);
    cvl_build_option(builder, "KW", p->kw);
    cvl_build_whole(builder, parts->matrix);
    cvl_build_whole(builder, parts->weights);
    cvl_build_argument(builder, parts->output, elements);
    cvl_build_int(builder, p->ic);
    cvl_build_int(builder, (int64_t)pixels);
    cvl_build_int(builder, (int64_t)image);
    set_range(builder, &parts->tiles);
    cvl_build_cost(builder, elements * taps);
    cvl_build_limits(builder, cvl_depthwise_iterations(builder->request, &parts->tiles, taps), 0);
}

static struct parts make_parts(struct cvl_builder *builder)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    struct parts parts = {.input = cvl_build_input(builder)};
    parts.weights = cvl_depthwise_weights(builder, p, CVL_FILTER_ALL);
    parts.matrix = cvl_build_buffer(builder, "patches", CVL_WORKSPACE, CVL_CONTENT_NONE,
                                    (uint64_t)p->ic * cvl_problem_sizes(p).im2col_elements);
    parts.output = cvl_build_output(builder);
    parts.tiles = cvl_depthwise_tiles(builder->request, builder->device, p->ic, p->ow, pixels);
    return parts;
}

static enum cvl_status dw_im2col_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    (void)device;
    return cvl_depthwise_single(request, err);
}

static enum cvl_status dw_im2col_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct parts parts = make_parts(&builder);
    const uint64_t images = (uint64_t)request->problem.mb;
    for (uint64_t image = 0; image < images; image++) {
        const struct cvl_im2col im2col = {parts.input, parts.matrix, image};
        cvl_im2col_stage(&builder, cvl_stage_name("im2col", image, images).text, &im2col,
                         &parts.tiles);
        add_product(&builder, cvl_stage_name("product", image, images).text, &parts, image);
    }
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_dw_im2col = {
    .name = "dw_im2col",
    .summary = "depthwise through the patch matrix of an image",
    .forms = CVL_FORM_BIT(CVL_DEPTHWISE),
    .applies = dw_im2col_applies,
    .plan = dw_im2col_plan,
    .parameters = {[CVL_NHWC] = {&cvl_depthwise_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&cvl_depthwise_parameters[CVL_NCHW]}},
};
