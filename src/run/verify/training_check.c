/* Checks each tensor of a training step against its own tolerance. */
#include "run/verify/training_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/verify/training_tensors.h"

/* The tensors of a plan against the reference, as far as they have been compared. */
struct comparison {
    struct cvl_pass *pass;
    const struct cvl_training_tensors *tensors;
    double terms, gain;         /* of the forward pass: see tolerance_of */
    struct cvl_row_check worst; /* by error over tolerance */
    char wrong[160];            /* the first that is beyond its tolerance */
};

static bool is_left(enum cvl_content content)
{
    return content == CVL_CONTENT_INPUT_GRADIENT || content == CVL_CONTENT_WEIGHTS ||
           content == CVL_CONTENT_STATE;
}

size_t cvl_training_bytes_left(const struct cvl_plan *plan)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (is_left(plan->buffers[i].content))
            bytes += (size_t)plan->buffers[i].bytes;
    return bytes;
}

static enum cvl_status read_left(struct cvl_executor *executor, unsigned char *target,
                                 struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++) {
        if (!is_left(plan->buffers[i].content))
            continue;
        status = cvl_executor_read(executor, i, target, err);
        target += plan->buffers[i].bytes;
    }
    return status;
}

/* A copy of the plan's buffer of that content, which the caller frees. */
static enum cvl_status fetch(struct cvl_executor *executor, enum cvl_content content,
                             enum cvl_filter filter, float **out, struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    uint32_t index = 0;
    while (index < plan->buffer_count &&
           (plan->buffers[index].content != content || plan->buffers[index].filter != filter))
        index++;
    if (index == plan->buffer_count)
        return cvl_fail(err, CVL_FAILED, "run: the plan of %s lacks a tensor", plan->variant);
    *out = malloc((size_t)plan->buffers[index].bytes);
    return *out ? cvl_executor_read(executor, index, *out, err)
                : cvl_fail(err, CVL_NO_MEMORY, "run: no host memory to check the answer");
}

static double largest(const double *values, size_t count)
{
    double max = 0.0;
    for (size_t i = 0; i < count; i++)
        max = fmax(max, fabs(values[i]));
    return max;
}

/* Float sums err by 1e-6 (8 + sqrt(terms)) of the largest result, as check.h has it; those of the
 * forward pass go into the backward pass, and a normalisation multiplies them by its inverse
 * deviation where that is above 1. */
static double tolerance_of(const struct comparison *c, double terms, double max)
{
    return 1e-6 * (8.0 + sqrt(c->terms + terms)) * c->gain * max;
}

static void compare(struct comparison *c, const char *name, const float *values,
                    const double *expected, size_t count, double tolerance)
{
    double worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)values[i] - expected[i]);
        if (!(error <= worst)) /* keeps a NaN once it is there */
            worst = isnan(worst) ? worst : error;
        if (!(error <= tolerance) && c->wrong[0] == '\0')
            (void)snprintf(c->wrong, sizeof c->wrong, "%s[%zu]: got %.9g, expected %.9g", name, i,
                           (double)values[i], expected[i]);
    }
    const double max = largest(expected, count);
    const bool none = isnan(c->worst.tolerance);
    if (none || !(worst / tolerance <= c->worst.max_abs_err / c->worst.tolerance))
        c->worst = (struct cvl_row_check){.max_abs_err = worst,
                                          .max_rel_err = max > 0.0 ? worst / max : worst,
                                          .tolerance = tolerance};
    c->worst.passed = c->wrong[0] == '\0';
}

static double taps_of(const struct cvl_problem *p)
{
    return (double)p->kh * p->kw;
}

/* What a part's errors grow by. */
static void note_part(struct comparison *c, const struct cvl_training_part *part)
{
    const struct cvl_problem *p = &part->problem;
    c->terms += taps_of(p) * (p->ic / p->g) + sqrt((double)part->norm.pixels);
    c->gain *= fmax(1.0, largest(part->norm.inverse, part->norm.channels));
}

/* Whose weights: those of the only convolution, or of one of a separable problem's two. */
static enum cvl_filter filter_of(const struct comparison *c, size_t part)
{
    if (c->tensors->count == 1)
        return CVL_FILTER_ALL;
    return part == 0 ? CVL_FILTER_DW : CVL_FILTER_PW;
}

