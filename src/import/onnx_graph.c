/* What the nodes of an ONNX model are in a network. */
#include "import/onnx_graph.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A node under reading. */
struct adding {
    const struct cvl_onnx_node *node;
    struct cvl_tensor_map *tensors;
    struct cvl_import *import;
    char name[96], type[48];
    uint32_t inputs[CVL_ONNX_EDGES_MAX]; /* those that come from the network's input */
    const struct cvl_tensor *data[CVL_ONNX_EDGES_MAX]; /* the same */
    size_t input_count;
    int64_t constants, large; /* elements of the others, and of those that are no mere sizes */
};

/* How operators are called here. */
struct meaning {
    const char *type;
    enum cvl_op_kind kind;
    enum cvl_function function;
};

static const struct meaning meanings[] = {
    {"Add", CVL_OP_ADD, 0},
    {"Sub", CVL_OP_ADD, 0},
    {"Sum", CVL_OP_ADD, 0},
    {"Mul", CVL_OP_MULTIPLY, 0},
    {"Div", CVL_OP_MULTIPLY, 0},
    {"Relu", CVL_OP_ACTIVATION, CVL_RELU},
    {"LeakyRelu", CVL_OP_ACTIVATION, CVL_RELU},
    {"PRelu", CVL_OP_ACTIVATION, CVL_RELU},
    {"Clip", CVL_OP_ACTIVATION, CVL_RELU6},
    {"Sigmoid", CVL_OP_ACTIVATION, CVL_SIGMOID},
    {"HardSigmoid", CVL_OP_ACTIVATION, CVL_HARD_SIGMOID},
    {"HardSwish", CVL_OP_ACTIVATION, CVL_HARD_SWISH},
    {"Swish", CVL_OP_ACTIVATION, CVL_SWISH},
    {"Tanh", CVL_OP_ACTIVATION, CVL_TANH},
    {"Elu", CVL_OP_ACTIVATION, 0},
    {"Selu", CVL_OP_ACTIVATION, 0},
    {"Gelu", CVL_OP_ACTIVATION, 0},
    {"Mish", CVL_OP_ACTIVATION, 0},
    {"Softplus", CVL_OP_ACTIVATION, 0},
    {"Softsign", CVL_OP_ACTIVATION, 0},
    {"Erf", CVL_OP_ACTIVATION, 0},
    {"Exp", CVL_OP_ACTIVATION, 0},
    {"Log", CVL_OP_ACTIVATION, 0},
    {"Sqrt", CVL_OP_ACTIVATION, 0},
    {"Neg", CVL_OP_ACTIVATION, 0},
    {"Abs", CVL_OP_ACTIVATION, 0},
    {"Pow", CVL_OP_ACTIVATION, 0},
    {"Reciprocal", CVL_OP_ACTIVATION, 0},
    {"Softmax", CVL_OP_ACTIVATION, 0},
    {"LogSoftmax", CVL_OP_ACTIVATION, 0},
    {"MaxPool", CVL_OP_POOL, CVL_MAX},
    {"AveragePool", CVL_OP_POOL, CVL_AVERAGE},
    {"GlobalMaxPool", CVL_OP_POOL, CVL_MAX},
    {"GlobalAveragePool", CVL_OP_POOL, CVL_AVERAGE},
    {"Concat", CVL_OP_CONCAT, 0},
    {"Resize", CVL_OP_RESIZE, 0},
    {"Upsample", CVL_OP_RESIZE, 0},
    {"Reshape", CVL_OP_RESHAPE, 0},
    {"Flatten", CVL_OP_RESHAPE, 0},
    {"Squeeze", CVL_OP_RESHAPE, 0},
    {"Unsqueeze", CVL_OP_RESHAPE, 0},
    {"Identity", CVL_OP_RESHAPE, 0},
    {"Dropout", CVL_OP_RESHAPE, 0},
    {"BatchNormalization", CVL_OP_NORM, 0},
    {"InstanceNormalization", CVL_OP_NORM, 0},
    {"GroupNormalization", CVL_OP_NORM, 0},
    {"LayerNormalization", CVL_OP_NORM, 0},
    {"MatMul", CVL_OP_MATMUL, 0},
    {"Gemm", CVL_OP_MATMUL, 0},
    {"ReduceMean", CVL_OP_REDUCE, CVL_AVERAGE},
    {"ReduceSum", CVL_OP_REDUCE, 0},
    {"ReduceMax", CVL_OP_REDUCE, CVL_MAX},
    {"ReduceMin", CVL_OP_REDUCE, 0},
    {"ReduceL2", CVL_OP_REDUCE, 0},
};

