/* Plans a case: each step with a variant, then joins the steps. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/variant.h>

#include "variants/variant.h"

struct cvl_request cvl_case_request(const struct cvl_case *item, size_t step)
{
    assert(step < item->network->step_count);
    return (struct cvl_request){
        .problem = item->network->steps[step].problem,
        .layout = item->layout,
        .dtype = item->dtype,
        .passes = item->passes,
        .optimizer = item->optimizer,
    };
}

/* Reports the failure of a step; names the layer unless it is the only one. */
static enum cvl_status fail_step(const struct cvl_case *item, size_t step, enum cvl_status status,
                                 const struct cvl_error *reason, struct cvl_error *err)
{
    if (cvl_network_is_layer(item->network))
        return cvl_fail(err, status, "%s", reason->text);
    return cvl_fail(err, status, "%s: %s", item->network->steps[step].layer, reason->text);
}

static enum cvl_status try_variant(const struct cvl_case *item, size_t step,
                                   const struct cvl_variant *variant,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_request request = cvl_case_request(item, step);
    struct cvl_plan plan;
    const enum cvl_status status = cvl_variant_plan(variant, &request, device, &plan, err);
    cvl_plan_clear(&plan);
    return status;
}

static enum cvl_status choose_step(const struct cvl_case *item, size_t step,
                                   const struct cvl_device_facts *device,
                                   const struct cvl_variant **out, struct cvl_error *err)
{
    const enum cvl_form form = item->network->steps[step].problem.form;
    struct cvl_error reason = {0};
    enum cvl_status status = try_variant(item, step, item->variant, device, &reason);
    *out = item->variant;
    for (size_t i = 0; status == CVL_UNSUPPORTED && !cvl_network_is_layer(item->network) &&
                       i < cvl_variant_count();
         i++) {
        *out = cvl_variant_at(i);
        if (*out != item->variant && cvl_variant_computes(*out, form))
            status = try_variant(item, step, *out, device, &reason);
    }
    return status == CVL_OK ? CVL_OK : fail_step(item, step, status, &reason, err);
}

enum cvl_status cvl_case_choose(const struct cvl_case *item, const struct cvl_device_facts *device,
                                struct cvl_step_choice *out, struct cvl_error *err)
{
    assert(item->variant && item->network->step_count > 0);
    bool leads = false;
    if (item->passes == CVL_TRAINING && item->network->step_count > 1)
        return cvl_fail(err, CVL_UNSUPPORTED, "networks run forward only");
    for (size_t i = 0; i < item->network->step_count; i++) {
        out[i] = (struct cvl_step_choice){0};
        const uint32_t owner = item->network->steps[i].weights_of;
        struct cvl_error reason = {0};
        if (item->network->steps[i].op.kind != CVL_OP_CONVOLUTION)
            continue;
        if (owner > 0 && try_variant(item, i, out[owner - 1].variant, device, &reason) == CVL_OK) {
            out[i].variant = out[owner - 1].variant;
            continue;
        }
        const enum cvl_status status = choose_step(item, i, device, &out[i].variant, err);
        if (status != CVL_OK)
            return status;
        leads |= out[i].variant == item->variant;
    }
    return leads ? CVL_OK
                 : cvl_fail(err, CVL_UNSUPPORTED, "%s computes none of the network's layers",
                            cvl_variant_name(item->variant));
}

/* With the tiles of the step whose weights it has, as far as they can be asked for: tiles decide
 * how weights are packed. */
static enum cvl_status plan_like(const struct cvl_plan_step *owner,
                                 const struct cvl_step_choice *choice,
                                 const struct cvl_request *own,
                                 const struct cvl_device_facts *device, struct cvl_plan *out)
{
    struct cvl_tuning tuning[CVL_PLAN_TUNINGS];
    struct cvl_request request = *own;
    struct cvl_error reason = {0};
    if (strcmp(owner->variant, cvl_variant_name(choice->variant)) != 0)
        return CVL_UNSUPPORTED;
    request.tuning = tuning;
    request.tuning_count =
        cvl_parameters_that_can_be_asked(choice->variant, own->layout, device, owner, tuning);
    return cvl_variant_plan(choice->variant, &request, device, out, &reason);
}

static enum cvl_status plan_steps(const struct cvl_case *item,
                                  const struct cvl_step_choice *choices,
                                  const struct cvl_device_facts *device, struct cvl_plan *parts,
                                  struct cvl_error *err)
{
    for (size_t i = 0; i < item->network->step_count; i++) {
        if (item->network->steps[i].op.kind != CVL_OP_CONVOLUTION)
            continue;
        const uint32_t owner = item->network->steps[i].weights_of;
        struct cvl_request request = cvl_case_request(item, i);
        struct cvl_error reason = {0};
        request.tuning = choices[i].tuning;
        request.tuning_count = choices[i].tuning_count;
        if (owner > 0 && plan_like(&parts[owner - 1].steps[0], &choices[i], &request, device,
                                   &parts[i]) == CVL_OK)
            continue;
        const enum cvl_status status =
            cvl_variant_plan(choices[i].variant, &request, device, &parts[i], &reason);
        if (status != CVL_OK)
            return fail_step(item, i, status, &reason, err);
    }
    return CVL_OK;
}

static enum cvl_status plan_with(const struct cvl_case *item, const struct cvl_step_choice *choices,
                                 const struct cvl_device_facts *device, struct cvl_plan *out,
                                 struct cvl_error *err)
{
    struct cvl_plan *parts = calloc(item->network->step_count, sizeof *parts);
    if (!parts)
        return cvl_fail(err, CVL_NO_MEMORY, "plan: out of memory for %zu layers",
                        item->network->step_count);
    enum cvl_status status = plan_steps(item, choices, device, parts, err);
    if (status == CVL_OK)
        status = cvl_plan_join(item->network, parts, device->base_align_bytes, out, err);
    if (status == CVL_OK)
        out->variant = cvl_variant_name(item->variant);
    for (size_t i = 0; i < item->network->step_count; i++)
        cvl_plan_clear(&parts[i]);
    free(parts);
    return status;
}

enum cvl_status cvl_case_plan(const struct cvl_case *item, const struct cvl_step_choice *choices,
                              const struct cvl_device_facts *device, struct cvl_plan *out,
                              struct cvl_error *err)
{
    *out = (struct cvl_plan){0};
    if (choices)
        return plan_with(item, choices, device, out, err);
    struct cvl_step_choice *own = calloc(item->network->step_count, sizeof *own);
    if (!own)
        return cvl_fail(err, CVL_NO_MEMORY, "plan: out of memory for %zu layers",
                        item->network->step_count);
    enum cvl_status status = cvl_case_choose(item, device, own, err);
    if (status == CVL_OK)
        status = plan_with(item, own, device, out, err);
    free(own);
    return status;
}