/* The activated tensors, and then everything after them. */
static enum cvl_status check_forward(struct comparison *c, struct cvl_training_tensors *tensors,
                                     struct cvl_error *err)
{
    float *device[2] = {NULL, NULL};
    enum cvl_status status = CVL_OK;
    c->terms = 0.0;
    c->gain = 1.0;
    for (size_t i = 0; i < tensors->count && status == CVL_OK; i++) {
        const struct cvl_training_part *part = &tensors->parts[i];
        const bool is_last = i + 1 == tensors->count;
        note_part(c, part);
        status = fetch(c->pass->executor, is_last ? CVL_CONTENT_ACTIVATED : CVL_CONTENT_BETWEEN,
                       CVL_FILTER_ALL, &device[i], err);
        if (status == CVL_OK)
            compare(c, is_last ? "activated" : "between", device[i], part->activated,
                    part->output_count,
                    tolerance_of(c, 0.0, largest(part->activated, part->output_count)));
    }
    if (status == CVL_OK)
        status = cvl_training_tensors_backward(tensors, (const float *const *)device, err);
    free(device[0]);
    free(device[1]);
    return status;
}

static double gradients_tolerance(const struct comparison *c, const struct cvl_training_part *part)
{
    return tolerance_of(c, (double)part->norm.pixels,
                        largest(part->gradients, part->weights_count));
}

static enum cvl_status check_gradients(struct comparison *c, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < c->tensors->count && status == CVL_OK; i++) {
        const struct cvl_training_part *part = &c->tensors->parts[i];
        float *values = NULL;
        status = fetch(c->pass->executor, CVL_CONTENT_GRADIENTS, filter_of(c, i), &values, err);
        if (status == CVL_OK)
            compare(c, "gradients", values, part->gradients, part->weights_count,
                    gradients_tolerance(c, part));
        free(values);
    }
    return status;
}

/* The step adds its own rounding, and passes the gradients' errors on: to the weights times the
 * rate and to Adam's second moment times 0.002 of the gradient. */
static void check_step(struct comparison *c, const struct cvl_plan_buffer *buffer,
                       const float *values, size_t part_index)
{
    const struct cvl_training_part *part = &c->tensors->parts[part_index];
    const size_t count = part->weights_count;
    const double gradients = gradients_tolerance(c, part);
    if (buffer->filter != filter_of(c, part_index))
        return;
    if (buffer->content == CVL_CONTENT_WEIGHTS)
        compare(c, "weights", values, part->updated, count,
                1e-6 * largest(part->updated, count) + 1e-4 * gradients);
    if (buffer->content != CVL_CONTENT_STATE)
        return;
    const double growth = fmax(1.0, 2e-3 * largest(part->gradients, count));
    for (uint32_t copy = 0; copy < cvl_optimizer_copies(c->tensors->optimizer); copy++)
        compare(c, "state", values + copy * count, part->state_after + copy * count, count,
                1e-6 * largest(part->state_after + copy * count, count) + gradients * growth);
}

/* What was left, in the order of the plan's buffers. */
static void check_left(struct comparison *c, const unsigned char *bytes)
{
    const struct cvl_plan *plan = c->pass->executor->plan;
    const struct cvl_problem *p = &c->tensors->parts[0].problem;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const enum cvl_content content = plan->buffers[i].content;
        const float *values = (const float *)(const void *)bytes;
        if (!is_left(content))
            continue;
        if (content == CVL_CONTENT_INPUT_GRADIENT) {
            const size_t count = c->tensors->parts[0].input_count;
            const double max = largest(c->tensors->input_gradient, count);
            compare(c, "input gradient", values, c->tensors->input_gradient, count,
                    tolerance_of(c, taps_of(p) * (p->oc / p->g), max));
        }
        for (size_t part = 0; part < c->tensors->count; part++)
            check_step(c, &plan->buffers[i], values, part);
        bytes += plan->buffers[i].bytes;
    }
}

enum cvl_status cvl_training_check(struct cvl_pass *pass, const char *what, struct cvl_error *err)
{
    const size_t bytes = cvl_training_bytes_left(pass->executor->plan);
    struct cvl_training_tensors *tensors = pass->expected->steps[0].training;
    struct comparison c = {.pass = pass, .tensors = tensors, .gain = 1.0};
    c.worst.tolerance = c.worst.max_abs_err = (double)NAN;
    enum cvl_status status = read_left(pass->executor, pass->output, err);
    if (status != CVL_OK || (pass->is_verified && memcmp(pass->output, pass->verified, bytes) == 0))
        return status;
    if (!pass->is_verified) {
        status = check_forward(&c, tensors, err);
        if (status == CVL_OK)
            status = check_gradients(&c, err);
        if (status != CVL_OK)
            return status;
    } else {
        for (size_t i = 0; i < tensors->count; i++)
            note_part(&c, &tensors->parts[i]);
    }
    check_left(&c, pass->output);
    if (!pass->row->has_check || !c.worst.passed)
        pass->row->check = c.worst;
    pass->row->has_check = true;
    if (!c.worst.passed)
        return cvl_fail(err, CVL_WRONG_ANSWER, "%s: %s (largest error %.3g, tolerance %.3g)", what,
                        c.wrong, c.worst.max_abs_err, c.worst.tolerance);
    memcpy(pass->verified, pass->output, bytes);
    pass->is_verified = true;
    return CVL_OK;
}
