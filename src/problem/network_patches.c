/* Networks whose first steps run patch by patch (Lin et al., MCUNetV2, 2021). Of each patch of the
 * last such step, the regions of the tensors before it follow backwards, from readers to makers. A
 * region that a reader shares with others or that is a part of a whole tensor is cut out by a slice
 * before it. */
#include <convlens/network.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"
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

/* Can a part of the output be made of a part of the input? */
static bool works_on_parts(const struct cvl_network_step *step)
{
    switch (step->op.kind) {
    case CVL_OP_CONVOLUTION:
        return step->problem.form != CVL_TRANSPOSED;
    case CVL_OP_ADD:
    case CVL_OP_MULTIPLY:
    case CVL_OP_ACTIVATION:
    case CVL_OP_POOL:
    case CVL_OP_CONCAT:
    case CVL_OP_NORM:
        return true;
    default:
        return false;
    }
}

/* Can the steps up to this one run patch by patch: does each of them, and does nothing after them
 * read what they make but for the last one's? */
static bool can_end(const struct cvl_network *network, uint32_t last)
{
    for (uint32_t step = 0; step <= last; step++) {
        const uint32_t reader = cvl_network_last_reader(network, step);
        const bool is_inner = reader != CVL_NETWORK_INPUT && reader <= last;
        if (!works_on_parts(&network->steps[step]) || (step < last && !is_inner))
            return false;
    }
    return true;
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

/* The network with patches up to a step. */
static enum cvl_status make(const struct cvl_network *network, const struct cvl_patches *patches,
                            uint32_t last, struct cvl_network *out, struct cvl_error *err)
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

/* The most that lives at once within a step, beside what lives before it: what it makes, and what
 * stands between the parts of a separable or inverted convolution. */
static uint64_t live_within(const struct cvl_network_step *step, uint64_t made)
{
    if (step->op.kind != CVL_OP_CONVOLUTION)
        return made;
    const struct cvl_sizes sizes = cvl_problem_sizes(&step->problem);
    const uint64_t first = sizes.expanded_elements + sizes.intermediate_elements;
    const uint64_t second = sizes.intermediate_elements + made;
    return first > second ? first : second;
}

/* Does the step write over a tensor that nothing reads after it? */
static bool is_in_place(const struct cvl_network *network, uint32_t step,
                        const uint32_t *last_reader, const uint64_t *sizes, uint64_t made)
{
    const size_t count =
        cvl_op_replaceable_inputs(&network->steps[step].op, cvl_network_input_count(network, step));
    for (size_t i = 0; i < count; i++) {
        const uint32_t tensor = cvl_network_input(network, step, i);
        if (tensor != CVL_NETWORK_INPUT && last_reader[tensor] == step && sizes[tensor] == made)
            return true;
    }
    return false;
}

/* The most elements that live at once, each tensor freed after its last reader. */
static enum cvl_status find_peak(const struct cvl_network *network, uint64_t *out,
                                 struct cvl_error *err)
{
    const size_t count = network->step_count;
    uint32_t *last_reader = calloc(count, sizeof *last_reader);
    uint64_t *sizes = calloc(count, sizeof *sizes);
    const struct cvl_shape input = cvl_network_shape(network, CVL_NETWORK_INPUT);
    uint64_t live = cvl_shape_elements(&input);
    *out = live;
    for (uint32_t step = 0; last_reader && step < count; step++)
        last_reader[step] = CVL_NETWORK_INPUT;
    for (uint32_t step = 0; last_reader && sizes && step < count; step++)
        for (size_t i = 0; i < cvl_network_input_count(network, step); i++)
            if (cvl_network_input(network, step, i) != CVL_NETWORK_INPUT)
                last_reader[cvl_network_input(network, step, i)] = step;
    for (uint32_t step = 0; last_reader && sizes && step < count; step++) {
        const struct cvl_shape shape = cvl_network_shape(network, step);
        sizes[step] = cvl_shape_elements(&shape);
        const uint64_t within = is_in_place(network, step, last_reader, sizes, sizes[step])
                                    ? 0
                                    : live_within(&network->steps[step], sizes[step]);
        *out = live + within > *out ? live + within : *out;
        live += sizes[step];
        for (size_t i = 0; i < cvl_network_input_count(network, step); i++) {
            const uint32_t tensor = cvl_network_input(network, step, i);
            if (tensor == CVL_NETWORK_INPUT || last_reader[tensor] != step)
                continue;
            live -= sizes[tensor];
            sizes[tensor] = 0; /* it may be there twice */
        }
    }
    const bool found = last_reader && sizes;
    free(last_reader);
    free(sizes);
    return found ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
}

/* Appends the layers that can end the patches. */
static void list_ends(const struct cvl_network *network, char *text, size_t size)
{
    size_t used = 0;
    const char *before = "";
    text[0] = '\0';
    for (uint32_t step = 0; step < network->step_count && used < size; step++)
        if (can_end(network, step) && strcmp(network->steps[step].layer, before) != 0) {
            before = network->steps[step].layer;
            const int written =
                snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", before);
            used += written > 0 ? (size_t)written : 0;
        }
}

/* Is it the step, or the sum that belongs to it? */
static bool is_of_layer(const struct cvl_network_step *step, const char *layer)
{
    const size_t length = strlen(layer);
    return strncmp(step->layer, layer, length) == 0 &&
           (step->layer[length] == '\0' || strcmp(step->layer + length, "/add") == 0);
}

/* The last step of the layer that can end the patches. */
static enum cvl_status find_layer(const struct cvl_network *network, const char *layer,
                                  uint32_t *out, struct cvl_error *err)
{
    char ends[240];
    for (uint32_t step = (uint32_t)network->step_count; step-- > 0;)
        if (is_of_layer(&network->steps[step], layer) && can_end(network, step)) {
            *out = step;
            return CVL_OK;
        }
    list_ends(network, ends, sizeof ends);
    return cvl_fail(err, CVL_BAD_INPUT, "patches: %s: %s: expected a layer that can end them: %s",
                    network->name, layer, ends[0] ? ends : "it has none");
}

/* The end that gives the least peak; of equal ones the one of fewest multiply-adds. */
static enum cvl_status find_best(const struct cvl_network *network,
                                 const struct cvl_patches *patches, uint32_t *out,
                                 struct cvl_error *err)
{
    uint64_t best_peak = UINT64_MAX, best_work = UINT64_MAX;
    struct cvl_error reason = {0};
    (void)snprintf(reason.text, sizeof reason.text,
                   "patches: %s: none of its first layers can run patch by patch", network->name);
    for (uint32_t step = 0; step < network->step_count; step++) {
        struct cvl_network tried;
        uint64_t peak;
        if (!can_end(network, step))
            continue;
        enum cvl_status status = make(network, patches, step, &tried, &reason);
        if (status == CVL_NO_MEMORY)
            return cvl_fail(err, status, "%s", reason.text);
        if (status != CVL_OK)
            continue;
        status = find_peak(&tried, &peak, err);
        const uint64_t work = cvl_network_totals(&tried).multiply_adds;
        cvl_network_clear(&tried);
        if (status != CVL_OK)
            return status;
        if (peak > best_peak || (peak == best_peak && work >= best_work))
            continue;
        best_peak = peak;
        best_work = work;
        *out = step;
    }
    return best_peak == UINT64_MAX ? cvl_fail(err, CVL_BAD_INPUT, "%s", reason.text) : CVL_OK;
}

enum cvl_status cvl_network_patch(const struct cvl_network *network,
                                  const struct cvl_patches *patches, struct cvl_network *out,
                                  struct cvl_patches_effect *effect, struct cvl_error *err)
{
    uint32_t last;
    assert(network->step_count > 0 && patches->rows > 0 && patches->columns > 0);
    *out = (struct cvl_network){0};
    *effect = (struct cvl_patches_effect){0};
    enum cvl_status status = patches->layer[0] ? find_layer(network, patches->layer, &last, err)
                                               : find_best(network, patches, &last, err);
    if (status == CVL_OK)
        status = make(network, patches, last, out, err);
    if (status == CVL_OK)
        status = find_peak(network, &effect->before_elements, err);
    if (status == CVL_OK)
        status = find_peak(out, &effect->after_elements, err);
    if (status != CVL_OK) {
        cvl_network_clear(out);
        return status;
    }
    cvl_copy(effect->layer, sizeof effect->layer, network->steps[last].layer);
    effect->before_multiply_adds = cvl_network_totals(network).multiply_adds;
    effect->after_multiply_adds = cvl_network_totals(out).multiply_adds;
    return CVL_OK;
}

enum cvl_status cvl_patches_parse(const char *text, struct cvl_patches *out, struct cvl_error *err)
{
    char head[24], safe[64];
    const char *colon = strchr(text, ':');
    const size_t length = colon ? (size_t)(colon - text) : strlen(text);
    *out = (struct cvl_patches){0};
    if (length < sizeof head && (!colon || (colon[1] && strlen(colon + 1) < sizeof out->layer))) {
        char *cross;
        int64_t rows, columns;
        memcpy(head, text, length);
        head[length] = '\0';
        cross = strchr(head, 'x');
        if (cross)
            *cross = '\0';
        if (cross && cvl_parse_i64(head, 1, 64, &rows) &&
            cvl_parse_i64(cross + 1, 1, 64, &columns) && rows * columns > 1) {
            out->rows = (int32_t)rows;
            out->columns = (int32_t)columns;
            cvl_copy(out->layer, sizeof out->layer, colon ? colon + 1 : "");
            return CVL_OK;
        }
    }
    cvl_copy_safe(safe, sizeof safe, text);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "patches: got %s, expected ROWSxCOLUMNS or ROWSxCOLUMNS:LAYER, of 1 to 64 rows "
                    "and columns and at least two patches, e.g. 4x4",
                    safe);
}
