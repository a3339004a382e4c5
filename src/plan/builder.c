/* The steps of building a plan; each checks its arguments and the sums. */
#include "plan/builder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FIRST_STAGES = 8, FIRST_BUFFERS = 8 };

struct cvl_builder cvl_build_begin(const struct cvl_request *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err)
{
    assert(plan->step_count == 1 && plan->buffer_count == 0 && plan->stage_count == 0);
    return (struct cvl_builder){.plan = plan, .request = request, .device = device, .err = err};
}

/* Weights that a stage of the pass itself uses must be there from loading on, and stay. */
enum cvl_status cvl_build_end(struct cvl_builder *builder)
{
    struct cvl_plan *plan = builder->plan;
    for (uint32_t i = 0; builder->status == CVL_OK && i < plan->buffer_count; i++) {
        struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (buffer->first_stage == UINT32_MAX)
            builder->status =
                cvl_fail(builder->err, CVL_FAILED, "plan: no stage uses buffer %s", buffer->name);
        const bool may_stay = buffer->role == CVL_WEIGHTS || buffer->role == CVL_STATE;
        if (!may_stay || buffer->last_stage < plan->load_stage_count)
            continue;
        if (buffer->first_stage >= plan->load_stage_count)
            buffer->first_stage = 0;
        buffer->last_stage = CVL_STAYS;
    }
    return builder->status;
}

uint64_t cvl_build_blocks(uint64_t count, uint64_t size)
{
    assert(count > 0 && size > 0);
    return (count - 1) / size + 1;
}

static bool buffer_room(struct cvl_builder *builder, const char *name, uint64_t elements)
{
    struct cvl_plan *plan = builder->plan;
    if (builder->status != CVL_OK)
        return false;
    if (elements > INT32_MAX) {
        builder->status =
            cvl_fail(builder->err, CVL_UNSUPPORTED,
                     "%s has %" PRIu64 " elements; kernels count to 2147483647", name, elements);
        return false;
    }
    if (plan->buffer_count < builder->buffer_capacity)
        return true;
    const uint32_t capacity =
        builder->buffer_capacity ? 2 * builder->buffer_capacity : FIRST_BUFFERS;
    struct cvl_plan_buffer *buffers = realloc(plan->buffers, capacity * sizeof *buffers);
    if (!buffers) {
        builder->status = cvl_fail(builder->err, CVL_NO_MEMORY, "plan: %u buffers", capacity);
        return false;
    }
    plan->buffers = buffers;
    builder->buffer_capacity = capacity;
    return true;
}

static uint32_t add_buffer(struct cvl_builder *builder, const char *name, enum cvl_role role,
                           enum cvl_content content, uint64_t elements, size_t element_bytes)
{
    struct cvl_plan *plan = builder->plan;
    if (!buffer_room(builder, name, elements))
        return 0;
    struct cvl_plan_buffer *buffer = &plan->buffers[plan->buffer_count];
    *buffer = (struct cvl_plan_buffer){
        .role = role,
        .content = content,
        .bytes = elements * element_bytes,
        .first_stage = UINT32_MAX,
    };
    cvl_copy(buffer->name, sizeof buffer->name, name);
    return plan->buffer_count++;
}

uint32_t cvl_build_buffer(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          enum cvl_content content, uint64_t elements)
{
    return add_buffer(builder, name, role, content, elements,
                      cvl_dtype_bytes(builder->plan->dtype));
}

uint32_t cvl_build_filter(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          enum cvl_content content, enum cvl_filter filter, uint64_t elements)
{
    const uint32_t index = cvl_build_buffer(builder, name, role, content, elements);
    if (builder->status == CVL_OK)
        builder->plan->buffers[index].filter = filter;
    return index;
}

uint32_t cvl_build_floats(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          uint64_t floats)
{
    return add_buffer(builder, name, role, CVL_CONTENT_NONE, floats, cvl_dtype_bytes(CVL_F32));
}

uint32_t cvl_build_input(struct cvl_builder *builder)
{
    return cvl_build_buffer(builder, "input", CVL_INPUT, CVL_CONTENT_INPUT,
                            cvl_problem_sizes(&builder->request->problem).input_elements);
}

uint32_t cvl_build_output(struct cvl_builder *builder)
{
    const bool saved = builder->request->passes == CVL_TRAINING;
    return cvl_build_buffer(builder, "output", saved ? CVL_SAVED : CVL_OUTPUT, CVL_CONTENT_OUTPUT,
                            cvl_problem_sizes(&builder->request->problem).output_elements);
}

uint32_t cvl_build_in_place(struct cvl_builder *builder)
{
    return cvl_build_buffer(builder, "input_output", CVL_OUTPUT, CVL_CONTENT_IN_PLACE,
                            cvl_problem_sizes(&builder->request->problem).output_elements);
}

static struct cvl_stage *last_stage(const struct cvl_builder *builder)
{
    assert(builder->plan->stage_count > 0);
    return &builder->plan->stages[builder->plan->stage_count - 1];
}

