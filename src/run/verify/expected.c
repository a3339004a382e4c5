/* The reference of a case: its layers on the host, one after the other. */
#include "run/verify/expected.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/verify/reference.h"
#include "run/verify/reference_op.h"
#include "run/verify/training_tensors.h"

/* A computation under way. */
struct walk {
    const struct cvl_network *network;
    enum cvl_dtype dtype;
    struct cvl_tensors *steps;
    bool with_answer;
    float *input;          /* the network's; the first step has it in the end */
    float **made;          /* what each step makes, rounded, as long as a step needs it */
    uint32_t *last_reader; /* of each step */
    struct cvl_error *err;
};

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
}

/* Names and forms do not count. */
static bool has_same_steps(const struct cvl_network *a, const struct cvl_network *b)
{
    bool same = a->step_count == b->step_count;
    for (size_t i = 0; same && i < a->step_count; i++) {
        const struct cvl_network_step *x = &a->steps[i], *y = &b->steps[i];
        same = memcmp(&x->op, &y->op, sizeof x->op) == 0 && x->weights_of == y->weights_of &&
               cvl_network_input_count(a, i) == cvl_network_input_count(b, i) &&
               (x->op.kind != CVL_OP_CONVOLUTION || cvl_problem_equal(&x->problem, &y->problem));
        for (size_t k = 0; same && k < cvl_network_input_count(a, i); k++)
            same = cvl_network_input(a, i, k) == cvl_network_input(b, i, k);
    }
    return same;
}

bool cvl_expected_is_of(const struct cvl_expected *expected, const struct cvl_case *item)
{
    return expected->steps && expected->dtype == item->dtype && expected->passes == item->passes &&
           expected->optimizer == item->optimizer &&
           has_same_steps(&expected->network, item->network);
}

static const float *tensor_of(const struct walk *w, uint32_t tensor)
{
    return tensor == CVL_NETWORK_INPUT ? w->input : w->made[tensor];
}

