/* Seeded tensors, scaled so that every output has a variance of about 1. */
#include "run/verify/tensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "run/verify/reference.h"
#include "run/verify/training_tensors.h"

static float *make_random(size_t count, double scale, uint64_t seed, enum cvl_dtype dtype)
{
    float *values = malloc((count ? count : 1) * sizeof *values);
    if (!values)
        return NULL;
    struct cvl_random random = {seed};
    for (size_t i = 0; i < count; i++)
        values[i] = cvl_element_round((float)(cvl_random_unit(&random) * scale), dtype);
    return values;
}

/* Uniform in [-1, 1) has a variance of 1/3. A sum of n products of such inputs with weights of
 * variance 3/n, that is weights scaled by 3/sqrt(n), has a variance of 1. */
static enum cvl_status make_weights(struct cvl_tensors *t, struct cvl_error *err)
{
    const struct cvl_problem *p = &t->problem;
    struct cvl_sizes sizes = cvl_problem_sizes(p);
    double window = (double)p->kh * p->kw;
    bool made = false;
    if (p->form == CVL_SEPARABLE || p->form == CVL_INVERTED) {
        bool inverted = p->form == CVL_INVERTED;
        double channels = cvl_problem_middle(p);
        double first =
            sqrt(inverted ? 3.0 / window : 9.0 / window); /* sums before it: variance 1 */
        t->weights_dw = make_random((size_t)sizes.weights_dw_elements, first, 2, t->dtype);
        t->weights_pw =
            make_random((size_t)sizes.weights_pw_elements, sqrt(3.0 / channels), 3, t->dtype);
        if (inverted)
            t->weights_ex =
                make_random((size_t)sizes.weights_ex_elements, 3.0 / sqrt(p->ic), 5, t->dtype);
        made = t->weights_dw && t->weights_pw && (!inverted || t->weights_ex);
    } else {
        double terms = window * (p->ic / p->g);
        if (p->form == CVL_TRANSPOSED) /* the windows that reach an output, on average */
            terms = fmax(1.0, terms / ((double)p->sh * p->sw));
        t->weights = make_random((size_t)sizes.weights_elements, 3.0 / sqrt(terms), 4, t->dtype);
        made = t->weights != NULL;
    }
    return made ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the weights");
}

static double find_max_abs(const double *values, size_t count)
{
    double max = 0.0;
    for (size_t i = 0; i < count; i++)
        max = fabs(values[i]) > max ? fabs(values[i]) : max;
    return max;
}

float *cvl_tensors_make_input(size_t elements, enum cvl_dtype dtype)
{
    return make_random(elements, 1.0, 1, dtype);
}

enum cvl_status cvl_tensors_make(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                 struct cvl_tensors *out, struct cvl_error *err)
{
    *out = (struct cvl_tensors){.problem = *problem, .dtype = dtype};
    enum cvl_status status = make_weights(out, err);
    if (status == CVL_OK) {
        out->input_extent = cvl_input_extent(problem);
        out->input =
            cvl_tensors_make_input((size_t)cvl_problem_sizes(problem).input_elements, dtype);
        status =
            out->input ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the input");
    }
    if (status != CVL_OK)
        cvl_tensors_clear(out);
    return status;
}

enum cvl_status cvl_tensors_make_after(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                       double second_moment, struct cvl_tensors *out,
                                       struct cvl_error *err)
{
    const float scale = (float)sqrt(1.0 / 3.0 / second_moment);
    const struct cvl_sizes sizes = cvl_problem_sizes(problem);
    *out = (struct cvl_tensors){.problem = *problem, .dtype = dtype};
    const enum cvl_status status = make_weights(out, err);
    const bool inverted = problem->form == CVL_INVERTED;
    const bool separable = problem->form == CVL_SEPARABLE;
    float *first = inverted    ? out->weights_ex
                   : separable ? out->weights_dw
                               : out->weights; /* of the convolution that reads the input */
    const uint64_t count = inverted    ? sizes.weights_ex_elements
                           : separable ? sizes.weights_dw_elements
                                       : sizes.weights_elements;
    for (size_t i = 0; status == CVL_OK && i < (size_t)count; i++)
        first[i] = cvl_element_round(first[i] * scale, dtype);
    if (status != CVL_OK)
        cvl_tensors_clear(out);
    return status;
}

