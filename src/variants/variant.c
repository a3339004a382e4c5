/* The table of variants, and the checks that planning any variant needs. */
#include <stdlib.h>
#include <string.h>

#include "plan/limits.h"
#include "variants/parts/training.h"
#include "variants/variant.h"

#define CVL_VARIANT(row) extern const struct cvl_variant cvl_variant_##row;
#include "variants/variants.def"
#ifdef CONVLENS_FAULT_VARIANTS
#include CONVLENS_FAULT_VARIANTS
#endif
#undef CVL_VARIANT

static const struct cvl_variant *const variants[] = {
#define CVL_VARIANT(row) &cvl_variant_##row,
#include "variants/variants.def"
#ifdef CONVLENS_FAULT_VARIANTS
#include CONVLENS_FAULT_VARIANTS
#endif
#undef CVL_VARIANT
};

/* Kernels add coordinates as int, so no coordinate in the padded input may come near 2^31. Nor may
 * channels, which are rounded up to whole vectors and blocks of them. */
enum { COORDINATE_LIMIT = 1 << 30, CHANNEL_LIMIT = 1 << 30 };

static int32_t max_channels(const struct cvl_problem *p)
{
    const bool has_middle = p->form == CVL_SEPARABLE || p->form == CVL_INVERTED;
    const int32_t middle = has_middle ? cvl_problem_middle(p) : 0;
    const int32_t ends = p->ic > p->oc ? p->ic : p->oc;
    return middle > ends ? middle : ends;
}

size_t cvl_variant_count(void)
{
    return sizeof variants / sizeof variants[0];
}

const struct cvl_variant *cvl_variant_at(size_t index)
{
    return variants[index];
}

const struct cvl_variant *cvl_variant_find(const char *name)
{
    for (size_t i = 0; i < cvl_variant_count(); i++)
        if (!strcmp(variants[i]->name, name))
            return variants[i];
    return NULL;
}

const char *cvl_variant_name(const struct cvl_variant *variant)
{
    return variant->name;
}

const char *cvl_variant_summary(const struct cvl_variant *variant)
{
    return variant->summary;
}

enum cvl_kind cvl_variant_kind(const char *name)
{
    const struct cvl_variant *variant = cvl_variant_find(name);
    return variant ? variant->kind : CVL_KIND_NONE;
}

bool cvl_variant_computes(const struct cvl_variant *variant, enum cvl_form form)
{
    return (unsigned)form < CVL_FORM_COUNT && (variant->forms & CVL_FORM_BIT(form)) != 0;
}

static int64_t extent(int32_t output, int32_t stride, int32_t kernel, int32_t dilation)
{
    return (int64_t)(output - 1) * stride + (int64_t)(kernel - 1) * ((int64_t)dilation + 1) + 1;
}

static enum cvl_status check_request(const struct cvl_variant *variant,
                                     const struct cvl_request *request, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    const enum cvl_status status = cvl_problem_check(p, err);
    if (status != CVL_OK)
        return status;
    if ((unsigned)request->layout >= CVL_LAYOUT_COUNT ||
        (unsigned)request->dtype >= CVL_DTYPE_COUNT ||
        (unsigned)request->passes >= CVL_PASSES_COUNT ||
        (unsigned)request->optimizer >= CVL_OPTIMIZER_COUNT)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "request: unknown layout, data type, passes or optimizer");
    if (!cvl_variant_computes(variant, p->form))
        return cvl_fail(err, CVL_UNSUPPORTED, "%s does not compute the %s form", variant->name,
                        cvl_form_name(p->form));
    if (request->passes == CVL_TRAINING && !variant->trains)
        return cvl_fail(err, CVL_UNSUPPORTED, "%s has no backward pass: it runs forward only",
                        variant->name);
    if (request->passes == CVL_TRAINING && cvl_train_applies(request, err) != CVL_OK)
        return CVL_UNSUPPORTED;
    const bool transposed = p->form == CVL_TRANSPOSED;
    if (extent(transposed ? p->ih : p->oh, p->sh, p->kh, p->dh) > COORDINATE_LIMIT ||
        extent(transposed ? p->iw : p->ow, p->sw, p->kw, p->dw) > COORDINATE_LIMIT)
        return cvl_fail(err, CVL_UNSUPPORTED, "the padded input is wider or higher than %d",
                        COORDINATE_LIMIT);
    if (max_channels(p) > CHANNEL_LIMIT)
        return cvl_fail(err, CVL_UNSUPPORTED, "%d channels; kernels take at most %d",
                        max_channels(p), CHANNEL_LIMIT);
    return cvl_parameters_check(variant, request, err);
}

static enum cvl_status begin_plan(const struct cvl_variant *variant,
                                  const struct cvl_request *request, struct cvl_plan *out,
                                  struct cvl_error *err)
{
    out->variant = variant->name;
    out->layout = request->layout;
    out->dtype = request->dtype;
    out->passes = request->passes;
    out->optimizer = request->optimizer;
    out->steps = calloc(1, sizeof *out->steps);
    if (!out->steps)
        return cvl_fail(err, CVL_NO_MEMORY, "plan: out of memory");
    out->step_count = 1;
    out->steps[0].repetition = 1;
    out->steps[0].problem = request->problem;
    out->steps[0].variant = variant->name;
    return CVL_OK;
}

static enum cvl_status finish_plan(const struct cvl_variant *variant,
                                   const struct cvl_request *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err)
{
    const struct cvl_plan_step *step = &plan->steps[0];
    enum cvl_status status = cvl_plan_limits(plan, device, err);
    if (status == CVL_OK)
        status = cvl_parameters_check_use(variant, request, device, plan, err);
    if (status == CVL_OK && request->tuning_count > 0 &&
        !cvl_variant_allows(variant, request->layout, step->tuning, step->tuning_count))
        status = cvl_fail(err, CVL_UNSUPPORTED, "tuning: these values exceed a limit of %s",
                          variant->name);
    if (status == CVL_OK)
        status = cvl_plan_measure(plan, device->base_align_bytes, err);
    return status == CVL_OK ? cvl_plan_check(plan, err) : status;
}

enum cvl_status cvl_variant_plan(const struct cvl_variant *variant,
                                 const struct cvl_request *request,
                                 const struct cvl_device_facts *device, struct cvl_plan *out,
                                 struct cvl_error *err)
{
    *out = (struct cvl_plan){0};
    enum cvl_status status = check_request(variant, request, err);
    if (status == CVL_OK && variant->applies)
        status = variant->applies(request, device, err);
    if (status == CVL_OK)
        status = begin_plan(variant, request, out, err);
    if (status == CVL_OK)
        status = variant->plan(request, device, out, err);
    if (status == CVL_OK)
        status = finish_plan(variant, request, device, out, err);
    if (status != CVL_OK)
        cvl_plan_clear(out);
    return status;
}
