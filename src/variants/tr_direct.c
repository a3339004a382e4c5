/* tr_direct: a transposed convolution in one step. Each output pixel gathers from the input pixels
 * whose windows reach it: with a stride these are different taps for each of its residues. In NHWC
 * this is what a training step computes as the gradient of an input; in NCHW a work-item takes
 * several output channels of one pixel. */
#include "variants/parts/backward.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

/* Output channels of a work-item, and work-items of a group along a row. */
enum { OUTPUTS = 8, ITEMS_CPU = 16, ITEMS_OTHERS = 64 };

static int32_t items_of(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_CPU ? ITEMS_CPU : ITEMS_OTHERS;
}

static enum cvl_status tr_direct_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    (void)request;
    (void)device;
    (void)err;
    return CVL_OK;
}

static void add_nchw(struct cvl_builder *builder, uint32_t input, uint32_t output)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint32_t weights = cvl_raw_weights(builder, p, CVL_FILTER_ALL);
    const int32_t icg = p->ic / p->g, ocg = p->oc / p->g;
    const uint64_t blocks = cvl_build_blocks((uint64_t)ocg, OUTPUTS);
    const uint64_t items =
        (uint64_t)cvl_tile_fitting_group(builder->device, items_of(builder->device));
    cvl_build_kernel(builder, "gather", "transposed.cl", "transposed", NULL);
    cvl_build_window(builder, p);
    cvl_build_option(builder, "OUTPUTS", OUTPUTS);
    cvl_build_whole(builder, input);
    cvl_build_whole(builder, weights);
    cvl_build_whole(builder, output);
    cvl_build_ints(
        builder,
        (const int32_t[]){p->ic, icg, p->ih, p->iw, p->oc, ocg, p->oh, p->ow, p->ph, p->pw, p->g},
        11);
    cvl_build_range(builder, (struct cvl_span){(uint64_t)p->ow, items},
                    (struct cvl_span){(uint64_t)p->oh, 1},
                    (struct cvl_span){(uint64_t)p->mb * (uint64_t)p->g * blocks, 1});
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
    cvl_build_limits(builder, (uint64_t)p->kh * (uint64_t)p->kw * (1 + (uint64_t)icg), 0);
}

static enum cvl_status tr_direct_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem mirror = cvl_problem_mirror(&request->problem);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t output = cvl_build_output(&builder);
    if (request->layout == CVL_NHWC)
        cvl_backward_gather(&builder, &mirror, input, output);
    else
        add_nchw(&builder, input, output);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_tr_direct = {
    .name = "tr_direct",
    .summary = "transposed, each output gathers from the windows that reach it",
    .forms = CVL_FORM_BIT(CVL_TRANSPOSED),
    .applies = tr_direct_applies,
    .plan = tr_direct_plan,
};
