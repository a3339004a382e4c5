/* Plans the stages that CLBlast executes. */
#include "variants/parts/library.h"

#include <inttypes.h>
#include <stdio.h>

enum cvl_status cvl_need_f32(const struct cvl_request *request, struct cvl_error *err)
{
    return request->dtype == CVL_F32 ? CVL_OK : cvl_fail(err, CVL_UNSUPPORTED, "f32 only");
}

enum cvl_status cvl_need_nchw(const struct cvl_request *request, struct cvl_error *err)
{
    return request->layout == CVL_NCHW ? CVL_OK : cvl_fail(err, CVL_UNSUPPORTED, "NCHW only");
}

enum cvl_status cvl_need_one_group(const struct cvl_request *request, struct cvl_error *err)
{
    return request->problem.g == 1 ? CVL_OK : cvl_fail(err, CVL_UNSUPPORTED, "one group only");
}

/* Output size with `before` padded on both sides. */
static int64_t symmetric_output(int64_t input, int64_t before, int64_t kernel, int64_t dilation,
                                int64_t stride)
{
    const int64_t rest = input + 2 * before - ((kernel - 1) * (dilation + 1) + 1);
    return rest < 0 ? 0 : rest / stride + 1;
}

enum cvl_status cvl_need_symmetric_padding(const struct cvl_problem *p, struct cvl_error *err)
{
    const char *text = "CLBlast pads both sides alike; this layer pads %" PRId32
                       " before and %" PRId32 " after its %s";
    if (symmetric_output(p->ih, p->ph, p->kh, p->dh, p->sh) != p->oh)
        return cvl_fail(err, CVL_UNSUPPORTED, text, p->ph, cvl_problem_pad_bottom(p), "rows");
    if (symmetric_output(p->iw, p->pw, p->kw, p->dw, p->sw) != p->ow)
        return cvl_fail(err, CVL_UNSUPPORTED, text, p->pw, cvl_problem_pad_right(p), "columns");
    return CVL_OK;
}

struct cvl_stage_name cvl_stage_name(const char *name, uint64_t index, uint64_t count)
{
    struct cvl_stage_name result;
    if (count == 1)
        (void)snprintf(result.text, sizeof result.text, "%s", name);
    else
        (void)snprintf(result.text, sizeof result.text, "%.12s/%u", name, (unsigned)index);
    return result;
}

void cvl_gemm_stage(struct cvl_builder *builder, const char *name, const struct cvl_gemm *gemm)
{
    struct cvl_stage *stage = cvl_build_stage(builder, name, CVL_STAGE_GEMM);
    if (!stage)
        return;
    stage->work.gemm = *gemm;
    cvl_build_use(builder, gemm->a, gemm->m * gemm->k);
    cvl_build_use(builder, gemm->b, gemm->k * gemm->n);
    cvl_build_use(builder, gemm->c, gemm->m * gemm->n);
    cvl_build_cost(builder, gemm->m * gemm->n * gemm->k);
}

void cvl_gemm_pointwise(struct cvl_builder *builder, const struct cvl_problem *problem,
                        uint32_t input, uint32_t weights, uint32_t output)
{
    const uint64_t images = (uint64_t)problem->mb;
    const uint64_t pixels = (uint64_t)problem->oh * (uint64_t)problem->ow;
    const uint64_t ic = (uint64_t)problem->ic, oc = (uint64_t)problem->oc;
    if (builder->request->layout == CVL_NHWC) {
        const struct cvl_gemm gemm = {.b_transposed = true,
                                      .m = images * pixels,
                                      .n = oc,
                                      .k = ic,
                                      .a = input,
                                      .b = weights,
                                      .c = output,
                                      .a_ld = ic,
                                      .b_ld = ic,
                                      .c_ld = oc};
        cvl_gemm_stage(builder, "gemm", &gemm);
        return;
    }
    for (uint64_t image = 0; image < images; image++) {
        const struct cvl_gemm gemm = {.m = oc,
                                      .n = pixels,
                                      .k = ic,
                                      .a = weights,
                                      .b = input,
                                      .c = output,
                                      .b_offset = image * ic * pixels,
                                      .c_offset = image * oc * pixels,
                                      .a_ld = ic,
                                      .b_ld = pixels,
                                      .c_ld = pixels};
        cvl_gemm_stage(builder, cvl_stage_name("gemm", image, images).text, &gemm);
    }
}

struct cvl_library_window cvl_library_window(const struct cvl_problem *p)
{
    return (struct cvl_library_window){.channels = p->ic,
                                       .ih = p->ih,
                                       .iw = p->iw,
                                       .kh = p->kh,
                                       .kw = p->kw,
                                       .ph = p->ph,
                                       .pw = p->pw,
                                       .sh = p->sh,
                                       .sw = p->sw,
                                       .dilation_h = p->dh + 1,
                                       .dilation_w = p->dw + 1,
                                       .oc = p->oc,
                                       .batch = p->mb};
}
