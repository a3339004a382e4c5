/* Carries out a plan's stages; buffers by number, arguments by the plan. */
#include "run/executor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/clblast.h"
#include "run/verify/training_tensors.h"

static const float *find_weights(const struct cvl_tensors *tensors, enum cvl_filter filter)
{
    assert(filter < CVL_FILTER_COUNT);
    const float *const weights[CVL_FILTER_COUNT] = {
        [CVL_FILTER_ALL] = tensors->weights,
        [CVL_FILTER_EX] = tensors->weights_ex,
        [CVL_FILTER_DW] = tensors->weights_dw,
        [CVL_FILTER_PW] = tensors->weights_pw,
    };
    return weights[filter];
}

/* The optimizer's state at first, of the convolution whose weights it goes with. */
static const float *find_state(const struct cvl_tensors *tensors, enum cvl_filter filter)
{
    return tensors->training->parts[filter == CVL_FILTER_PW].state;
}

/* What the host writes into a buffer of the plan. */
static void pack_content(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer,
                         const struct cvl_tensors *first, void *target)
{
    const struct cvl_tensors *tensors = &first[buffer->step];
    const size_t elements = (size_t)(buffer->bytes / cvl_dtype_bytes(plan->dtype));
    if (buffer->content == CVL_CONTENT_WEIGHTS)
        cvl_pack_elements(find_weights(tensors, buffer->filter), elements, plan->dtype, target);
    else if (buffer->content == CVL_CONTENT_STATE)
        cvl_pack_elements(find_state(tensors, buffer->filter), elements, plan->dtype, target);
    else if (buffer->content == CVL_CONTENT_OUTPUT_GRADIENT)
        cvl_pack_activations(tensors->training->output_gradient,
                             cvl_output_extent(&tensors->problem), plan->layout, plan->dtype,
                             target);
    else
        cvl_pack_activations(first->input, first->input_extent, plan->layout, plan->dtype, target);
}

static bool is_written(enum cvl_content content)
{
    return content == CVL_CONTENT_INPUT || content == CVL_CONTENT_IN_PLACE ||
           content == CVL_CONTENT_WEIGHTS || content == CVL_CONTENT_STATE ||
           content == CVL_CONTENT_OUTPUT_GRADIENT;
}

static enum cvl_status prepare_content(struct cvl_executor *executor, uint32_t index,
                                       const struct cvl_tensors *tensors, struct cvl_error *err)
{
    assert(index < executor->plan->buffer_count);
    const struct cvl_plan_buffer *buffer = &executor->plan->buffers[index];
    if (!is_written(buffer->content))
        return CVL_OK;
    executor->content[index] = malloc((size_t)buffer->bytes);
    if (!executor->content[index])
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for %s", buffer->name);
    pack_content(executor->plan, buffer, tensors, executor->content[index]);
    return CVL_OK;
}

static enum cvl_status build_programs(struct cvl_executor *executor, struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < plan->stage_count && status == CVL_OK; s++) {
        const struct cvl_stage *stage = &plan->stages[s];
        if (stage->kind == CVL_STAGE_KERNEL)
            status = cvl_program_get_for(executor->opened->programs, &executor->opened->build_facts,
                                         stage->work.launch.source, stage->work.launch.options,
                                         &executor->programs[s], err);
    }
    return status;
}

enum cvl_status cvl_executor_create(const struct cvl_opened *opened, const struct cvl_plan *plan,
                                    const struct cvl_tensors *tensors, struct cvl_executor *out,
                                    struct cvl_error *err)
{
    *out = (struct cvl_executor){.opened = opened, .plan = plan};
    out->programs = calloc(plan->stage_count, sizeof(cl_program));
    out->kernels = calloc(plan->stage_count, sizeof(cl_kernel));
    out->buffers = calloc(plan->buffer_count, sizeof(cl_mem));
    out->content = calloc(plan->buffer_count, sizeof *out->content);
    enum cvl_status status = CVL_OK;
    if (!out->programs || !out->kernels || !out->buffers || !out->content)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u stages", plan->stage_count);
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++)
        status = prepare_content(out, i, tensors, err);
    if (status == CVL_OK)
        status = build_programs(out, err);
    if (status != CVL_OK)
        cvl_executor_clear(out);
    return status;
}

