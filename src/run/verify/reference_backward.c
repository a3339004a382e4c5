/* Gradients by direct sums. */
#include "run/verify/reference_backward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

/* One convolution backwards. Loops run along the input channels of a group. */
struct backward {
    const struct cvl_problem *p;
    const double *input, *gradient, *weights; /* weights: taps x oc x (ic/g) */
    double *out;
    double *sums; /* of the weights' pass: taps x oc x (ic/g) */
};

static size_t inputs_of(const struct cvl_problem *p)
{
    return (size_t)(p->ic / p->g);
}

static size_t taps_of(const struct cvl_problem *p)
{
    return (size_t)p->kh * (size_t)p->kw;
}

static void add_scaled(double *restrict sums, double scale, const double *restrict x, size_t n)
{
    for (size_t c = 0; c < n; c++)
        sums[c] += scale * x[c];
}

/* What one output pixel gives to the input pixel that its tap reads. */
static void give_pixel(const struct backward *b, size_t tap, const double *gradient, double *out)
{
    const struct cvl_problem *p = b->p;
    const size_t icg = inputs_of(p), ocg = (size_t)(p->oc / p->g), oc = (size_t)p->oc;
    const double *weights = b->weights + tap * oc * icg;
    for (size_t k = 0; k < oc; k++)
        add_scaled(out + k / ocg * icg, gradient[k], weights + k * icg, icg);
}

/* The output's coordinate whose tap reads this input's; -1: there is none. */
static int64_t reader(int64_t at, int64_t pad, int64_t tap, int64_t dilation, int64_t stride,
                      int64_t extent)
{
    const int64_t scaled = at + pad - tap * (dilation + 1);
    return scaled >= 0 && scaled % stride == 0 && scaled / stride < extent ? scaled / stride : -1;
}

static void compute_data_pixel(const struct backward *b, size_t image, int64_t y, int64_t x,
                               double *out)
{
    const struct cvl_problem *p = b->p;
    for (int32_t r = 0; r < p->kh; r++) {
        const int64_t row = reader(y, p->ph, r, p->dh, p->sh, p->oh);
        for (int32_t s = 0; s < p->kw && row >= 0; s++) {
            const int64_t column = reader(x, p->pw, s, p->dw, p->sw, p->ow);
            const size_t pixel =
                (image * (size_t)p->oh + (size_t)row) * (size_t)p->ow + (size_t)column;
            if (column >= 0)
                give_pixel(b, (size_t)r * (size_t)p->kw + (size_t)s,
                           b->gradient + pixel * (size_t)p->oc, out);
        }
    }
}

static void compute_data_rows(void *user, size_t begin, size_t end)
{
    const struct backward *b = user;
    const size_t ih = (size_t)b->p->ih, iw = (size_t)b->p->iw, ic = (size_t)b->p->ic;
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < iw; x++) {
            double *out = b->out + (row * iw + x) * ic;
            memset(out, 0, ic * sizeof *out);
            compute_data_pixel(b, row / ih, (int64_t)(row % ih), (int64_t)x, out);
        }
}

enum cvl_status cvl_reference_backward_data(const struct cvl_problem *p, const float *weights,
                                            const double *gradient, double *out,
                                            struct cvl_error *err)
{
    const size_t rows = (size_t)p->oc * inputs_of(p), taps = taps_of(p);
    double *turned = malloc(rows * taps * sizeof *turned);
    if (!turned)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's weights");
    for (size_t row = 0; row < rows; row++)
        for (size_t tap = 0; tap < taps; tap++)
            turned[tap * rows + row] = weights[row * taps + tap];
    struct backward b = {.p = p, .gradient = gradient, .weights = turned, .out = out};
    cvl_parallel_for((size_t)p->mb * (size_t)p->ih, compute_data_rows, &b);
    free(turned);
    return CVL_OK;
}

