/* Transposed convolutions: each output gathers from the input pixels whose windows reach it. With a
 * stride only some taps do, which differ from output to output. */

/* The input row or column whose window reaches an output with a tap; -1: there is none. */
static inline int reached_from(int out, int before, int tap, int gap, int stride, int count)
{
    const int at = out + before - tap * gap;
    const int in = at / stride;
    return at >= 0 && in * stride == at && in < count ? in : -1;
}

/* A work-item takes OUTPUTS output channels of a group at one pixel. Weights: ic (oc/g) kh kw. */
__kernel void transposed_nchw(__global const REAL *in, __global const REAL *weights,
                              __global REAL *out, int ic, int icg, int ih, int iw, int oc, int ocg,
                              int oh, int ow, int ph, int pw, int g)
{
    const int x = (int)get_global_id(0);
    const int y = (int)get_global_id(1);
    const int blocks = (ocg + OUTPUTS - 1) / OUTPUTS;
    const int block = (int)get_global_id(2) % blocks;
    const int group = (int)get_global_id(2) / blocks % g;
    const int image = (int)get_global_id(2) / (blocks * g);
    const int first = block * OUTPUTS;
    float acc[OUTPUTS];
    if (x >= ow)
        return;
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++)
        acc[o] = 0.0f;
    for (int tap = 0; tap < KH * KW; tap++) {
        const int row = reached_from(y, ph, tap / KW, DH, SH, ih);
        const int column = reached_from(x, pw, tap % KW, DW, SW, iw);
        if (row < 0 || column < 0)
            continue;
        for (int k = 0; k < icg; k++) {
            const int channel = group * icg + k;
            const float d = load(in + ((image * ic + channel) * ih + row) * iw + column);
            const __global REAL *source = weights + channel * ocg * (KH * KW) + tap;
#pragma unroll
            for (int o = 0; o < OUTPUTS; o++)
                acc[o] =
                    MULTIPLY_ADD(d, load(source + min(first + o, ocg - 1) * (KH * KW)), acc[o]);
        }
    }
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++)
        if (first + o < ocg)
            store(acc[o], out + ((image * oc + group * ocg + first + o) * oh + y) * ow + x);
}

/* Adds up the windows that reach an output. Windows: pixels x (oc kh kw). */
__kernel void col2im_nhwc(__global const REAL *windows, __global REAL *out, int ih, int iw, int oc,
                          int oh, int ow, int ph, int pw, int image)
{
    const int c = (int)get_global_id(0);
    const int x = (int)get_global_id(1);
    const int y = (int)get_global_id(2);
    float sum = 0.0f;
    if (c >= oc)
        return;
    for (int tap = 0; tap < KH * KW; tap++) {
        const int row = reached_from(y, ph, tap / KW, DH, SH, ih);
        const int column = reached_from(x, pw, tap % KW, DW, SW, iw);
        if (row >= 0 && column >= 0)
            sum += load(windows + ((row * iw + column) * oc + c) * (KH * KW) + tap);
    }
    store(sum, out + ((image * oh + y) * ow + x) * oc + c);
}

/* The same; windows: (oc kh kw) x pixels. */
__kernel void col2im_nchw(__global const REAL *windows, __global REAL *out, int ih, int iw, int oc,
                          int oh, int ow, int ph, int pw, int image)
{
    const int x = (int)get_global_id(0);
    const int y = (int)get_global_id(1);
    const int c = (int)get_global_id(2);
    float sum = 0.0f;
    if (x >= ow)
        return;
    for (int tap = 0; tap < KH * KW; tap++) {
        const int row = reached_from(y, ph, tap / KW, DH, SH, ih);
        const int column = reached_from(x, pw, tap % KW, DW, SW, iw);
        if (row >= 0 && column >= 0)
            sum += load(windows + ((c * (KH * KW) + tap) * ih + row) * iw + column);
    }
    store(sum, out + ((image * oc + c) * oh + y) * ow + x);
}
