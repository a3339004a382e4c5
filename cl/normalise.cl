/* Batch normalisation without scale and shift, and a ReLU behind it, NHWC, forward and backward. A
 * work-item takes one vector of channels and `count` pixels of all images.
 *
 * With y the convolution's output, a the activated one and d the gradient of a:
 *   forward   n = (y - mean) * inverse, a = max(n, 0); inverse = 1 / sqrt(variance + EPSILON)
 *   backward  e = a > 0 ? d : 0, gradient of y = inverse * (e - mean(e) - n * mean(e * n))
 * A means buffer holds two numbers for each channel: mean and inverse, or mean(e) and mean(e n). */

/* Added to the variance. */
#ifndef EPSILON
#define EPSILON 1e-3f
#endif

static inline FLOATV activated_gradient(FLOATV a, FLOATV d)
{
    return select((FLOATV)(0.0f), d, a > (FLOATV)(0.0f));
}

/* Sums of y and y * y over a chunk of pixels: chunks x 2 x channels. */
__kernel void normalise_sums_nhwc(__global const REAL *y, __global float *sums, int channels,
                                  int pixels, int count)
{
    const int c = (int)get_global_id(0) * VEC;
    const int chunk = (int)get_global_id(1);
    const int left = channels - c;
    FLOATV first = (FLOATV)(0.0f), second = (FLOATV)(0.0f);
    if (left <= 0)
        return;
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const FLOATV x = load_part(y + p * channels + c, left);
        first += x;
        second = MULTIPLY_ADD(x, x, second);
    }
    store_part(first, sums + (2 * chunk) * channels + c, left);
    store_part(second, sums + (2 * chunk + 1) * channels + c, left);
}

/* Sums of e and e * n over a chunk of pixels. */
__kernel void normalise_gradient_sums_nhwc(__global const REAL *y, __global const REAL *activated,
                                           __global const REAL *gradient,
                                           __global const float *means, __global float *sums,
                                           int channels, int pixels, int count)
{
    const int c = (int)get_global_id(0) * VEC;
    const int chunk = (int)get_global_id(1);
    const int left = channels - c;
    FLOATV first = (FLOATV)(0.0f), second = (FLOATV)(0.0f);
    if (left <= 0)
        return;
    const FLOATV mean = load_part(means + c, left);
    const FLOATV inverse = load_part(means + channels + c, left);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        const FLOATV n = (load_part(y + at, left) - mean) * inverse;
        const FLOATV e =
            activated_gradient(load_part(activated + at, left), load_part(gradient + at, left));
        first += e;
        second = MULTIPLY_ADD(e, n, second);
    }
    store_part(first, sums + (2 * chunk) * channels + c, left);
    store_part(second, sums + (2 * chunk + 1) * channels + c, left);
}

/* Adds up the chunks: the two means; of the forward pass mean and inverse deviation. */
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

__kernel void normalise_nhwc(__global const REAL *y, __global const float *means,
                             __global REAL *activated, int channels, int pixels, int count)
{
    const int c = (int)get_global_id(0) * VEC;
    const int chunk = (int)get_global_id(1);
    const int left = channels - c;
    if (left <= 0)
        return;
    const FLOATV mean = load_part(means + c, left);
    const FLOATV inverse = load_part(means + channels + c, left);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        store_part(fmax((load_part(y + at, left) - mean) * inverse, (FLOATV)(0.0f)), activated + at,
                   left);
    }
}

__kernel void normalise_backward_nhwc(__global const REAL *y, __global const REAL *activated,
                                      __global const REAL *gradient, __global const float *means,
                                      __global const float *gradient_means, __global REAL *out,
                                      int channels, int pixels, int count)
{
    const int c = (int)get_global_id(0) * VEC;
    const int chunk = (int)get_global_id(1);
    const int left = channels - c;
    if (left <= 0)
        return;
    const FLOATV mean = load_part(means + c, left);
    const FLOATV inverse = load_part(means + channels + c, left);
    const FLOATV first = load_part(gradient_means + c, left);
    const FLOATV second = load_part(gradient_means + channels + c, left);
    for (int p = chunk * count; p < min((chunk + 1) * count, pixels); p++) {
        const int at = p * channels + c;
        const FLOATV n = (load_part(y + at, left) - mean) * inverse;
        const FLOATV e =
            activated_gradient(load_part(activated + at, left), load_part(gradient + at, left));
        store_part(inverse * (e - first - n * second), out + at, left);
    }
}
