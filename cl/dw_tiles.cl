/* Depthwise convolution by many work-items, each of which computes one register tile. A launch
 * writes `rows` rows of the output from `row0` on, as a tensor of that many rows.
 *
 * NHWC: a tile is DW_ROWS rows of DW_PIXELS pixels and one vector of channels; a group goes along
 * channels, then along pixels, then along rows. An input vector is read once for all windows of the
 * tile; weights are packed taps x channels (pack.cl) and read once for each tile. */

/* Work-items of a group along pixels and rows; GROUP are along channels. */
#ifndef GROUP_Y
#define GROUP_Y 1
#endif
#ifndef GROUP_Z
#define GROUP_Z 1
#endif
#define GROUP_SHAPE __attribute__((reqd_work_group_size(GROUP, GROUP_Y, GROUP_Z)))

/* `strips` tiles are above each other in an image, `lines` in all images. */
__kernel GROUP_SHAPE void dw_tiles_nhwc(__global const REAL *in, __global const REAL *weights,
                                        __global REAL *out, int ic, int ih, int iw, int ow, int ph,
                                        int pw, int row0, int rows, int strips, int lines)
{
    FLOATV acc[DW_ROWS][DW_PIXELS];
    const int c = vector_start((int)get_global_id(0) * VEC, ic);
    const int first = (int)get_global_id(1) * DW_PIXELS;
    const int image = (int)get_global_id(2) / strips;
    const int r0 = ((int)get_global_id(2) - image * strips) * DW_ROWS;
    const __global REAL *source = in + image * ih * iw * ic + c;
    __global REAL *target = out + ((image * rows + r0) * ow + first) * ic + c;

    if ((int)get_global_id(0) * VEC >= ic || first >= ow || (int)get_global_id(2) >= lines)
        return;
    depthwise_tile(acc, source, weights + c, (row0 + r0) * SH - ph, first * SW - pw, ic, ih, iw);
#pragma unroll
    for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            if (r0 + r < rows && first + p < ow)
                store_lanes(acc[r][p], target + (r * ow + p) * ic, ic);
}
