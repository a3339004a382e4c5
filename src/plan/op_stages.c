/* Makes the stages of what is no convolution. */
#include "plan/op_stages.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "plan/builder.h"
#include "problem/shape.h"

enum { GROUP = 64 };

/* A stage under construction. */
struct making {
    const struct cvl_op_work *work;
    struct cvl_stage *stage;
};

bool cvl_op_is_view(const struct cvl_op *op, const struct cvl_shape *input, enum cvl_layout layout)
{
    const bool same_channels = input->c == op->out.c;
    const bool is_vector = input->h == 1 && input->w == 1 && op->out.h == 1 && op->out.w == 1;
    return op->kind == CVL_OP_RESHAPE && (layout == CVL_NCHW || same_channels || is_vector);
}

static uint64_t bytes_of(const struct making *m, const struct cvl_shape *shape)
{
    return cvl_shape_elements(shape) * cvl_dtype_bytes(m->work->dtype);
}

/* Begins a stage that launches <algo>, or <algo>_<layout>. */
static struct making begin(const struct cvl_op_work *work, struct cvl_stage *stage,
                           const char *algo, bool has_layout)
{
    *stage = (struct cvl_stage){
        .step = work->step,
        .kind = CVL_STAGE_KERNEL,
        .work.launch = {.source = "op.cl", .dims = 1},
    };
    struct cvl_launch *launch = &stage->work.launch;
    cvl_copy(stage->name, sizeof stage->name, cvl_op_kind_name(work->op->kind));
    (void)snprintf(launch->kernel, sizeof launch->kernel, "%s%s%s", algo, has_layout ? "_" : "",
                   has_layout ? cvl_layout_name(work->layout) : "");
    (void)snprintf(launch->options, sizeof launch->options, "-DHALF=%d -DFUNCTION=%d -DMULTIPLY=%d",
                   cvl_build_half(work->dtype), (int)work->op->function,
                   work->op->kind == CVL_OP_MULTIPLY);
    return (struct making){work, stage};
}

static void add_argument(struct making *m, struct cvl_arg argument)
{
    struct cvl_launch *launch = &m->stage->work.launch;
    assert(launch->arg_count < CVL_LAUNCH_ARGS);
    launch->args[launch->arg_count++] = argument;
}

/* A buffer of which the stage reads or writes a tensor. */
static void add_buffer(struct making *m, uint32_t buffer, const struct cvl_shape *shape)
{
    add_argument(m, (struct cvl_arg){true, (int32_t)buffer});
    m->stage->bytes_moved += bytes_of(m, shape);
}

static void add_int(struct making *m, int32_t value)
{
    add_argument(m, (struct cvl_arg){false, value});
}

static void add_shape(struct making *m, const struct cvl_shape *shape)
{
    add_int(m, shape->mb);
    add_int(m, shape->c);
    add_int(m, shape->h);
    add_int(m, shape->w);
}

static void set_range(struct making *m, uint32_t dims, uint64_t x, uint64_t y, uint64_t z)
{
    struct cvl_launch *launch = &m->stage->work.launch;
    uint64_t columns = GROUP;
    while (dims > 1 && columns / 2 >= x)
        columns /= 2; /* rows may be short: a group has several then */
    const uint64_t rows = dims > 1 ? GROUP / columns : 1;
    launch->dims = dims;
    launch->local[0] = columns;
    launch->local[1] = rows;
    launch->local[2] = 1;
    launch->global[0] = cvl_build_blocks(x, columns) * columns;
    launch->global[1] = cvl_build_blocks(y, rows) * rows;
    launch->global[2] = z;
}

/* A work-item for each element, x along memory. */
static void set_elements(struct making *m, const struct cvl_shape *shape)
{
    const uint64_t mb = (uint64_t)shape->mb, c = (uint64_t)shape->c, h = (uint64_t)shape->h,
                   w = (uint64_t)shape->w;
    if (m->work->layout == CVL_NHWC)
        set_range(m, 3, c, w, mb * h);
    else
        set_range(m, 3, w, h, mb * c);
}

static void make_unary(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    struct making m = begin(work, stage, "op_unary", false);
    const uint64_t elements = cvl_shape_elements(&work->op->out);
    add_buffer(&m, work->inputs[0], &work->shapes[0]);
    add_buffer(&m, work->output, &work->op->out);
    add_int(&m, (int32_t)elements);
    set_range(&m, 1, elements, 1, 1);
}

/* output = what the stages before made (the first input at first), with input `index`. */
static void make_binary(const struct cvl_op_work *work, size_t index, struct cvl_stage *stage)
{
    const struct cvl_shape *out = &work->op->out, *b = &work->shapes[index];
    const struct cvl_shape *a = index == 1 ? &work->shapes[0] : out;
    const bool is_flat = cvl_shape_equal(a, out) && cvl_shape_equal(b, out);
    struct making m = begin(work, stage, is_flat ? "op_binary" : "op_spread", !is_flat);
    const uint64_t elements = cvl_shape_elements(out);
    add_buffer(&m, index == 1 ? work->inputs[0] : work->output, a);
    add_buffer(&m, work->inputs[index], b);
    add_buffer(&m, work->output, out);
    if (is_flat) {
        add_int(&m, (int32_t)elements);
        set_range(&m, 1, elements, 1, 1);
        return;
    }
    add_shape(&m, a);
    add_shape(&m, b);
    add_shape(&m, out);
    set_elements(&m, out);
}

