/* What a residual keeps, added to what it is added to. */

/* One work-item an element. */
__kernel void residual_add(__global const REAL *kept, __global REAL *target, int count)
{
    const int i = (int)get_global_id(0);
    if (i < count)
        store(load(kept + i) + load(target + i), target + i);
}
