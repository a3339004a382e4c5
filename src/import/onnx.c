/* ONNX models (onnx.ai/onnx/repo-docs/IR.html): the main graph, with the shapes that follow from
 * the model's input. Weights are never looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "import/collect.h"
#include "import/onnx_graph.h"
#include "problem/problem_parts.h"

enum model_field { MODEL_VERSION = 1, MODEL_GRAPH = 7 };
enum graph_field {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_VALUE = 13
};

/* A model under reading. */
struct model {
    const struct cvl_import_file *file;
    const struct cvl_import_options *options;
    struct cvl_import *import;
    struct cvl_bytes graph;
    struct cvl_tensor_map tensors;
    size_t layer;      /* which of the import's the node at hand is; CVL_IMPORT_OP: none */
    uint32_t *outputs; /* the network's */
    size_t output_count;
    struct cvl_error *err;
};

static enum cvl_status out_of_memory(const struct model *model)
{
    return model->tensors.count >= CVL_TENSORS_MAX
               ? cvl_fail(model->err, CVL_BAD_INPUT, "import: got a model of more than %d tensors",
                          CVL_TENSORS_MAX)
               : cvl_fail(model->err, CVL_NO_MEMORY, "import: out of memory");
}

static enum cvl_status damaged(const struct model *model, const char *what)
{
    char path[256];
    cvl_copy_safe(path, sizeof path, model->file->path);
    return cvl_fail(model->err, CVL_BAD_INPUT,
                    "%s: got %s that is damaged or cut off, expected an ONNX model", path, what);
}

/* The tensor type's shape of a ValueInfoProto; sizes that are not known are -1. @return the rank;
 * -1: it has no shape, or one beyond what there is room for */
static int read_shape(struct cvl_bytes value, int64_t dims[CVL_TENSOR_RANK_MAX])
{
    enum { VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1 };
    struct cvl_wire_field field, size;
    int rank = 0;
    if (!cvl_wire_find(value, VALUE_TYPE, CVL_WIRE_BYTES, &field) ||
        !cvl_wire_find(field.bytes, TYPE_TENSOR, CVL_WIRE_BYTES, &field) ||
        !cvl_wire_find(field.bytes, TENSOR_SHAPE, CVL_WIRE_BYTES, &field))
        return -1;
    struct cvl_bytes shape = field.bytes;
    while (cvl_wire_next(&shape, &field)) {
        if (field.number != SHAPE_DIM || field.type != CVL_WIRE_BYTES)
            continue;
        if (rank >= CVL_TENSOR_RANK_MAX)
            return -1;
        const bool given = cvl_wire_find(field.bytes, DIM_VALUE, CVL_WIRE_VARINT, &size);
        dims[rank++] = given && (int64_t)size.value > 0 ? (int64_t)size.value : -1;
    }
    return rank;
}

static bool name_of(struct cvl_bytes value, struct cvl_bytes *name)
{
    enum { VALUE_NAME = 1 };
    struct cvl_wire_field field;
    if (!cvl_wire_find(value, VALUE_NAME, CVL_WIRE_BYTES, &field))
        return false;
    *name = field.bytes;
    return true;
}

/* Reads "1x3x640x640". @return the rank; 0: it is none */
static int parse_shape(const char *text, int64_t dims[CVL_TENSOR_RANK_MAX])
{
    char copy[128];
    int rank = 0;
    if (strlen(text) >= sizeof copy)
        return 0;
    cvl_copy(copy, sizeof copy, text);
    for (char *at = copy, *end; at; at = end) {
        end = strchr(at, 'x');
        if (end)
            *end++ = '\0';
        if (rank >= CVL_TENSOR_RANK_MAX || !cvl_parse_i64(at, 1, INT32_MAX, &dims[rank++]))
            return 0;
    }
    return rank;
}

/* The shape that the options give an input: NAME=SHAPE, or SHAPE alone. NULL: none. */
static const char *find_option(const struct model *model, struct cvl_bytes name)
{
    for (size_t i = 0; i < model->options->shape_count; i++) {
        const char *option = model->options->shapes[i];
        const char *equals = strrchr(option, '=');
        if (!equals)
            return option;
        const size_t length = (size_t)(equals - option);
        if (cvl_bytes_equal(name, (struct cvl_bytes){(const uint8_t *)option, length}))
            return equals + 1;
    }
    return NULL;
}