static struct meaning find_meaning(const char *type)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(meanings[i].type, type) == 0)
            return meanings[i];
    return (struct meaning){type, CVL_OP_OTHER, CVL_FUNCTION_NONE};
}

bool cvl_onnx_graph_shape(const struct cvl_tensor *tensor, int32_t batch, struct cvl_shape *out)
{
    const int64_t *dims = tensor->dims, elements = cvl_tensor_elements(tensor);
    const int rank = tensor->rank;
    int64_t sizes[4] = {1, 1, 1, 1};
    if (!tensor->is_known || elements < 1 || elements > INT32_MAX)
        return false;
    sizes[0] = rank > 1 ? dims[0] : 1;
    sizes[1] = rank > 1 ? dims[1] : rank == 1 ? dims[0] : 1;
    for (int i = 2; i < rank; i++)
        sizes[i + 1 < rank ? 2 : 3] *= dims[i];
    if (batch > 0 && sizes[0] != batch && elements % batch == 0) {
        sizes[0] = batch;
        sizes[1] = elements / batch;
        sizes[2] = sizes[3] = 1;
    }
    *out = (struct cvl_shape){(int32_t)sizes[0], (int32_t)sizes[1], (int32_t)sizes[2],
                              (int32_t)sizes[3]};
    return true;
}

/* A sum that stays in range. */
static int64_t add(int64_t a, int64_t b)
{
    return a < INT32_MAX && b < INT32_MAX - a ? a + b : INT32_MAX;
}

/* Tells what flows through the network from weights and sizes. */
static void find_inputs(struct adding *a)
{
    for (int i = 0; i < a->node->input_count; i++) {
        const struct cvl_tensor *tensor =
            a->node->inputs[i].size > 0 ? cvl_tensor_get(a->tensors, a->node->inputs[i]) : NULL;
        if (!tensor)
            continue;
        if (tensor->source == CVL_SOURCE_NONE) {
            const int64_t elements = tensor->is_known ? cvl_tensor_elements(tensor) : 0;
            a->constants = add(a->constants, elements);
            a->large = add(a->large, tensor->data_count == 0 ? elements : 0);
            continue;
        }
        a->data[a->input_count] = tensor;
        a->inputs[a->input_count++] = tensor->source == CVL_SOURCE_INPUT
                                          ? CVL_NETWORK_INPUT
                                          : tensor->source - CVL_SOURCE_STEP;
    }
}

/* A window, as the sizes of input and output say it: the last ones may be cut off. */
static bool set_window(const struct adding *a, struct cvl_op *op)
{
    struct cvl_onnx_window windows[2];
    const struct cvl_tensor *in = a->data[0];
    const int axes = in->rank - 2;
    int64_t values[2][3] = {{1, 1, 0}, {1, 1, 0}};
    if (axes < 1 || axes > 2)
        return false;
    if (strncmp(a->type, "Global", 6) == 0) {
        for (int i = 0; i < axes; i++)
            values[2 - axes + i][0] = in->dims[2 + i];
    } else if (!cvl_onnx_windows(a->node, in, axes, NULL, windows)) {
        return false;
    } else {
        for (int i = 0; i < axes; i++) {
            int64_t *value = values[2 - axes + i];
            value[0] = windows[i].taps;
            value[1] = windows[i].stride;
            value[2] = windows[i].before;
            if (windows[i].gap != 1)
                return false;
        }
    }
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            if (values[i][k] < 0 || values[i][k] > INT32_MAX)
                return false;
    op->kh = (int32_t)values[0][0];
    op->sh = (int32_t)values[0][1];
    op->ph = (int32_t)values[0][2];
    op->kw = (int32_t)values[1][0];
    op->sw = (int32_t)values[1][1];
    op->pw = (int32_t)values[1][2];
    return true;
}

/* Does a mean or the like go over all rows and columns, and over nothing else? The axes are an
 * attribute, or the second input. */
static bool spans_image(const struct adding *a)
{
    int64_t axes[CVL_ONNX_INTS_MAX];
    int count = cvl_onnx_ints(a->node, "axes", axes);
    const struct cvl_tensor *given = count < 0 && a->node->input_count > 1
                                         ? cvl_tensor_get(a->tensors, a->node->inputs[1])
                                         : NULL;
    if (given && given->data_count == 2)
        for (count = 0; count < 2; count++)
            axes[count] = (int64_t)given->data[count];
    if (count != 2 || a->data[0]->rank != 4)
        return false;
    for (int i = 0; i < 2; i++)
        axes[i] += axes[i] < 0 ? 4 : 0;
    return (axes[0] == 2 && axes[1] == 3) || (axes[0] == 3 && axes[1] == 2);
}