static bool stage_room(struct cvl_builder *builder)
{
    struct cvl_plan *plan = builder->plan;
    if (builder->status != CVL_OK)
        return false;
    if (plan->stage_count < builder->stage_capacity)
        return true;
    const uint32_t capacity = builder->stage_capacity ? 2 * builder->stage_capacity : FIRST_STAGES;
    struct cvl_stage *stages = realloc(plan->stages, capacity * sizeof *stages);
    if (!stages) {
        builder->status = cvl_fail(builder->err, CVL_NO_MEMORY, "plan: %u stages", capacity);
        return false;
    }
    plan->stages = stages;
    builder->stage_capacity = capacity;
    return true;
}

struct cvl_stage *cvl_build_stage(struct cvl_builder *builder, const char *name,
                                  enum cvl_stage_kind kind)
{
    if (!stage_room(builder))
        return NULL;
    struct cvl_stage *stage = &builder->plan->stages[builder->plan->stage_count++];
    memset(stage, 0, sizeof *stage);
    stage->kind = kind;
    cvl_copy(stage->name, sizeof stage->name, name);
    return stage;
}

void cvl_build_kernel(struct cvl_builder *builder, const char *name, const char *source,
                      const char *algo, const char *suffix)
{
    struct cvl_stage *stage = cvl_build_stage(builder, name, CVL_STAGE_KERNEL);
    if (!stage)
        return;
    struct cvl_launch *launch = &stage->work.launch;
    launch->source = source;
    (void)snprintf(launch->kernel, sizeof launch->kernel, "%s_%s", algo,
                   suffix ? suffix : cvl_layout_name(builder->request->layout));
    cvl_build_option(builder, "HALF", cvl_build_half(builder->request->dtype));
}

int32_t cvl_build_half(enum cvl_dtype dtype)
{
    return dtype == CVL_F16;
}

void cvl_build_at_load(struct cvl_builder *builder)
{
    assert(builder->status != CVL_OK ||
           builder->plan->load_stage_count + 1 == builder->plan->stage_count);
    if (builder->status == CVL_OK)
        builder->plan->load_stage_count = builder->plan->stage_count;
}

void cvl_build_use(struct cvl_builder *builder, uint32_t buffer, uint64_t elements)
{
    assert(builder->status != CVL_OK || buffer < builder->plan->buffer_count);
    assert(builder->status != CVL_OK || builder->plan->stage_count > 0);
    struct cvl_plan *plan = builder->plan;
    if (builder->status != CVL_OK)
        return;
    struct cvl_plan_buffer *used = &plan->buffers[buffer];
    const uint32_t stage = plan->stage_count - 1;
    if (used->first_stage == UINT32_MAX)
        used->first_stage = stage;
    used->last_stage = stage;
    plan->stages[stage].bytes_moved += elements * cvl_dtype_bytes(plan->dtype);
}

static void append_argument(struct cvl_builder *builder, struct cvl_arg argument)
{
    struct cvl_launch *launch = &last_stage(builder)->work.launch;
    if (launch->arg_count == CVL_LAUNCH_ARGS)
        builder->status = cvl_fail(builder->err, CVL_FAILED,
                                   "plan: kernel %s has more than %d "
                                   "arguments",
                                   launch->kernel, CVL_LAUNCH_ARGS);
    else
        launch->args[launch->arg_count++] = argument;
}

void cvl_build_argument(struct cvl_builder *builder, uint32_t buffer, uint64_t elements)
{
    cvl_build_use(builder, buffer, elements);
    if (builder->status == CVL_OK)
        append_argument(builder, (struct cvl_arg){.is_buffer = true, .value = (int32_t)buffer});
}

void cvl_build_whole(struct cvl_builder *builder, uint32_t buffer)
{
    cvl_build_argument(builder, buffer, cvl_build_elements(builder, buffer));
}

uint64_t cvl_build_elements(const struct cvl_builder *builder, uint32_t buffer)
{
    if (builder->status != CVL_OK)
        return 0; /* the buffer may not be there */
    assert(buffer < builder->plan->buffer_count);
    return builder->plan->buffers[buffer].bytes / cvl_dtype_bytes(builder->plan->dtype);
}

void cvl_build_int(struct cvl_builder *builder, int64_t value)
{
    if (builder->status != CVL_OK)
        return;
    if (value < INT32_MIN || value > INT32_MAX)
        builder->status = cvl_fail(builder->err, CVL_UNSUPPORTED,
                                   "kernels count in int, and %" PRId64 " is more", value);
    else
        append_argument(builder, (struct cvl_arg){.value = (int32_t)value});
}

void cvl_build_ints(struct cvl_builder *builder, const int32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cvl_build_int(builder, values[i]);
}

