/* Chooses the work-groups of devices that run many work-items at once. */
#include "variants/parts/groups.h"

#include <math.h>

#include "plan/builder.h"

/* Groups per compute unit, so that one waits for memory while another computes; the fewest items
 * of a group that are worth its start. */
enum { GROUPS_PER_UNIT = 2, MIN_ITEMS = 64, MAX_ITEMS = 256, DEFAULT_STEP = 32 };

/* Groups that local memory must have room for, on a compute unit. */
enum { LOCAL_SHARE = 2 };

/* Cost of an element that comes from outside the compute unit, in multiply-adds: rates of caches
 * and of arithmetic of server GPUs. Items that a compute unit needs to hide how long a load takes,
 * and what it costs to have fewer groups than are wanted. */
enum { FAR_COST = 20, ITEMS_TO_HIDE = 256 };
#define LACKING 1.4

bool cvl_groups_are_large(const struct cvl_device_facts *device)
{
    return device->type != CVL_DEVICE_CPU;
}

uint64_t cvl_groups_wanted(const struct cvl_device_facts *device)
{
    return GROUPS_PER_UNIT * (uint64_t)(device->compute_units > 0 ? device->compute_units : 1);
}

int32_t cvl_groups_step(const struct cvl_device_facts *device)
{
    return device->subgroup_size ? (int32_t)device->subgroup_size : DEFAULT_STEP;
}

void cvl_groups_limit(struct cvl_group_need *need, int32_t asked)
{
    need->min_items = asked ? asked * 3 / 4 : MIN_ITEMS;
    need->max_items = asked ? asked : MAX_ITEMS;
}

int32_t cvl_groups_items(const struct cvl_group_shape *shape)
{
    return shape->items[0] * shape->items[1] * shape->items[2];
}

uint64_t cvl_groups_count(const struct cvl_group_need *need, const struct cvl_group_shape *shape)
{
    uint64_t count = 1;
    for (int d = 0; d < 3; d++)
        count *= cvl_build_blocks(need->items[d], (uint64_t)shape->items[d]);
    return count;
}

uint64_t cvl_groups_lanes(const struct cvl_device_facts *device, const struct cvl_group_need *need,
                          const struct cvl_group_shape *shape)
{
    const uint64_t step = (uint64_t)cvl_groups_step(device);
    return cvl_groups_count(need, shape) *
           cvl_build_blocks((uint64_t)cvl_groups_items(shape), step) * step;
}

/* Is `shape` better than `best`? Only if it has enough items, or more. Then, with as many groups as
 * are wanted: fewer lanes, then more items a group, since they share what a cache holds. Without:
 * more groups, then fewer lanes. */
static bool is_better(const struct cvl_device_facts *device, const struct cvl_group_need *need,
                      int32_t enough, const struct cvl_group_shape *shape,
                      const struct cvl_group_shape *best)
{
    const int32_t items = cvl_groups_items(shape), best_items = cvl_groups_items(best);
    if (items < enough || best_items < enough)
        return items > best_items;
    const uint64_t wanted = cvl_groups_wanted(device);
    const uint64_t groups = cvl_groups_count(need, shape);
    const uint64_t best_groups = cvl_groups_count(need, best);
    const uint64_t lanes = cvl_groups_lanes(device, need, shape);
    const uint64_t best_lanes = cvl_groups_lanes(device, need, best);
    if ((groups < wanted || best_groups < wanted) && groups != best_groups)
        return groups > best_groups;
    if (lanes != best_lanes)
        return lanes < best_lanes;
    return items > best_items;
}

static int32_t at_most(int32_t max, uint64_t count)
{
    return count < (uint64_t)max ? (int32_t)count : max;
}

/* Returns the next larger size that divides `count` items into fewer parts; sizes between would
 * only leave more items idle. */
static int32_t next_size(uint64_t count, int32_t size)
{
    const uint64_t parts = cvl_build_blocks(count, (uint64_t)size);
    return parts == 1 ? INT32_MAX : (int32_t)cvl_build_blocks(count, parts - 1);
}

/* The first size to try: the smallest that gives no more parts than `min` does. */
static int32_t first_size(uint64_t count, int32_t min)
{
    return (int32_t)cvl_build_blocks(count, cvl_build_blocks(count, (uint64_t)min));
}

struct cvl_group_shape cvl_groups_choose(const struct cvl_device_facts *device,
                                         const struct cvl_group_need *need)
{
    const uint64_t all = need->items[0] * need->items[1] * need->items[2];
    const int32_t limit = at_most(need->max_items, device->max_work_group);
    const int32_t enough = at_most(at_most(need->min_items, all), (uint64_t)limit);
    int32_t max[3];
    for (int d = 0; d < 3; d++)
        max[d] = at_most(at_most(limit, need->items[d]), device->max_work_item[d]);
    struct cvl_group_shape best = {{1, 1, 1}};
    for (int32_t x = first_size(need->items[0], at_most(max[0], (uint64_t)need->min_x));
         x <= max[0]; x = next_size(need->items[0], x))
        for (int32_t y = 1; y <= max[1] && x * y <= limit; y = next_size(need->items[1], y))
            for (int32_t z = 1; z <= max[2] && x * y * z <= limit;
                 z = next_size(need->items[2], z)) {
                const struct cvl_group_shape shape = {{x, y, z}};
                if (is_better(device, need, enough, &shape, &best))
                    best = shape;
            }
    return best;
}

uint64_t cvl_groups_local(const struct cvl_device_facts *device)
{
    return device->local_bytes / LOCAL_SHARE;
}

bool cvl_groups_allow(const struct cvl_device_facts *device, int32_t x, int32_t y, int32_t asked)
{
    const int32_t max = asked ? asked : MAX_ITEMS, min = asked ? asked / 2 + 1 : MIN_ITEMS;
    return x * y <= max && x * y >= min && (uint64_t)(x * y) <= device->max_work_group &&
           (uint64_t)x <= device->max_work_item[0] && (uint64_t)y <= device->max_work_item[1];
}

int32_t cvl_groups_vector(int32_t max, int32_t channels)
{
    while (channels % max != 0)
        max /= 2;
    return max;
}

/* As many items take part as keep the device busy, those included that are not there. Computing and
 * reading overlap for the most part. */
double cvl_groups_time(const struct cvl_device_facts *device, double groups, int32_t items,
                       double item, double elements)
{
    const double step = cvl_groups_step(device);
    const double own = ceil(items / step) * step, wanted = (double)cvl_groups_wanted(device);
    const double busy = (double)ITEMS_TO_HIDE * device->compute_units;
    const double lanes = fmax(fmax(groups, wanted) * own, busy);
    const double computes = item * lanes, reads = FAR_COST * elements * lanes / own;
    const double both = fmax(computes, reads) + fmin(computes, reads) / 4;
    return groups < wanted ? LACKING * both : both;
}
