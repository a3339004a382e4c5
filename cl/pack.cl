/* Puts weights into the order in which the kernels read them; runs once, when weights are
 * loaded. */

/* OIHW into blocks of output channels: group, block, kernel row, kernel column, input channel, then
 * the adjacent channels of the block. A group's channels are padded with zeros to `ocp`; a block
 * has `block` channels, the last one what is left. `merged` groups of the weights may be one group
 * of the packed ones, of icg and ocg channels in all: between them are zeros. A work-item takes one
 * element: (channel, position, group) of the packed weights. */
__kernel void pack_blocks(__global const REAL *weights, __global REAL *packed, int icg, int ocg,
                          int ocp, int block, int taps, int merged)
{
    const int k = (int)get_global_id(0);
    const int t = (int)get_global_id(1);
    const int group = (int)get_global_id(2);
    const int tap = t / icg;
    const int c = t - tap * icg;
    const int start = k / block * block;
    const int width = min(block, ocp - start);
    const int length = icg * taps;
    float x = 0.0f;
    if (k >= ocp)
        return;
    const int inputs = icg / merged;
    if (k < ocg && c / inputs == k / (ocg / merged))
        x = load(weights + ((group * ocg + k) * inputs + c % inputs) * taps + tap);
    store(x, packed + (group * ocp + start) * length + t * width + (k - start));
}

/* Depthwise weights from channels x taps into taps x channels. */
__kernel void pack_taps(__global const REAL *weights, __global REAL *packed, int channels, int taps)
{
    const int c = (int)get_global_id(0);
    const int tap = (int)get_global_id(1);
    if (c < channels)
        store(load(weights + c * taps + tap), packed + tap * channels + c);
}
