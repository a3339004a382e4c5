/* A kernel that only computes, to compare the event clock with the host clock. It would store a sum
 * of non-negative numbers if that were below zero, so the compiler cannot remove the work. */
kernel void calibrate(global float *never)
{
    float sum = (float)(get_global_id(0) & 1023) * 0.001f;
    for (int i = 0; i < 1000; i++)
        sum = sum * 0.999f + 0.001f;
    if (sum < 0.0f)
        never[0] = sum;
}
