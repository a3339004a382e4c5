/* What the figures of built kernels rule out: group, local memory, spilled registers. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "tuning/fit.h"

enum { STAGES = 3, MAX_GROUP = 256, LOCAL_BYTES = 32768 };

/* A load stage, a product and a sum, with what the driver says of them. */
struct made {
    struct cvl_stage stages[STAGES];
    struct cvl_plan plan;
    struct cvl_kernel_figures figures[STAGES];
    struct cvl_built_plan built;
};

static void make_stage(struct made *made, int stage, const char *kernel, uint64_t items,
                       uint64_t group)
{
    struct cvl_launch *launch = &made->stages[stage].work.launch;
    made->stages[stage].kind = CVL_STAGE_KERNEL;
    made->stages[stage].flops = 1 << 20;
    *launch = (struct cvl_launch){.dims = 2, .global = {items, 1, 1}, .local = {group / 4, 4, 1}};
    (void)snprintf(launch->kernel, sizeof launch->kernel, "%s", kernel);
}

/* 1024 items in groups of 64; all figures 0. */
static void make(struct made *made)
{
    *made = (struct made){.plan = {.stage_count = STAGES, .load_stage_count = 1}};
    make_stage(made, 0, "pack", 1024, 64);
    make_stage(made, 1, "product", 1024, 64);
    make_stage(made, 2, "sum", 1024, 64);
    made->plan.stages = made->stages;
    made->built = (struct cvl_built_plan){&made->plan, made->figures};
}

static struct cvl_device_facts facts_of(enum cvl_device_type type)
{
    struct cvl_device_facts facts = cvl_device_facts_default();
    facts.type = type;
    facts.local_bytes = LOCAL_BYTES;
    return facts;
}

/* NULL: nothing is wrong. */
static void expect_limits(const struct made *made, const char *wrong)
{
    const struct cvl_device_facts cpu = facts_of(CVL_DEVICE_CPU), gpu = facts_of(CVL_DEVICE_GPU);
    struct cvl_error err = {0};
    const enum cvl_status status = cvl_fit_limits(&made->built, &gpu, &err);
    cr_expect_eq(status, wrong ? CVL_UNSUPPORTED : CVL_OK);
    cr_expect_str_eq(err.text, wrong ? wrong : "");
    cr_expect_eq(cvl_fit_limits(&made->built, &cpu, NULL), status, "a CPU has the same limits");
}

static void expect_registers(const struct made *made, const struct made *standard,
                             enum cvl_device_type type, const char *wrong)
{
    const struct cvl_device_facts device = facts_of(type);
    struct cvl_error err = {0};
    cr_expect_eq(cvl_fit_registers(&made->built, &standard->built, &device, &err),
                 wrong ? CVL_UNSUPPORTED : CVL_OK);
    cr_expect_str_eq(err.text, wrong ? wrong : "");
}

Test(fit, a_group_is_as_large_as_the_built_kernel_allows)
{
    struct made made;
    make(&made);
    expect_limits(&made, NULL);
    make_stage(&made, 1, "product", 1024, MAX_GROUP);
    made.figures[1].max_group = MAX_GROUP;
    expect_limits(&made, NULL);
    made.figures[1].max_group = MAX_GROUP - 1;
    expect_limits(&made, "product has work-groups of 256 work-items; the driver allows 255 of the "
                         "built kernel");
    made.figures[1].max_group = UINT64_MAX;
    expect_limits(&made, NULL);
}

Test(fit, local_memory_is_what_the_device_has)
{
    struct made made;
    make(&made);
    made.figures[2].local_bytes = LOCAL_BYTES;
    expect_limits(&made, NULL);
    made.figures[2].local_bytes = LOCAL_BYTES + 1;
    expect_limits(&made, "sum takes 32769 bytes of local memory; the device has 32768");
    made.figures[2].local_bytes = UINT64_MAX;
    expect_limits(&made, NULL);
}

