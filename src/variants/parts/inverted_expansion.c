/* How inv_fused expands the input of a block, on a device with large groups. */
#include "variants/parts/inverted_groups.h"

#include <math.h>

/* Work-items that access memory together, and pixels that one expands at a time. */
enum { WARP = 32, MAX_EX_PIXELS = 4 };

/* Input rows and columns that the windows of a block cover. */
static uint64_t row_reach(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return (uint64_t)(tiles->rows - 1) * (uint64_t)p->sh +
           (uint64_t)(p->kh - 1) * ((uint64_t)p->dh + 1) + 1;
}

static uint64_t column_reach(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return (uint64_t)(tiles->columns - 1) * (uint64_t)p->sw +
           (uint64_t)(p->kw - 1) * ((uint64_t)p->dw + 1) + 1;
}

uint64_t cvl_inverted_groups_reach(const struct cvl_inverted_groups *tiles,
                                   const struct cvl_problem *p)
{
    return row_reach(tiles, p) * column_reach(tiles, p);
}

/* Items that expand a vector of all pixels. NCHW: they take adjacent pixels, and those of the next
 * vector start in the next bank. */
static uint64_t ex_tiles(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t count =
        cvl_build_blocks(cvl_inverted_groups_reach(tiles, p), (uint64_t)tiles->ex_pixels);
    return tiles->planes ? cvl_build_blocks(count, CVL_INVERTED_BANKS) * CVL_INVERTED_BANKS : count;
}

/* How much of the input memory moves, over what is needed. NCHW: what a warp reads together, a row
 * or with all columns several, begins and ends within sectors. */
double cvl_inverted_groups_waste(const struct cvl_inverted_groups *tiles,
                                 const struct cvl_problem *p)
{
    const uint64_t items = ex_tiles(tiles, p), columns = column_reach(tiles, p);
    const uint64_t together = items < WARP ? items : WARP;
    const uint64_t run = tiles->columns == p->ow || columns > together ? together : columns;
    return tiles->planes ? (double)(run + (uint64_t)tiles->sector - 1) / (double)run : 1.0;
}

uint64_t cvl_inverted_groups_expand_turns(const struct cvl_inverted_groups *tiles,
                                          const struct cvl_problem *p)
{
    return cvl_build_blocks((uint64_t)(tiles->middle / tiles->vec) * ex_tiles(tiles, p),
                            (uint64_t)cvl_inverted_groups_items(tiles));
}

int32_t cvl_inverted_groups_channels(const struct cvl_inverted_groups *tiles,
                                     const struct cvl_problem *p)
{
    return tiles->planes ? (p->ic % 4 == 0 ? 4 : 1) : tiles->vec;
}

/* Those that it reads by one load. */
static int32_t channels_loaded(const struct cvl_inverted_groups *tiles)
{
    return tiles->planes ? 1 : tiles->vec;
}

double cvl_inverted_groups_expand_cost(const struct cvl_inverted_groups *tiles,
                                       const struct cvl_problem *p)
{
    const double loads =
        1.0 + tiles->ex_pixels * cvl_inverted_groups_waste(tiles, p) / channels_loaded(tiles);
    return (double)cvl_inverted_groups_expand_turns(tiles, p) * p->ic *
           ((double)tiles->ex_pixels * tiles->vec + CVL_INVERTED_LOAD_COST * loads);
}

/* Pixels that an item expands at a time. NHWC: as many as leave no item idle. */
void cvl_inverted_groups_set_expansion(struct cvl_inverted_groups *tiles,
                                       const struct cvl_problem *p)
{
    const uint64_t vectors = (uint64_t)(tiles->middle / tiles->vec);
    const uint64_t items = (uint64_t)cvl_inverted_groups_items(tiles);
    struct cvl_inverted_groups tried = *tiles;
    double best = INFINITY;
    tiles->ex_pixels = MAX_EX_PIXELS;
    while (!tiles->planes && tiles->ex_pixels > 1 &&
           vectors * cvl_inverted_groups_reach(tiles, p) < (uint64_t)tiles->ex_pixels * items)
        tiles->ex_pixels /= 2;
    for (tried.ex_pixels = MAX_EX_PIXELS; tiles->planes && tried.ex_pixels >= 1;
         tried.ex_pixels--) {
        const double cost = cvl_inverted_groups_expand_cost(&tried, p);
        if (cost >= best)
            continue;
        best = cost;
        tiles->ex_pixels = tried.ex_pixels;
    }
}