/* Takes each element of the output's channels from `first` on from the input, by position. */
static void make_move(const struct cvl_op_work *work, size_t index, int32_t first,
                      struct cvl_stage *stage)
{
    const bool is_part = work->op->kind == CVL_OP_CONCAT;
    struct making m = begin(work, stage, "op_move", true);
    struct cvl_shape part = work->op->out;
    part.c = is_part ? work->shapes[index].c : part.c;
    add_buffer(&m, work->inputs[index], &work->shapes[index]);
    add_buffer(&m, work->output, &part);
    add_shape(&m, &work->shapes[index]);
    add_shape(&m, &work->op->out);
    add_int(&m, first);
    add_int(&m, part.c);
    set_elements(&m, &part);
}

static void make_reshape(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    struct making m = begin(work, stage, "op_reshape", true);
    add_buffer(&m, work->inputs[0], &work->shapes[0]);
    add_buffer(&m, work->output, &work->op->out);
    add_shape(&m, &work->shapes[0]);
    add_shape(&m, &work->op->out);
    set_elements(&m, &work->op->out);
}

static void make_pool(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    struct making m = begin(work, stage, "op_pool", true);
    const struct cvl_op *op = work->op;
    const int32_t window[6] = {op->kh, op->kw, op->sh, op->sw, op->ph, op->pw};
    add_buffer(&m, work->inputs[0], &work->shapes[0]);
    add_buffer(&m, work->output, &op->out);
    add_shape(&m, &work->shapes[0]);
    add_shape(&m, &op->out);
    for (int i = 0; i < 6; i++)
        add_int(&m, window[i]);
    set_elements(&m, &op->out);
}

/* Copies the rows and columns from the op's place on. */
static void make_slice(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    struct making m = begin(work, stage, "op_slice", true);
    add_buffer(&m, work->inputs[0], &work->op->out);
    add_buffer(&m, work->output, &work->op->out);
    add_shape(&m, &work->shapes[0]);
    add_shape(&m, &work->op->out);
    add_int(&m, work->op->row);
    add_int(&m, work->op->column);
    set_elements(&m, &work->op->out);
}

/* Puts the last input to the op's place in the output: alone, or with zeros around it. */
static void make_update(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    const bool is_alone = work->input_count == 1;
    struct making m = begin(work, stage, is_alone ? "op_embed" : "op_update", true);
    const struct cvl_shape *part = &work->shapes[work->input_count - 1];
    add_buffer(&m, work->inputs[work->input_count - 1], part);
    add_buffer(&m, work->output, is_alone ? &work->op->out : part);
    add_shape(&m, part);
    add_shape(&m, &work->op->out);
    add_int(&m, work->op->row);
    add_int(&m, work->op->column);
    set_elements(&m, is_alone ? &work->op->out : part);
}

static void make_weights(const struct cvl_op_work *work, struct cvl_stage *stage)
{
    struct making m = begin(work, stage, "op_weights", false);
    const struct cvl_shape weights = {1, work->op->weights, 1, 1};
    add_buffer(&m, work->weights, &weights);
    add_argument(&m, (struct cvl_arg){true, (int32_t)work->output});
    add_int(&m, work->op->weights);
    set_range(&m, 1, (uint64_t)work->op->weights, 1, 1);
}

bool cvl_op_copies(const struct cvl_plan *plan, const struct cvl_stage *stage, uint32_t *from,
                   uint32_t *to)
{
    const struct cvl_launch *launch = &stage->work.launch;
    if (plan->steps[stage->step].op.kind != CVL_OP_CONCAT ||
        strncmp(launch->kernel, "op_move", strlen("op_move")) != 0)
        return false;
    *from = (uint32_t)launch->args[0].value; /* as make_move adds them */
    *to = (uint32_t)launch->args[1].value;
    return true;
}

/* What only moves bytes says so. */
static bool computes_nothing(const struct cvl_op *op)
{
    return op->kind >= CVL_OP_NORM ||
           (op->kind == CVL_OP_ACTIVATION && op->function == CVL_FUNCTION_NONE);
}

uint32_t cvl_op_stages(const struct cvl_op_work *work, struct cvl_stage *out)
{
    const struct cvl_op *op = work->op;
    uint32_t count = 0;
    int32_t channels = 0;
    if (cvl_op_is_view(op, &work->shapes[0], work->layout) && work->output == work->inputs[0])
        return 0;
    switch (op->kind) {
    case CVL_OP_ADD:
    case CVL_OP_MULTIPLY:
        break;
    case CVL_OP_ACTIVATION:
    case CVL_OP_NORM:
        make_unary(work, &out[count++]);
        break;
    case CVL_OP_POOL:
        make_pool(work, &out[count++]);
        break;
    case CVL_OP_RESHAPE:
        make_reshape(work, &out[count++]);
        break;
    case CVL_OP_CONCAT:
        for (size_t i = 0; i < work->input_count; i++) {
            make_move(work, i, channels, &out[count++]);
            channels += work->shapes[i].c;
        }
        break;
    case CVL_OP_SLICE:
        make_slice(work, &out[count++]);
        break;
    case CVL_OP_UPDATE_SLICE:
        if (work->input_count == 2 && work->output != work->inputs[0])
            make_move(work, 0, 0, &out[count++]);
        make_update(work, &out[count++]);
        break;
    default:
        make_move(work, 0, 0, &out[count++]);
    }
    /* What an op of several inputs makes of all of them. */
    for (size_t i = 1;
         i < work->input_count && op->kind != CVL_OP_CONCAT && op->kind != CVL_OP_UPDATE_SLICE; i++)
        make_binary(work, i, &out[count++]);
    if (work->weights != UINT32_MAX)
        make_weights(work, &out[count++]);
    for (uint32_t i = 0; i < count && computes_nothing(op); i++)
        cvl_copy(out[i].note, sizeof out[i].note, "moves bytes and computes nothing");
    assert(count <= CVL_OP_STAGES_MAX);
    return count;
}
