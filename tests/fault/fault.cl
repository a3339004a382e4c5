/* Kernels that misbehave; tests/fault/fault_variants.c tells which variant runs which. */

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

/* The right size, one element further on: the answer is wrong too, but the guard tells more. */
kernel void guard_any(global const REAL *x, global REAL *y, int count)
{
    y[count] = x[0];
}

#if !SOUND
kernel void unbuildable_any(global const REAL *x, global REAL *y, int count)
{
    y[0] = this_function_is_not_there(x[0]);
}
#endif
