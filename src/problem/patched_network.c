/* Makes networks whose first steps run patch by patch. Of each patch of the last such step, the
 * regions of the tensors before it follow backwards, from readers to makers. A region that a reader
 * shares with others or that is a part of a whole tensor is cut out by a slice before it. */
#include "problem/patched_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/shape.h"

/* From the first to before the last row or column of a tensor. */
struct range {
    int32_t begin, end;
};

/* Part of a tensor. */
struct region {
    struct range h, w;
};

/* A tensor of the old network in the patch at hand: the new step that has it, and its region. */
struct local {
    uint32_t tensor;
    struct region region;
};

struct patching {
    const struct cvl_network *network;
    uint32_t last; /* the last step that runs patch by patch */
    int32_t rows, columns;
    struct cvl_network *out;
    size_t capacity;       /* steps of *out */
    struct region *wanted; /* [step]: what the patch needs of it */
    struct local *local;   /* [step] */
    uint32_t *owner;       /* [step]: the new step that has its weights; UINT32_MAX: none yet */
    uint32_t *made;        /* [step]: its tensor in the new network, from the last one on */
    int32_t patch;         /* from 0 */
    struct cvl_error *err;
};

static int32_t length_of(struct range range)
{
    return range.end - range.begin;
}

static struct region whole_of(const struct cvl_shape *shape)
{
    return (struct region){{0, shape->h}, {0, shape->w}};
}

static bool is_same_region(struct region a, struct region b)
{
    return a.h.begin == b.h.begin && a.h.end == b.h.end && a.w.begin == b.w.begin &&
           a.w.end == b.w.end;
}

