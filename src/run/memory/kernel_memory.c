/* Asks the driver for each kernel's private and local memory and its program's size. */
#include "run/memory/kernel_memory.h"

#include "opencl/kernel_figures.h"

static void keep_max(uint64_t *max, uint64_t bytes)
{
    if (bytes != CVL_ABSENT && (*max == CVL_ABSENT || bytes > *max))
        *max = bytes;
}

static bool is_first_of_program(const struct cvl_executor *executor, uint32_t stage)
{
    for (uint32_t s = 0; s < stage; s++)
        if (executor->programs[s] == executor->programs[stage])
            return false;
    return true;
}

/* One that is not known makes the sum unknown. */
static void add_program(const struct cvl_executor *executor, uint32_t stage, uint64_t bytes,
                        uint64_t *sum)
{
    if (!is_first_of_program(executor, stage) || *sum == CVL_ABSENT)
        return;
    *sum = bytes == CVL_ABSENT ? CVL_ABSENT : *sum + bytes;
}

static void ask_stage(const struct cvl_executor *executor, uint32_t stage, bool program_sizes,
                      struct cvl_row_stage *out)
{
    const struct cvl_opened *opened = executor->opened;
    cl_kernel kernel = clCreateKernel(executor->programs[stage],
                                      executor->plan->stages[stage].work.launch.kernel, NULL);
    if (program_sizes || opened->facts.type != CVL_DEVICE_CPU)
        out->program_bytes = cvl_program_binary_bytes(opened->programs, executor->programs[stage]);
    if (!kernel)
        return;
    const struct cvl_kernel_figures figures = cvl_kernel_figures_ask(kernel, opened->device, false);
    out->private_bytes = figures.private_bytes;
    out->local_bytes = figures.local_bytes;
    (void)clReleaseKernel(kernel);
}

void cvl_kernel_memory(const struct cvl_executor *executor, bool program_sizes, struct cvl_row *row)
{
    const struct cvl_plan *plan = executor->plan;
    struct cvl_row_kernels *kernels = &row->kernels;
    uint64_t programs = 0;
    bool has_program = false;
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        struct cvl_row_stage stage = {
            .program_bytes = CVL_ABSENT, .private_bytes = CVL_ABSENT, .local_bytes = CVL_ABSENT};
        if (plan->stages[s].kind != CVL_STAGE_KERNEL)
            continue;
        ask_stage(executor, s, program_sizes, &stage);
        has_program = true;
        add_program(executor, s, stage.program_bytes, &programs);
        keep_max(&kernels->private_bytes, stage.private_bytes);
        keep_max(&kernels->local_bytes, stage.local_bytes);
        if (s < plan->load_stage_count)
            continue;
        struct cvl_row_stage *target = &row->stages[s - plan->load_stage_count];
        target->program_bytes = stage.program_bytes;
        target->private_bytes = stage.private_bytes;
        target->local_bytes = stage.local_bytes;
    }
    kernels->program_bytes = has_program ? programs : CVL_ABSENT;
}