void cvl_executor_clear(struct cvl_executor *executor)
{
    const struct cvl_plan *plan = executor->plan;
    for (uint32_t s = 0; executor->kernels && s < plan->stage_count; s++)
        cvl_executor_forget(executor, s);
    for (uint32_t i = 0; executor->buffers && i < plan->buffer_count; i++)
        cvl_executor_drop(executor, i);
    for (uint32_t i = 0; executor->content && i < plan->buffer_count; i++)
        free(executor->content[i]);
    cvl_executor_drop_arena(executor);
    free(executor->content);
    free(executor->buffers);
    free(executor->programs);
    free(executor->kernels);
    *executor = (struct cvl_executor){0};
}

static enum cvl_status set_arguments(struct cvl_executor *executor, uint32_t stage,
                                     struct cvl_error *err)
{
    const struct cvl_launch *launch = &executor->plan->stages[stage].work.launch;
    for (uint32_t i = 0; i < launch->arg_count; i++) {
        const struct cvl_arg *arg = &launch->args[i];
        cl_int number = arg->value;
        size_t size = arg->is_buffer ? sizeof(cl_mem) : sizeof number;
        const void *value =
            arg->is_buffer ? (const void *)&executor->buffers[arg->value] : (const void *)&number;
        cl_int code = clSetKernelArg(executor->kernels[stage], i, size, value);
        if (code != CL_SUCCESS)
            return cvl_cl_fail(err, code, "clSetKernelArg", "%s, argument %u", launch->kernel, i);
    }
    return CVL_OK;
}

static enum cvl_status prepare_kernel(struct cvl_executor *executor, uint32_t stage,
                                      struct cvl_error *err)
{
    if (executor->kernels[stage])
        return CVL_OK;
    const struct cvl_launch *launch = &executor->plan->stages[stage].work.launch;
    cl_int code = CL_SUCCESS;
    executor->kernels[stage] = clCreateKernel(executor->programs[stage], launch->kernel, &code);
    if (!executor->kernels[stage])
        return cvl_cl_fail(err, code, "clCreateKernel", "%s", launch->kernel);
    return set_arguments(executor, stage, err);
}

static enum cvl_status enqueue_kernel(struct cvl_executor *executor, uint32_t stage,
                                      cl_event *event, struct cvl_error *err)
{
    enum cvl_status status = prepare_kernel(executor, stage, err);
    if (status != CVL_OK)
        return status;
    const struct cvl_launch *launch = &executor->plan->stages[stage].work.launch;
    size_t global[3], local[3];
    for (uint32_t d = 0; d < 3; d++) {
        global[d] = (size_t)launch->global[d];
        local[d] = (size_t)launch->local[d];
    }
    cl_int code = clEnqueueNDRangeKernel(executor->opened->queue, executor->kernels[stage],
                                         launch->dims, NULL, global, local, 0, NULL, event);
    return code == CL_SUCCESS
               ? CVL_OK
               : cvl_cl_fail(err, code, "clEnqueueNDRangeKernel",
                             "%s, global %zux%zux%zu, local %zux%zux%zu", launch->kernel, global[0],
                             global[1], global[2], local[0], local[1], local[2]);
}

static enum cvl_status enqueue_marker(struct cvl_executor *executor, cl_event *event,
                                      struct cvl_error *err)
{
    cl_int code = clEnqueueMarkerWithWaitList(executor->opened->queue, 0, NULL, event);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueMarkerWithWaitList", "stage end");
}