static void print_dims(const int64_t *dims, int rank, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < rank && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s", i ? "x" : "");
        if (length < size)
            length += dims[i] < 0
                          ? (size_t)snprintf(text + length, size - length, "?")
                          : (size_t)snprintf(text + length, size - length, "%" PRId64, dims[i]);
    }
}

/* An input of the graph, with the shape that the options or the file say; a batch that is not known
 * is 1. */
static enum cvl_status read_input(struct model *model, struct cvl_bytes value)
{
    struct cvl_bytes name;
    int64_t dims[CVL_TENSOR_RANK_MAX];
    char shown[64], text[64], safe[256];
    int rank = read_shape(value, dims);
    if (!name_of(value, &name))
        return CVL_OK;
    const struct cvl_tensor *known = cvl_tensor_get(&model->tensors, name);
    if (known && known->is_known) /* weights, in old files */
        return CVL_OK;
    const char *option = find_option(model, name);
    cvl_copy_safe(safe, sizeof safe, cvl_bytes_text(name, text, sizeof text));
    if (option) {
        rank = parse_shape(option, dims);
        if (rank == 0)
            return cvl_fail(model->err, CVL_BAD_INPUT,
                            "--shape: %s: got '%s', expected sizes such as 1x3x224x224", safe,
                            option);
    }
    if (rank > 1 && dims[0] < 0)
        dims[0] = 1;
    struct cvl_tensor *tensor = cvl_tensor_put(&model->tensors, name);
    if (!tensor)
        return out_of_memory(model);
    if (cvl_tensor_set(tensor, rank, dims)) {
        struct cvl_shape shape;
        tensor->source = CVL_SOURCE_INPUT;
        if (cvl_onnx_graph_shape(tensor, 0, &shape))
            cvl_import_graph_input(model->import, &shape);
        else
            cvl_import_no_network(model->import, "the input is too large");
        return CVL_OK;
    }
    print_dims(dims, rank, shown, sizeof shown);
    return cvl_fail(
        model->err, CVL_BAD_INPUT,
        "the input '%s' has the shape %s: expected --shape '%s=1x3x224x224', with a number "
        "for each size",
        safe, rank > 0 ? shown : "?", safe);
}

/* What the file says of a tensor in between; what is computed takes its place. */
static enum cvl_status read_value(struct model *model, struct cvl_bytes value)
{
    struct cvl_bytes name;
    int64_t dims[CVL_TENSOR_RANK_MAX];
    const int rank = read_shape(value, dims);
    bool is_whole = rank >= 0 && name_of(value, &name);
    for (int i = 0; i < rank; i++)
        is_whole &= dims[i] > 0;
    if (!is_whole || model->options->shape_count > 0) /* it would be that of another input */
        return CVL_OK;
    struct cvl_tensor *tensor = cvl_tensor_put(&model->tensors, name);
    if (!tensor)
        return out_of_memory(model);
    if (!tensor->is_known)
        (void)cvl_tensor_set(tensor, rank, dims);
    return CVL_OK;
}

static enum cvl_status read_initializer(struct model *model, struct cvl_bytes message)
{
    struct cvl_bytes name = {0};
    struct cvl_tensor weights;
    if (!cvl_onnx_tensor(message, &weights, &name))
        return damaged(model, "a tensor");
    struct cvl_tensor *tensor = cvl_tensor_put(&model->tensors, name);
    if (!tensor)
        return out_of_memory(model);
    *tensor = weights;
    return CVL_OK;
}

/* Calls `read` with each message of that number in the graph. */
static enum cvl_status for_each(struct model *model, uint32_t number,
                                enum cvl_status (*read)(struct model *model,
                                                        struct cvl_bytes message))
{
    struct cvl_bytes rest = model->graph;
    struct cvl_wire_field field;
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && cvl_wire_next(&rest, &field))
        if (field.number == number && field.type == CVL_WIRE_BYTES)
            status = read(model, field.bytes);
    if (status == CVL_OK && cvl_wire_is_damaged(&rest))
        status = damaged(model, "a graph");
    return status;
}

static enum cvl_status leave_out(struct model *model, const struct cvl_onnx_node *node,
                                 const char *reason)
{
    char name[96];
    cvl_onnx_node_name(node, name, sizeof name);
    return cvl_import_leave_out(model->import, 0, name, model->err, "%s", reason);
}