/* One tap of one output channel: over all pixels. */
static void compute_tap(const struct backward *b, int32_t r, int32_t s, size_t k, double *sums)
{
    const struct cvl_problem *p = b->p;
    const size_t icg = inputs_of(p), ow = (size_t)p->ow, oc = (size_t)p->oc;
    const size_t group = k / (size_t)(p->oc / p->g);
    for (size_t row = 0; row < (size_t)p->mb * (size_t)p->oh; row++) {
        const size_t image = row / (size_t)p->oh;
        const int64_t y =
            (int64_t)(row % (size_t)p->oh) * p->sh - p->ph + (int64_t)r * ((int64_t)p->dh + 1);
        for (size_t column = 0; column < ow && y >= 0 && y < p->ih; column++) {
            const int64_t x = (int64_t)column * p->sw - p->pw + (int64_t)s * ((int64_t)p->dw + 1);
            const size_t pixel = (image * (size_t)p->ih + (size_t)y) * (size_t)p->iw + (size_t)x;
            if (x >= 0 && x < p->iw)
                add_scaled(sums, b->gradient[(row * ow + column) * oc + k],
                           b->input + pixel * (size_t)p->ic + group * icg, icg);
        }
    }
}

static void compute_channels(void *user, size_t begin, size_t end)
{
    const struct backward *b = user;
    const struct cvl_problem *p = b->p;
    const size_t icg = inputs_of(p), taps = taps_of(p);
    for (size_t k = begin; k < end; k++)
        for (int32_t r = 0; r < p->kh; r++)
            for (int32_t s = 0; s < p->kw; s++) {
                const size_t tap = (size_t)r * (size_t)p->kw + (size_t)s;
                double *sums = b->sums + (tap * (size_t)p->oc + k) * icg;
                compute_tap(b, r, s, k, sums);
                for (size_t c = 0; c < icg; c++)
                    b->out[(k * icg + c) * taps + tap] = sums[c];
            }
}

enum cvl_status cvl_reference_backward_weights(const struct cvl_problem *p, const double *input,
                                               const double *gradient, double *out,
                                               struct cvl_error *err)
{
    struct backward b = {.p = p, .input = input, .gradient = gradient, .out = out};
    b.sums = calloc((size_t)p->oc * inputs_of(p) * taps_of(p), sizeof *b.sums);
    if (!b.sums)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's weights");
    cvl_parallel_for((size_t)p->oc, compute_channels, &b);
    free(b.sums);
    return CVL_OK;
}

void cvl_reference_normalise(struct cvl_reference_norm *norm, const double *y, double *activated)
{
    const size_t channels = norm->channels;
    const double pixels = (double)norm->pixels;
    memset(norm->mean, 0, channels * sizeof *norm->mean);
    memset(norm->inverse, 0, channels * sizeof *norm->inverse);
    for (size_t i = 0; i < norm->pixels * channels; i++)
        norm->mean[i % channels] += y[i] / pixels;
    for (size_t i = 0; i < norm->pixels * channels; i++) {
        const double off = y[i] - norm->mean[i % channels];
        norm->inverse[i % channels] += off * off / pixels;
    }
    for (size_t c = 0; c < channels; c++)
        norm->inverse[c] = 1.0 / sqrt(norm->inverse[c] + CVL_REFERENCE_EPSILON);
    for (size_t i = 0; i < norm->pixels * channels; i++)
        activated[i] = fmax(0.0, (y[i] - norm->mean[i % channels]) * norm->inverse[i % channels]);
}

/* Of one channel: sums of what passes the ReLU, and of that times the normalised output. */
static void backward_channel(const struct cvl_reference_norm *norm, size_t c, const double *y,
                             const double *activated, const float *device, const double *gradient,
                             double *out)
{
    const double mean = norm->mean[c], inverse = norm->inverse[c];
    double first = 0.0, second = 0.0;
    for (size_t i = c; i < norm->pixels * norm->channels; i += norm->channels) {
        const bool passes = device ? device[i] > 0.0f : activated[i] > 0.0;
        out[i] = passes ? gradient[i] : 0.0;
        first += out[i];
        second += out[i] * (y[i] - mean) * inverse;
    }
    first /= (double)norm->pixels;
    second /= (double)norm->pixels;
    for (size_t i = c; i < norm->pixels * norm->channels; i += norm->channels)
        out[i] = inverse * (out[i] - first - (y[i] - mean) * inverse * second);
}

void cvl_reference_normalise_backward(const struct cvl_reference_norm *norm, const double *y,
                                      const double *activated, const float *device,
                                      const double *gradient, double *out)
{
    for (size_t c = 0; c < norm->channels; c++)
        backward_channel(norm, c, y, activated, device, gradient, out);
}
