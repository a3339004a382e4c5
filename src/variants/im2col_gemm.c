/* im2col_gemm: the patch matrix of an image, then a matrix product by CLBlast. All images of a
 * batch use one matrix, one after another, and so do the groups of an image: in NCHW a group is an
 * image of its own channels. A 1x1 window goes through the matrix too, so the variant shows what
 * that costs; pw_gemm does without it. */
#include "variants/parts/im2col.h"
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

static enum cvl_status im2col_gemm_applies(const struct cvl_request *request,
                                           const struct cvl_device_facts *device,
                                           struct cvl_error *err)
{
    const enum cvl_status status = cvl_need_nchw(request, err);
    (void)device;
    return status == CVL_OK ? cvl_need_f32(request, err) : status;
}

/* CLBlast's own im2col, for padding that it can express. */
static void add_library_im2col(struct cvl_builder *builder, const char *name, uint32_t input,
                               uint32_t matrix, uint64_t image)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t elements = (uint64_t)p->ic * (uint64_t)p->ih * (uint64_t)p->iw;
    struct cvl_stage *stage = cvl_build_stage(builder, name, CVL_STAGE_IM2COL);
    if (!stage)
        return;
    stage->work.window = cvl_library_window(p);
    stage->work.window.source = input;
    stage->work.window.target = matrix;
    stage->work.window.source_offset = image * elements;
    cvl_build_use(builder, input, elements);
    cvl_build_use(builder, matrix, cvl_build_elements(builder, matrix));
}

static void add_own_im2col(struct cvl_builder *builder, const char *name,
                           const struct cvl_im2col *im2col)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_depthwise_tiles tiles = cvl_depthwise_tiles(
        builder->request, builder->device, 1, p->ow, (uint64_t)p->oh * (uint64_t)p->ow);
    cvl_im2col_stage(builder, name, im2col, &tiles);
    cvl_build_tuning(builder, "vec", tiles.vec);
}

/* One image, or one group of one: the builder's request is of such. */
static void add_image(struct cvl_builder *builder, uint32_t input, uint32_t weights,
                      uint32_t matrix, uint32_t output, uint64_t image, uint64_t groups)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t images = (uint64_t)p->mb;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const uint64_t depth = (uint64_t)p->ic * (uint64_t)p->kh * (uint64_t)p->kw;
    const struct cvl_stage_name name = cvl_stage_name("im2col", image, images);
    const struct cvl_gemm gemm = {.m = (uint64_t)p->oc,
                                  .n = pixels,
                                  .k = depth,
                                  .a = weights,
                                  .a_offset = image % groups * (uint64_t)p->oc * depth,
                                  .b = matrix,
                                  .c = output,
                                  .c_offset = image * (uint64_t)p->oc * pixels,
                                  .a_ld = depth,
                                  .b_ld = pixels,
                                  .c_ld = pixels};
    if (cvl_need_symmetric_padding(p, NULL) == CVL_OK)
        add_library_im2col(builder, name.text, input, matrix, image);
    else
        add_own_im2col(builder, name.text, &(struct cvl_im2col){input, matrix, image});
    cvl_gemm_stage(builder, cvl_stage_name("gemm", image, images).text, &gemm);
}

static enum cvl_status im2col_gemm_plan(const struct cvl_request *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_raw_weights(&builder, p, CVL_FILTER_ALL);
    const uint32_t matrix = cvl_build_buffer(&builder, "patches", CVL_WORKSPACE, CVL_CONTENT_NONE,
                                             cvl_problem_sizes(p).im2col_elements);
    const uint32_t output = cvl_build_output(&builder);
    struct cvl_request of_groups = *request;
    of_groups.problem.mb = p->mb * p->g; /* no more than elements of the input */
    of_groups.problem.ic = p->ic / p->g;
    of_groups.problem.oc = p->oc / p->g;
    of_groups.problem.g = 1;
    builder.request = &of_groups;
    for (uint64_t image = 0; image < (uint64_t)of_groups.problem.mb; image++)
        add_image(&builder, input, weights, matrix, output, image, (uint64_t)p->g);
    builder.request = request;
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_im2col_gemm = {
    .name = "im2col_gemm",
    .summary = "patch matrix of an image, then a matrix product by CLBlast",
    .forms = CVL_FORM_BIT(CVL_STANDARD) | CVL_FORM_BIT(CVL_POINTWISE),
    .applies = im2col_gemm_applies,
    .plan = im2col_gemm_plan,
};