static bool fits(int64_t value)
{
    return value >= 0 && value <= INT32_MAX;
}

/* Sets one direction of the problem. */
static bool set_axis(const struct cvl_onnx_window *window, int32_t parts[6])
{
    const int64_t outputs = cvl_onnx_outputs(window, false);
    const int64_t values[6] = {window->in,     outputs,        window->taps,
                               window->stride, window->before, window->gap - 1};
    for (int i = 0; i < 6; i++) {
        if (!fits(values[i]))
            return false;
        parts[i] = (int32_t)values[i];
    }
    return true;
}

/* The problem of a Conv node. @return NULL, or why there is none */
static const char *make_problem(const struct cvl_onnx_node *node, const struct cvl_tensor *input,
                                const struct cvl_tensor *weights, struct cvl_problem *out)
{
    struct cvl_onnx_window windows[2];
    int32_t rows[6] = {1, 1, 1, 1, 0, 0}, columns[6];
    const int axes = input->rank - 2;
    const int64_t groups = cvl_onnx_int(node, "group", 1);
    if (axes == 3)
        return "convolutions of three dimensions are not supported";
    if (axes < 1 || axes > 2 || weights->rank != input->rank ||
        !cvl_onnx_windows(node, input, axes, &weights->dims[2], windows))
        return "attributes that do not fit the shapes of input and weights";
    if (groups < 1 || groups > INT32_MAX || weights->dims[1] * groups != input->dims[1])
        return "weights that do not fit the channels of the input";
    if (!set_axis(&windows[axes - 1], columns) || (axes == 2 && !set_axis(&windows[0], rows)))
        return "padding below 0 is not supported";
    *out = (struct cvl_problem){
        .form = CVL_STANDARD,
        .mb = (int32_t)input->dims[0],
        .g = (int32_t)groups,
        .ic = (int32_t)input->dims[1],
        .oc = (int32_t)weights->dims[0],
        .ih = rows[0],
        .iw = columns[0],
        .oh = rows[1],
        .ow = columns[1],
        .kh = rows[2],
        .kw = columns[2],
        .sh = rows[3],
        .sw = columns[3],
        .ph = rows[4],
        .pw = columns[4],
        .dh = rows[5],
        .dw = columns[5],
    };
    if (cvl_problem_is_depthwise(out))
        out->form = CVL_DEPTHWISE;
    return NULL;
}

/* Rows or columns that a transposed convolution cuts off first (onnx.ai/onnx/operators). */
static int64_t cut_before(const struct cvl_onnx_node *node, const struct cvl_onnx_window *window,
                          int axis, int64_t output)
{
    int64_t more[CVL_ONNX_INTS_MAX], unused[CVL_ONNX_INTS_MAX];
    const struct cvl_bytes automatic = cvl_onnx_text(node, "auto_pad");
    const bool is_given = cvl_onnx_ints(node, "output_shape", unused) < 0 &&
                          !cvl_bytes_are(automatic, "SAME_UPPER") &&
                          !cvl_bytes_are(automatic, "SAME_LOWER");
    const bool has_more = cvl_onnx_ints(node, "output_padding", more) > axis && fits(more[axis]);
    const int64_t all = window->stride * (window->in - 1) + (has_more ? more[axis] : 0) +
                        (window->taps - 1) * window->gap + 1 - output;
    if (is_given)
        return window->before;
    if (all <= 0)
        return 0;
    return cvl_bytes_are(automatic, "SAME_UPPER") ? all / 2 : all - all / 2;
}