static struct range join_ranges(struct range a, struct range b)
{
    if (length_of(a) == 0)
        return b;
    return (struct range){a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

/* One direction of a window: kernel, stride, padding before, dilation from 1. */
struct window {
    int32_t k, s, p, d;
};

/* What the windows of a range of outputs read, of `size` rows or columns. Where they all lie in the
 * padding, the row next to them. */
static struct range read_by(struct range out, struct window w, int32_t size)
{
    const int64_t begin = (int64_t)out.begin * w.s - w.p;
    const int64_t end = (int64_t)(out.end - 1) * w.s - w.p + (int64_t)(w.k - 1) * w.d + 1;
    const int64_t first = begin < 0 ? 0 : begin < size ? begin : size - 1;
    const int64_t after = end > size ? size : end > first ? end : first + 1;
    return (struct range){(int32_t)first, (int32_t)after};
}

/* Along a direction in which the input may have a size of 1, which stands for all. */
static struct range spread(struct range out, int32_t size, int32_t out_size)
{
    return size == out_size ? out : (struct range){0, size};
}

/* The windows of a step, along height and width. */
static void windows_of(const struct cvl_network_step *step, struct window *h, struct window *w)
{
    const struct cvl_problem *p = &step->problem;
    const struct cvl_op *op = &step->op;
    *h = *w = (struct window){1, 1, 0, 1};
    if (op->kind == CVL_OP_POOL) {
        *h = (struct window){op->kh, op->sh, op->ph, 1};
        *w = (struct window){op->kw, op->sw, op->pw, 1};
    } else if (op->kind == CVL_OP_CONVOLUTION) {
        *h = (struct window){p->kh, p->sh, p->ph, p->dh + 1};
        *w = (struct window){p->kw, p->sw, p->pw, p->dw + 1};
    }
}

/* The region of its input `index` that a step needs for a region of its output. */
static struct region needed_by(const struct patching *m, uint32_t step, size_t index,
                               struct region out)
{
    const struct cvl_network_step *own = &m->network->steps[step];
    const struct cvl_shape to = cvl_network_shape(m->network, step);
    const struct cvl_shape from =
        cvl_network_shape(m->network, cvl_network_input(m->network, step, index));
    struct window h, w;
    if (own->op.kind != CVL_OP_CONVOLUTION && own->op.kind != CVL_OP_POOL)
        return (struct region){spread(out.h, from.h, to.h), spread(out.w, from.w, to.w)};
    windows_of(own, &h, &w);
    return (struct region){read_by(out.h, h, from.h), read_by(out.w, w, from.w)};
}

/* A new step; its inputs follow. */
static struct cvl_network_step *add_step(struct patching *m, const struct cvl_network_step *from)
{
    if (m->out->step_count == m->capacity) {
        (void)cvl_fail(m->err, CVL_BAD_INPUT,
                       "network: %d x %d patches make more than %d steps: expected fewer", m->rows,
                       m->columns, CVL_NETWORK_STEPS_MAX);
        return NULL;
    }
    struct cvl_network_step *step = &m->out->steps[m->out->step_count++];
    *step = *from;
    step->first_input = step->input_count = step->weights_of = 0;
    return step;
}

static uint32_t last_step(const struct patching *m)
{
    return (uint32_t)m->out->step_count - 1;
}

/* A step of the patch: one of several with the same layer. */
static struct cvl_network_step *add_of_patch(struct patching *m, uint32_t step)
{
    struct cvl_network_step *made = add_step(m, &m->network->steps[step]);
    const uint32_t patches = (uint32_t)(m->rows * m->columns);
    if (made) {
        made->repetition = (made->repetition - 1) * patches + (uint32_t)m->patch + 1;
        made->repetitions *= patches;
    }
    return made;
}

/* An op beside a step of the patch, under the step's name. */
static enum cvl_status add_op(struct patching *m, uint32_t step, const char *what,
                              const struct cvl_op *op)
{
    struct cvl_network_step *made = add_of_patch(m, step);
    if (!made)
        return CVL_BAD_INPUT;
    made->op = *op;
    made->problem = (struct cvl_problem){0};
    (void)snprintf(made->layer, sizeof made->layer, "%.50s/%s", m->network->steps[step].layer,
                   what);
    return CVL_OK;
}

/* The region of a tensor as one of its own: itself, or a slice of it. */
static enum cvl_status find_region(struct patching *m, uint32_t step, uint32_t tensor,
                                   struct region region, uint32_t *out)
{
    const struct cvl_shape shape = cvl_network_shape(m->network, tensor);
    const struct local has = tensor == CVL_NETWORK_INPUT
                                 ? (struct local){CVL_NETWORK_INPUT, whole_of(&shape)}
                                 : m->local[tensor];
    *out = has.tensor;
    if (is_same_region(has.region, region))
        return CVL_OK;
    const struct cvl_op op = {
        .kind = CVL_OP_SLICE,
        .out = {shape.mb, shape.c, length_of(region.h), length_of(region.w)},
        .row = region.h.begin - has.region.h.begin,
        .column = region.w.begin - has.region.w.begin,
    };
    enum cvl_status status = add_op(m, step, "slice", &op);
    if (status == CVL_OK)
        status = cvl_network_add_input(m->out, has.tensor, m->err);
    *out = last_step(m);
    return status;
}

/* Padding before a part: what is left of the window's first rows before the input's part. */
static int32_t padding_before(struct range out, struct window w, struct range in)
{
    return in.begin - (out.begin * w.s - w.p);
}

/* Makes the step smaller: it computes the region alone. */
static enum cvl_status shrink(struct patching *m, uint32_t step, struct region out,
                              struct cvl_network_step *made)
{
    const struct region in = needed_by(m, step, 0, out);
    struct cvl_problem *p = &made->problem;
    struct cvl_op *op = &made->op;
    struct window h, w;
    windows_of(&m->network->steps[step], &h, &w);
    const int32_t ph = padding_before(out.h, h, in.h), pw = padding_before(out.w, w, in.w);
    if (ph < 0 || pw < 0)
        return cvl_fail(m->err, CVL_BAD_INPUT,
                        "network: %s: a patch of it has windows in the padding alone", made->layer);
    if (op->kind == CVL_OP_CONVOLUTION) {
        p->ih = length_of(in.h);
        p->iw = length_of(in.w);
        p->oh = length_of(out.h);
        p->ow = length_of(out.w);
        p->ph = ph;
        p->pw = pw;
        p->res = 0;
        return cvl_problem_check(p, m->err);
    }
    op->out.h = length_of(out.h);
    op->out.w = length_of(out.w);
    if (op->kind == CVL_OP_POOL) {
        op->ph = ph;
        op->pw = pw;
    }
    return CVL_OK;
}

/* The input that an inverted block adds, which of a patch is not all that it reads. */
static enum cvl_status add_residual(struct patching *m, uint32_t step, struct region out)
{
    const struct cvl_op op = {.kind = CVL_OP_ADD, .out = cvl_network_shape(m->out, last_step(m))};
    const uint32_t made = last_step(m);
    uint32_t added;
    enum cvl_status status =
        find_region(m, step, cvl_network_input(m->network, step, 0), out, &added);
    if (status == CVL_OK)
        status = add_op(m, step, "add", &op);
    if (status == CVL_OK)
        status = cvl_network_add_input(m->out, made, m->err);
    return status == CVL_OK ? cvl_network_add_input(m->out, added, m->err) : status;
}

/* The step's part of the patch. */
static enum cvl_status patch_step(struct patching *m, uint32_t step)
{
    const struct region out = m->wanted[step];
    const size_t count = cvl_network_input_count(m->network, step);
    uint32_t inputs[CVL_STEP_INPUTS_MAX];
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = find_region(m, step, cvl_network_input(m->network, step, i),
                             needed_by(m, step, i, out), &inputs[i]);
    struct cvl_network_step *made = status == CVL_OK ? add_of_patch(m, step) : NULL;
    if (!made)
        return status == CVL_OK ? CVL_BAD_INPUT : status;
    const uint32_t number = last_step(m);
    const uint32_t shared = m->network->steps[step].weights_of;
    uint32_t *owner = &m->owner[shared > 0 ? shared - 1 : step];
    if (*owner == UINT32_MAX)
        *owner = number;
    else if (made->op.kind == CVL_OP_CONVOLUTION || made->op.weights > 0)
        made->weights_of = *owner + 1;
    status = shrink(m, step, out, made);
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = cvl_network_add_input(m->out, inputs[i], m->err);
    if (status == CVL_OK && m->network->steps[step].op.kind == CVL_OP_CONVOLUTION &&
        m->network->steps[step].problem.res)
        status = add_residual(m, step, out);
    m->local[step] = (struct local){last_step(m), out};
    return status;
}

/* What the patch needs of each step. */
static void find_regions(struct patching *m, struct region patch)
{
    memset(m->wanted, 0, (m->last + 1) * sizeof *m->wanted);
    m->wanted[m->last] = patch;
    for (uint32_t step = m->last + 1; step-- > 0;)
        for (size_t i = 0; i < cvl_network_input_count(m->network, step); i++) {
            const uint32_t input = cvl_network_input(m->network, step, i);
            const struct region needed = needed_by(m, step, i, m->wanted[step]);
            if (input == CVL_NETWORK_INPUT)
                continue;
            m->wanted[input].h = join_ranges(m->wanted[input].h, needed.h);
            m->wanted[input].w = join_ranges(m->wanted[input].w, needed.w);
        }
}

/* Puts the patch into the whole of what the last step makes. */
static enum cvl_status put_patch(struct patching *m, struct region patch)
{
    const struct cvl_op op = {.kind = CVL_OP_UPDATE_SLICE,
                              .out = cvl_network_shape(m->network, m->last),
                              .row = patch.h.begin,
                              .column = patch.w.begin};
    enum cvl_status status = add_op(m, m->last, "patch", &op);
    if (status == CVL_OK && m->patch > 0)
        status = cvl_network_add_input(m->out, m->made[m->last], m->err);
    if (status == CVL_OK)
        status = cvl_network_add_input(m->out, m->local[m->last].tensor, m->err);
    m->made[m->last] = last_step(m);
    return status;
}

/* Part `index` of `count` of `size` rows or columns; they differ by one at most. */
static struct range part_of(int32_t size, int32_t index, int32_t count)
{
    return (struct range){(int32_t)((int64_t)size * index / count),
                          (int32_t)((int64_t)size * (index + 1) / count)};
}

static enum cvl_status add_patches(struct patching *m)
{
    const struct cvl_shape whole = cvl_network_shape(m->network, m->last);
    enum cvl_status status = CVL_OK;
    for (m->patch = 0; m->patch < m->rows * m->columns && status == CVL_OK; m->patch++) {
        const struct region patch = {part_of(whole.h, m->patch / m->columns, m->rows),
                                     part_of(whole.w, m->patch % m->columns, m->columns)};
        find_regions(m, patch);
        for (uint32_t step = 0; step <= m->last && status == CVL_OK; step++)
            status = patch_step(m, step);
        if (status == CVL_OK)
            status = put_patch(m, patch);
    }
    return status;
}

/* The steps after the patches, as they were. */
static enum cvl_status add_rest(struct patching *m)
{
    const struct cvl_network *network = m->network;
    enum cvl_status status = CVL_OK;
    for (uint32_t step = m->last + 1; step < network->step_count && status == CVL_OK; step++) {
        const struct cvl_network_step *own = &network->steps[step];
        struct cvl_network_step *made = add_step(m, own);
        if (!made)
            return CVL_BAD_INPUT;
        m->made[step] = m->owner[step] = last_step(m);
        if (own->weights_of > 0)
            made->weights_of = m->owner[own->weights_of - 1] + 1;
        for (size_t i = 0; i < cvl_network_input_count(network, step) && status == CVL_OK; i++) {
            const uint32_t input = cvl_network_input(network, step, i);
            status = cvl_network_add_input(
                m->out, input == CVL_NETWORK_INPUT ? input : m->made[input], m->err);
        }
    }
    return status;
}

static void clear(struct patching *m)
{
    free(m->wanted);
    free(m->local);
    free(m->owner);
    free(m->made);
}

/* NAME/patchesRxC:LAYER, both names cut where they are long. */
static void name_network(struct patching *m)
{
    char suffix[CVL_SWEEP_NAME_BYTES / 2];
    const char *layer = m->network->steps[m->last].layer;
    (void)snprintf(suffix, sizeof suffix, "/p%dx%d:%.20s", m->rows, m->columns, layer);
    const size_t room = sizeof m->out->name - strlen(suffix) - 1;
    cvl_copy(m->out->name, room + 1, m->network->name);
    cvl_copy(m->out->name + strlen(m->out->name), sizeof suffix, suffix);
}

enum cvl_status cvl_patched_network_make(const struct cvl_network *network,
                                         const struct cvl_patches *patches, uint32_t last,
                                         struct cvl_network *out, struct cvl_error *err)
{
    const struct cvl_shape whole = cvl_network_shape(network, last);
    if (patches->rows > whole.h || patches->columns > whole.w)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "patches: %s: %s makes %" PRId32 " x %" PRId32
                        " pixels: expected no more patches, got %" PRId32 " x %" PRId32,
                        network->name, network->steps[last].layer, whole.h, whole.w, patches->rows,
                        patches->columns);
    struct patching m = {.network = network,
                         .last = last,
                         .rows = patches->rows,
                         .columns = patches->columns,
                         .out = out,
                         .capacity = CVL_NETWORK_STEPS_MAX,
                         .wanted = calloc(network->step_count, sizeof *m.wanted),
                         .local = calloc(network->step_count, sizeof *m.local),
                         .owner = malloc(network->step_count * sizeof *m.owner),
                         .made = calloc(network->step_count, sizeof *m.made),
                         .err = err};
    *out = (struct cvl_network){.form = network->form,
                                .input = cvl_network_shape(network, CVL_NETWORK_INPUT),
                                .steps = calloc(m.capacity, sizeof *out->steps)};
    enum cvl_status status = m.wanted && m.local && m.owner && m.made && out->steps
                                 ? CVL_OK
                                 : cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
    for (size_t i = 0; i < network->step_count && status == CVL_OK; i++)
        m.owner[i] = UINT32_MAX;
    if (status == CVL_OK)
        status = add_patches(&m);
    if (status == CVL_OK)
        status = add_rest(&m);
    if (status == CVL_OK)
        status = cvl_network_check(out, err);
    if (status == CVL_OK)
        name_network(&m);
    else
        cvl_network_clear(out);
    clear(&m);
    return status;
}
