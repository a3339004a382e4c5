/* Reads the ops of a sweep file. */
#include "sweep/sweep_op.h"

#include <string.h>

#include "problem/names.h"
#include "problem/problem_parts.h"
#include "sweep/sweep_expand.h"
#include "sweep/sweep_values.h"

/* An op under reading. */
struct reading {
    const struct cvl_sweep_document *document;
    const struct cvl_sweep_layer *layer;
    const struct cvl_shape *inputs;
    size_t input_count;
    struct cvl_op *op;
    struct cvl_error *err;
};

enum { ALL_KINDS = (1 << CVL_OP_KIND_COUNT) - 1 };

/* The kinds that have a key. */
static unsigned kinds_of(enum cvl_sweep_key key)
{
    switch (key) {
    case CVL_KEY_op_function:
        return 1 << CVL_OP_ACTIVATION | 1 << CVL_OP_POOL;
    case CVL_KEY_op_kernel:
    case CVL_KEY_op_stride:
    case CVL_KEY_op_pad:
        return 1 << CVL_OP_POOL;
    case CVL_KEY_op_out:
        return 1 << CVL_OP_RESIZE | 1 << CVL_OP_RESHAPE | 1 << CVL_OP_MATMUL | 1 << CVL_OP_REDUCE |
               1 << CVL_OP_SLICE | 1 << CVL_OP_UPDATE_SLICE | 1 << CVL_OP_OTHER;
    case CVL_KEY_op_at:
        return 1 << CVL_OP_SLICE | 1 << CVL_OP_UPDATE_SLICE;
    case CVL_KEY_op_weights:
        return 1 << CVL_OP_NORM | 1 << CVL_OP_MATMUL | 1 << CVL_OP_REDUCE | 1 << CVL_OP_OTHER;
    case CVL_KEY_op_layer:
        return 1 << CVL_OP_CONVOLUTION;
    default:
        return ALL_KINDS;
    }
}

/* Keys that ops of the kind do not have are no slip to be passed over. */
static enum cvl_status refuse_keys(const struct cvl_sweep_layer *op, enum cvl_op_kind kind,
                                   struct cvl_error *err)
{
    for (unsigned key = 0; key < CVL_KEY_COUNT; key++) {
        const struct cvl_sweep_entry *entry = &op->entries[key];
        if (entry->text && (kinds_of((enum cvl_sweep_key)key) & 1u << kind) == 0)
            return cvl_sweep_fail(err, &entry->place, cvl_sweep_keys[key].name, entry->text,
                                  "no such key: type %s has none",
                                  op->entries[CVL_KEY_op_type].text);
    }
    return CVL_OK;
}

enum cvl_status cvl_sweep_op_kind(const struct cvl_sweep_layer *op, bool *is_layer,
                                  enum cvl_op_kind *out, struct cvl_error *err)
{
    const struct cvl_sweep_entry *entry = &op->entries[CVL_KEY_op_type];
    char choices[160];
    unsigned kind = 0;
    const struct cvl_names ops = {"type", cvl_op_kind_names.at + 1, cvl_op_kind_names.count - 1};
    *out = CVL_OP_CONVOLUTION;
    *is_layer = entry->text && strcmp(entry->text, "layer") == 0;
    if (entry->text && (*is_layer || cvl_names_find(&ops, entry->text, &kind, NULL) == CVL_OK)) {
        *out = *is_layer ? CVL_OP_CONVOLUTION : (enum cvl_op_kind)(kind + 1);
        return refuse_keys(op, *out, err);
    }
    cvl_names_print(&ops, choices, sizeof choices);
    if (!entry->text)
        return cvl_sweep_fail(err, &op->place, "type", "no such key", "it in [op %s]: layer, %s",
                              op->name, choices);
    return cvl_sweep_fail(err, &entry->place, "type", entry->text, "layer, %s", choices);
}

static bool is_given(const struct reading *r, enum cvl_sweep_key key)
{
    return r->layer->entries[key].text != NULL;
}

/* The one value of a key. */
static enum cvl_status read_one(const struct reading *r, enum cvl_sweep_key key, int32_t n[4])
{
    struct cvl_sweep_values values = {0};
    enum cvl_status status = cvl_sweep_read_key(&values, r->document, r->layer, key, r->err);
    if (status == CVL_OK && values.count != 1)
        status = cvl_sweep_fail(r->err, &r->layer->entries[key].place, cvl_sweep_keys[key].name,
                                r->layer->entries[key].text, "one value");
    if (status == CVL_OK)
        memcpy(n, values.items[0].n, 4 * sizeof *n);
    cvl_sweep_values_clear(&values);
    return status;
}

static enum cvl_status read_function(const struct reading *r)
{
    const bool pools = r->op->kind == CVL_OP_POOL;
    int32_t n[4] = {0};
    r->op->function = pools ? CVL_MAX : CVL_RELU;
    if (!is_given(r, CVL_KEY_op_function))
        return CVL_OK;
    enum cvl_status status = read_one(r, CVL_KEY_op_function, n);
    if (status != CVL_OK)
        return status;
    r->op->function = (enum cvl_function)n[0];
    if ((r->op->function == CVL_MAX || r->op->function == CVL_AVERAGE) == pools)
        return CVL_OK;
    const struct cvl_sweep_entry *entry = &r->layer->entries[CVL_KEY_op_function];
    return cvl_sweep_fail(r->err, &entry->place, "function", entry->text, "%s",
                          pools ? "max or average, for a pool"
                                : "a function of one number, for an activation");
}