/* The problem of a ConvTranspose node, whose output is known. @return NULL, or why there is none */
static const char *make_transposed(const struct cvl_onnx_node *node, const struct cvl_tensor *input,
                                   const struct cvl_tensor *weights,
                                   const struct cvl_tensor *output, struct cvl_problem *out)
{
    struct cvl_onnx_window windows[2];
    int32_t parts[2][6] = {{1, 1, 1, 1, 0, 0},
                           {1, 1, 1, 1, 0, 0}}; /* in out taps stride before gap */
    const int axes = input->rank - 2;
    const int64_t groups = cvl_onnx_int(node, "group", 1);
    if (axes == 3)
        return "convolutions of three dimensions are not supported";
    if (axes < 1 || axes > 2 || weights->rank != input->rank || output->rank != input->rank ||
        !cvl_onnx_windows(node, input, axes, &weights->dims[2], windows))
        return "attributes that do not fit the shapes of input and weights";
    if (groups < 1 || groups > INT32_MAX || weights->dims[0] != input->dims[1])
        return "weights that do not fit the channels of the input";
    for (int i = 0; i < axes; i++) {
        const struct cvl_onnx_window *w = &windows[i];
        const int64_t values[6] = {w->in,
                                   output->dims[2 + i],
                                   w->taps,
                                   w->stride,
                                   cut_before(node, w, i, output->dims[2 + i]),
                                   w->gap - 1};
        for (int k = 0; k < 6; k++) {
            if (!fits(values[k]))
                return "padding below 0 is not supported";
            parts[2 - axes + i][k] = (int32_t)values[k];
        }
    }
    *out = (struct cvl_problem){
        .form = CVL_TRANSPOSED,
        .mb = (int32_t)input->dims[0],
        .g = (int32_t)groups,
        .ic = (int32_t)input->dims[1],
        .oc = (int32_t)output->dims[1],
        .ih = parts[0][0],
        .iw = parts[1][0],
        .oh = parts[0][1],
        .ow = parts[1][1],
        .kh = parts[0][2],
        .kw = parts[1][2],
        .sh = parts[0][3],
        .sw = parts[1][3],
        .ph = parts[0][4],
        .pw = parts[1][4],
        .dh = parts[0][5],
        .dw = parts[1][5],
    };
    return NULL;
}

/* Why the shape of the convolution's input is not known. */
static enum cvl_status leave_out_unknown(struct model *model, const struct cvl_onnx_node *node,
                                         const struct cvl_tensor *input)
{
    char reason[256], name[96], type[32];
    if (!input || !input->origin.node.at)
        return leave_out(model, node,
                         "the shape of its input is not known: no node makes it before");
    (void)snprintf(reason, sizeof reason,
                   "the shape of its input is not known: node %s (%s) makes it unknown",
                   cvl_bytes_text(input->origin.node, name, sizeof name),
                   cvl_bytes_text(input->origin.type, type, sizeof type));
    return leave_out(model, node, reason);
}

static enum cvl_status read_convolution(struct model *model, const struct cvl_onnx_node *node)
{
    const struct cvl_tensor *input =
        node->input_count > 0 ? cvl_tensor_get(&model->tensors, node->inputs[0]) : NULL;
    const struct cvl_tensor *weights =
        node->input_count > 1 ? cvl_tensor_get(&model->tensors, node->inputs[1]) : NULL;
    struct cvl_problem problem;
    struct cvl_error why = {0};
    char name[96];
    if (!input || !input->is_known)
        return leave_out_unknown(model, node, input);
    if (!weights || !weights->is_known)
        return leave_out(model, node, "the shape of its weights is not known");
    const struct cvl_tensor *output =
        node->output_count > 0 ? cvl_tensor_get(&model->tensors, node->outputs[0]) : NULL;
    const bool is_transposed = cvl_bytes_are(node->type, "ConvTranspose");
    if (is_transposed && (!output || !output->is_known))
        return leave_out(model, node, "the shape of its output is not known");
    const char *fault = is_transposed ? make_transposed(node, input, weights, output, &problem)
                                      : make_problem(node, input, weights, &problem);
    if (fault)
        return leave_out(model, node, fault);
    if (!is_transposed && input->padded.from.at)
        cvl_padding_take(&problem, &input->padded.by);
    if (cvl_problem_check(&problem, &why) != CVL_OK)
        return leave_out(model, node, why.text);
    cvl_onnx_node_name(node, name, sizeof name);
    const struct cvl_import_label label = {.name = name, .count = 1};
    return cvl_import_add(model->import, &problem, &label, &model->layer, model->err);
}

static enum cvl_status read_other(struct model *model, const struct cvl_onnx_node *node)
{
    char type[48], name[96];
    if (cvl_bytes_are(node->type, "QLinearConv") || cvl_bytes_are(node->type, "ConvInteger"))
        return leave_out(model, node, "convolutions of integers are not supported");
    if (cvl_bytes_are(node->type, "DeformConv"))
        return leave_out(model, node, "deformable convolutions are not supported");
    if (cvl_bytes_are(node->type, "Constant")) /* as weights are */
        return CVL_OK;
    cvl_onnx_node_name(node, name, sizeof name);
    return cvl_import_leave_out_other(model->import, name,
                                      cvl_bytes_text(node->type, type, sizeof type), model->err);
}

