#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/verify/reference.h"
#include "run/verify/tensors.h"
#include "run/verify/training_tensors.h"

/* A case, its input and weights to be moved a little. */
struct made {
    struct cvl_tensors tensors;
    const float *weights[2];
};

static struct made make(const char *text)
{
    struct cvl_problem problem;
    struct cvl_error err = {0};
    struct made made;
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_tensors_create(&problem, CVL_F32, &made.tensors, &err), CVL_OK);
    bool separable = problem.form == CVL_SEPARABLE;
    made.weights[0] = separable ? made.tensors.weights_dw : made.tensors.weights;
    made.weights[1] = made.tensors.weights_pw;
    return made;
}

static struct cvl_training_tensors *train(const struct made *made, enum cvl_optimizer optimizer)
{
    struct cvl_training_tensors *t = NULL;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_training_tensors_create(&made->tensors.problem, optimizer, made->tensors.input,
                                             made->weights, &t, &err),
                 CVL_OK);
    return t;
}

/* What training is to make small: the activated tensor times the gradient that comes in. */
static double loss(const struct made *made)
{
    struct cvl_training_tensors *t = train(made, CVL_SGD);
    const struct cvl_training_part *last = &t->parts[t->count - 1];
    double sum = 0.0;
    for (size_t i = 0; i < last->output_count; i++)
        sum += last->activated[i] * t->output_gradient[i];
    cvl_training_tensors_destroy(&t);
    return sum;
}

/* The slope of the loss along one value, which is a multiple of 2^-23 and so moves exactly. At a
 * kink of a ReLU, where the slopes on both sides differ, NAN. */
static double slope(const struct made *made, float *value)
{
    const float at = *value, step = 0x1p-12f;
    const double here = loss(made);
    *value = at + step;
    const double above = loss(made);
    const double right = (above - here) / ((double)*value - at);
    *value = at - step;
    const double below = loss(made);
    const double left = (here - below) / (at - (double)*value);
    *value = at;
    return fabs(right - left) < 0.02 * (1.0 + fabs(right)) ? (right + left) / 2.0 : (double)NAN;
}

static void expect_slopes(const struct made *made, float *values, const double *gradients,
                          size_t count, const char *what)
{
    size_t smooth = 0;
    for (size_t i = 0; i < count; i += 1 + count / 40) {
        const double expected = slope(made, &values[i]);
        if (isnan(expected))
            continue;
        smooth++;
        cr_expect_float_eq(gradients[i], expected, 0.005 * (1.0 + fabs(expected)), "%s[%zu]", what,
                           i);
    }
    cr_expect_gt(smooth, 5, "%s", what);
}

/* Gradients are finite differences. */
static void check_gradients(const char *text)
{
    struct made made = make(text);
    struct cvl_training_tensors *t = train(&made, CVL_SGD);
    cr_assert_eq(cvl_training_tensors_backward(t, NULL, NULL), CVL_OK);
    expect_slopes(&made, made.tensors.input, t->input_gradient, t->parts[0].input_count, text);
    for (size_t part = 0; part < t->count; part++)
        expect_slopes(&made, (float *)made.weights[part], t->parts[part].gradients,
                      t->parts[part].weights_count, text);
    cvl_training_tensors_destroy(&t);
    cvl_tensors_clear(&made.tensors);
}

Test(training_reference, standard)
{
    check_gradients("mb2ic3ih7iw5oc4kh3kw2sh2sw2ph1pw1");
}

Test(training_reference, groups_and_dilation)
{
    check_gradients("g2ic4ih9oc6kh3ph2dh1");
}

Test(training_reference, depthwise)
{
    check_gradients("depthwise:mb2g3ic3ih8oc3oh4kh3sh2ph0");
}

Test(training_reference, pointwise)
{
    check_gradients("pointwise:mb2ic5ih4oc3kh1sh2ph0");
}

Test(training_reference, separable)
{
    check_gradients("separable:mb2ic3ih7oc4kh3sh2ph1");
}

/* A ReLU of the device that lies on the other side of 0 is followed. */
Test(training_reference, the_devices_relu_is_followed)
{
    struct made made = make("ic2ih4oc2kh1");
    struct cvl_training_tensors *t = train(&made, CVL_SGD);
    float none[2 * 16] = {0};
    cr_assert_eq(cvl_training_tensors_backward(t, (const float *const[]){none, NULL}, NULL),
                 CVL_OK);
    for (size_t i = 0; i < t->parts[0].weights_count; i++)
        cr_expect_eq(t->parts[0].gradients[i], 0.0);
    cvl_training_tensors_destroy(&t);
    cvl_tensors_clear(&made.tensors);
}

Test(training_reference, normalised)
{
    static const double y[] = {1, 10, 3, 10, 5, 10};
    double mean[2], inverse[2], activated[6];
    struct cvl_reference_norm norm = {3, 2, mean, inverse};
    cvl_reference_normalise(&norm, y, activated);
    cr_expect_float_eq(mean[0], 3.0, 1e-12);
    cr_expect_float_eq(inverse[0], 1.0 / sqrt(8.0 / 3.0 + 1e-3), 1e-12);
    cr_expect_float_eq(inverse[1], 1.0 / sqrt(1e-3), 1e-9);
    cr_expect_eq(activated[0], 0.0);
    cr_expect_float_eq(activated[4], 2.0 * inverse[0], 1e-12);
}

/* By hand: rate 1e-4, decays 0.9 and 0.999, the tenth step of Adam. */
Test(training_reference, steps)
{
    double weight = 1.0, state[2] = {0.5, 2.0};
    cvl_training_step(CVL_SGD, 3.0, &weight, state, 1);
    cr_expect_float_eq(weight, 1.0 - 3e-4, 1e-15);
    cr_expect_eq(state[0], 0.5);
    weight = 1.0;
    cvl_training_step(CVL_MOMENTUM, 3.0, &weight, state, 1);
    cr_expect_float_eq(state[0], 3.45, 1e-15);
    cr_expect_float_eq(weight, 1.0 - 3.45e-4, 1e-15);
    weight = 1.0;
    state[0] = 0.5;
    cvl_training_step(CVL_ADAM, 3.0, &weight, state, 1);
    const double first = 0.9 * 0.5 + 0.1 * 3.0, second = 0.999 * 2.0 + 0.001 * 9.0;
    const double corrected = second / (1.0 - pow(0.999, 10));
    cr_expect_float_eq(state[0], first, 1e-15);
    cr_expect_float_eq(state[1], second, 1e-15);
    cr_expect_float_eq(weight, 1.0 - 1e-4 * first / (1.0 - pow(0.9, 10)) / sqrt(corrected), 1e-12);
}