static float *copy_of(const float *values, uint64_t count)
{
    float *copy = values ? malloc((size_t)count * sizeof *copy) : NULL;
    if (copy)
        memcpy(copy, values, (size_t)count * sizeof *copy);
    return copy;
}

enum cvl_status cvl_tensors_make_with_weights(const struct cvl_problem *problem,
                                              const struct cvl_tensors *owner,
                                              struct cvl_tensors *out, struct cvl_error *err)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(problem);
    *out = (struct cvl_tensors){.problem = *problem, .dtype = owner->dtype};
    out->weights = copy_of(owner->weights, sizes.weights_elements);
    out->weights_ex = copy_of(owner->weights_ex, sizes.weights_ex_elements);
    out->weights_dw = copy_of(owner->weights_dw, sizes.weights_dw_elements);
    out->weights_pw = copy_of(owner->weights_pw, sizes.weights_pw_elements);
    if (!out->weights == !owner->weights && !out->weights_ex == !owner->weights_ex &&
        !out->weights_dw == !owner->weights_dw && !out->weights_pw == !owner->weights_pw)
        return CVL_OK;
    cvl_tensors_clear(out);
    return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the weights");
}

enum cvl_status cvl_tensors_create(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                   struct cvl_tensors *out, struct cvl_error *err)
{
    const size_t count = (size_t)cvl_problem_sizes(problem).output_elements;
    enum cvl_status status = cvl_tensors_make(problem, dtype, out, err);
    if (status != CVL_OK)
        return status;
    out->output = malloc(count * sizeof *out->output);
    if (!out->output)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the tensors");
    struct cvl_reference_inputs inputs = {
        .input = out->input,
        .weights = out->weights,
        .weights_ex = out->weights_ex,
        .weights_dw = out->weights_dw,
        .weights_pw = out->weights_pw,
    };
    if (status == CVL_OK)
        status = cvl_reference_compute(problem, &inputs, out->output, err);
    if (status == CVL_OK)
        out->max_abs = find_max_abs(out->output, count);
    if (status != CVL_OK)
        cvl_tensors_clear(out);
    return status;
}

void cvl_tensors_clear(struct cvl_tensors *tensors)
{
    free(tensors->input);
    free(tensors->weights);
    free(tensors->weights_ex);
    free(tensors->weights_dw);
    free(tensors->weights_pw);
    free(tensors->output);
    cvl_training_tensors_destroy(&tensors->training);
    *tensors = (struct cvl_tensors){0};
}

void cvl_pack_activations(const float *nhwc, struct cvl_extent extent, enum cvl_layout layout,
                          enum cvl_dtype dtype, void *target)
{
    for (size_t n = 0; n < extent.n; n++)
        for (size_t pixel = 0; pixel < extent.h * extent.w; pixel++) {
            const struct cvl_channels run = cvl_find_channels(extent, layout, n, pixel);
            for (size_t c = 0; c < extent.c; c++)
                cvl_element_store(target, run.first + c * run.step, *nhwc++, dtype);
        }
}

void cvl_pack_elements(const float *values, size_t count, enum cvl_dtype dtype, void *target)
{
    for (size_t i = 0; i < count; i++)
        cvl_element_store(target, i, values[i], dtype);
}

struct cvl_extent cvl_input_extent(const struct cvl_problem *p)
{
    return (struct cvl_extent){(size_t)p->mb, (size_t)p->ih, (size_t)p->iw, (size_t)p->ic};
}

struct cvl_extent cvl_output_extent(const struct cvl_problem *p)
{
    return (struct cvl_extent){(size_t)p->mb, (size_t)p->oh, (size_t)p->ow, (size_t)p->oc};
}

size_t cvl_extent_elements(struct cvl_extent extent)
{
    return extent.n * extent.h * extent.w * extent.c;
}
