#include "memory/probe.h"

#define CVL_PROBE(name) extern const struct cvl_probe cvl_probe_##name;
#include "memory/probes.def"
#undef CVL_PROBE

#define CVL_PROBE(name) &cvl_probe_##name,
static const struct cvl_probe *const probes[] = {
#include "memory/probes.def"
};
#undef CVL_PROBE

size_t cvl_probe_count(void)
{
    return sizeof probes / sizeof probes[0];
}

const struct cvl_probe *cvl_probe_at(size_t index)
{
    return index < cvl_probe_count() ? probes[index] : NULL;
}

const struct cvl_probe *cvl_probe_for(const struct cvl_device_facts *device)
{
    for (size_t i = 0; i < cvl_probe_count(); i++) {
        if (!probes[i]->answers || probes[i]->answers(device))
            return probes[i];
    }
    return NULL;
}
