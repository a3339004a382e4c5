/* Facts of a described device, beside those of the one that is here. */
#include "run/described.h"

#include "base/text.h"
#include "plan/limits.h"
#include "result/device_spec.h"

enum cvl_status cvl_described_find(const struct cvl_run_options *options,
                                   const struct cvl_device_facts *device,
                                   struct cvl_device_facts *planned, struct cvl_error *err)
{
    *planned = *device;
    return options->as ? cvl_device_spec_parse(options->as, "as", planned, err) : CVL_OK;
}

struct cvl_device_facts cvl_described_build_facts(const struct cvl_device_facts *planned,
                                                  const struct cvl_device_facts *device)
{
    struct cvl_device_facts facts = *planned;
    facts.has_half = planned->has_half && device->has_half;
    facts.has_double = planned->has_double && device->has_double;
    facts.has_subgroups = planned->has_subgroups && device->has_subgroups;
    facts.has_block_reads = planned->has_block_reads && device->has_block_reads;
    facts.has_short_block_reads = planned->has_short_block_reads && device->has_short_block_reads;
    return facts;
}

enum cvl_status cvl_described_check(const struct cvl_run_options *options,
                                    const struct cvl_plan *plan,
                                    const struct cvl_device_facts *planned,
                                    const struct cvl_device_facts *device, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    char id[2 * sizeof planned->id];
    if (!options->as || cvl_plan_limits(plan, device, &reason) == CVL_OK)
        return CVL_OK;
    cvl_copy_safe(id, sizeof id, planned->id);
    return cvl_fail(err, CVL_UNSUPPORTED, "tiles of %s: %s", id, reason.text);
}
