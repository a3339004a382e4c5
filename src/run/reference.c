#include "run/reference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One window row of one output pixel at a time: where it starts in the input, and which part of
 * the kernel lies inside. */
struct range {
    int32_t first, end; /* kernel rows or columns that meet the input */
};

static struct range find_range(int32_t out, int32_t stride, int32_t pad, int32_t dilation,
                               int32_t kernel, int32_t in)
{
    int64_t step = (int64_t)dilation + 1;
    int64_t start = (int64_t)out * stride - pad;
    struct range range = {0, kernel};
    while (range.first < kernel && start + range.first * step < 0)
        range.first++;
    while (range.end > range.first && start + (range.end - 1) * step >= in)
        range.end--;
    return range;
}

/* Weights as kh kw (ic/g) (oc/g) of each group in double, so that the inner loop runs along output
 * channels. */
static double *transpose_weights(const struct cvl_problem *p, const float *weights)
{
    size_t cg = (size_t)(p->ic / p->g);
    size_t kg = (size_t)(p->oc / p->g);
    size_t window = (size_t)p->kh * (size_t)p->kw;
    double *out = malloc((size_t)p->g * window * cg * kg * sizeof *out);
    if (!out)
        return NULL;
    for (size_t g = 0; g < (size_t)p->g; g++)
        for (size_t k = 0; k < kg; k++)
            for (size_t c = 0; c < cg; c++)
                for (size_t tap = 0; tap < window; tap++)
                    out[((g * window + tap) * cg + c) * kg + k] =
                        weights[((g * kg + k) * cg + c) * window + tap];
    return out;
}

static void add_scaled(double *restrict sums, const double *restrict weights, double x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        sums[k] += x * weights[k];
}

static void add_products(double *restrict sums, const double *restrict x,
                         const double *restrict weights, size_t n)
{
    for (size_t c = 0; c < n; c++)
        sums[c] += x[c] * weights[c];
}

/* What one pass reads and writes; input in double since a separable problem's second pass reads the
 * first one's sums. */
struct pass {
    struct cvl_problem p;
    const double *input;
    const double *weights; /* transposed; depthwise: kh kw c */
    double *output;
};

static void compute_pixel(const struct pass *pass, const double *image, int32_t oh, int32_t ow,
                          double *sums)
{
    const struct cvl_problem *p = &pass->p;
    struct range rows = find_range(oh, p->sh, p->ph, p->dh, p->kh, p->ih);
    struct range columns = find_range(ow, p->sw, p->pw, p->dw, p->kw, p->iw);
    size_t ic = (size_t)p->ic, cg = ic / (size_t)p->g, kg = (size_t)(p->oc / p->g);
    size_t window = (size_t)p->kh * (size_t)p->kw;
    memset(sums, 0, (size_t)p->oc * sizeof *sums);
    for (int32_t r = rows.first; r < rows.end; r++)
        for (int32_t s = columns.first; s < columns.end; s++) {
            size_t ih = (size_t)((int64_t)oh * p->sh - p->ph + (int64_t)r * (p->dh + 1));
            size_t iw = (size_t)((int64_t)ow * p->sw - p->pw + (int64_t)s * (p->dw + 1));
            size_t tap = (size_t)r * (size_t)p->kw + (size_t)s;
            const double *x = image + (ih * (size_t)p->iw + iw) * ic;
            if (cg == 1 && kg == 1) {
                add_products(sums, x, pass->weights + tap * ic, ic);
                continue;
            }
            for (size_t c = 0; c < ic; c++) {
                size_t g = c / cg;
                const double *w = pass->weights + ((g * window + tap) * cg + c % cg) * kg;
                add_scaled(sums + g * kg, w, x[c], kg);
            }
        }
}

static void compute_pass(const struct pass *pass)
{
    const struct cvl_problem *p = &pass->p;
    size_t image = (size_t)p->ih * (size_t)p->iw * (size_t)p->ic;
    double *sums = pass->output;
    for (int32_t n = 0; n < p->mb; n++)
        for (int32_t oh = 0; oh < p->oh; oh++)
            for (int32_t ow = 0; ow < p->ow; ow++, sums += p->oc)
                compute_pixel(pass, pass->input + (size_t)n * image, oh, ow, sums);
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

static enum cvl_status run_pass(const struct cvl_problem *p, const double *input,
                                const float *weights, double *output, struct cvl_error *err)
{
    bool depthwise = p->g == p->ic && p->g == p->oc;
    double *transposed =
        depthwise ? transpose_depthwise(p, weights) : transpose_weights(p, weights);
    if (!transposed)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's weights");
    struct pass pass = {*p, input, transposed, output};
    compute_pass(&pass);
    free(transposed);
    return CVL_OK;
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
    enum cvl_status status = problem->form == CVL_SEPARABLE
                                 ? run_separable(problem, input, inputs, output, err)
                                 : run_pass(problem, input, inputs->weights, output, err);
    free(input);
    return status;
}
