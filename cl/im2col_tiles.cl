/* The patch matrix of one image in NCHW, by groups that copy the rows of the input into local
 * memory (phases.clh). Rows (channel, kernel row, kernel column), a column per output pixel;
 * elements in the padding are 0. A work-item writes VEC columns of each row of a channel. */

/* The window of an output pixel: the input's coordinates, and its place in the copied rows, without
 * the padding on the left. */
struct window {
    int y, x, from;
};

#if PHASE
INLINE struct window window_of(int pixel, int pixels, int first_line, int iw, int ow, int ph,
                               int pw)
{
    const int line = pixel / ow, column = pixel - line * ow;
    return (struct window){pixel < pixels ? line * SH - ph : FAR, column * SW - pw,
                           (line - first_line) * phase_pitch(iw) + column};
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void im2col_tiles_nchw(
    __global const REAL *in, __global REAL *matrix, int ic, int ih, int iw, int oh, int ow, int ph,
    int pw, int image)
{
    __local ELEMENT1 tile[PHASE_ELEMENTS] __attribute__((aligned(16)));
    const int pixels = oh * ow;
    const int pixel = (int)get_global_id(0) * VEC;
    const int channel = (int)get_global_id(1);
    const int start = (int)get_group_id(0) * (GROUP * VEC);
    const int first_line = start / ow;
    const int last_line = (min(start + GROUP * VEC, pixels) - 1) / ow;
    __global REAL *to = matrix + channel * (KH * KW) * pixels + pixel;
    struct window windows[VEC];

    copy_rows(tile, (struct rows){.in = in,
                                  .place = (image * ic + channel) * ih * iw,
                                  .planes = 1,
                                  .height = ih,
                                  .width = iw,
                                  .first = first_line * SH - ph,
                                  .count = (last_line - first_line) * SH + (KH - 1) * DH + 1});
    barrier(CLK_LOCAL_MEM_FENCE);
    if (pixel >= pixels)
        return;
#pragma unroll
    for (int v = 0; v < VEC; v++)
        windows[v] = window_of(pixel + v, pixels, first_line, iw, ow, ph, pw);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const int down = t / KW * DH, along = t % KW * DW;
        const int tap = phase_row(down, phase_pitch(iw)) + phase_column(along - pw);
        union lanes patch;
#pragma unroll
        for (int v = 0; v < VEC; v++)
            patch.at[v] = inside(windows[v].y + down, windows[v].x + along, ih, iw)
                              ? phase_value(tile + windows[v].from + tap)
                              : 0.0f;
        store_part(patch.vec, to + t * pixels, pixels - pixel);
    }
}
#endif
