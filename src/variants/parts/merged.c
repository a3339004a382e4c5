/* Groups of few channels, several of them computed as one. */
#include "variants/parts/merged.h"

#include "variants/parts/groups.h"

/* Output channels that a merged group has at least, if there are so many. */
enum { WANTED_OUTPUTS = 16 };

/* The largest number of groups up to `max` that divides all of them. */
static int32_t dividing(int32_t groups, int32_t max)
{
    int32_t count = max < groups ? max : groups;
    while (groups % count != 0)
        count--;
    return count;
}

struct cvl_merged cvl_merge_groups(const struct cvl_request *request,
                                   const struct cvl_device_facts *device)
{
    struct cvl_merged merged = {*request, 1};
    struct cvl_problem *p = &merged.request.problem;
    if (p->g == 1 || request->passes == CVL_TRAINING)
        return merged;
    const int32_t outputs = p->oc / p->g;
    /* a large work-group shares among its items what a vector would be filled with */
    const int32_t wanted =
        cvl_groups_are_large(device) ? 1 : (WANTED_OUTPUTS + outputs - 1) / outputs;
    merged.groups = dividing(p->g, cvl_parameter_value(request, "merge", wanted));
    p->g /= merged.groups;
    return merged;
}

void cvl_merged_tuning(struct cvl_builder *builder, const struct cvl_merged *merged)
{
    if (merged->groups * merged->request.problem.g > 1)
        cvl_build_tuning(builder, "merge", merged->groups);
}

const struct cvl_parameter_set cvl_merged_parameters = {
    .parameters = (const struct cvl_parameter[]){{"merge",
                                                  "groups computed as one, with zeros between them",
                                                  CVL_EVERYWHERE,
                                                  {1, 2, 4, 8, 16, 32}},
                                                 {0}}};
