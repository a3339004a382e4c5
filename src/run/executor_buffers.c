/* Buffers of an executor: made, filled, guarded, read and released. */
#include "run/executor_buffers.h"

#include <assert.h>
#include <string.h>

static const unsigned char guard_byte = 0xA5;

static enum cvl_status fill_bytes(struct cvl_executor *executor, uint32_t index,
                                  const void *pattern, size_t pattern_bytes, size_t offset,
                                  size_t bytes, struct cvl_error *err)
{
    cl_int code = clEnqueueFillBuffer(executor->opened->queue, executor->buffers[index], pattern,
                                      pattern_bytes, offset, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueFillBuffer", "%s, %zu bytes",
                                            executor->plan->buffers[index].name, bytes);
}

/* 0xFF bytes are a NaN as float and as half: what a kernel reads without having written it shows in
 * the answer. */
static enum cvl_status fill_with_nans(struct cvl_executor *executor, uint32_t index,
                                      struct cvl_error *err)
{
    static const cl_uint ones = 0xFFFFFFFFu;
    const size_t bytes = (size_t)executor->plan->buffers[index].bytes;
    const size_t pattern_bytes = bytes % 4 == 0 ? 4 : bytes % 2 == 0 ? 2 : 1;
    return fill_bytes(executor, index, &ones, pattern_bytes, 0, bytes, err);
}

static enum cvl_status write_content(struct cvl_executor *executor, uint32_t index,
                                     struct cvl_error *err)
{
    assert(executor->content[index]);
    const struct cvl_plan_buffer *buffer = &executor->plan->buffers[index];
    size_t bytes = (size_t)buffer->bytes;
    cl_int code = clEnqueueWriteBuffer(executor->opened->queue, executor->buffers[index], CL_TRUE,
                                       0, bytes, executor->content[index], 0, NULL, NULL);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueWriteBuffer", "%s, %zu bytes",
                                            buffer->name, bytes);
}

static enum cvl_status fill(struct cvl_executor *executor, uint32_t index, struct cvl_error *err)
{
    enum cvl_status status = executor->content[index] ? write_content(executor, index, err)
                                                      : fill_with_nans(executor, index, err);
    if (status != CVL_OK || executor->guard_bytes == 0)
        return status;
    return fill_bytes(executor, index, &guard_byte, 1, (size_t)executor->plan->buffers[index].bytes,
                      executor->guard_bytes, err);
}

/* A step of training changes the weights, and what else stays. */
static bool is_overwritten(const struct cvl_executor *executor, uint32_t index)
{
    const struct cvl_plan_buffer *buffer = &executor->plan->buffers[index];
    const bool changes = executor->plan->passes == CVL_TRAINING && cvl_buffer_stays(buffer);
    return changes || buffer->content == CVL_CONTENT_IN_PLACE;
}

enum cvl_status cvl_executor_renew_input(struct cvl_executor *executor, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < executor->plan->buffer_count && status == CVL_OK; i++)
        if (is_overwritten(executor, i))
            status = write_content(executor, i, err);
    return status;
}

static cl_mem make_part(cl_mem whole, uint64_t offset, uint64_t bytes, cl_int *code)
{
    assert(whole);
    const cl_buffer_region region = {(size_t)offset, (size_t)bytes};
    return clCreateSubBuffer(whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, code);
}

/* There are no parts of parts: in the arena, a plan's part is one of the arena. */
static cl_mem allocate(struct cvl_executor *executor, uint32_t index, cl_int *code)
{
    const struct cvl_plan_buffer *buffer = &executor->plan->buffers[index];
    const uint64_t offset = executor->plan->arena_offset[index];
    if (executor->arena && offset != UINT64_MAX)
        return make_part(executor->arena, offset, buffer->bytes, code);
    if (buffer->is_part)
        return make_part(executor->buffers[buffer->whole], buffer->offset, buffer->bytes, code);
    return clCreateBuffer(executor->opened->context, CL_MEM_READ_WRITE,
                          (size_t)buffer->bytes + executor->guard_bytes, NULL, code);
}

static void charge_to_us(const struct cvl_executor *executor, uint32_t stage)
{
    if (executor->opened->ledger)
        cvl_ledger_own(executor->opened->ledger, stage);
}

static void charge_to_library(const struct cvl_executor *executor, uint32_t stage)
{
    if (executor->opened->ledger)
        cvl_ledger_library(executor->opened->ledger, stage);
}