/* The window, and the output that follows from it, as a convolution's. */
static enum cvl_status read_window(const struct reading *r)
{
    const struct cvl_shape *in = &r->inputs[0];
    struct cvl_fault fault;
    int32_t kernel[4] = {0}, stride[4] = {0}, pad[4] = {0};
    enum cvl_status status = read_one(r, CVL_KEY_op_kernel, kernel);
    memcpy(stride, kernel, sizeof stride);
    if (status == CVL_OK && is_given(r, CVL_KEY_op_stride))
        status = read_one(r, CVL_KEY_op_stride, stride);
    if (status == CVL_OK)
        status = read_one(r, CVL_KEY_op_pad, pad);
    if (status != CVL_OK)
        return status;
    struct cvl_problem p = {.ih = in->h,
                            .iw = in->w,
                            .kh = kernel[0],
                            .kw = kernel[1],
                            .sh = stride[0],
                            .sw = stride[1],
                            .ph = pad[0],
                            .pw = pad[2]};
    if (pad[0] < 0)
        cvl_problem_pad_same(&p, pad[0] == CVL_PAD_SAME_LOWER);
    else if (cvl_problem_derive_output(&p, (struct cvl_padding_behind){pad[1], pad[3]}, &fault))
        return cvl_sweep_fail(r->err, &r->layer->place, "op", r->layer->name,
                              "windows that fit into the input with its padding");
    *r->op = (struct cvl_op){.kind = CVL_OP_POOL,
                             .function = r->op->function,
                             .out = {in->mb, in->c, p.oh, p.ow},
                             .kh = p.kh,
                             .kw = p.kw,
                             .sh = p.sh,
                             .sw = p.sw,
                             .ph = p.ph,
                             .pw = p.pw};
    return CVL_OK;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* The output that follows from the inputs: their sizes, and what they have together. */
static enum cvl_status derive_output(const struct reading *r)
{
    struct cvl_shape *out = &r->op->out;
    int64_t channels = 0;
    *out = r->inputs[0];
    for (size_t i = 0; i < r->input_count; i++) {
        const struct cvl_shape *in = &r->inputs[i];
        channels += in->c;
        *out = (struct cvl_shape){larger(out->mb, in->mb), larger(out->c, in->c),
                                  larger(out->h, in->h), larger(out->w, in->w)};
    }
    if (r->op->kind == CVL_OP_CONCAT)
        out->c = channels > INT32_MAX ? INT32_MAX : (int32_t)channels;
    return CVL_OK;
}

/* Where a slice lies. */
static enum cvl_status read_place(const struct reading *r)
{
    int32_t n[4] = {0};
    const enum cvl_status status = read_one(r, CVL_KEY_op_at, n);
    r->op->row = n[0];
    r->op->column = n[1];
    return status;
}

static enum cvl_status read_output(const struct reading *r)
{
    int32_t n[4] = {0};
    if (r->op->kind == CVL_OP_UPDATE_SLICE && r->input_count > 1 && !is_given(r, CVL_KEY_op_out)) {
        r->op->out = r->inputs[0];
        return CVL_OK;
    }
    if (!is_given(r, CVL_KEY_op_out))
        return cvl_sweep_fail(r->err, &r->layer->place, "out", "no such key", "it in [op %s]: %s",
                              r->layer->name, "channels x height x width of its output");
    enum cvl_status status = read_one(r, CVL_KEY_op_out, n);
    r->op->out = (struct cvl_shape){r->inputs[0].mb, n[0], n[1], n[2]};
    return status;
}

enum cvl_status cvl_sweep_op_read(const struct cvl_sweep_document *document,
                                  const struct cvl_sweep_layer *op, const struct cvl_shape *inputs,
                                  size_t input_count, struct cvl_op *out, struct cvl_error *err)
{
    const struct reading r = {document, op, inputs, input_count, out, err};
    bool is_layer;
    int32_t weights[4] = {0};
    *out = (struct cvl_op){0};
    enum cvl_status status = cvl_sweep_op_kind(op, &is_layer, &out->kind, err);
    if (status == CVL_OK && (kinds_of(CVL_KEY_op_function) & 1u << out->kind) != 0)
        status = read_function(&r);
    if (status != CVL_OK)
        return status;
    if (out->kind == CVL_OP_POOL)
        status = read_window(&r);
    else if ((kinds_of(CVL_KEY_op_out) & 1u << out->kind) != 0)
        status = read_output(&r);
    else
        status = derive_output(&r);
    if (status == CVL_OK && (kinds_of(CVL_KEY_op_at) & 1u << out->kind) != 0)
        status = read_place(&r);
    if (status == CVL_OK)
        status = read_one(&r, CVL_KEY_op_weights, weights);
    out->weights = weights[0];
    return status;
}
