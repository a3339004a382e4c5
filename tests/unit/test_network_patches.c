#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/sweep.h>

#include "run/verify/reference.h"
#include "run/verify/reference_op.h"
#include "run/verify/tensors.h"

static struct cvl_sweep sweep;
static struct cvl_network patched;

static void clear(void)
{
    cvl_sweep_clear(&sweep);
    cvl_network_clear(&patched);
}

TestSuite(network_patches, .fini = clear);

static void read_text(const char *text)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(sweep.network_count, 1);
}

static struct cvl_patches_effect patch(const char *text)
{
    struct cvl_patches patches;
    struct cvl_patches_effect effect;
    struct cvl_error err = {0};
    cvl_network_clear(&patched);
    cr_assert_eq(cvl_patches_parse(text, &patches, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_network_patch(&sweep.networks[0], &patches, &patched, &effect, &err), CVL_OK,
                 "%s", err.text);
    return effect;
}

static void expect_refusal(const char *text, const char *reason)
{
    struct cvl_patches patches;
    struct cvl_patches_effect effect;
    struct cvl_error err = {0};
    cvl_network_clear(&patched);
    cr_assert_eq(cvl_patches_parse(text, &patches, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(cvl_network_patch(&sweep.networks[0], &patches, &patched, &effect, &err),
                 CVL_BAD_INPUT);
    cr_expect(strstr(err.text, reason), "%s", err.text);
}

/* The weights of the whole network's step of that name. */
static const struct cvl_tensors *weights_of(const struct cvl_tensors *weights, const char *layer)
{
    const struct cvl_network *whole = &sweep.networks[0];
    size_t step = 0;
    while (strcmp(whole->steps[step].layer, layer) != 0)
        cr_assert_lt(++step, whole->step_count, "no step %s", layer);
    return &weights[step];
}

static float *evaluate_step(const struct cvl_network *network, uint32_t step, float *const *made,
                            const float *input, const struct cvl_tensors *weights)
{
    const struct cvl_network_step *own = &network->steps[step];
    const struct cvl_shape shape = cvl_network_shape(network, step);
    const size_t count = (size_t)cvl_shape_elements(&shape);
    double *output = malloc(count * sizeof *output);
    float *rounded = malloc(count * sizeof *rounded);
    struct cvl_reference_op op = {
        .op = &own->op, .dtype = CVL_F32, .input_count = cvl_network_input_count(network, step)};
    struct cvl_error err = {0};
    for (size_t i = 0; i < op.input_count; i++) {
        const uint32_t tensor = cvl_network_input(network, step, i);
        op.shapes[i] = cvl_network_shape(network, tensor);
        op.inputs[i] = tensor == CVL_NETWORK_INPUT ? input : made[tensor];
    }
    if (own->op.kind == CVL_OP_CONVOLUTION) {
        const struct cvl_tensors *t = weights_of(weights, own->layer);
        const struct cvl_reference_inputs inputs = {op.inputs[0], t->weights, t->weights_ex,
                                                    t->weights_dw, t->weights_pw};
        cr_assert_eq(cvl_reference_compute(&own->problem, &inputs, output, &err), CVL_OK);
    } else {
        cvl_reference_op_compute(&op, output);
    }
    for (size_t i = 0; i < count; i++)
        rounded[i] = (float)output[i];
    free(output);
    return rounded;
}

/* The last step's output, every step computed on the host. */
static float *evaluate(const struct cvl_network *network, const float *input,
                       const struct cvl_tensors *weights)
{
    float **made = calloc(network->step_count, sizeof *made);
    for (uint32_t step = 0; step < network->step_count; step++)
        made[step] = evaluate_step(network, step, made, input, weights);
    float *last = made[network->step_count - 1];
    for (size_t step = 0; step + 1 < network->step_count; step++)
        free(made[step]);
    free(made);
    return last;
}

/* The same sums of the same products in the same order. An inverted block that adds its input is
 * rounded once, the block and the sum after it twice. */
static void expect_same_output(void)
{
    const struct cvl_network *whole = &sweep.networks[0];
    const struct cvl_shape in = cvl_network_shape(whole, CVL_NETWORK_INPUT);
    const struct cvl_shape out = cvl_network_shape(whole, (uint32_t)whole->step_count - 1);
    struct cvl_tensors *weights = calloc(whole->step_count, sizeof *weights);
    struct cvl_error err = {0};
    for (size_t i = 0; i < whole->step_count; i++)
        if (whole->steps[i].op.kind == CVL_OP_CONVOLUTION)
            cr_assert_eq(
                cvl_tensors_make_after(&whole->steps[i].problem, CVL_F32, 1.0, &weights[i], &err),
                CVL_OK);
    float *input = cvl_tensors_make_input((size_t)cvl_shape_elements(&in), CVL_F32);
    float *expected = evaluate(whole, input, weights), *got = evaluate(&patched, input, weights);
    const size_t count = (size_t)cvl_shape_elements(&out);
    size_t nonzero = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_float_eq(got[i], expected[i], 1e-6F * (1.0F + fabsf(expected[i])),
                           "%s: element %zu", patched.name, i);
        nonzero += expected[i] != 0.0F;
    }
    cr_expect_gt(nonzero, 0);
    for (size_t i = 0; i < whole->step_count; i++)
        cvl_tensors_clear(&weights[i]);
    free(weights);
    free(input);
    free(expected);
    free(got);
}

static void expect_patches(const char *text)
{
    const struct cvl_patches_effect effect = patch(text);
    const struct cvl_network_totals before = cvl_network_totals(&sweep.networks[0]);
    const struct cvl_network_totals after = cvl_network_totals(&patched);
    cr_expect_eq(after.weights, before.weights, "patches share their weights");
    cr_expect_geq(after.multiply_adds, before.multiply_adds);
    cr_expect_eq(effect.before_multiply_adds, before.multiply_adds);
    cr_expect_eq(effect.after_multiply_adds, after.multiply_adds);
    expect_same_output();
}

#define HEAD "[sweep]\nname = net\nforms = standard\n[network]\n"
#define CONV(name, in, out, rest)                                                                  \
    "[layer " name "]\nin = " in "\nout = " out "\nkernel = 3\n" rest "\n"

Test(network_patches, windows_strides_paddings_and_dilations)
{
    read_text(HEAD CONV("a", "2x13x11", "3", "pad = 1")
                  CONV("b", "3x13x11", "4", "pad = same\nstride = 2")
                      CONV("c", "4x7x6", "3", "pad = 2\ndilation = 1")
                          CONV("d", "3x7x6", "2", "pad = valid"));
    for (const char *const *end = (const char *const[]){"a", "b", "c", "d", NULL}; *end; end++) {
        char text[32];
        for (int way = 0; way < 4; way++) {
            (void)snprintf(text, sizeof text, "%s:%s",
                           (const char *const[]){"1x2", "2x1", "2x2", "3x4"}[way], *end);
            expect_patches(text);
        }
    }
}

Test(network_patches, sums_activations_poolings_and_concats)
{
    read_text(HEAD CONV("a", "2x12x12", "4", "pad = 1") "[op act]\ntype = activation\n" CONV(
        "b", "4x12x12", "4",
        "pad = 1") "[op sum]\ntype = add\nfrom = b, act\n"
                   "[op norm]\ntype = norm\nweights = 8\n"
                   "[op pool]\ntype = pool\nfunction = average\nkernel = 3\nstride = 2\npad = 1\n"
                   "[op both]\ntype = concat\nfrom = pool, pool\n" CONV("c", "8x6x6", "2",
                                                                        "pad = 1"));
    expect_patches("2x2:c");
    expect_patches("3x2:both");
    expect_patches("2x3:sum");
    size_t slices = 0;
    for (size_t i = 0; i < patched.step_count; i++)
        slices += patched.steps[i].op.kind == CVL_OP_SLICE;
    cr_expect_gt(slices, 6, "the sum needs less of the activation than the layer");
    expect_refusal("2x2:b", "expected a layer that can end them: a, act, sum");
}

Test(network_patches, separable_and_inverted_blocks)
{
    read_text("[sweep]\nname = net\n[network]\nforms = inverted\n"
              "[layer a]\nin = 3x14x14\nout = 4\nkernel = 3\npad = 1\nforms = separable\n"
              "[layer b]\nin = 4x14x14\nout = 4\nkernel = 3\npad = 1\nexpand = 3\nresidual = yes\n"
              "[layer c]\nin = 4x14x14\nout = 6\nkernel = 5\nstride = 2\npad = 2\nexpand = 2\n");
    expect_patches("2x2:c");
    expect_patches("3x3:b");
    expect_patches("2x2");
}

/* The first patch owns the weights, those after it have them too. */
Test(network_patches, weights_are_shared)
{
    read_text(HEAD CONV("a", "2x8x8", "4", "pad = 1") CONV("b", "4x8x8", "4", "pad = 1"));
    (void)patch("2x1:a");
    cr_expect_str_eq(patched.name, "net/p2x1:a");
    const char *const layers[] = {"a/slice", "a", "a/patch", "a/slice", "a", "a/patch", "b"};
    cr_assert_eq(patched.step_count, 7);
    for (size_t i = 0; i < 7; i++)
        cr_expect_str_eq(patched.steps[i].layer, layers[i]);
    cr_expect_eq(patched.steps[1].weights_of, 0);
    cr_expect_eq(patched.steps[4].weights_of, 2);
    cr_expect_eq(patched.steps[4].repetition, 2);
    cr_expect_eq(patched.steps[4].repetitions, 2);
    cr_expect_eq(patched.steps[1].problem.ih, 5, "four rows and one for the window");
    cr_expect_eq(patched.steps[1].problem.ph, 1);
    cr_expect_eq(patched.steps[4].problem.ph, 0);
    cr_expect_eq(patched.steps[4].problem.oh, 4);
}

/* A wide layer between narrow ones: patches end after it. */
Test(network_patches, the_best_end_is_found)
{
    read_text(HEAD CONV("a", "1x32x32", "64", "pad = 1") CONV("b", "64x32x32", "2", "pad = 1")
                  CONV("c", "2x32x32", "2", "pad = 1"));
    const struct cvl_patches_effect effect = patch("4x4");
    cr_expect_str_eq(effect.layer, "b");
    cr_expect_eq(effect.before_elements, 32 * 32 * (1 + 64 + 2));
    cr_expect_lt(effect.after_elements, 32 * 32 * 16);
    expect_same_output();
}

/* The order of least peak may put another patch's step first: it owns the weights then. */
Test(network_patches, another_order_keeps_the_weights)
{
    struct cvl_network_order order;
    struct cvl_error err = {0};
    read_text(HEAD CONV("a", "2x9x9", "8", "pad = 1") CONV("b", "8x9x9", "1", "pad = 1"));
    (void)patch("2x2:b");
    cr_assert_eq(cvl_network_order_best(&patched, &order, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(cvl_network_check(&patched, &err), CVL_OK, "%s", err.text);
    expect_same_output();
}

Test(network_patches, what_cannot_be)
{
    struct cvl_patches patches;
    struct cvl_error err;
    read_text("[sweep]\nname = net\n[network]\nforms = transposed\n"
              "[layer up]\nin = 2x4x4\nout = 2\nkernel = 2\nstride = 2\nforms = transposed\n"
              "[layer a]\nin = 2x8x8\nout = 2\nkernel = 3\npad = 1\nforms = standard\n");
    expect_refusal("2x2", "none of its first layers can run patch by patch");
    expect_refusal("2x2:a", "it has none");
    cvl_sweep_clear(&sweep);
    read_text(HEAD CONV("a", "2x4x4", "4", "pad = 1"));
    expect_refusal("5x5:a", "expected no more patches, got 5 x 5");
    expect_refusal("5x5", "expected no more patches, got 5 x 5");
    expect_refusal("2x2:b", "expected a layer that can end them: a");
    for (const char *const *bad = (const char *const[]){"", "4", "1x1", "0x2", "2x", "2x2:", "axb",
                                                        "2x2x2", "65x1", NULL};
         *bad; bad++)
        cr_expect_eq(cvl_patches_parse(*bad, &patches, &err), CVL_BAD_INPUT, "%s", *bad);
}

/* More patches than a network has steps for. */
Test(network_patches, too_many_steps)
{
    read_text(HEAD CONV("a", "2x64x64", "4", "pad = 1\ncount = 1"));
    expect_refusal("32x32:a", "expected fewer");
}
