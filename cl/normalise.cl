/* Batch normalisation without scale and shift, followed by a ReLU, NHWC, forward and backward. A
 * work-item takes one vector of channels and `count` pixels of all images.
 *
 * With y the convolution's output, a the activated one and d the gradient of a:
 *   forward   n = (y - mean) * inverse, a = max(n, 0); inverse = 1 / sqrt(variance + EPSILON)
 *   backward  e = a > 0 ? d : 0, gradient of y = inverse * (e - mean(e) - n * mean(e * n))
 * A means buffer holds two numbers per channel: mean and inverse, or mean(e) and mean(e n). */

/* Added to the variance. */
#ifndef EPSILON
#define EPSILON 1e-3f
#endif

static inline FLOATV activated_gradient(FLOATV a, FLOATV d)
{
    return select((FLOATV)(0.0f), d, a > (FLOATV)(0.0f));
}

/* Sums of y and y * y over a chunk of pixels: chunks x 2 x channels. */
USES_VECTORS
__kernel void normalise_sums_nhwc(__global const REAL *y, __global float *sums, int channels,
                                  int pixels, int count)
{
    const int c = vector_start((int)get_global_id(0) * VEC, channels);
    const int chunk = (int)get_global_id(1);
    FLOATV first = (FLOATV)(0.0f), second = (FLOATV)(0.0f);
    if ((int)get_global_id(0) * VEC >= channels)
        return;
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const FLOATV x = load_lanes(y + p * channels + c, channels);
        first += x;
        second = MULTIPLY_ADD(x, x, second);
    }
    store_lanes(first, sums + (2 * chunk) * channels + c, channels);
    store_lanes(second, sums + (2 * chunk + 1) * channels + c, channels);
}

/* Sums of e and e * n over a chunk of pixels. */
USES_VECTORS
__kernel void normalise_gradient_sums_nhwc(__global const REAL *y, __global const REAL *activated,
                                           __global const REAL *gradient,
                                           __global const float *means, __global float *sums,
                                           int channels, int pixels, int count)
{
    const int c = vector_start((int)get_global_id(0) * VEC, channels);
    const int chunk = (int)get_global_id(1);
    FLOATV first = (FLOATV)(0.0f), second = (FLOATV)(0.0f);
    if ((int)get_global_id(0) * VEC >= channels)
        return;
    const FLOATV mean = load_lanes(means + c, channels);
    const FLOATV inverse = load_lanes(means + channels + c, channels);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        const FLOATV n = (load_lanes(y + at, channels) - mean) * inverse;
        const FLOATV e = activated_gradient(load_lanes(activated + at, channels),
                                            load_lanes(gradient + at, channels));
        first += e;
        second = MULTIPLY_ADD(e, n, second);
    }
    store_lanes(first, sums + (2 * chunk) * channels + c, channels);
    store_lanes(second, sums + (2 * chunk + 1) * channels + c, channels);
}

/* Adds up the chunks into two means; for the forward pass, mean and inverse deviation. */
__kernel void normalise_means(__global const float *sums, __global float *means, int channels,
                              int pixels, int chunks, int backward)
{
    const int c = (int)get_global_id(0);
    float first = 0.0f, second = 0.0f;
    if (c >= channels)
        return;
    for (int chunk = 0; chunk < chunks; chunk++) {
        first += sums[(2 * chunk) * channels + c];
        second += sums[(2 * chunk + 1) * channels + c];
    }
    first /= (float)pixels;
    second /= (float)pixels;
    if (!backward)
        second = 1.0f / sqrt(max(second - first * first, 0.0f) + EPSILON);
    means[c] = first;
    means[channels + c] = second;
}

USES_VECTORS
__kernel void normalise_nhwc(__global const REAL *y, __global const float *means,
                             __global REAL *activated, int channels, int pixels, int count)
{
    const int c = vector_start((int)get_global_id(0) * VEC, channels);
    const int chunk = (int)get_global_id(1);
    if ((int)get_global_id(0) * VEC >= channels)
        return;
    const FLOATV mean = load_lanes(means + c, channels);
    const FLOATV inverse = load_lanes(means + channels + c, channels);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        store_lanes(fmax((load_lanes(y + at, channels) - mean) * inverse, (FLOATV)(0.0f)),
                    activated + at, channels);
    }
}

USES_VECTORS
__kernel void normalise_backward_nhwc(__global const REAL *y, __global const REAL *activated,
                                      __global const REAL *gradient, __global const float *means,
                                      __global const float *gradient_means, __global REAL *out,
                                      int channels, int pixels, int count)
{
    const int c = vector_start((int)get_global_id(0) * VEC, channels);
    const int chunk = (int)get_global_id(1);
    if ((int)get_global_id(0) * VEC >= channels)
        return;
    const FLOATV mean = load_lanes(means + c, channels);
    const FLOATV inverse = load_lanes(means + channels + c, channels);
    const FLOATV first = load_lanes(gradient_means + c, channels);
    const FLOATV second = load_lanes(gradient_means + channels + c, channels);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        const FLOATV n = (load_lanes(y + at, channels) - mean) * inverse;
        const FLOATV e = activated_gradient(load_lanes(activated + at, channels),
                                            load_lanes(gradient + at, channels));
        store_lanes(inverse * (e - first - n * second), out + at, channels);
    }
}
