/* Work-groups of a device that hides latency with many work-items: how many groups it needs, and
 * which items form one. */
#ifndef CVL_VARIANTS_PARTS_GROUPS_H
#define CVL_VARIANTS_PARTS_GROUPS_H

#include <convlens/device.h>

/* Does the device run many work-items at once on a compute unit? A CPU does not. */
bool cvl_groups_are_large(const struct cvl_device_facts *device);

/* Groups that a launch should have, so that no compute unit stays idle. */
uint64_t cvl_groups_wanted(const struct cvl_device_facts *device);

/* Work-items that run in step; 32 where the device does not say. */
int32_t cvl_groups_step(const struct cvl_device_facts *device);

/* Work-items of a launch, and of one of its groups, along each dimension. */
struct cvl_group_shape {
    int32_t items[3];
};

/* What a launch needs of its groups. */
struct cvl_group_need {
    uint64_t items[3]; /* of the launch */
    int32_t min_x;     /* neighbours along x in a group, if there are as many: they read adjacent
                          memory */
    int32_t min_items, max_items; /* of a group */
};

/* Sets the limits of items: 64 to 256, or close to what the parameter `dw_items` asks for. */
void cvl_groups_limit(struct cvl_group_need *need, int32_t asked);

/* Returns the groups with the fewest idle items among those that give as many groups as are wanted;
 * if none do, those that give most groups. Fewer than `min_items` are only in a group if the launch
 * or the device has no more. */
struct cvl_group_shape cvl_groups_choose(const struct cvl_device_facts *device,
                                         const struct cvl_group_need *need);
int32_t cvl_groups_items(const struct cvl_group_shape *shape);

/* How many groups that are, and how many items run, idle ones included. */
uint64_t cvl_groups_count(const struct cvl_group_need *need, const struct cvl_group_shape *shape);
uint64_t cvl_groups_lanes(const struct cvl_device_facts *device, const struct cvl_group_need *need,
                          const struct cvl_group_shape *shape);

/* Local memory for a group, so that two are on a compute unit where each may have all of it. */
uint64_t cvl_groups_local(const struct cvl_device_facts *device);

/* May a group have so many items along x and y? `asked`: those that a case asks for; 0: none. */
bool cvl_groups_allow(const struct cvl_device_facts *device, int32_t x, int32_t y, int32_t asked);

/* Returns the largest power of two up to `max`, itself one, that divides `channels`. */
int32_t cvl_groups_vector(int32_t max, int32_t channels);

/* The time of a launch, in multiply-adds of a float: an item makes `item` of them, and a group
 * reads `elements` from outside its compute unit. */
double cvl_groups_time(const struct cvl_device_facts *device, double groups, int32_t items,
                       double item, double elements);

#endif
