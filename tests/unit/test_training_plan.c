#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/model.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

static enum cvl_status plan_of(const char *variant, const struct cvl_problem *problem,
                               enum cvl_optimizer optimizer, struct cvl_plan *plan,
                               struct cvl_error *err)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = {.problem = *problem,
                                  .layout = CVL_NHWC,
                                  .dtype = CVL_F32,
                                  .passes = CVL_TRAINING,
                                  .optimizer = optimizer};
    return cvl_variant_plan(cvl_variant_find(variant), &request, &device, plan, err);
}

static const char *variant_for(enum cvl_form form)
{
    return form == CVL_SEPARABLE ? "sep_unfused" : "direct";
}

/* What the plans of MobileNetV1's layers save is what the model says its network saves, whatever
 * form it has; and gradients and state are copies of the weights. */
static void check_network(enum cvl_form form)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    struct cvl_training_bytes model;
    uint64_t saved = 0, weights = 0, gradients = 0, state = 0;
    cr_assert_eq(
        cvl_sweep_read(CONVLENS_SOURCE_DIR "/configs/mobilenet_v1_training.ini", &sweep, &err),
        CVL_OK, "%s", err.text);
    for (size_t i = 0; i < sweep.item_count; i++) {
        const struct cvl_sweep_item *item = &sweep.items[i];
        struct cvl_plan plan;
        if (item->saves != 2 || (item->problem.form != form && strcmp(item->layer, "conv0") != 0))
            continue;
        cr_assert_eq(
            plan_of(variant_for(item->problem.form), &item->problem, CVL_ADAM, &plan, &err), CVL_OK,
            "%s: %s", item->layer, err.text);
        const struct cvl_plan_bytes bytes = plan.bytes;
        saved += item->count * bytes.role[CVL_SAVED];
        weights += item->count * bytes.role[CVL_WEIGHTS];
        gradients += item->count * bytes.role[CVL_GRADIENTS];
        state += item->count * bytes.role[CVL_STATE];
        cvl_plan_clear(&plan);
    }
    cr_assert(cvl_training_bytes(&sweep, form, CVL_F32, CVL_ADAM, &model));
    const uint64_t classifier = 4 * 1024000;
    cr_expect_eq(saved, model.saved_bytes);
    cr_expect_eq(weights, model.weights_bytes - classifier);
    cr_expect_eq(gradients, weights);
    cr_expect_eq(state, 2 * weights);
    cvl_sweep_clear(&sweep);
}

Test(training_plan, mobilenet_separable)
{
    check_network(CVL_SEPARABLE);
}

Test(training_plan, mobilenet_standard)
{
    check_network(CVL_STANDARD);
}

static struct cvl_problem problem_of(const char *text)
{
    struct cvl_problem problem;
    cr_assert_eq(cvl_problem_parse(text, &problem, NULL), CVL_OK, "%s", text);
    return problem;
}

/* Weights and state stay; what the plan is for is there at its end; gradients are no longer than
 * from their making to the step. */
Test(training_plan, lifetimes)
{
    struct cvl_problem problem = problem_of("separable:mb2ic8ih9oc16kh3ph1");
    struct cvl_plan plan;
    cr_assert_eq(plan_of("sep_unfused", &problem, CVL_MOMENTUM, &plan, NULL), CVL_OK);
    cr_expect_eq(plan.load_stage_count, 0, "weights that change are packed in each step");
    size_t staying = 0, left = 0;
    for (uint32_t i = 0; i < plan.buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan.buffers[i];
        bool stays = buffer->last_stage == CVL_STAYS;
        cr_expect_eq(stays, buffer->role == CVL_WEIGHTS || buffer->role == CVL_STATE, "%s",
                     buffer->name);
        staying += stays;
        if (buffer->role == CVL_OUTPUT) {
            left++;
            cr_expect_eq(buffer->content, CVL_CONTENT_INPUT_GRADIENT);
            cr_expect_eq(buffer->last_stage, plan.stage_count - 1);
        }
        if (buffer->role == CVL_GRADIENTS)
            cr_expect_eq(strncmp(plan.stages[buffer->last_stage].name, "update", 6), 0);
    }
    cr_expect_eq(staying, 4);
    cr_expect_eq(left, 1);
    cvl_plan_clear(&plan);
}

/* SGD keeps nothing, momentum one copy, Adam two. */
Test(training_plan, optimizers)
{
    struct cvl_problem problem = problem_of("ic8ih9oc16kh3ph1");
    for (unsigned o = 0; o < CVL_OPTIMIZER_COUNT; o++) {
        struct cvl_plan plan;
        cr_assert_eq(plan_of("direct", &problem, (enum cvl_optimizer)o, &plan, NULL), CVL_OK);
        const struct cvl_plan_bytes bytes = plan.bytes;
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 4 * 8 * 16 * 9);
        cr_expect_eq(bytes.role[CVL_STATE],
                     cvl_optimizer_copies((enum cvl_optimizer)o) * bytes.role[CVL_WEIGHTS]);
        cr_expect_eq(bytes.peak[CVL_FREED] - bytes.peak_without_weights[CVL_FREED],
                     bytes.role[CVL_WEIGHTS] + bytes.role[CVL_STATE]);
        cvl_plan_clear(&plan);
    }
}

static void expect_refused(const char *variant, const char *text, enum cvl_layout layout,
                           enum cvl_dtype dtype, const struct cvl_device_facts *device,
                           const char *reason)
{
    struct cvl_request request = {
        .problem = problem_of(text), .layout = layout, .dtype = dtype, .passes = CVL_TRAINING};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err),
                 CVL_UNSUPPORTED, "%s %s", variant, text);
    cr_expect_not_null(strstr(err.text, reason), "%s", err.text);
}

Test(training_plan, refusals)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    expect_refused("winograd_f2", "ic8ih9oc16kh3ph1", CVL_NHWC, CVL_F32, &device,
                   "winograd_f2 has no backward pass");
    expect_refused("direct", "ic8ih9oc16kh3ph1", CVL_NCHW, CVL_F32, &device, "nhwc only");
    expect_refused("direct", "ic8ih9oc16kh3ph1", CVL_NHWC, CVL_F16, &device, "f32 only");
    expect_refused("direct", "ic8ih3oc16kh3ph0", CVL_NHWC, CVL_F32, &device, "more than one value");
    expect_refused("sep_unfused", "separable:ic8ih9oc16kh3ph1dm2", CVL_NHWC, CVL_F32, &device,
                   "training takes no depth multiplier");
    device.loop_limit = 65535;
    expect_refused("direct", "ic3ih5oc9000kh3ph1", CVL_NHWC, CVL_F32, &device, "may loop 81009");
}