void cvl_build_option(struct cvl_builder *builder, const char *name, int64_t value)
{
    if (builder->status != CVL_OK)
        return;
    struct cvl_launch *launch = &last_stage(builder)->work.launch;
    const size_t used = strlen(launch->options);
    const size_t room = sizeof launch->options - used;
    const int length =
        snprintf(launch->options + used, room, "%s-D%s=%" PRId64, used ? " " : "", name, value);
    if (length < 0 || (size_t)length >= room)
        builder->status =
            cvl_fail(builder->err, CVL_FAILED, "plan: options of %s too long", launch->kernel);
}

void cvl_build_window(struct cvl_builder *builder, const struct cvl_problem *problem)
{
    cvl_build_option(builder, "KH", problem->kh);
    cvl_build_option(builder, "KW", problem->kw);
    cvl_build_option(builder, "SH", problem->sh);
    cvl_build_option(builder, "SW", problem->sw);
    cvl_build_option(builder, "DH", (int64_t)problem->dh + 1);
    cvl_build_option(builder, "DW", (int64_t)problem->dw + 1);
}

void cvl_build_range(struct cvl_builder *builder, struct cvl_span x, struct cvl_span y,
                     struct cvl_span z)
{
    if (builder->status != CVL_OK)
        return;
    const struct cvl_span spans[3] = {x, y, z};
    struct cvl_launch *launch = &last_stage(builder)->work.launch;
    launch->dims = 3;
    for (int i = 0; i < 3; i++) {
        launch->local[i] = spans[i].group;
        launch->global[i] = cvl_build_blocks(spans[i].items, spans[i].group) * spans[i].group;
    }
}

void cvl_build_note(struct cvl_builder *builder, const char *format, ...)
{
    if (builder->status != CVL_OK)
        return;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(last_stage(builder)->note, sizeof last_stage(builder)->note, format, values);
    va_end(values);
}

void cvl_build_cost(struct cvl_builder *builder, uint64_t macs)
{
    cvl_build_flops(builder, 2 * macs);
}

void cvl_build_flops(struct cvl_builder *builder, uint64_t flops)
{
    if (builder->status == CVL_OK)
        last_stage(builder)->flops = flops;
}

void cvl_build_limits(struct cvl_builder *builder, uint64_t iterations, uint64_t local_bytes)
{
    struct cvl_plan *plan = builder->plan;
    struct cvl_stage *stage = builder->status == CVL_OK ? last_stage(builder) : NULL;
    if (stage && stage->kind == CVL_STAGE_KERNEL)
        stage->work.launch.local_bytes = local_bytes;
    if (iterations > plan->loop_iterations)
        plan->loop_iterations = iterations;
    if (local_bytes > plan->local_bytes)
        plan->local_bytes = local_bytes;
}

void cvl_build_needs(struct cvl_builder *builder, uint32_t needs)
{
    if (builder->status == CVL_OK)
        last_stage(builder)->work.launch.needs |= needs;
}

void cvl_build_prefix(struct cvl_builder *builder, const char *prefix)
{
    if (builder->prefix)
        builder->request = builder->all;
    builder->prefix = prefix;
    if (!prefix)
        return;
    builder->all = builder->request;
    builder->renamed = *builder->request;
    builder->renamed.tuning = builder->values;
    builder->renamed.tuning_count = 0;
    for (uint32_t i = 0; i < builder->all->tuning_count; i++) {
        const struct cvl_tuning *tuning = &builder->all->tuning[i];
        if (strncmp(tuning->name, prefix, strlen(prefix)) != 0 ||
            builder->renamed.tuning_count == CVL_PLAN_TUNINGS)
            continue;
        struct cvl_tuning *own = &builder->values[builder->renamed.tuning_count++];
        cvl_copy(own->name, sizeof own->name, tuning->name + strlen(prefix));
        own->value = tuning->value;
    }
    builder->request = &builder->renamed;
}

void cvl_build_tuning(struct cvl_builder *builder, const char *bare, int32_t value)
{
    assert(value >= 0);
    struct cvl_plan_step *step = &builder->plan->steps[0];
    char name[sizeof step->tuning[0].name];
    (void)snprintf(name, sizeof name, "%s%s", builder->prefix ? builder->prefix : "", bare);
    if (builder->status != CVL_OK)
        return;
    for (uint32_t i = 0; i < step->tuning_count; i++)
        if (!strcmp(step->tuning[i].name, name))
            return;
    if (step->tuning_count == CVL_PLAN_TUNINGS) {
        builder->status = cvl_fail(builder->err, CVL_FAILED, "plan: too many tile parameters");
        return;
    }
    struct cvl_tuning *tuning = &step->tuning[step->tuning_count++];
    cvl_copy(tuning->name, sizeof tuning->name, name);
    tuning->value = value;
}

void cvl_build_tuned_option(struct cvl_builder *builder, const char *macro, const char *name,
                            int32_t value)
{
    cvl_build_option(builder, macro, value);
    cvl_build_tuning(builder, name, value);
}
