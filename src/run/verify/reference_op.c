/* Computes what is no convolution, element by element. */
#include "run/verify/reference_op.h"

#include <math.h>

#include "run/verify/elements.h"

/* A place in a tensor. */
struct place {
    int64_t n, c, h, w;
};

static size_t index_of(const struct cvl_shape *s, struct place p)
{
    return (size_t)(((p.n * s->h + p.h) * s->w + p.w) * s->c + p.c);
}

static double apply(enum cvl_function function, double x)
{
    switch (function) {
    case CVL_RELU:
        return fmax(x, 0.0);
    case CVL_RELU6:
        return fmin(fmax(x, 0.0), 6.0);
    case CVL_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    case CVL_SWISH:
        return x / (1.0 + exp(-x));
    case CVL_HARD_SIGMOID:
        return fmin(fmax(x / 6.0 + 0.5, 0.0), 1.0);
    case CVL_HARD_SWISH:
        return x * fmin(fmax(x / 6.0 + 0.5, 0.0), 1.0);
    case CVL_TANH:
        return tanh(x);
    default:
        return x;
    }
}

/* The input's element that stands for one of the output. */
static double take_moved(const struct cvl_reference_op *r, size_t input, struct place p)
{
    const struct cvl_shape *from = &r->shapes[input], *to = &r->op->out;
    const struct place at = {p.n % from->mb, p.c % from->c, p.h * from->h / to->h,
                             p.w * from->w / to->w};
    return (double)r->inputs[input][index_of(from, at)];
}

/* The element of the same number, counted in the order mb c h w. */
static double take_renumbered(const struct cvl_reference_op *r, struct place p)
{
    const struct cvl_shape *from = &r->shapes[0], *to = &r->op->out;
    const int64_t number = (p.c * to->h + p.h) * to->w + p.w;
    const int64_t plane = (int64_t)from->h * from->w;
    const struct place at = {p.n, number / plane, number % plane / from->w, number % from->w};
    return (double)r->inputs[0][index_of(from, at)];
}

static double take_channel(const struct cvl_reference_op *r, struct place p)
{
    size_t input = 0;
    while (p.c >= r->shapes[input].c)
        p.c -= r->shapes[input++].c;
    return (double)r->inputs[input][index_of(&r->shapes[input], p)];
}

static double pool(const struct cvl_reference_op *r, struct place p)
{
    const struct cvl_op *op = r->op;
    const struct cvl_shape *from = &r->shapes[0];
    double max = -INFINITY, sum = 0.0;
    int taps = 0;
    for (int64_t h = p.h * op->sh - op->ph; h < p.h * op->sh - op->ph + op->kh; h++)
        for (int64_t w = p.w * op->sw - op->pw; w < p.w * op->sw - op->pw + op->kw; w++) {
            if (h < 0 || w < 0 || h >= from->h || w >= from->w)
                continue;
            const double x = (double)r->inputs[0][index_of(from, (struct place){p.n, p.c, h, w})];
            max = fmax(max, x);
            sum += x;
            taps++;
        }
    return op->function == CVL_MAX ? max : sum / taps;
}

/* All inputs, one after the other, each result kept in the type. */
static double combine(const struct cvl_reference_op *r, struct place p)
{
    double result = take_moved(r, 0, p);
    for (size_t i = 1; i < r->input_count; i++) {
        const double x = take_moved(r, i, p);
        result = r->op->kind == CVL_OP_MULTIPLY ? result * x : result + x;
        if (i + 1 < r->input_count)
            result = (double)cvl_element_round((float)result, r->dtype);
    }
    return result;
}

static double take_sliced(const struct cvl_reference_op *r, struct place p)
{
    p.h += r->op->row;
    p.w += r->op->column;
    return (double)r->inputs[0][index_of(&r->shapes[0], p)];
}

/* The last input's element where it has one. */
static double take_updated(const struct cvl_reference_op *r, struct place p)
{
    const size_t last = r->input_count - 1;
    const struct cvl_shape *part = &r->shapes[last];
    const struct place at = {p.n, p.c, p.h - r->op->row, p.w - r->op->column};
    if (at.h >= 0 && at.w >= 0 && at.h < part->h && at.w < part->w)
        return (double)r->inputs[last][index_of(part, at)];
    return last > 0 ? (double)r->inputs[0][index_of(&r->shapes[0], p)] : 0.0;
}

static double compute(const struct cvl_reference_op *r, struct place p)
{
    switch (r->op->kind) {
    case CVL_OP_SLICE:
        return take_sliced(r, p);
    case CVL_OP_UPDATE_SLICE:
        return take_updated(r, p);
    case CVL_OP_ACTIVATION:
        return apply(r->op->function, take_moved(r, 0, p));
    case CVL_OP_POOL:
        return pool(r, p);
    case CVL_OP_CONCAT:
        return take_channel(r, p);
    case CVL_OP_RESHAPE:
        return take_renumbered(r, p);
    default:
        return combine(r, p);
    }
}

void cvl_reference_op_compute(const struct cvl_reference_op *reference, double *output)
{
    const struct cvl_shape *out = &reference->op->out;
    for (int64_t n = 0; n < out->mb; n++)
        for (int64_t h = 0; h < out->h; h++)
            for (int64_t w = 0; w < out->w; w++)
                for (int64_t c = 0; c < out->c; c++)
                    *output++ = compute(reference, (struct place){n, c, h, w});
}
