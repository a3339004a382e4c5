/* Chooses how sep_fused copies its input to local memory in NCHW, on a device with large groups. */
#include "variants/parts/fused_groups.h"
#include "variants/parts/groups.h"

/* Bytes that come from memory together, banks of local memory, and the share of a group's local
 * memory that copies may take. */
enum { SECTOR_BYTES = 32, BANKS = 32, SHARE = 4 };

bool cvl_fused_groups_has_whole_rows(const struct cvl_fused_groups *tiles,
                                     const struct cvl_problem *p)
{
    return tiles->columns == p->ow;
}

static int64_t covered(int32_t outputs, int32_t stride, int32_t kernel, int32_t dilation)
{
    return (int64_t)(outputs - 1) * stride + (int64_t)(kernel - 1) * ((int64_t)dilation + 1) + 1;
}

/* Elements that are read for `count` from wherever the first one is in its sector. */
static int64_t whole_sectors(int64_t count, enum cvl_dtype dtype)
{
    const int64_t sector = SECTOR_BYTES / (int64_t)cvl_dtype_bytes(dtype);
    return (count + 2 * (sector - 1)) / sector * sector;
}

/* As many planes as keep all items busy, where they fit. Between the columns of a plane and those
 * of the next one no bank is left out: neighbours read different banks. */
void cvl_fused_groups_stage(struct cvl_fused_groups *tiles, const struct cvl_request *request,
                            const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const int64_t room = (int64_t)(cvl_groups_local(device) / SHARE / sizeof(float));
    const int64_t rows = covered(tiles->rows, p->sh, p->kh, p->dh);
    const bool whole = cvl_fused_groups_has_whole_rows(tiles, p);
    const int64_t line = whole_sectors(whole ? (rows < p->ih ? rows : p->ih) * p->iw
                                             : covered(tiles->columns, p->sw, p->kw, p->dw),
                                       request->dtype);
    const int64_t lines = whole ? 1 : rows;
    const int64_t next = (int64_t)tiles->columns * p->sw;
    const int64_t plane = lines * line + (next + BANKS - lines * line % BANKS) % BANKS;
    const int64_t busy = (2 * (int64_t)cvl_fused_groups_items(tiles) - 1) / tiles->columns + 1;
    const int64_t wanted = busy < p->ic ? busy : p->ic;
    const int64_t planes = room / plane < wanted ? room / plane : wanted;
    tiles->staged = (int32_t)planes;
    tiles->lines = planes > 0 ? (int32_t)lines : 0;
    tiles->line = planes > 0 ? (int32_t)line : 0;
    tiles->plane = planes > 0 ? (int32_t)plane : 0;
}
