/* Makes the inputs of a training step, and the results that it must have. */
#include "run/verify/training_tensors.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "run/verify/reference.h"

/* The rates of cl/update.cl. */
static const double rate = 1e-4, momentum = 0.9, first_decay = 0.9, second_decay = 0.999;
static const double first_correction = 0.6513215599, second_correction = 0.0099551198;

void cvl_training_step(enum cvl_optimizer optimizer, double gradient, double *weight, double *state,
                       size_t stride)
{
    double step = gradient;
    if (optimizer == CVL_MOMENTUM)
        step = state[0] = momentum * state[0] + gradient;
    if (optimizer == CVL_ADAM) {
        state[0] = first_decay * state[0] + (1.0 - first_decay) * gradient;
        state[stride] = second_decay * state[stride] + (1.0 - second_decay) * gradient * gradient;
        step = state[0] / first_correction / (sqrt(state[stride] / second_correction) + 1e-8);
    }
    *weight -= rate * step;
}

static double *make_doubles(size_t count)
{
    return malloc((count ? count : 1) * sizeof(double));
}

/* Uniform in [-1, 1); of Adam's second moment, which is no less than 0, in [0.5, 1.5). */
static float *make_state(size_t count, uint32_t copies)
{
    float *values = malloc((count * copies + 1) * sizeof *values);
    struct cvl_random random = {5};
    for (size_t i = 0; values && i < count * copies; i++) {
        const float unit = cvl_random_unit(&random);
        values[i] = i < count ? unit : 1.0f + unit / 2.0f;
    }
    return values;
}

static bool make_part(struct cvl_training_part *part, enum cvl_optimizer optimizer)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(&part->problem);
    const uint32_t copies = cvl_optimizer_copies(optimizer);
    const size_t channels = (size_t)part->problem.oc;
    part->weights_count = (size_t)sizes.weights_elements;
    part->input_count = (size_t)sizes.input_elements;
    part->output_count = (size_t)sizes.output_elements;
    part->output = make_doubles(part->output_count);
    part->activated = make_doubles(part->output_count);
    part->norm = (struct cvl_reference_norm){part->output_count / channels, channels,
                                             make_doubles(channels), make_doubles(channels)};
    part->state = make_state(part->weights_count, copies);
    part->gradients = make_doubles(part->weights_count);
    part->updated = make_doubles(part->weights_count);
    part->state_after = make_doubles(part->weights_count * copies);
    return part->output && part->activated && part->norm.mean && part->norm.inverse &&
           part->state && part->gradients && part->updated && part->state_after;
}

static bool make_all(struct cvl_training_tensors *t, const struct cvl_problem *problem,
                     const float *input, const float *const weights[2])
{
    const bool separable = problem->form == CVL_SEPARABLE;
    const struct cvl_sizes sizes = cvl_problem_sizes(problem);
    struct cvl_random random = {6};
    t->count = separable ? 2 : 1;
    t->parts[0].problem = separable ? cvl_problem_part(problem, CVL_DEPTHWISE) : *problem;
    t->parts[1].problem = separable ? cvl_problem_part(problem, CVL_POINTWISE) : *problem;
    t->input = make_doubles((size_t)sizes.input_elements);
    t->input_gradient = make_doubles((size_t)sizes.input_elements);
    t->output_gradient = malloc((size_t)sizes.output_elements * sizeof *t->output_gradient);
    bool made = t->input && t->input_gradient && t->output_gradient;
    for (size_t i = 0; made && i < t->count; i++) {
        t->parts[i].weights = weights[i];
        made = make_part(&t->parts[i], t->optimizer);
        t->parts[i].input = i == 0 ? t->input : t->parts[0].activated;
    }
    for (uint64_t i = 0; made && i < sizes.input_elements; i++)
        t->input[i] = input[i];
    for (uint64_t i = 0; made && i < sizes.output_elements; i++)
        t->output_gradient[i] = cvl_random_unit(&random);
    return made;
}

enum cvl_status cvl_training_tensors_create(const struct cvl_problem *problem,
                                            enum cvl_optimizer optimizer, const float *input,
                                            const float *const weights[2],
                                            struct cvl_training_tensors **out,
                                            struct cvl_error *err)
{
    struct cvl_training_tensors *t = calloc(1, sizeof *t);
    enum cvl_status status = CVL_OK;
    if (t)
        t->optimizer = optimizer;
    if (!t || !make_all(t, problem, input, weights))
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the tensors of training");
    for (size_t i = 0; status == CVL_OK && i < t->count; i++) {
        struct cvl_training_part *part = &t->parts[i];
        status =
            cvl_reference_convolve(&part->problem, part->input, part->weights, part->output, err);
        if (status == CVL_OK)
            cvl_reference_normalise(&part->norm, part->output, part->activated);
    }
    if (status != CVL_OK)
        cvl_training_tensors_destroy(&t);
    *out = t;
    return status;
}

static void clear_part(struct cvl_training_part *part)
{
    free(part->output);
    free(part->activated);
    free(part->norm.mean);
    free(part->norm.inverse);
    free(part->state);
    free(part->gradients);
    free(part->updated);
    free(part->state_after);
}

void cvl_training_tensors_destroy(struct cvl_training_tensors **tensors)
{
    struct cvl_training_tensors *t = *tensors;
    if (!t)
        return;
    clear_part(&t->parts[0]);
    clear_part(&t->parts[1]);
    free(t->input);
    free(t->output_gradient);
    free(t->input_gradient);
    free(t);
    *tensors = NULL;
}

static void take_step(struct cvl_training_part *part, enum cvl_optimizer optimizer)
{
    const size_t count = part->weights_count;
    for (size_t i = 0; i < count * cvl_optimizer_copies(optimizer); i++)
        part->state_after[i] = part->state[i];
    for (size_t i = 0; i < count; i++) {
        part->updated[i] = part->weights[i];
        cvl_training_step(optimizer, part->gradients[i], &part->updated[i], &part->state_after[i],
                          count);
    }
}

/* From the gradient of a part's activated tensor to those of its weights and of its input. */
static enum cvl_status go_back(struct cvl_training_part *part, const float *device,
                               const double *gradient, double *input_gradient,
                               struct cvl_error *err)
{
    double *inner = make_doubles(part->output_count);
    if (!inner)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
    cvl_reference_normalise_backward(&part->norm, part->output, part->activated, device, gradient,
                                     inner);
    enum cvl_status status =
        cvl_reference_backward_weights(&part->problem, part->input, inner, part->gradients, err);
    if (status == CVL_OK)
        status =
            cvl_reference_backward_data(&part->problem, part->weights, inner, input_gradient, err);
    free(inner);
    return status;
}

enum cvl_status cvl_training_tensors_backward(struct cvl_training_tensors *t,
                                              const float *const device[2], struct cvl_error *err)
{
    const struct cvl_training_part *last = &t->parts[t->count - 1];
    double *gradient = make_doubles(last->output_count);
    double *between = make_doubles(t->parts[0].output_count);
    enum cvl_status status = CVL_OK;
    if (!gradient || !between)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
    for (size_t i = 0; status == CVL_OK && i < last->output_count; i++)
        gradient[i] = t->output_gradient[i];
    for (size_t i = t->count; status == CVL_OK && i-- > 0;) {
        const bool is_last = i + 1 == t->count;
        status = go_back(&t->parts[i], device ? device[i] : NULL, is_last ? gradient : between,
                         i == 0 ? t->input_gradient : between, err);
        take_step(&t->parts[i], t->optimizer);
    }
    free(gradient);
    free(between);
    return status;
}
