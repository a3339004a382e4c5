/* tr_col2im: a matrix product by CLBlast makes all windows of an image, whole; then each output
 * adds up the windows that reach it (col2im). All images of a batch use one matrix of windows, one
 * after another. */
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

/* Work-items of a group: elements that lie side by side. */
enum { ITEMS_CPU = 16, ITEMS_OTHERS = 64 };

static int32_t items_of(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_CPU ? ITEMS_CPU : ITEMS_OTHERS;
}

/* The buffers that all images share. */
struct parts {
    uint32_t input, weights, windows, output;
};

static enum cvl_status tr_col2im_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    const enum cvl_status status = cvl_need_f32(request, err);
    (void)device;
    return status == CVL_OK ? cvl_need_one_group(request, err) : status;
}

/* NHWC: pixels x (oc kh kw); NCHW: (oc kh kw) x pixels. The weights are ic x (oc kh kw). */
static void add_product(struct cvl_builder *builder, const struct parts *parts, uint64_t image)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t pixels = (uint64_t)p->ih * (uint64_t)p->iw, inputs = (uint64_t)p->ic;
    const uint64_t window = (uint64_t)p->oc * (uint64_t)p->kh * (uint64_t)p->kw;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const struct cvl_gemm by_pixel = {.m = pixels,
                                      .n = window,
                                      .k = inputs,
                                      .a = parts->input,
                                      .a_offset = image * pixels * inputs,
                                      .b = parts->weights,
                                      .c = parts->windows,
                                      .a_ld = inputs,
                                      .b_ld = window,
                                      .c_ld = window};
    const struct cvl_gemm by_channel = {.a_transposed = true,
                                        .m = window,
                                        .n = pixels,
                                        .k = inputs,
                                        .a = parts->weights,
                                        .b = parts->input,
                                        .b_offset = image * pixels * inputs,
                                        .c = parts->windows,
                                        .a_ld = window,
                                        .b_ld = pixels,
                                        .c_ld = pixels};
    cvl_gemm_stage(builder, cvl_stage_name("gemm", image, (uint64_t)p->mb).text,
                   nhwc ? &by_pixel : &by_channel);
}

static void add_col2im(struct cvl_builder *builder, const struct parts *parts, uint64_t image)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items =
        (uint64_t)cvl_tile_fitting_group(builder->device, items_of(builder->device));
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const uint64_t oc = (uint64_t)p->oc, oh = (uint64_t)p->oh, ow = (uint64_t)p->ow;
    cvl_build_kernel(builder, cvl_stage_name("col2im", image, (uint64_t)p->mb).text,
                     "transposed.cl", "col2im", NULL);
    cvl_build_window(builder, p);
    cvl_build_whole(builder, parts->windows);
    cvl_build_argument(builder, parts->output, oc * oh * ow);
    cvl_build_ints(
        builder, (const int32_t[]){p->ih, p->iw, p->oc, p->oh, p->ow, p->ph, p->pw, (int32_t)image},
        8);
    cvl_build_range(builder, (struct cvl_span){nhwc ? oc : ow, items},
                    (struct cvl_span){nhwc ? ow : oh, 1}, (struct cvl_span){nhwc ? oh : oc, 1});
    cvl_build_limits(builder, (uint64_t)p->kh * (1 + (uint64_t)p->kw), 0);
}

static enum cvl_status tr_col2im_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    struct parts parts = {.input = cvl_build_input(&builder)};
    parts.weights = cvl_raw_weights(&builder, p, CVL_FILTER_ALL);
    parts.windows = cvl_build_buffer(&builder, "windows", CVL_WORKSPACE, CVL_CONTENT_NONE,
                                     cvl_problem_sizes(p).im2col_elements);
    parts.output = cvl_build_output(&builder);
    for (uint64_t image = 0; image < (uint64_t)p->mb; image++) {
        add_product(&builder, &parts, image);
        add_col2im(&builder, &parts, image);
    }
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_tr_col2im = {
    .name = "tr_col2im",
    .summary = "transposed: all windows by CLBlast, then added up",
    .forms = CVL_FORM_BIT(CVL_TRANSPOSED),
    .applies = tr_col2im_applies,
    .plan = tr_col2im_plan,
};
