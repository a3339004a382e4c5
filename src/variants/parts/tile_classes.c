/* What a class of devices can hold and run at once, and sizes that fit a count. */
#include "variants/parts/tiles.h"

/* A CPU with vectors runs one work-item per core: one item per group, and a register tile of half
 * the vector registers (32 with AVX-512, else 16). With more, PoCL 3.1 (LLVM 15) spills some in the
 * innermost loop and is three times slower. A device that runs many items in parallel needs small
 * tiles and groups. One that limits loops runs work-items as lanes and counts even loops of
 * constant length. */
static struct cvl_tile_class class_by_type(const struct cvl_device_facts *device)
{
    const int32_t width = (int32_t)device->float_vector_width;
    const bool lanes = device->loop_limit != 0 || width < 4;
    if (device->type == CVL_DEVICE_CPU && !lanes && width >= 16)
        return (struct cvl_tile_class){.vec = 16,
                                       .registers = 16,
                                       .outputs = 16,
                                       .row = 8,
                                       .planes = 8,
                                       .items = 1,
                                       .chunk = 64,
                                       .keeps_all = true};
    if (device->type == CVL_DEVICE_CPU && !lanes)
        return (struct cvl_tile_class){.vec = width >= 8 ? 8 : 4,
                                       .registers = 8,
                                       .outputs = 8,
                                       .row = 8,
                                       .planes = 4,
                                       .items = 1,
                                       .chunk = 64,
                                       .keeps_all = true};
    if (device->type == CVL_DEVICE_CPU)
        return (struct cvl_tile_class){.vec = 4,
                                       .registers = 4,
                                       .outputs = 4,
                                       .row = 4,
                                       .planes = 2,
                                       .items = 8,
                                       .chunk = 16,
                                       .keeps_all = false};
    return (struct cvl_tile_class){.vec = 4,
                                   .registers = 4,
                                   .outputs = 8,
                                   .row = 4,
                                   .planes = 2,
                                   .items = 64,
                                   .chunk = 32,
                                   .keeps_all = false,
                                   .shares = device->loop_limit == 0};
}

int32_t cvl_tile_fitting_group(const struct cvl_device_facts *device, int32_t items)
{
    while (items > 1 &&
           ((uint64_t)items > device->max_work_group || (uint64_t)items > device->max_work_item[0]))
        items /= 2;
    return items;
}

struct cvl_tile_class cvl_tile_class(const struct cvl_device_facts *device)
{
    struct cvl_tile_class kind = class_by_type(device);
    kind.items = cvl_tile_fitting_group(device, kind.items);
    return kind;
}

int32_t cvl_tile_width(int32_t max, uint64_t count)
{
    int32_t width = max;
    while (width > 1 && (uint64_t)width / 2 >= count)
        width /= 2;
    return width;
}

int32_t cvl_tile_run(int32_t max, uint64_t count)
{
    int32_t best = max;
    uint64_t best_covered = UINT64_MAX;
    if (count <= (uint64_t)max)
        return (int32_t)count;
    for (int32_t run = max; run >= 1 && 2 * run >= max; run--) {
        const uint64_t covered = cvl_build_blocks(count, (uint64_t)run) * (uint64_t)run;
        if (covered < best_covered) {
            best = run;
            best_covered = covered;
        }
    }
    return best;
}
