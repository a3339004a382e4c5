/* The reference of a case: its layers on the host, one after the other. */
#include "run/verify/expected.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/verify/reference.h"
#include "run/verify/training_tensors.h"

/* A computation under way. */
struct walk {
    const struct cvl_network *network;
    enum cvl_dtype dtype;
    struct cvl_tensors *steps;
    bool with_answer;
    float **inputs; /* of each step but the first, as long as a step or a residual needs it */
    struct cvl_error *err;
};

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
}

static bool has_same_problems(const struct cvl_network *a, const struct cvl_network *b)
{
    bool same = a->step_count == b->step_count && a->residual_count == b->residual_count;
    for (size_t i = 0; same && i < a->step_count; i++)
        same = cvl_problem_equal(&a->steps[i].problem, &b->steps[i].problem);
    for (size_t i = 0; same && i < a->residual_count; i++)
        same = a->residuals[i].from == b->residuals[i].from &&
               a->residuals[i].to == b->residuals[i].to;
    return same;
}

bool cvl_expected_is_of(const struct cvl_expected *expected, const struct cvl_case *item)
{
    return expected->steps && expected->dtype == item->dtype && expected->passes == item->passes &&
           expected->optimizer == item->optimizer &&
           has_same_problems(&expected->network, item->network);
}

static bool is_kept(const struct cvl_network *network, uint32_t from, uint32_t step)
{
    for (size_t i = 0; i < network->residual_count; i++)
        if (network->residuals[i].from == from && step < network->residuals[i].to)
            return true;
    return false;
}

static bool ends_residual(const struct cvl_network *network, uint32_t step)
{
    for (size_t i = 0; i < network->residual_count; i++)
        if (network->residuals[i].to == step)
            return true;
    return false;
}

static const float *input_of(const struct walk *w, uint32_t step)
{
    return step == 0 ? w->steps[0].input : w->inputs[step];
}

/* What the device keeps between two stages is of the case's type. */
static void round_output(const struct walk *w, uint32_t step, double *output, size_t count)
{
    for (size_t i = 0; i < count; i++)
        output[i] = (double)cvl_element_round((float)output[i], w->dtype);
    for (size_t r = 0; r < w->network->residual_count; r++) {
        const struct cvl_residual *residual = &w->network->residuals[r];
        const float *kept = input_of(w, residual->from);
        for (size_t i = 0; residual->to == step && i < count; i++)
            output[i] = (double)cvl_element_round((float)(output[i] + (double)kept[i]), w->dtype);
    }
}

/* The step's output; the last one is left as the reference has it, unless something is added. */
static enum cvl_status compute_step(struct walk *w, uint32_t step)
{
    assert(input_of(w, step));
    struct cvl_tensors *t = &w->steps[step];
    const bool is_last = step + 1 == w->network->step_count;
    const size_t count = (size_t)cvl_problem_sizes(&t->problem).output_elements;
    const struct cvl_reference_inputs inputs = {
        .input = input_of(w, step),
        .weights = t->weights,
        .weights_ex = t->weights_ex,
        .weights_dw = t->weights_dw,
        .weights_pw = t->weights_pw,
    };
    double *output = malloc(count * sizeof *output);
    if (!output)
        return no_memory(w->err);
    enum cvl_status status = cvl_reference_compute(&t->problem, &inputs, output, w->err);
    if (status == CVL_OK && (!is_last || ends_residual(w->network, step)))
        round_output(w, step, output, count);
    if (status == CVL_OK && is_last) {
        t->output = output;
        return CVL_OK;
    }
    if (status == CVL_OK)
        w->inputs[step + 1] = malloc(count * sizeof **w->inputs);
    if (status == CVL_OK && !w->inputs[step + 1])
        status = no_memory(w->err);
    for (size_t i = 0; status == CVL_OK && i < count; i++)
        w->inputs[step + 1][i] = (float)output[i];
    free(output);
    return status;
}

static void drop_inputs(struct walk *w, uint32_t step)
{
    for (uint32_t i = 1; i <= step; i++)
        if (!is_kept(w->network, i, step)) {
            free(w->inputs[i]);
            w->inputs[i] = NULL;
        }
}

static enum cvl_status compute_steps(struct walk *w)
{
    const uint32_t count = (uint32_t)w->network->step_count;
    enum cvl_status status = CVL_OK;
    w->inputs = calloc(count + 1, sizeof *w->inputs);
    if (!w->inputs)
        return no_memory(w->err);
    for (uint32_t step = 0; step < count && status == CVL_OK; step++) {
        status = (step == 0 ? cvl_tensors_make : cvl_tensors_make_after)(
            &w->network->steps[step].problem, w->dtype, &w->steps[step], w->err);
        if (status == CVL_OK && w->with_answer)
            status = compute_step(w, step);
        drop_inputs(w, step);
    }
    for (uint32_t i = 0; i <= count; i++)
        free(w->inputs[i]);
    free(w->inputs);
    return status;
}

static void find_max_abs(struct cvl_tensors *t)
{
    const size_t count = (size_t)cvl_problem_sizes(&t->problem).output_elements;
    t->max_abs = 0.0;
    for (size_t i = 0; i < count; i++)
        t->max_abs = fmax(t->max_abs, fabs(t->output[i]));
}

static enum cvl_status add_training(const struct cvl_case *item, struct cvl_tensors *t,
                                    struct cvl_error *err)
{
    const bool separable = t->problem.form == CVL_SEPARABLE;
    const float *const weights[2] = {separable ? t->weights_dw : t->weights, t->weights_pw};
    return cvl_training_tensors_create(&t->problem, item->optimizer, t->input, weights,
                                       &t->training, err);
}

enum cvl_status cvl_expected_create(const struct cvl_case *item, bool with_answer,
                                    struct cvl_expected *out, struct cvl_error *err)
{
    *out = (struct cvl_expected){.dtype = item->dtype,
                                 .passes = item->passes,
                                 .optimizer = item->optimizer,
                                 .has_answer = with_answer};
    enum cvl_status status = cvl_network_copy(item->network, &out->network, err);
    if (status != CVL_OK)
        return status;
    out->steps = calloc(item->network->step_count, sizeof *out->steps);
    struct walk w = {.network = &out->network,
                     .dtype = item->dtype,
                     .steps = out->steps,
                     .with_answer = with_answer,
                     .err = err};
    status = out->steps ? compute_steps(&w) : no_memory(err);
    if (status == CVL_OK && with_answer)
        find_max_abs(&out->steps[item->network->step_count - 1]);
    if (status == CVL_OK && item->passes == CVL_TRAINING)
        status = add_training(item, &out->steps[0], err);
    if (status != CVL_OK)
        cvl_expected_clear(out);
    return status;
}

void cvl_expected_clear(struct cvl_expected *expected)
{
    for (size_t i = 0; expected->steps && i < expected->network.step_count; i++)
        cvl_tensors_clear(&expected->steps[i]);
    free(expected->steps);
    cvl_network_clear(&expected->network);
    *expected = (struct cvl_expected){0};
}

const struct cvl_tensors *cvl_expected_last(const struct cvl_expected *expected)
{
    assert(expected->steps && expected->network.step_count > 0);
    return &expected->steps[expected->network.step_count - 1];
}