/* Packing runs once, and a library has its own kernels. */
Test(fit, other_stages_are_not_looked_at)
{
    struct made made;
    make(&made);
    made.figures[0] = (struct cvl_kernel_figures){1024, 1024, LOCAL_BYTES + 1, 1};
    expect_limits(&made, NULL);
    const struct cvl_device_facts gpu = facts_of(CVL_DEVICE_GPU);
    cr_expect_not(cvl_fit_takes_private(&made.built, &gpu));
    made.stages[1].kind = CVL_STAGE_GEMM;
    made.figures[1] = made.figures[0];
    expect_limits(&made, NULL);
    cr_expect_not(cvl_fit_takes_private(&made.built, &gpu));
}

Test(fit, what_takes_private_memory_is_compared)
{
    struct made made;
    const struct cvl_device_facts cpu = facts_of(CVL_DEVICE_CPU), gpu = facts_of(CVL_DEVICE_GPU);
    make(&made);
    cr_expect_not(cvl_fit_takes_private(&made.built, &gpu));
    made.figures[1] = cvl_kernel_figures_none();
    cr_expect_not(cvl_fit_takes_private(&made.built, &gpu), "not told");
    made.figures[1].spilled_bytes = 4;
    cr_expect(cvl_fit_takes_private(&made.built, &gpu));
    made.figures[1] = (struct cvl_kernel_figures){.private_bytes = 4};
    cr_expect(cvl_fit_takes_private(&made.built, &gpu));
    cr_expect_not(cvl_fit_takes_private(&made.built, &cpu), "a stack");
}

Test(fit, private_memory_that_the_default_does_not_take_is_a_spill)
{
    struct made made, standard;
    make(&made);
    make(&standard);
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
    made.figures[1].private_bytes = 48;
    const char *why =
        "product takes 48 bytes of private memory for a work-item; the default takes 0";
    expect_registers(&made, &standard, CVL_DEVICE_GPU, why);
    expect_registers(&made, &standard, CVL_DEVICE_ACCELERATOR, why);
    expect_registers(&made, &standard, CVL_DEVICE_CPU, NULL);
    made.figures[1] = (struct cvl_kernel_figures){.private_bytes = 40, .spilled_bytes = 8};
    expect_registers(&made, &standard, CVL_DEVICE_GPU, why);
    made.figures[1] = (struct cvl_kernel_figures){UINT64_MAX, 48, 0, 0};
    expect_registers(&made, &standard, CVL_DEVICE_GPU, why);
}

/* A driver that reports the register tile itself as private memory: it grows with the tile. */
Test(fit, a_larger_tile_explains_more)
{
    struct made made, standard;
    make(&made);
    make(&standard);
    standard.figures[1].private_bytes = 64;
    made.figures[1].private_bytes = 64;
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
    made.figures[1].private_bytes = 256;
    expect_registers(&made, &standard, CVL_DEVICE_GPU,
                     "product takes 256 bytes of private memory for a work-item; the default "
                     "takes 64");
    make_stage(&made, 1, "product", 256, 64); /* four times the work for each item */
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
    made.figures[1].private_bytes = 257;
    expect_registers(&made, &standard, CVL_DEVICE_GPU,
                     "product takes 257 bytes of private memory for a work-item; the default "
                     "takes 64");
    make_stage(&made, 1, "product", 4096, 64);
    made.figures[1].private_bytes = 64;
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
}

/* The larger of two of one name counts. */
Test(fit, kernels_are_compared_by_name)
{
    struct made made, standard;
    make(&made);
    make(&standard);
    make_stage(&standard, 2, "product", 1024, 64);
    standard.figures[2].private_bytes = 32;
    made.figures[1].private_bytes = 32;
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
    make_stage(&made, 1, "other", 256, 64);
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
    made.figures[1].private_bytes = 33;
    expect_registers(&made, &standard, CVL_DEVICE_GPU,
                     "other takes 33 bytes of private memory for a work-item; the default takes "
                     "32");
}

Test(fit, a_default_of_which_nothing_is_known_rules_nothing_out)
{
    struct made made, standard;
    make(&made);
    make(&standard);
    for (int s = 0; s < STAGES; s++)
        standard.figures[s] = cvl_kernel_figures_none();
    made.figures[1].private_bytes = 4096;
    expect_registers(&made, &standard, CVL_DEVICE_GPU, NULL);
}
