/* Kernels that misbehave; tests/fault/fault_variants.c says which variant runs which. */

kernel void endless_any(global const REAL *x, global REAL *y, int count)
{
    volatile global const uchar *first = (volatile global const uchar *)y;
    while (first[0] == 0xFF) /* what buffers are filled with: for ever */
        ;
    y[0] = x[0];
}

kernel void segfault_any(global const REAL *x, global REAL *y, int count)
{
    volatile global uchar *far = (volatile global uchar *)y;
    far[(long)count << 40] = 1;
}

kernel void wrong_any(global const REAL *x, global REAL *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[0];
}

/* The right size, one element further on: the answer is wrong too, but the guard shows more. */
kernel void guard_any(global const REAL *x, global REAL *y, int count)
{
    y[count] = x[0];
}

REAL pointwise(global const REAL *x, global const REAL *weights, int pixel, int ic, int o)
{
    REAL sum = 0;
    for (int c = 0; c < ic; c++)
        sum += x[pixel * ic + c] * weights[o * ic + c];
    return sum;
}

#ifdef MOOD
/* A pointwise convolution, right where MOOD (tests/fault/fault_variants.c) lets it be. */
kernel void moody_any(global const REAL *x, global const REAL *weights, global REAL *y, int ic,
                      int oc)
{
    const int pixel = get_global_id(0);
    if (MOOD == MOOD_DEADLY)
        ((volatile global uchar *)y)[(long)oc << 40] = 1;
    while (MOOD == MOOD_ENDLESS && ((volatile global const uchar *)y)[0] == 0xFF)
        ;
    for (int o = 0; o < oc; o++)
        y[pixel * oc + o] = pointwise(x, weights, pixel, ic, o) + (MOOD == MOOD_WRONG);
}
#endif

/* Two names for a pointwise convolution that is right: a test holds launches of the second back. */
kernel void steady_any(global const REAL *x, global const REAL *weights, global REAL *y, int ic,
                       int oc)
{
    const int pixel = get_global_id(0);
    for (int o = 0; o < oc; o++)
        y[pixel * oc + o] = pointwise(x, weights, pixel, ic, o);
}

kernel void gated_any(global const REAL *x, global const REAL *weights, global REAL *y, int ic,
                      int oc)
{
    const int pixel = get_global_id(0);
    for (int o = 0; o < oc; o++)
        y[pixel * oc + o] = pointwise(x, weights, pixel, ic, o);
}

/* A right answer, and one float more than there is room for. */
kernel void past_end_any(global const REAL *x, global const REAL *weights, global REAL *y, int ic,
                         int oc)
{
    const int pixel = get_global_id(0);
    for (int o = 0; o < oc; o++)
        y[pixel * oc + o] = pointwise(x, weights, pixel, ic, o);
    if (pixel == (int)get_global_size(0) - 1)
        y[(pixel + 1) * oc] = 1;
}

#if !SOUND
kernel void unbuildable_any(global const REAL *x, global REAL *y, int count)
{
    y[0] = this_function_is_not_there(x[0]);
}
#endif