/* Of several inputs only the one that flows through the network counts for what it is. */
static void settle(const struct adding *a, struct cvl_op *op)
{
    const bool is_sum = op->kind == CVL_OP_ADD || op->kind == CVL_OP_MULTIPLY;
    struct cvl_shape in;
    if (is_sum && a->input_count == 1) /* with a constant */
        op->kind = CVL_OP_NORM;
    if (op->kind == CVL_OP_NORM || op->kind == CVL_OP_MATMUL)
        op->weights = (int32_t)a->constants;
    else if (op->kind == CVL_OP_REDUCE || op->kind == CVL_OP_OTHER)
        op->weights = (int32_t)a->large; /* the others are axes, bounds and the like */
    if (op->kind == CVL_OP_CONCAT && cvl_onnx_int(a->node, "axis", 1) != 1)
        op->kind = CVL_OP_OTHER;
    if (op->kind == CVL_OP_POOL && !set_window(a, op))
        *op = (struct cvl_op){.kind = CVL_OP_OTHER, .out = op->out};
    if (op->kind == CVL_OP_REDUCE && cvl_onnx_graph_shape(a->data[0], op->out.mb, &in))
        cvl_import_settle_reduce(op, &in, spans_image(a));
}

static enum cvl_status add_op(struct adding *a, struct cvl_shape out, const char *name,
                              uint32_t *made, struct cvl_error *err)
{
    const struct meaning meaning = find_meaning(a->type);
    struct cvl_op op = {.kind = meaning.kind, .function = meaning.function, .out = out};
    settle(a, &op);
    return cvl_import_graph_op(a->import, &op, name, a->inputs, a->input_count, made, err);
}

/* Further outputs are tensors of their own where a node splits its input; else they are masks,
 * statistics and the like, which nothing here reads. */
static bool has_output(const struct adding *a, int index)
{
    return a->node->outputs[index].size > 0 && (index == 0 || strcmp(a->type, "Split") == 0);
}

/* What a convolution reads: the padding before it is its own, but that of a transposed one. */
static uint32_t layer_input(const struct adding *a)
{
    const struct cvl_tensor *from =
        a->data[0]->padded.from.at ? cvl_tensor_get(a->tensors, a->data[0]->padded.from) : NULL;
    if (!from || strcmp(a->type, "Conv") != 0)
        return a->inputs[0];
    return from->source < CVL_SOURCE_STEP ? CVL_NETWORK_INPUT : from->source - CVL_SOURCE_STEP;
}

static enum cvl_status add_output(struct adding *a, int index, size_t layer, struct cvl_error *err)
{
    const struct cvl_bytes bytes = a->node->outputs[index];
    struct cvl_tensor *tensor = cvl_tensor_put(a->tensors, bytes);
    struct cvl_shape out;
    char name[96];
    uint32_t made = 0;
    enum cvl_status status = CVL_OK;
    if (!tensor) /* it was put there when its shape was inferred */
        return cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
    (void)cvl_bytes_text(bytes, name, sizeof name);
    if (!cvl_onnx_graph_shape(tensor, a->import->network.input.mb, &out))
        cvl_import_no_network(a->import, "the shape of %s (%s) is not known", name, a->type);
    else if (layer != CVL_IMPORT_OP)
        status = cvl_import_graph_layer(a->import, layer, a->name, layer_input(a), &made, err);
    else
        status = add_op(a, out, index > 0 ? name : a->name, &made, err);
    tensor->source = CVL_SOURCE_STEP + made;
    return status;
}

enum cvl_status cvl_onnx_graph_add(const struct cvl_onnx_node *node, struct cvl_tensor_map *tensors,
                                   size_t layer, struct cvl_import *import, struct cvl_error *err)
{
    struct adding a = {.node = node, .tensors = tensors, .import = import};
    enum cvl_status status = CVL_OK;
    if (import->no_network[0] != '\0')
        return CVL_OK;
    (void)cvl_bytes_text(node->type, a.type, sizeof a.type);
    cvl_onnx_node_name(node, a.name, sizeof a.name);
    if (node->is_too_large) {
        cvl_import_no_network(import, "%s has more than %d inputs or outputs", a.name,
                              CVL_ONNX_EDGES_MAX);
        return CVL_OK;
    }
    find_inputs(&a);
    if (a.input_count == 0 || strcmp(a.type, "Shape") == 0 || strcmp(a.type, "Size") == 0)
        return CVL_OK; /* constants, and sizes */
    if (strstr(a.type, "Conv") && (layer == CVL_IMPORT_OP || a.input_count > 1)) {
        cvl_import_no_network(import, "%s (%s) is left out", a.name, a.type);
        return CVL_OK;
    }
    for (int i = 0; i < node->output_count && status == CVL_OK; i++)
        if (has_output(&a, i))
            status = add_output(&a, i, layer, err);
    return status;
}
