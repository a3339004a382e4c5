/* A kernel that only computes: for holding the event clock against the host clock. The sum is
 * stored where it cannot be, a sum of non-negative numbers below zero, so that nothing is optimised
 * away. */
kernel void calibrate(global float *never)
{
    float sum = (float)(get_global_id(0) & 1023) * 0.001f;
    for (int i = 0; i < 1000; i++)
        sum = sum * 0.999f + 0.001f;
    if (sum < 0.0f)
        never[0] = sum;
}
