/* The table of probes. */
#include "probes/probe.h"

#define CVL_PROBE(name) extern const struct cvl_probe cvl_probe_##name;
#include "probes/probes.def"
#undef CVL_PROBE

#define CVL_PROBE(name) &cvl_probe_##name,
static const struct cvl_probe *const probes[] = {
#include "probes/probes.def"
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

const struct cvl_probe *const *cvl_probes_all(size_t *count)
{
    *count = cvl_probe_count();
    return probes;
}

const char *cvl_scope_name(enum cvl_probe_scope scope)
{
    static const char *const names[] = {
        [CVL_SCOPE_PROCESS] = "process",
        [CVL_SCOPE_DEVICE] = "device",
        [CVL_SCOPE_BUFFERS] = "buffers",
    };
    return (unsigned)scope < CVL_SCOPE_COUNT ? names[scope] : "unknown";
}
