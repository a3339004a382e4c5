#include "run/verify/chain_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/verify/half.h"
#include "run/verify/reference.h"

/* A computation under way. */
struct walk {
    const struct cvl_network *chain;
    enum cvl_dtype dtype;
    float **inputs; /* of each step, as long as a residual keeps it */
    struct cvl_error *err;
};

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the network's reference");
}

bool cvl_chain_reference_is_of(const struct cvl_chain_reference *r, const struct cvl_network *chain,
                               enum cvl_dtype dtype)
{
    bool same = r->last.output && r->last.dtype == dtype && r->step_count == chain->step_count &&
                r->residual_count == chain->residual_count;
    for (size_t i = 0; same && i < chain->step_count; i++)
        same = cvl_problem_equal(&r->problems[i], &chain->steps[i].problem);
    for (size_t i = 0; same && i < chain->residual_count; i++)
        same = r->residuals[i].from == chain->residuals[i].from &&
               r->residuals[i].to == chain->residuals[i].to;
    return same;
}

static bool is_kept(const struct cvl_network *chain, uint32_t from, uint32_t step)
{
    for (size_t i = 0; i < chain->residual_count; i++)
        if (chain->residuals[i].from == from && step < chain->residuals[i].to)
            return true;
    return false;
}

static float round_to(double value, enum cvl_dtype dtype)
{
    return dtype == CVL_F16 ? cvl_half_to_float(cvl_half_from_float((float)value)) : (float)value;
}

static void add_residuals(const struct walk *w, uint32_t step, float *values, size_t count)
{
    for (size_t r = 0; r < w->chain->residual_count; r++)
        for (size_t i = 0; w->chain->residuals[r].to == step && i < count; i++)
            values[i] =
                round_to((double)values[i] + w->inputs[w->chain->residuals[r].from][i], w->dtype);
}

/* The step's output in float; takes what it reads from w->inputs. */
static enum cvl_status compute_step(struct walk *w, uint32_t step, float **out)
{
    const struct cvl_problem *problem = &w->chain->steps[step].problem;
    const size_t count = (size_t)cvl_problem_sizes(problem).output_elements;
    struct cvl_tensors tensors;
    enum cvl_status status = (step == 0 ? cvl_tensors_make : cvl_tensors_make_behind)(
        problem, w->dtype, &tensors, w->err);
    if (status != CVL_OK)
        return status;
    if (step == 0) {
        w->inputs[0] = tensors.input;
        tensors.input = NULL;
    }
    const struct cvl_reference_inputs inputs = {
        .input = w->inputs[step],
        .weights = tensors.weights,
        .weights_ex = tensors.weights_ex,
        .weights_dw = tensors.weights_dw,
        .weights_pw = tensors.weights_pw,
    };
    double *output = malloc(count * sizeof *output);
    *out = malloc(count * sizeof **out);
    status = output && *out ? cvl_reference_compute(problem, &inputs, output, w->err)
                            : no_memory(w->err);
    for (size_t i = 0; status == CVL_OK && i < count; i++)
        (*out)[i] = round_to(output[i], w->dtype);
    if (status == CVL_OK)
        add_residuals(w, step, *out, count);
    free(output);
    cvl_tensors_clear(&tensors);
    return status;
}

static void drop_inputs(struct walk *w, uint32_t step)
{
    for (uint32_t i = 0; i <= step; i++)
        if (!is_kept(w->chain, i, step)) {
            free(w->inputs[i]);
            w->inputs[i] = NULL;
        }
}

static enum cvl_status keep_output(struct cvl_chain_reference *out, const float *values,
                                   struct cvl_error *err)
{
    const size_t count = (size_t)cvl_problem_sizes(&out->last.problem).output_elements;
    out->last.output = malloc(count * sizeof *out->last.output);
    if (!out->last.output)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        out->last.output[i] = values[i];
        out->last.max_abs = fmax(out->last.max_abs, fabs((double)values[i]));
    }
    return CVL_OK;
}

static enum cvl_status remember_chain(struct cvl_chain_reference *out,
                                      const struct cvl_network *chain, struct cvl_error *err)
{
    out->step_count = chain->step_count;
    out->residual_count = chain->residual_count;
    out->problems = calloc(chain->step_count, sizeof *out->problems);
    out->residuals = calloc(chain->residual_count + 1, sizeof *out->residuals);
    if (!out->problems || !out->residuals)
        return no_memory(err);
    for (size_t i = 0; i < chain->step_count; i++)
        out->problems[i] = chain->steps[i].problem;
    for (size_t i = 0; i < chain->residual_count; i++)
        out->residuals[i] = chain->residuals[i];
    return CVL_OK;
}

enum cvl_status cvl_chain_reference_compute(const struct cvl_network *chain, enum cvl_dtype dtype,
                                            struct cvl_chain_reference *out, struct cvl_error *err)
{
    const uint32_t count = (uint32_t)chain->step_count;
    struct walk w = {.chain = chain, .dtype = dtype, .err = err};
    float *last = NULL;
    *out = (struct cvl_chain_reference){
        .last = {.problem = chain->steps[count - 1].problem, .dtype = dtype}};
    w.inputs = calloc(count + 1, sizeof *w.inputs);
    enum cvl_status status = w.inputs ? remember_chain(out, chain, err) : no_memory(err);
    for (uint32_t step = 0; step < count && status == CVL_OK; step++) {
        status = compute_step(&w, step, &w.inputs[step + 1]);
        drop_inputs(&w, step);
    }
    if (status == CVL_OK) {
        last = w.inputs[count];
        status = keep_output(out, last, err);
    }
    for (uint32_t i = 0; w.inputs && i <= count; i++)
        free(w.inputs[i]);
    free(w.inputs);
    if (status != CVL_OK)
        cvl_chain_reference_clear(out);
    return status;
}

void cvl_chain_reference_clear(struct cvl_chain_reference *reference)
{
    cvl_tensors_clear(&reference->last);
    free(reference->problems);
    free(reference->residuals);
    *reference = (struct cvl_chain_reference){0};
}
