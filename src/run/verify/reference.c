/* Direct convolution in double, divided among the processors of the host. */
#include "run/verify/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "run/verify/reference_pass.h"

/* A transposed convolution under way. */
struct transposed {
    const struct cvl_problem *p;
    const double *input;  /* mb ih iw ic */
    const float *weights; /* ic (oc/g) kh kw */
    double *output;       /* mb oh ow oc */
};

/* Depthwise: channels lie side by side, and rows of the output are divided among threads. */
static void add_products(double *restrict sums, const double *restrict x,
                         const double *restrict weights, size_t n)
{
    for (size_t c = 0; c < n; c++)
        sums[c] += x[c] * weights[c];
}

static void compute_pixel(const struct cvl_reference_pass *pass, struct cvl_reference_pixel at,
                          double *sums)
{
    const struct cvl_problem *p = pass->p;
    size_t channels = (size_t)p->ic;
    memset(sums, 0, channels * sizeof *sums);
    for (int32_t r = 0; r < p->kh; r++)
        for (int32_t s = 0; s < p->kw; s++) {
            const double *x = cvl_reference_tap(pass, at, r, s);
            size_t tap = (size_t)r * (size_t)p->kw + (size_t)s;
            if (x)
                add_products(sums, x, pass->weights + tap * channels, channels);
        }
}

static void compute_depthwise_rows(void *user, size_t begin, size_t end)
{
    const struct cvl_reference_pass *pass = user;
    size_t oh = (size_t)pass->p->oh, ow = (size_t)pass->p->ow, oc = (size_t)pass->p->oc;
    for (size_t row = begin; row < end; row++)
        for (size_t column = 0; column < ow; column++) {
            struct cvl_reference_pixel at = {row / oh, (int32_t)(row % oh), (int32_t)column};
            compute_pixel(pass, at, pass->output + (row * ow + column) * oc);
        }
}

/* Depthwise weights come C 1 KH KW; the inner loop runs along channels: KH KW C. */
static double *transpose_depthwise(const struct cvl_problem *p, const float *weights)
{
    size_t channels = (size_t)p->ic;
    size_t window = (size_t)p->kh * (size_t)p->kw;
    double *out = malloc(channels * window * sizeof *out);
    for (size_t c = 0; out && c < channels; c++)
        for (size_t tap = 0; tap < window; tap++)
            out[tap * channels + c] = weights[c * window + tap];
    return out;
}

static enum cvl_status run_depthwise(const struct cvl_problem *p, const double *input,
                                     const float *weights, double *output, struct cvl_error *err)
{
    double *transposed = transpose_depthwise(p, weights);
    if (!transposed)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's weights");
    struct cvl_reference_pass pass = {p, input, transposed, output};
    cvl_parallel_for((size_t)p->mb * (size_t)p->oh, compute_depthwise_rows, &pass);
    free(transposed);
    return CVL_OK;
}

static enum cvl_status run_pass(const struct cvl_problem *p, const double *input,
                                const float *weights, double *output, struct cvl_error *err)
{
    return p->g == p->ic && p->g == p->oc ? run_depthwise(p, input, weights, output, err)
                                          : cvl_reference_dense(p, input, weights, output, err);
}

enum cvl_status cvl_reference_convolve(const struct cvl_problem *problem, const double *input,
                                       const float *weights, double *output, struct cvl_error *err)
{
    return run_pass(problem, input, weights, output, err);
}

static enum cvl_status run_separable(const struct cvl_problem *p, const double *input,
                                     const struct cvl_reference_inputs *inputs, double *output,
                                     struct cvl_error *err)
{
    struct cvl_problem dw = cvl_problem_part(p, CVL_DEPTHWISE);
    struct cvl_problem pw = cvl_problem_part(p, CVL_POINTWISE);
    double *between = malloc((size_t)cvl_problem_sizes(&dw).output_elements * sizeof *between);
    if (!between)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
    enum cvl_status status = run_pass(&dw, input, inputs->weights_dw, between, err);
    if (status == CVL_OK)
        status = run_pass(&pw, between, inputs->weights_pw, output, err);
    free(between);
    return status;
}

