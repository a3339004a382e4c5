/* Adds the tensor that a residual kept to its target. */

/* A work-item takes one element. */
__kernel void residual_add(__global const REAL *kept, __global REAL *target, int count)
{
    const int i = (int)get_global_id(0);
    if (i < count)
        store(load(kept + i) + load(target + i), target + i);
}
