#include "run/chain_executor.h"

#include <stdlib.h>
#include <string.h>

enum { SUM_GROUP = 64 };

static void free_contents(struct cvl_executor *part)
{
    for (uint32_t i = 0; i < CVL_PLAN_BUFFERS; i++) {
        free(part->content[i]);
        part->content[i] = NULL;
    }
}

/* What the first layer reads is the network's input. */
static void keep_input(struct cvl_chain_executor *x)
{
    const struct cvl_plan *plan = &x->plan->parts[0].plan;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].content == CVL_CONTENT_INPUT) {
            x->input = x->parts[0].content[i];
            x->parts[0].content[i] = NULL;
        }
}

/* The layer's weights are on the host only while they are loaded. */
static enum cvl_status load_part(struct cvl_chain_executor *x, uint32_t step, struct cvl_error *err)
{
    struct cvl_tensors tensors;
    const struct cvl_plan *plan = &x->plan->parts[step].plan;
    enum cvl_status status = (step == 0 ? cvl_tensors_make : cvl_tensors_make_behind)(
        &plan->problem, plan->dtype, &tensors, err);
    if (status != CVL_OK)
        return status;
    status = cvl_executor_create(x->opened, plan, &tensors, &x->parts[step], err);
    cvl_tensors_clear(&tensors);
    if (status != CVL_OK)
        return status;
    x->part_count++;
    status = cvl_executor_load(&x->parts[step], err);
    if (step == 0)
        keep_input(x);
    free_contents(&x->parts[step]);
    return status;
}

enum cvl_status cvl_chain_executor_create(const struct cvl_opened *opened,
                                          const struct cvl_chain_plan *plan,
                                          struct cvl_chain_executor *out, struct cvl_error *err)
{
    *out = (struct cvl_chain_executor){.opened = opened, .plan = plan};
    out->parts = calloc(plan->chain->step_count, sizeof *out->parts);
    out->buffers = calloc(plan->buffer_count, sizeof(cl_mem));
    enum cvl_status status = CVL_OK;
    if (!out->parts || !out->buffers)
        status =
            cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %zu layers", plan->chain->step_count);
    if (status == CVL_OK && plan->sum_count > 0)
        status = cvl_program_get(opened->programs, "residual.cl",
                                 plan->dtype == CVL_F16 ? "-DHALF=1" : "-DHALF=0", &out->sums, err);
    for (uint32_t step = 0; step < plan->chain->step_count && status == CVL_OK; step++)
        status = load_part(out, step, err);
    if (status != CVL_OK)
        cvl_chain_executor_clear(out);
    return status;
}

/* Lends a layer the chain's buffers, or takes them back. */
static void lend(struct cvl_chain_executor *x, uint32_t step, bool take_back)
{
    const struct cvl_chain_part *part = &x->plan->parts[step];
    for (uint32_t b = 0; b < part->plan.buffer_count; b++)
        if (part->buffer[b] != UINT32_MAX)
            x->parts[step].buffers[b] = take_back ? NULL : x->buffers[part->buffer[b]];
}

void cvl_chain_executor_drop(struct cvl_chain_executor *x, uint32_t buffer)
{
    if (x->buffers[buffer])
        clReleaseMemObject(x->buffers[buffer]);
    x->buffers[buffer] = NULL;
}

void cvl_chain_executor_release(struct cvl_chain_executor *x)
{
    (void)clFinish(x->opened->queue);
    for (uint32_t step = 0; step < x->part_count; step++) {
        for (uint32_t s = 0; s < x->plan->parts[step].plan.stage_count; s++)
            cvl_executor_forget(&x->parts[step], s);
        lend(x, step, true);
    }
    for (uint32_t i = 0; i < x->plan->buffer_count; i++)
        cvl_chain_executor_drop(x, i);
    if (x->arena)
        clReleaseMemObject(x->arena);
    x->arena = NULL;
}

void cvl_chain_executor_clear(struct cvl_chain_executor *x)
{
    if (x->parts && x->buffers)
        cvl_chain_executor_release(x);
    for (uint32_t step = 0; step < x->part_count; step++)
        cvl_executor_clear(&x->parts[step]);
    free(x->parts);
    free(x->buffers);
    free(x->input);
    *x = (struct cvl_chain_executor){0};
}

/* Ours, made in that stage. */
static cl_mem allocate(struct cvl_chain_executor *x, uint32_t index, uint32_t stage, cl_int *code)
{
    const size_t bytes = (size_t)x->plan->buffers[index].bytes;
    struct cvl_ledger *ledger = x->opened->ledger;
    cl_mem made;
    if (ledger)
        cvl_ledger_own(ledger, stage);
    if (x->arena) {
        const cl_buffer_region region = {(size_t)x->plan->offset[index], bytes};
        made = clCreateSubBuffer(x->arena, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region,
                                 code);
    } else {
        made = clCreateBuffer(x->opened->context, CL_MEM_READ_WRITE, bytes, NULL, code);
    }
    if (ledger)
        cvl_ledger_library(ledger, stage);
    return made;
}

/* 0xFF bytes are a NaN as float and as half. */
static enum cvl_status fill(struct cvl_chain_executor *x, uint32_t index, struct cvl_error *err)
{
    static const cl_ushort ones = 0xFFFF;
    const size_t bytes = (size_t)x->plan->buffers[index].bytes;
    cl_int code = clEnqueueFillBuffer(x->opened->queue, x->buffers[index], &ones, sizeof ones, 0,
                                      bytes, 0, NULL, NULL);
    if (code == CL_SUCCESS && index == 0)
        code = clEnqueueWriteBuffer(x->opened->queue, x->buffers[index], CL_TRUE, 0, bytes,
                                    x->input, 0, NULL, NULL);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueFillBuffer", "%s, %zu bytes",
                                            x->plan->buffers[index].name, bytes);
}