/* The mean of squares of what a step reads, as far as it is known: the weights go by it. */
static double find_moment(const struct walk *w, uint32_t tensor)
{
    const struct cvl_shape shape = cvl_network_shape(w->network, tensor);
    const size_t count = (size_t)cvl_shape_elements(&shape);
    const float *values = tensor_of(w, tensor);
    double sum = 0.0;
    if (tensor == CVL_NETWORK_INPUT)
        return 1.0 / 3.0;
    for (size_t i = 0; values && i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sum > 0.0 ? sum / (double)count : 1.0;
}

static enum cvl_status compute_convolution(const struct walk *w, uint32_t step, double *output)
{
    const struct cvl_tensors *t = &w->steps[step];
    const struct cvl_reference_inputs inputs = {
        .input = tensor_of(w, cvl_network_input(w->network, step, 0)),
        .weights = t->weights,
        .weights_ex = t->weights_ex,
        .weights_dw = t->weights_dw,
        .weights_pw = t->weights_pw,
    };
    assert(inputs.input);
    return cvl_reference_compute(&t->problem, &inputs, output, w->err);
}

static void compute_op(const struct walk *w, uint32_t step, double *output)
{
    struct cvl_reference_op reference = {
        .op = &w->network->steps[step].op,
        .dtype = w->dtype,
        .input_count = cvl_network_input_count(w->network, step),
    };
    for (size_t i = 0; i < reference.input_count; i++) {
        const uint32_t tensor = cvl_network_input(w->network, step, i);
        reference.shapes[i] = cvl_network_shape(w->network, tensor);
        reference.inputs[i] = tensor_of(w, tensor);
        assert(reference.inputs[i]);
    }
    cvl_reference_op_compute(&reference, output);
}

/* What the device keeps between two steps is of the case's type. */
static enum cvl_status keep_rounded(struct walk *w, uint32_t step, const double *output,
                                    size_t count)
{
    w->made[step] = malloc(count * sizeof **w->made);
    if (!w->made[step])
        return no_memory(w->err);
    for (size_t i = 0; i < count; i++)
        w->made[step][i] = cvl_element_round((float)output[i], w->dtype);
    return CVL_OK;
}

/* The step's output: as the reference has it where it is one of the network's. */
static enum cvl_status compute_step(struct walk *w, uint32_t step)
{
    const struct cvl_shape shape = cvl_network_shape(w->network, step);
    const size_t count = (size_t)cvl_shape_elements(&shape);
    double *output = malloc(count * sizeof *output);
    enum cvl_status status = output ? CVL_OK : no_memory(w->err);
    if (status == CVL_OK && w->network->steps[step].op.kind == CVL_OP_CONVOLUTION)
        status = compute_convolution(w, step, output);
    else if (status == CVL_OK)
        compute_op(w, step, output);
    if (status == CVL_OK && w->last_reader[step] == CVL_NETWORK_INPUT) {
        w->steps[step].output = output;
        return CVL_OK;
    }
    if (status == CVL_OK)
        status = keep_rounded(w, step, output, count);
    free(output);
    return status;
}

static void drop_read(struct walk *w, uint32_t step)
{
    for (uint32_t i = 0; i <= step; i++)
        if (w->last_reader[i] <= step) {
            free(w->made[i]);
            w->made[i] = NULL;
        }
}

static enum cvl_status make_tensors(struct walk *w, uint32_t step)
{
    const struct cvl_network_step *own = &w->network->steps[step];
    struct cvl_tensors *t = &w->steps[step];
    if (own->op.kind == CVL_OP_CONVOLUTION && own->weights_of > 0)
        return cvl_tensors_make_with_weights(&own->problem, &w->steps[own->weights_of - 1], t,
                                             w->err);
    if (own->op.kind == CVL_OP_CONVOLUTION)
        return cvl_tensors_make_after(&own->problem, w->dtype,
                                      find_moment(w, cvl_network_input(w->network, step, 0)), t,
                                      w->err);
    const struct cvl_shape *out = &own->op.out;
    *t = (struct cvl_tensors){.problem = {.mb = out->mb, .oc = out->c, .oh = out->h, .ow = out->w},
                              .dtype = w->dtype};
    return CVL_OK;
}

static enum cvl_status compute_steps(struct walk *w)
{
    const uint32_t count = (uint32_t)w->network->step_count;
    const struct cvl_shape input = cvl_network_shape(w->network, CVL_NETWORK_INPUT);
    w->made = calloc(count, sizeof *w->made);
    w->last_reader = calloc(count, sizeof *w->last_reader);
    w->input = cvl_tensors_make_input((size_t)cvl_shape_elements(&input), w->dtype);
    enum cvl_status status = w->made && w->last_reader && w->input ? CVL_OK : no_memory(w->err);
    for (uint32_t step = 0; status == CVL_OK && step < count; step++)
        w->last_reader[step] = cvl_network_last_reader(w->network, step);
    for (uint32_t step = 0; step < count && status == CVL_OK; step++) {
        status = make_tensors(w, step);
        if (status == CVL_OK && w->with_answer)
            status = compute_step(w, step);
        if (status == CVL_OK)
            drop_read(w, step);
    }
    for (uint32_t i = 0; w->made && i < count; i++)
        free(w->made[i]);
    free(w->made);
    free(w->last_reader);
    w->steps[0].input = w->input;
    w->steps[0].input_extent =
        (struct cvl_extent){(size_t)input.mb, (size_t)input.h, (size_t)input.w, (size_t)input.c};
    return status;
}

static void find_max_abs(struct cvl_tensors *t)
{
    const size_t count = cvl_extent_elements(cvl_output_extent(&t->problem));
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
    for (size_t i = 0; status == CVL_OK && i < item->network->step_count; i++)
        if (out->steps[i].output)
            find_max_abs(&out->steps[i]);
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