enum cvl_status cvl_executor_make(struct cvl_executor *executor, uint32_t buffer, uint32_t stage,
                                  struct cvl_error *err)
{
    assert(buffer < executor->plan->buffer_count && !executor->buffers[buffer]);
    cl_int code = CL_SUCCESS;
    charge_to_us(executor, stage);
    executor->buffers[buffer] = allocate(executor, buffer, &code);
    charge_to_library(executor, stage);
    if (!executor->buffers[buffer])
        return cvl_cl_fail(err, code, "clCreateBuffer", "%s, %llu bytes",
                           executor->plan->buffers[buffer].name,
                           (unsigned long long)executor->plan->buffers[buffer].bytes);
    /* Its whole is filled already, and ends with the guard. */
    return executor->plan->buffers[buffer].is_part ? CVL_OK : fill(executor, buffer, err);
}

void cvl_executor_drop(struct cvl_executor *executor, uint32_t buffer)
{
    assert(buffer < executor->plan->buffer_count);
    if (executor->buffers[buffer])
        clReleaseMemObject(executor->buffers[buffer]);
    executor->buffers[buffer] = NULL;
}

enum cvl_status cvl_executor_make_arena(struct cvl_executor *executor, uint32_t stage,
                                        struct cvl_error *err)
{
    assert(!executor->arena);
    const uint64_t bytes = executor->plan->bytes.peak_without_weights[CVL_ARENA];
    cl_int code = CL_SUCCESS;
    charge_to_us(executor, stage);
    executor->arena =
        clCreateBuffer(executor->opened->context, CL_MEM_READ_WRITE, (size_t)bytes, NULL, &code);
    charge_to_library(executor, stage);
    return executor->arena ? CVL_OK
                           : cvl_cl_fail(err, code, "clCreateBuffer", "arena, %llu bytes",
                                         (unsigned long long)bytes);
}

void cvl_executor_drop_arena(struct cvl_executor *executor)
{
    if (executor->arena)
        clReleaseMemObject(executor->arena);
    executor->arena = NULL;
}

enum cvl_status cvl_executor_make_run(struct cvl_executor *executor, uint32_t stage,
                                      struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        bool now = stage == UINT32_MAX || buffer->first_stage == stage;
        if (cvl_buffer_runs(plan, buffer) && now && !executor->buffers[i])
            status = cvl_executor_make(executor, i, buffer->first_stage, err);
    }
    return status;
}

static enum cvl_status read_bytes(struct cvl_executor *executor, uint32_t index, size_t offset,
                                  size_t bytes, void *target, struct cvl_error *err)
{
    assert(executor->buffers[index]);
    cl_int code = clEnqueueReadBuffer(executor->opened->queue, executor->buffers[index], CL_TRUE,
                                      offset, bytes, target, 0, NULL, NULL);
    return code == CL_SUCCESS ? CVL_OK
                              : cvl_cl_fail(err, code, "clEnqueueReadBuffer", "%s, %zu bytes",
                                            executor->plan->buffers[index].name, bytes);
}

enum cvl_status cvl_executor_read(struct cvl_executor *executor, uint32_t buffer, void *target,
                                  struct cvl_error *err)
{
    return read_bytes(executor, buffer, 0, (size_t)executor->plan->buffers[buffer].bytes, target,
                      err);
}

size_t cvl_executor_output_bytes(const struct cvl_plan *plan)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        bytes += cvl_buffer_is_output(&plan->buffers[i]) ? (size_t)plan->buffers[i].bytes : 0;
    return bytes;
}

enum cvl_status cvl_executor_read_outputs(struct cvl_executor *executor, void *target,
                                          struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    unsigned char *at = target;
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (!cvl_buffer_is_output(buffer))
            continue;
        status = read_bytes(executor, i, 0, (size_t)buffer->bytes, at, err);
        at += buffer->bytes;
    }
    return status;
}

enum cvl_status cvl_executor_check_guards(struct cvl_executor *executor, struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        unsigned char bytes[CVL_GUARD_BYTES];
        if (!executor->buffers[i] || plan->buffers[i].is_part || executor->guard_bytes == 0)
            continue;
        enum cvl_status status = read_bytes(executor, i, (size_t)plan->buffers[i].bytes,
                                            executor->guard_bytes, bytes, err);
        if (status != CVL_OK)
            return status;
        for (size_t at = 0; at < executor->guard_bytes; at++)
            if (bytes[at] != guard_byte)
                return cvl_fail(err, CVL_WRONG_ANSWER,
                                "%s wrote %zu bytes past the end of its %s buffer (%llu bytes)",
                                plan->steps[plan->buffers[i].step].variant, at,
                                plan->buffers[i].name, (unsigned long long)plan->buffers[i].bytes);
    }
    return CVL_OK;
}