enum cvl_status cvl_chain_executor_make(struct cvl_chain_executor *x, uint32_t stage,
                                        struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < x->plan->buffer_count && status == CVL_OK; i++) {
        const struct cvl_plan_buffer *buffer = &x->plan->buffers[i];
        cl_int code = CL_SUCCESS;
        if (x->buffers[i] || (stage != UINT32_MAX && buffer->first_stage != stage))
            continue;
        x->buffers[i] = allocate(x, i, buffer->first_stage, &code);
        status = x->buffers[i] ? fill(x, i, err)
                               : cvl_cl_fail(err, code, "clCreateBuffer", "%s, %llu bytes",
                                             buffer->name, (unsigned long long)buffer->bytes);
    }
    return status;
}

enum cvl_status cvl_chain_executor_make_arena(struct cvl_chain_executor *x, struct cvl_error *err)
{
    const uint64_t bytes = x->plan->bytes.plan.peak_without_weights[CVL_ARENA];
    struct cvl_ledger *ledger = x->opened->ledger;
    cl_int code = CL_SUCCESS;
    if (ledger)
        cvl_ledger_own(ledger, 0);
    x->arena = clCreateBuffer(x->opened->context, CL_MEM_READ_WRITE, (size_t)bytes, NULL, &code);
    if (ledger)
        cvl_ledger_library(ledger, 0);
    return x->arena ? CVL_OK
                    : cvl_cl_fail(err, code, "clCreateBuffer", "arena, %llu bytes",
                                  (unsigned long long)bytes);
}

static const struct cvl_chain_sum *find_sum(const struct cvl_chain_plan *plan, uint32_t stage)
{
    for (uint32_t i = 0; i < plan->sum_count; i++)
        if (plan->sums[i].stage == stage)
            return &plan->sums[i];
    return NULL;
}

/* A kernel of its own each time: it holds its arguments no longer than it runs. */
static enum cvl_status enqueue_sum(struct cvl_chain_executor *x, const struct cvl_chain_sum *sum,
                                   cl_event *event, struct cvl_error *err)
{
    cl_int code = CL_SUCCESS;
    const cl_int count = (cl_int)sum->elements; /* plans refuse more than 2^31 - 1 */
    const size_t local = SUM_GROUP;
    const size_t global = ((size_t)sum->elements + local - 1) / local * local;
    cl_kernel kernel = clCreateKernel(x->sums, "residual_add", &code);
    if (!kernel)
        return cvl_cl_fail(err, code, "clCreateKernel", "residual_add");
    code = clSetKernelArg(kernel, 0, sizeof(cl_mem), &x->buffers[sum->kept]);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 1, sizeof(cl_mem), &x->buffers[sum->target]);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 2, sizeof count, &count);
    if (code == CL_SUCCESS)
        code = clEnqueueNDRangeKernel(x->opened->queue, kernel, 1, NULL, &global, &local, 0, NULL,
                                      event);
    clReleaseKernel(kernel);
    return code == CL_SUCCESS
               ? CVL_OK
               : cvl_cl_fail(err, code, "clEnqueueNDRangeKernel", "residual_add, %d", (int)count);
}

enum cvl_status cvl_chain_executor_enqueue(struct cvl_chain_executor *x, uint32_t stage,
                                           struct cvl_stage_events *events, struct cvl_error *err)
{
    const struct cvl_chain_sum *sum = find_sum(x->plan, stage);
    if (events)
        *events = (struct cvl_stage_events){0};
    if (sum)
        return enqueue_sum(x, sum, events ? &events->last : NULL, err);
    const uint32_t step = cvl_chain_step_of(x->plan, stage);
    const struct cvl_chain_part *part = &x->plan->parts[step];
    lend(x, step, false);
    return cvl_executor_enqueue(
        &x->parts[step], part->plan.load_stage_count + stage - part->first_stage, events, err);
}

enum cvl_status cvl_chain_executor_finish(struct cvl_chain_executor *x, struct cvl_error *err)
{
    return cvl_executor_finish(&x->parts[0], err);
}

void cvl_chain_executor_forget(struct cvl_chain_executor *x, uint32_t stage)
{
    const uint32_t step = cvl_chain_step_of(x->plan, stage);
    const struct cvl_chain_part *part = &x->plan->parts[step];
    if (find_sum(x->plan, stage))
        return;
    cvl_executor_forget(&x->parts[step], part->plan.load_stage_count + stage - part->first_stage);
    lend(x, step, true);
}

enum cvl_status cvl_chain_executor_read_output(struct cvl_chain_executor *x, void *target,
                                               struct cvl_error *err)
{
    uint32_t index = 0;
    while (x->plan->buffers[index].role != CVL_OUTPUT)
        index++;
    const size_t bytes = (size_t)x->plan->buffers[index].bytes;
    const cl_int code = clEnqueueReadBuffer(x->opened->queue, x->buffers[index], CL_TRUE, 0, bytes,
                                            target, 0, NULL, NULL);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueReadBuffer", "%s, %zu bytes",
                                            x->plan->buffers[index].name, bytes);
}
