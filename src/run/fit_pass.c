/* What a search skips by the figures of built kernels, before anything runs. */
#include <stdlib.h>

#include "base/text.h"
#include "opencl/kernel_figures.h"
#include "run/passes.h"
#include "tuning/fit.h"

/* Asks for the figures of one stage, whose program is built if it is not. */
static enum cvl_status ask_stage(const struct cvl_opened *opened, const struct cvl_launch *launch,
                                 struct cvl_kernel_figures *out, struct cvl_error *err)
{
    cl_program program = NULL;
    cl_int code = CL_SUCCESS;
    const enum cvl_status status = cvl_program_get_for(
        opened->programs, &opened->build_facts, launch->source, launch->options, &program, err);
    if (status != CVL_OK)
        return status;
    cl_kernel kernel = clCreateKernel(program, launch->kernel, &code);
    if (!kernel)
        return cvl_cl_fail(err, code, "clCreateKernel", "%s", launch->kernel);
    *out = cvl_kernel_figures_ask(kernel, opened->device, opened->facts.type != CVL_DEVICE_CPU);
    (void)clReleaseKernel(kernel);
    return CVL_OK;
}

/* The caller frees *out, in error as well. */
static enum cvl_status ask_plan(const struct cvl_opened *opened, const struct cvl_plan *plan,
                                struct cvl_kernel_figures **out, struct cvl_error *err)
{
    struct cvl_kernel_figures *figures = calloc(plan->stage_count + 1, sizeof *figures);
    enum cvl_status status = CVL_OK;
    *out = figures;
    if (!figures)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the figures of %u stages",
                        plan->stage_count);
    for (uint32_t s = 0; s < plan->stage_count && status == CVL_OK; s++) {
        figures[s] = cvl_kernel_figures_none();
        if (s >= plan->load_stage_count && plan->stages[s].kind == CVL_STAGE_KERNEL)
            status = ask_stage(opened, &plan->stages[s].work.launch, &figures[s], err);
    }
    return status;
}

/* Compares with the plan of the default. Its kernels are built only for this, once in a worker: the
 * cache of programs keeps them. */
static enum cvl_status compare_with_default(const struct cvl_pass *pass,
                                            const struct cvl_built_plan *built,
                                            struct cvl_error *err)
{
    const struct cvl_opened *opened = pass->executor->opened;
    struct cvl_plan plan = {0};
    struct cvl_kernel_figures *figures = NULL;
    enum cvl_status status = cvl_case_plan(pass->item, NULL, &opened->facts, &plan, NULL);
    if (status == CVL_OK)
        status = ask_plan(opened, &plan, &figures, NULL);
    const struct cvl_built_plan standard = {&plan, figures};
    if (status == CVL_OK)
        status = cvl_fit_registers(built, &standard, &opened->facts, err);
    else if (status == CVL_NO_MEMORY)
        (void)cvl_fail(err, status, "run: no memory for the default's plan");
    else
        status = CVL_OK; /* a default that cannot be built says nothing */
    free(figures);
    cvl_plan_clear(&plan);
    return status;
}

enum cvl_status cvl_fit_pass(struct cvl_pass *pass, struct cvl_error *err)
{
    const struct cvl_opened *opened = pass->executor->opened;
    struct cvl_kernel_figures *figures = NULL;
    struct cvl_error why = {0};
    enum cvl_status status = ask_plan(opened, pass->executor->plan, &figures, &why);
    const struct cvl_built_plan built = {pass->executor->plan, figures};
    if (status == CVL_OK)
        status = cvl_fit_limits(&built, &opened->facts, &why);
    if (status == CVL_OK && pass->options->skip_spilled &&
        cvl_fit_takes_private(&built, &opened->facts))
        status = compare_with_default(pass, &built, &why);
    free(figures);
    if (status != CVL_UNSUPPORTED)
        return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "%s", why.text);
    pass->row->status = CVL_ROW_SKIPPED;
    cvl_copy(pass->row->reason, sizeof pass->row->reason, why.text);
    return CVL_OK;
}
