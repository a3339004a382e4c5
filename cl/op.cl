/* What stands between the convolutions of a network: functions of elements, poolings, and copies
 * from one shape to another. Work-items take one element; x runs along memory. */

/* As enum cvl_function has them; 0 changes nothing. */
#ifndef FUNCTION
#define FUNCTION 0
#endif
/* 1: two elements are multiplied; 0: added. */
#ifndef MULTIPLY
#define MULTIPLY 0
#endif

#define RELU         1
#define RELU6        2
#define SIGMOID      3
#define SWISH        4
#define HARD_SIGMOID 5
#define HARD_SWISH   6
#define TANH         7
#define MAX          8
#define AVERAGE      9

static inline float apply(float x)
{
#if FUNCTION == RELU
    return fmax(x, 0.0f);
#elif FUNCTION == RELU6
    return clamp(x, 0.0f, 6.0f);
#elif FUNCTION == SIGMOID
    return 1.0f / (1.0f + exp(-x));
#elif FUNCTION == SWISH
    return x / (1.0f + exp(-x));
#elif FUNCTION == HARD_SIGMOID
    return clamp(x / 6.0f + 0.5f, 0.0f, 1.0f);
#elif FUNCTION == HARD_SWISH
    return x * clamp(x / 6.0f + 0.5f, 0.0f, 1.0f);
#elif FUNCTION == TANH
    return tanh(x);
#else
    return x;
#endif
}

static inline float combine(float a, float b)
{
    return MULTIPLY ? a * b : a + b;
}

__kernel void op_unary(__global const REAL *in, __global REAL *out, int count)
{
    const int i = (int)get_global_id(0);
    if (i < count)
        store(apply(load(in + i)), out + i);
}

__kernel void op_binary(__global const REAL *a, __global const REAL *b, __global REAL *out,
                        int count)
{
    const int i = (int)get_global_id(0);
    if (i < count)
        store(combine(load(a + i), load(b + i)), out + i);
}

/* Reads weights. They are NaN, and a NaN is equal to nothing: no compiler leaves the reading out,
 * and nothing is written. */
__kernel void op_weights(__global const REAL *weights, __global REAL *out, int count)
{
    const int i = (int)get_global_id(0);
    const float x = i < count ? load(weights + i) : 0.5f;
    if (x == 1.0f)
        store(x, out);
}

/* Sizes of a tensor, and a place in one. */
typedef struct {
    int mb, c, h, w;
} SHAPE;
typedef struct {
    int n, c, h, w;
} PLACE;

static inline int nhwc_index(SHAPE s, PLACE p)
{
    return ((p.n * s.h + p.h) * s.w + p.w) * s.c + p.c;
}

static inline int nchw_index(SHAPE s, PLACE p)
{
    return ((p.n * s.c + p.c) * s.h + p.h) * s.w + p.w;
}

/* The work-item's element of a tensor; x and y may be beyond the last one. */
static inline PLACE nhwc_place(SHAPE s)
{
    const int row = (int)get_global_id(2);
    return (PLACE){row / s.h, (int)get_global_id(0), row % s.h, (int)get_global_id(1)};
}

static inline PLACE nchw_place(SHAPE s)
{
    const int plane = (int)get_global_id(2);
    return (PLACE){plane / s.c, plane % s.c, (int)get_global_id(1), (int)get_global_id(0)};
}

static inline bool is_inside(SHAPE s, PLACE p)
{
    return p.c < s.c && p.w < s.w && p.h < s.h;
}

/* The element of `from` that stands for one of `to`: at the same part of its height and width;
 * channels and images are repeated. */
static inline PLACE moved(SHAPE from, SHAPE to, PLACE p)
{
    return (PLACE){p.n % from.mb, p.c % from.c,
                   from.h == to.h ? p.h : (int)((long)p.h * from.h / to.h),
                   from.w == to.w ? p.w : (int)((long)p.w * from.w / to.w)};
}

/* The element that comes at the same number when both are counted in the order mb c h w. */
static inline PLACE renumbered(SHAPE from, SHAPE to, PLACE p)
{
    const int number = (p.c * to.h + p.h) * to.w + p.w;
    return (PLACE){p.n, number / (from.h * from.w), number / from.w % from.h, number % from.w};
}

/* The place so many rows and columns on. */
static inline PLACE placed(PLACE p, int row, int column)
{
    return (PLACE){p.n, p.c, p.h + row, p.w + column};
}

/* The window's part that is inside the input. */
static inline float pool(__global const REAL *in, SHAPE from, PLACE p, int row, int column, int kh,
                         int kw, bool is_nhwc)
{
    const int end_h = min(row + kh, from.h), end_w = min(column + kw, from.w);
    const int begin_h = max(row, 0), begin_w = max(column, 0);
    float result = FUNCTION == MAX ? -INFINITY : 0.0f;
    for (int h = begin_h; h < end_h; h++)
        for (int w = begin_w; w < end_w; w++) {
            const PLACE at = {p.n, p.c, h, w};
            const float x = load(in + (is_nhwc ? nhwc_index(from, at) : nchw_index(from, at)));
            result = FUNCTION == MAX ? fmax(result, x) : result + x;
        }
    return FUNCTION == MAX ? result : result / (float)((end_h - begin_h) * (end_w - begin_w));
}

