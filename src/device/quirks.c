/* The table of known driver defects. */
#include "device/quirks.h"

#include "base/text.h"

static const struct quirk {
    const char *platform, *name; /* parts of the texts, any case; NULL: any text */
    uint64_t loop_limit;
} quirks[] = {
    /* Mesa's llvmpipe, under any front end: a work-item's loops end silently after 65,535
     * iterations in total, nested ones included. Seen with rusticl, Mesa 22.3.6. */
    {.name = "llvmpipe", .loop_limit = 65535},
};

static bool matches(const char *text, const char *part)
{
    return !part || cvl_contains_ignoring_case(text, part);
}

void cvl_quirks_apply(struct cvl_device_facts *facts)
{
    for (size_t i = 0; i < sizeof quirks / sizeof quirks[0]; i++) {
        const struct quirk *quirk = &quirks[i];
        if (matches(facts->platform, quirk->platform) && matches(facts->name, quirk->name))
            facts->loop_limit = quirk->loop_limit;
    }
}
