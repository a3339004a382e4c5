/* What a search can set on a GPU: register tiles from 4x4 to 8x8 outputs and beyond, work-groups of
 * up to 256 items, in every variant and both layouts. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

#include "plan/values.h"

/* A server GPU, which has registers and local memory for all of it. */
static struct cvl_device_facts server_gpu(void)
{
    struct cvl_device_preset preset;
    size_t i = 0;
    while (cvl_device_preset_at(i++, &preset))
        if (strcmp(preset.name, "h100") == 0)
            return preset.facts;
    cr_assert(false, "no preset of that name");
    return preset.facts;
}

/* A problem that the variant's kernels of large groups compute. */
static const char *problem_of(const char *variant)
{
    if (strncmp(variant, "inv_", 4) == 0)
        return "inverted:ic64ih56oc64kh3ph1mc384";
    if (strncmp(variant, "sep_", 4) == 0)
        return "separable:ic128ih56oc128kh3ph1";
    if (strncmp(variant, "dw_", 3) == 0)
        return "depthwise:g256ic256ih56oc256kh3ph1";
    return strncmp(variant, "pw_", 3) == 0 ? "pointwise:ic256ih56oc256kh1"
                                           : "standard:ic128ih56oc128kh3ph1";
}

/* A case on the GPU. */
struct space {
    const struct cvl_variant *variant;
    struct cvl_request request;
    struct cvl_device_facts device;
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    size_t count;
};

static struct space space_of(const char *variant, enum cvl_layout layout)
{
    struct space space = {.variant = cvl_variant_find(variant),
                          .request = {.layout = layout, .dtype = CVL_F32},
                          .device = server_gpu()};
    struct cvl_error err = {0};
    cr_assert_not_null(space.variant, "%s", variant);
    cr_assert_eq(cvl_problem_parse(problem_of(variant), &space.request.problem, &err), CVL_OK, "%s",
                 err.text);
    space.count = cvl_variant_parameters(space.variant, layout, &space.device, space.parameters);
    return space;
}

/* Is it a parameter there, with this among its values? */
static bool offers(const struct space *space, const char *name, int32_t value)
{
    for (size_t i = 0; i < space->count; i++)
        for (size_t v = 0; v < CVL_PARAMETER_VALUES; v++)
            if (strcmp(space->parameters[i]->name, name) == 0 &&
                space->parameters[i]->values[v] == value)
                return true;
    return false;
}

/* The plan keeps to what was asked, and its kernels fit the device. */
static void expect_planned(struct space *space, const char *text)
{
    struct cvl_values asked;
    struct cvl_plan plan;
    struct cvl_error err = {0};
    const char *name = cvl_variant_name(space->variant);
    const char *layout = cvl_layout_name(space->request.layout);
    cr_assert_eq(cvl_values_parse(text, &asked, &err), CVL_OK, "%s", err.text);
    for (uint32_t i = 0; i < asked.count; i++)
        cr_expect(offers(space, asked.at[i].name, asked.at[i].value), "%s %s: %s is not offered",
                  name, layout, asked.at[i].name);
    cr_expect(cvl_variant_allows(space->variant, space->request.layout, asked.at, asked.count));
    space->request.tuning = asked.at;
    space->request.tuning_count = asked.count;
    cr_assert_eq(cvl_variant_plan(space->variant, &space->request, &space->device, &plan, &err),
                 CVL_OK, "%s %s %s: %s", name, layout, text, err.text);
    for (uint32_t i = 0; i < asked.count; i++) {
        bool found = false;
        for (uint32_t t = 0; t < plan.steps[0].tuning_count; t++)
            found |= strcmp(plan.steps[0].tuning[t].name, asked.at[i].name) == 0 &&
                     plan.steps[0].tuning[t].value == asked.at[i].value;
        cr_expect(found, "%s %s %s: the plan does not say %s", name, layout, text,
                  asked.at[i].name);
    }
    cvl_plan_clear(&plan);
}

/* Outputs of an item, pixels x channels, from vectors of 4. */
static const char *const tiles[CVL_LAYOUT_COUNT][6] = {
    [CVL_NHWC] = {"pixels=4,vec=4,vectors=1", "pixels=4,vec=4,vectors=2",
                  "pixels=8,vec=4,vectors=1", "pixels=8,vec=4,vectors=2",
                  "pixels=8,vec=4,vectors=3", "pixels=12,vec=4,vectors=2"},
    [CVL_NCHW] = {"outputs=4,vec=4,vectors=1", "outputs=8,vec=4,vectors=1",
                  "outputs=4,vec=4,vectors=2", "outputs=8,vec=4,vectors=2",
                  "outputs=12,vec=4,vectors=2", "outputs=8,vec=4,vectors=3"},
};

static const char *const groups[] = {"channel_items=8,pixel_items=8",
                                     "channel_items=16,pixel_items=8",
                                     "channel_items=16,pixel_items=16"};

/* With a prefix before every name: of the expansion of an inverted problem. */
static void prefixed(char *text, size_t size, const char *prefix, const char *tile,
                     const char *group)
{
    char both[128];
    (void)snprintf(both, sizeof both, "%s,%s", tile, group);
    char *rest = both;
    text[0] = '\0';
    for (char *part; (part = strsep(&rest, ","));)
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%s%s", *text ? "," : "", prefix,
                       part);
}

static void expect_products(const char *variant, const char *prefix)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        /* A batch of products is the same in both layouts. */
        const bool staged = strstr(variant, "staged") != NULL;
        struct space space = space_of(variant, (enum cvl_layout)layout);
        for (size_t t = 0; t < sizeof tiles[0] / sizeof tiles[0][0]; t++)
            for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
                char text[160];
                prefixed(text, sizeof text, prefix, tiles[staged ? CVL_NHWC : layout][t],
                         groups[g]);
                expect_planned(&space, text);
            }
    }
}

Test(ranges, products_have_tiles_from_4x4_on_and_groups_of_up_to_256)
{
    static const char *const variants[] = {
        "direct",      "pw_direct",  "implicit_gemm",      "sep_unfused",       "sep_banded",
        "inv_unfused", "inv_banded", "winograd_f2_staged", "winograd_f4_staged"};
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        expect_products(variants[i], "");
}

Test(ranges, so_has_the_expansion_of_an_inverted_problem)
{
    expect_products("inv_unfused", "e_");
    expect_products("inv_banded", "e_");
}

/* Every parameter that counts a group's items goes up to 256, alone or as a product of two. */
Test(ranges, groups_of_256_are_offered_by_every_variant)
{
    for (size_t i = 0; i < cvl_variant_count(); i++)
        for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
            const char *variant = cvl_variant_name(cvl_variant_at(i));
            struct space space = space_of(variant, (enum cvl_layout)layout);
            if (space.count == 0)
                continue;
            const bool product =
                offers(&space, "channel_items", 16) && offers(&space, "pixel_items", 16);
            const bool transform =
                offers(&space, "in_vectors", 16) && offers(&space, "in_tiles", 16);
            cr_expect(product || transform || offers(&space, "items", 256) ||
                          offers(&space, "dw_items", 256),
                      "%s, layout %d", variant, layout);
        }
}