/* The same kernels in both layouts. */
#define KERNELS(layout, is_nhwc)                                                                   \
    __kernel void op_spread_##layout(__global const REAL *a, __global const REAL *b,               \
                                     __global REAL *out, int amb, int ac, int ah, int aw, int bmb, \
                                     int bc, int bh, int bw, int mb, int c, int h, int w)          \
    {                                                                                              \
        const SHAPE sa = {amb, ac, ah, aw}, sb = {bmb, bc, bh, bw}, to = {mb, c, h, w};            \
        const PLACE p = layout##_place(to);                                                        \
        if (!is_inside(to, p))                                                                     \
            return;                                                                                \
        const float x = load(a + layout##_index(sa, moved(sa, to, p)));                            \
        const float y = load(b + layout##_index(sb, moved(sb, to, p)));                            \
        store(combine(x, y), out + layout##_index(to, p));                                         \
    }                                                                                              \
                                                                                                   \
    __kernel void op_move_##layout(__global const REAL *in, __global REAL *out, int fmb, int fc,   \
                                   int fh, int fw, int mb, int c, int h, int w, int first,         \
                                   int channels)                                                   \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w}, part = {mb, channels, h, w};     \
        PLACE p = layout##_place(part);                                                            \
        if (!is_inside(part, p))                                                                   \
            return;                                                                                \
        const float x = load(in + layout##_index(from, moved(from, to, p)));                       \
        p.c += first;                                                                              \
        store(x, out + layout##_index(to, p));                                                     \
    }                                                                                              \
                                                                                                   \
    __kernel void op_slice_##layout(__global const REAL *in, __global REAL *out, int fmb, int fc,  \
                                    int fh, int fw, int mb, int c, int h, int w, int row,          \
                                    int column)                                                    \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w};                                  \
        const PLACE p = layout##_place(to);                                                        \
        if (is_inside(to, p))                                                                      \
            store(load(in + layout##_index(from, placed(p, row, column))),                         \
                  out + layout##_index(to, p));                                                    \
    }                                                                                              \
                                                                                                   \
    __kernel void op_update_##layout(__global const REAL *part, __global REAL *out, int fmb,       \
                                     int fc, int fh, int fw, int mb, int c, int h, int w, int row, \
                                     int column)                                                   \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w};                                  \
        const PLACE p = layout##_place(from);                                                      \
        if (is_inside(from, p))                                                                    \
            store(load(part + layout##_index(from, p)),                                            \
                  out + layout##_index(to, placed(p, row, column)));                               \
    }                                                                                              \
                                                                                                   \
    __kernel void op_embed_##layout(__global const REAL *part, __global REAL *out, int fmb,        \
                                    int fc, int fh, int fw, int mb, int c, int h, int w, int row,  \
                                    int column)                                                    \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w};                                  \
        const PLACE p = layout##_place(to), at = placed(p, -row, -column);                         \
        if (!is_inside(to, p))                                                                     \
            return;                                                                                \
        float x = 0.0f;                                                                            \
        if (at.h >= 0 && at.w >= 0 && is_inside(from, at))                                         \
            x = load(part + layout##_index(from, at));                                             \
        store(x, out + layout##_index(to, p));                                                     \
    }                                                                                              \
                                                                                                   \
    __kernel void op_reshape_##layout(__global const REAL *in, __global REAL *out, int fmb,        \
                                      int fc, int fh, int fw, int mb, int c, int h, int w)         \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w};                                  \
        const PLACE p = layout##_place(to);                                                        \
        if (is_inside(to, p))                                                                      \
            store(load(in + layout##_index(from, renumbered(from, to, p))),                        \
                  out + layout##_index(to, p));                                                    \
    }                                                                                              \
                                                                                                   \
    __kernel void op_pool_##layout(__global const REAL *in, __global REAL *out, int fmb, int fc,   \
                                   int fh, int fw, int mb, int c, int h, int w, int kh, int kw,    \
                                   int sh, int sw, int ph, int pw)                                 \
    {                                                                                              \
        const SHAPE from = {fmb, fc, fh, fw}, to = {mb, c, h, w};                                  \
        const PLACE p = layout##_place(to);                                                        \
        if (is_inside(to, p))                                                                      \
            store(pool(in, from, p, p.h *sh - ph, p.w * sw - pw, kh, kw, is_nhwc),                 \
                  out + layout##_index(to, p));                                                    \
    }

KERNELS(nhwc, true)
KERNELS(nchw, false)