/* The expansion, then what an inverted problem has in common with a separable one on its output. */
static enum cvl_status run_inverted(const struct cvl_problem *p, const double *input,
                                    const struct cvl_reference_inputs *inputs, double *output,
                                    struct cvl_error *err)
{
    struct cvl_problem expansion = cvl_problem_expansion(p);
    struct cvl_sizes sizes = cvl_problem_sizes(p);
    double *expanded = malloc((size_t)sizes.expanded_elements * sizeof *expanded);
    if (!expanded)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference");
    enum cvl_status status = run_pass(&expansion, input, inputs->weights_ex, expanded, err);
    if (status == CVL_OK)
        status = run_separable(p, expanded, inputs, output, err);
    free(expanded);
    for (size_t i = 0; status == CVL_OK && p->res && i < (size_t)sizes.output_elements; i++)
        output[i] += input[i];
    return status;
}

/* Each output pixel gathers from the input pixels whose windows reach it. */
static void gather(const struct cvl_problem *p, const double *input, const float *weights,
                   size_t row, double *output)
{
    const size_t image = row / (size_t)p->oh;
    const int64_t y = (int64_t)(row % (size_t)p->oh);
    const int32_t icg = p->ic / p->g, ocg = p->oc / p->g;
    for (int32_t x = 0; x < p->ow; x++)
        for (int32_t o = 0; o < p->oc; o++) {
            double sum = 0.0;
            for (int32_t r = 0; r < p->kh; r++)
                for (int32_t s = 0; s < p->kw; s++) {
                    const int64_t above = y + p->ph - (int64_t)r * ((int64_t)p->dh + 1);
                    const int64_t before = (int64_t)x + p->pw - (int64_t)s * ((int64_t)p->dw + 1);
                    if (above < 0 || above % p->sh != 0 || above / p->sh >= p->ih || before < 0 ||
                        before % p->sw != 0 || before / p->sw >= p->iw)
                        continue;
                    const size_t pixel =
                        (image * (size_t)p->ih + (size_t)(above / p->sh)) * (size_t)p->iw +
                        (size_t)(before / p->sw);
                    const int32_t first = o / ocg * icg;
                    for (int32_t c = first; c < first + icg; c++)
                        sum += input[pixel * (size_t)p->ic + (size_t)c] *
                               (double)weights[(((size_t)c * (size_t)ocg + (size_t)(o % ocg)) *
                                                    (size_t)p->kh +
                                                (size_t)r) *
                                                   (size_t)p->kw +
                                               (size_t)s];
                }
            *output++ = sum;
        }
}

static void gather_rows(void *user, size_t begin, size_t end)
{
    const struct transposed *t = user;
    for (size_t row = begin; row < end; row++)
        gather(t->p, t->input, t->weights, row,
               t->output + row * (size_t)t->p->ow * (size_t)t->p->oc);
}

static enum cvl_status run_transposed(const struct cvl_problem *p, const double *input,
                                      const float *weights, double *output)
{
    struct transposed transposed = {p, input, weights, output};
    cvl_parallel_for((size_t)p->mb * (size_t)p->oh, gather_rows, &transposed);
    return CVL_OK;
}

static enum cvl_status run_form(const struct cvl_problem *p, const double *input,
                                const struct cvl_reference_inputs *inputs, double *output,
                                struct cvl_error *err)
{
    if (p->form == CVL_TRANSPOSED)
        return run_transposed(p, input, inputs->weights, output);
    if (p->form == CVL_INVERTED)
        return run_inverted(p, input, inputs, output, err);
    return p->form == CVL_SEPARABLE ? run_separable(p, input, inputs, output, err)
                                    : run_pass(p, input, inputs->weights, output, err);
}

enum cvl_status cvl_reference_compute(const struct cvl_problem *problem,
                                      const struct cvl_reference_inputs *inputs, double *output,
                                      struct cvl_error *err)
{
    size_t count = (size_t)cvl_problem_sizes(problem).input_elements;
    double *input = malloc(count * sizeof *input);
    if (!input)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's input");
    for (size_t i = 0; i < count; i++)
        input[i] = inputs->input[i];
    enum cvl_status status = run_form(problem, input, inputs, output, err);
    free(input);
    return status;
}
