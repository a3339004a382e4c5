/* The backward pass of a depthwise convolution, NHWC. Weights are taps x channels (pack.cl). The
 * gradient of the weights is computed as sums over chunks of output rows, taps x channels, for
 * `gradients_finish` (backward.cl). */

/* The gradient of the input: a work-item takes `width` pixels of a row and one vector of
 * channels. */
USES_VECTORS
__kernel void dw_backward_data_nhwc(__global const REAL *gradient, __global const REAL *weights,
                                    __global REAL *out, int ic, int ih, int iw, int oh, int ow,
                                    int ph, int pw, int width)
{
    const int c = vector_start((int)get_global_id(0) * VEC, ic);
    const int column = (int)get_global_id(1) * width;
    const int image = (int)get_global_id(2) / ih;
    const int y = (int)get_global_id(2) - image * ih;
    if ((int)get_global_id(0) * VEC >= ic)
        return;
    for (int x = column; x < min(column + width, iw); x++) {
        FLOATV sum = (FLOATV)(0.0f);
#pragma unroll
        for (int kh = 0; kh < KH; kh++) {
            const int above = y + ph - kh * DH;
            if (above < 0 || above % SH != 0 || above / SH >= oh)
                continue;
#pragma unroll
            for (int kw = 0; kw < KW; kw++) {
                const int before = x + pw - kw * DW;
                if (before < 0 || before % SW != 0 || before / SW >= ow)
                    continue;
                const int from = (image * oh + above / SH) * ow + before / SW;
                sum = MULTIPLY_ADD(load_lanes(gradient + from * ic + c, ic),
                                   load_lanes(weights + (kh * KW + kw) * ic + c, ic), sum);
            }
        }
        store_lanes(sum, out + (get_global_id(2) * iw + x) * ic + c, ic);
    }
}

/* The gradient of the weights over `rows` rows of the output: one row of the window and one vector
 * of channels. `lines` is the number of rows of all images. */
USES_VECTORS
__kernel void dw_backward_weights_nhwc(__global const REAL *in, __global const REAL *gradient,
                                       __global REAL *sums, int ic, int ih, int iw, int oh, int ow,
                                       int ph, int pw, int rows, int lines)
{
    FLOATV acc[KW];
    const int c = vector_start((int)get_global_id(0) * VEC, ic);
    const int kh = (int)get_global_id(1);
    const int chunk = (int)get_global_id(2);
    if ((int)get_global_id(0) * VEC >= ic)
        return;
#pragma unroll
    for (int kw = 0; kw < KW; kw++)
        acc[kw] = (FLOATV)(0.0f);
    for (int line = chunk * rows; line < min((chunk + 1) * rows, lines); line++) {
        const int image = line / oh;
        const int y = (line - image * oh) * SH - ph + kh * DH;
        const __global REAL *source = in + (image * ih + y) * iw * ic + c;
        if (y < 0 || y >= ih)
            continue;
        for (int column = 0; column < ow; column++) {
            const FLOATV d = load_lanes(gradient + (line * ow + column) * ic + c, ic);
#pragma unroll
            for (int kw = 0; kw < KW; kw++) {
                const int x = column * SW - pw + kw * DW;
                if (x >= 0 && x < iw)
                    acc[kw] = MULTIPLY_ADD(d, load_lanes(source + x * ic, ic), acc[kw]);
            }
        }
    }
#pragma unroll
    for (int kw = 0; kw < KW; kw++)
        store_lanes(acc[kw], sums + ((chunk * KH + kh) * KW + kw) * ic + c, ic);
}