/* A library's event may be that of its last kernel only: its span is taken between markers. */
static enum cvl_status enqueue_library(struct cvl_executor *executor, uint32_t stage,
                                       struct cvl_stage_events *events, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    if (events)
        status = enqueue_marker(executor, &events->first, err);
    if (status == CVL_OK)
        status = cvl_clblast_enqueue(&executor->plan->stages[stage], executor->buffers,
                                     executor->opened->queue, err);
    if (status == CVL_OK && events)
        status = enqueue_marker(executor, &events->last, err);
    return status;
}

enum cvl_status cvl_executor_enqueue(struct cvl_executor *executor, uint32_t stage,
                                     struct cvl_stage_events *events, struct cvl_error *err)
{
    assert(stage < executor->plan->stage_count);
    if (events)
        *events = (struct cvl_stage_events){0};
    if (executor->opened->ledger)
        cvl_ledger_library(executor->opened->ledger, stage);
    if (executor->plan->stages[stage].kind == CVL_STAGE_KERNEL)
        return enqueue_kernel(executor, stage, events ? &events->last : NULL, err);
    return enqueue_library(executor, stage, events, err);
}

void cvl_stage_events_release(struct cvl_stage_events *events)
{
    if (events->first)
        clReleaseEvent(events->first);
    if (events->last)
        clReleaseEvent(events->last);
    *events = (struct cvl_stage_events){0};
}

enum cvl_status cvl_executor_finish(struct cvl_executor *executor, struct cvl_error *err)
{
    cl_int code = clFinish(executor->opened->queue);
    return code == CL_SUCCESS ? CVL_OK : cvl_cl_fail(err, code, "clFinish", "waiting for a stage");
}

void cvl_executor_forget(struct cvl_executor *executor, uint32_t stage)
{
    assert(stage < executor->plan->stage_count);
    if (executor->kernels[stage])
        clReleaseKernel(executor->kernels[stage]);
    executor->kernels[stage] = NULL;
}

/* What a load stage uses, and the weights that no stage packs when their layer's turn comes. */
static enum cvl_status make_loaded(struct cvl_executor *executor, uint32_t stage,
                                   struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (buffer->first_stage == stage && !cvl_buffer_runs(plan, buffer))
            status = cvl_executor_make(executor, i, stage, err);
    }
    return status;
}

enum cvl_status cvl_executor_load(struct cvl_executor *executor, struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    if (executor->is_loaded)
        return CVL_OK;
    /* One round more than there are stages: weights may come after the last of them. */
    for (uint32_t s = 0; s <= plan->load_stage_count; s++) {
        const bool runs = s < plan->load_stage_count;
        enum cvl_status status = make_loaded(executor, s, err);
        if (status == CVL_OK && runs)
            status = cvl_executor_enqueue(executor, s, NULL, err);
        if (status == CVL_OK)
            status = cvl_executor_finish(executor, err);
        if (status != CVL_OK)
            return status;
        if (runs)
            cvl_executor_forget(executor, s);
        for (uint32_t i = 0; runs && i < plan->buffer_count; i++)
            if (!cvl_buffer_stays(&plan->buffers[i]) && plan->buffers[i].last_stage == s)
                cvl_executor_drop(executor, i);
        if (executor->opened->ledger)
            (void)cvl_ledger_settle(executor->opened->ledger, 2.0);
    }
    executor->is_loaded = true;
    return CVL_OK;
}

void cvl_executor_release_run(struct cvl_executor *executor)
{
    (void)clFinish(executor->opened->queue);
    for (uint32_t s = 0; s < executor->plan->stage_count; s++)
        cvl_executor_forget(executor, s);
    for (uint32_t i = 0; i < executor->plan->buffer_count; i++)
        if (!executor->is_loaded || !cvl_buffer_stays(&executor->plan->buffers[i]))
            cvl_executor_drop(executor, i);
    cvl_executor_drop_arena(executor);
}

void cvl_executor_release(struct cvl_executor *executor)
{
    executor->is_loaded = false;
    cvl_executor_release_run(executor);
}