static enum cvl_status read_node(struct model *model, struct cvl_bytes message)
{
    struct cvl_onnx_node node;
    if (!cvl_onnx_node_read(message, &node))
        return damaged(model, "a node");
    model->layer = CVL_IMPORT_OP;
    if (!cvl_onnx_infer(&node, &model->tensors))
        return out_of_memory(model);
    const bool is_layer =
        cvl_bytes_are(node.type, "Conv") || cvl_bytes_are(node.type, "ConvTranspose");
    const enum cvl_status status =
        is_layer ? read_convolution(model, &node) : read_other(model, &node);
    if (status != CVL_OK)
        return status;
    return cvl_onnx_graph_add(&node, &model->tensors, model->layer, model->import, model->err);
}

static enum cvl_status read_output(struct model *model, struct cvl_bytes value)
{
    struct cvl_bytes name;
    const struct cvl_tensor *tensor =
        name_of(value, &name) ? cvl_tensor_get(&model->tensors, name) : NULL;
    if (!tensor || tensor->source < CVL_SOURCE_STEP)
        return CVL_OK;
    void *outputs = cvl_array_grow(model->outputs, model->output_count, sizeof *model->outputs);
    if (!outputs)
        return out_of_memory(model);
    model->outputs = outputs;
    model->outputs[model->output_count++] = tensor->source - CVL_SOURCE_STEP;
    return CVL_OK;
}

/* Each shape of the options is for an input of the graph. */
static enum cvl_status check_options(const struct model *model)
{
    for (size_t i = 0; i < model->options->shape_count; i++) {
        const char *option = model->options->shapes[i], *equals = strrchr(option, '=');
        const struct cvl_bytes name = {(const uint8_t *)option,
                                       equals ? (size_t)(equals - option) : 0};
        if (equals && !cvl_tensor_get(&model->tensors, name))
            return cvl_fail(
                model->err, CVL_BAD_INPUT,
                "--shape: got '%s', expected the name of an input of the model before the =",
                option);
    }
    return CVL_OK;
}

static enum cvl_status read_model(struct model *model)
{
    struct cvl_bytes rest = {(const uint8_t *)model->file->bytes, model->file->size};
    struct cvl_wire_field field;
    while (cvl_wire_next(&rest, &field))
        if (field.number == MODEL_GRAPH && field.type == CVL_WIRE_BYTES)
            model->graph = field.bytes;
    if (cvl_wire_is_damaged(&rest) || !model->graph.at)
        return damaged(model, "a model");
    enum cvl_status status = for_each(model, GRAPH_INITIALIZER, read_initializer);
    if (status == CVL_OK)
        status = for_each(model, GRAPH_INPUT, read_input);
    if (status == CVL_OK)
        status = check_options(model);
    if (status == CVL_OK)
        status = for_each(model, GRAPH_VALUE, read_value);
    if (status == CVL_OK)
        status = for_each(model, GRAPH_NODE, read_node);
    if (status == CVL_OK)
        status = for_each(model, GRAPH_OUTPUT, read_output);
    if (status == CVL_OK)
        status =
            cvl_import_graph_end(model->import, model->outputs, model->output_count, model->err);
    return status;
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    struct model model = {.file = file, .options = options, .import = import, .err = err};
    const enum cvl_status status = read_model(&model);
    cvl_tensor_map_clear(&model.tensors);
    free(model.outputs);
    return status;
}

/* A model begins with its version, and the key of a further field. */
static bool matches(const struct cvl_import_file *file)
{
    enum { VERSION_MAX = 64 };
    static const char keys[] = {0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72};
    return file->size > 2 && file->bytes[0] == MODEL_VERSION << 3 && file->bytes[1] > 0 &&
           file->bytes[1] < VERSION_MAX && memchr(keys, file->bytes[2], sizeof keys);
}

const struct cvl_importer cvl_importer_onnx = {
    .name = "onnx",
    .summary = "ONNX models: the main graph",
    .matches = matches,
    .read = read_file,
};
