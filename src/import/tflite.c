/* TensorFlow Lite models, version 3 (tensorflow/lite/schema/schema.fbs there): the convolutions of
 * the first subgraph, with the shapes that the file states. Weights are never looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/collect.h"
#include "import/flat.h"
#include "import/graph.h"
#include "import/tensor.h"
#include "problem/problem_parts.h"

/* Fields of the schema's tables. */
enum { MODEL_CODES = 1, MODEL_SUBGRAPHS = 2 };
enum { CODE_OLD = 0, CODE_CUSTOM = 1, CODE = 3 };
enum { SUBGRAPH_TENSORS = 0, SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_OPERATORS = 3 };
enum { TENSOR_SHAPE = 0, TENSOR_NAME = 3 };
enum { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2, OPERATOR_OPTIONS = 4 };
enum {
    OPTIONS_PADDING = 0,
    OPTIONS_STRIDE_W = 1,
    OPTIONS_STRIDE_H = 2,
    POOL_FILTER_W = 3,
    POOL_FILTER_H = 4
};
enum { CONCAT_AXIS = 0 };
enum {
    CONV_DILATION_W = 4,
    CONV_DILATION_H = 5,
    DEPTHWISE_DILATION_W = 5,
    DEPTHWISE_DILATION_H = 6
};
enum { PADDING_SAME = 0, PADDING_VALID = 1 };

enum operator{
    CONV_2D = 3,
    DEPTHWISE_CONV_2D = 4,
    CUSTOM = 32,
    TRANSPOSE_CONV = 67,
    CONV_3D = 131
};

/* The schema's names of operators, by number. */
static const char *const names[] = {
    "ADD",
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "EMBEDDING_LOOKUP",
    "FLOOR",
    "FULLY_CONNECTED",
    "HASHTABLE_LOOKUP",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION",
    "LOGISTIC",
    "LSH_PROJECTION",
    "LSTM",
    "MAX_POOL_2D",
    "MUL",
    "RELU",
    "RELU_N1_TO_1",
    "RELU6",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RNN",
    "SOFTMAX",
    "SPACE_TO_DEPTH",
    "SVDF",
    "TANH",
    "CONCAT_EMBEDDINGS",
    "SKIP_GRAM",
    "CALL",
    "CUSTOM",
    "EMBEDDING_LOOKUP_SPARSE",
    "PAD",
    "UNIDIRECTIONAL_SEQUENCE_RNN",
    "GATHER",
    "BATCH_TO_SPACE_ND",
    "SPACE_TO_BATCH_ND",
    "TRANSPOSE",
    "MEAN",
    "SUB",
    "DIV",
    "SQUEEZE",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "STRIDED_SLICE",
    "BIDIRECTIONAL_SEQUENCE_RNN",
    "EXP",
    "TOPK_V2",
    "SPLIT",
    "LOG_SOFTMAX",
    "DELEGATE",
    "BIDIRECTIONAL_SEQUENCE_LSTM",
    "CAST",
    "PRELU",
    "MAXIMUM",
    "ARG_MAX",
    "MINIMUM",
    "LESS",
    "NEG",
    "PADV2",
    "GREATER",
    "GREATER_EQUAL",
    "LESS_EQUAL",
    "SELECT",
    "SLICE",
    "SIN",
    "TRANSPOSE_CONV",
    "SPARSE_TO_DENSE",
    "TILE",
    "EXPAND_DIMS",
    "EQUAL",
    "NOT_EQUAL",
    "LOG",
    "SUM",
    "SQRT",
    "RSQRT",
    "SHAPE",
    "POW",
    "ARG_MIN",
    "FAKE_QUANT",
    "REDUCE_PROD",
    "REDUCE_MAX",
    "PACK",
    "LOGICAL_OR",
    "ONE_HOT",
    "LOGICAL_AND",
    "LOGICAL_NOT",
    "UNPACK",
    "REDUCE_MIN",
    "FLOOR_DIV",
    "REDUCE_ANY",
    "SQUARE",
    "ZEROS_LIKE",
    "FILL",
    "FLOOR_MOD",
    "RANGE",
    "RESIZE_NEAREST_NEIGHBOR",
    "LEAKY_RELU",
    "SQUARED_DIFFERENCE",
    "MIRROR_PAD",
    "ABS",
    "SPLIT_V",
    "UNIQUE",
    "CEIL",
    "REVERSE_V2",
    "ADD_N",
    "GATHER_ND",
    "COS",
    "WHERE",
    "RANK",
    "ELU",
    "REVERSE_SEQUENCE",
    "MATRIX_DIAG",
    "QUANTIZE",
    "MATRIX_SET_DIAG",
    "ROUND",
    "HARD_SWISH",
    "IF",
    "WHILE",
    "NON_MAX_SUPPRESSION_V4",
    "NON_MAX_SUPPRESSION_V5",
    "SCATTER_ND",
    "SELECT_V2",
    "DENSIFY",
    "SEGMENT_SUM",
    "BATCH_MATMUL",
};

/* A model under reading. */
struct model {
    struct cvl_flat flat;
    struct cvl_flat_vector codes, tensors;
    struct cvl_import *import;
    uint32_t *sources; /* of each tensor: CVL_SOURCE_NONE, ... */
    size_t layer;      /* which of the import's the operator at hand is; CVL_IMPORT_OP: none */
    struct cvl_error *err;
};

/* A tensor of four dimensions. */
struct shape {
    int32_t dims[4];
};

/* What an operator is: its number, and its name. */
struct kind {
    int32_t number;
    char name[64];
};

static struct kind kind_of(const struct model *model, size_t operator)
{
    const uint32_t index = (uint32_t)cvl_flat_int32(&model->flat, operator, OPERATOR_CODE, 0);
    const size_t code = cvl_flat_table_at(&model->flat, model->codes, index);
    const int32_t old = cvl_flat_int8(&model->flat, code, CODE_OLD, 0);
    const int32_t new = cvl_flat_int32(&model->flat, code, CODE, 0);
    struct kind kind = {.number = code == 0 ? -1 : new > old ? new : old};
    if (kind.number == CUSTOM)
        (void)cvl_flat_text(&model->flat, code, CODE_CUSTOM, kind.name, sizeof kind.name);
    else if (kind.number >= 0 && (size_t)kind.number < sizeof names / sizeof names[0])
        cvl_copy(kind.name, sizeof kind.name, names[kind.number]);
    else
        (void)snprintf(kind.name, sizeof kind.name, "operator %" PRId32, kind.number);
    return kind;
}

static size_t tensor_of(const struct model *model, size_t operator, unsigned list, uint32_t index)
{
    const struct cvl_flat_vector all = cvl_flat_vector(&model->flat, operator, list, 4);
    return index < all.count
               ? cvl_flat_table_at(&model->flat, model->tensors,
                                   (uint32_t)cvl_flat_int32_at(&model->flat, all, index))
               : 0;
}

/* @return false where it has not four dimensions, all from 1 */
static bool read_shape(const struct model *model, size_t tensor, struct shape *out)
{
    const struct cvl_flat_vector dims = cvl_flat_vector(&model->flat, tensor, TENSOR_SHAPE, 4);
    bool good = dims.count == 4;
    for (uint32_t i = 0; i < 4 && good; i++) {
        out->dims[i] = cvl_flat_int32_at(&model->flat, dims, i);
        good = out->dims[i] >= 1;
    }
    return good;
}

/* The problem of a convolution. @return NULL, or why there is none */
static const char *make_problem(const struct model *model, size_t operator, bool is_depthwise,
                                struct cvl_problem *out)
{
    const struct cvl_flat *flat = &model->flat;
    const size_t options = cvl_flat_table(flat, operator, OPERATOR_OPTIONS);
    const int32_t padding = cvl_flat_int8(flat, options, OPTIONS_PADDING, 0);
    const int32_t dilation_h =
        cvl_flat_int32(flat, options, is_depthwise ? DEPTHWISE_DILATION_H : CONV_DILATION_H, 1);
    const int32_t dilation_w =
        cvl_flat_int32(flat, options, is_depthwise ? DEPTHWISE_DILATION_W : CONV_DILATION_W, 1);
    struct shape input, weights;
    struct cvl_fault fault;
    if (!read_shape(model, tensor_of(model, operator, OPERATOR_INPUTS, 0), &input) ||
        !read_shape(model, tensor_of(model, operator, OPERATOR_INPUTS, 1), &weights))
        return "input or weights without four sizes that are known";
    *out = (struct cvl_problem){
        .form = CVL_STANDARD,
        .mb = input.dims[0],
        .ic = input.dims[3],
        .ih = input.dims[1],
        .iw = input.dims[2],
        .oc = weights.dims[is_depthwise ? 3 : 0],
        .kh = weights.dims[1],
        .kw = weights.dims[2],
        .sh = cvl_flat_int32(flat, options, OPTIONS_STRIDE_H, 0),
        .sw = cvl_flat_int32(flat, options, OPTIONS_STRIDE_W, 0),
        .dh = dilation_h - 1,
        .dw = dilation_w - 1,
    };
    const int32_t each = is_depthwise ? 1 : weights.dims[3];
    out->g = out->ic / each;
    if (out->ic % each != 0 || out->oc % out->g != 0)
        return "weights that do not fit the channels of the input";
    if (out->sh < 1 || out->sw < 1 || dilation_h < 1 || dilation_w < 1 ||
        (padding != PADDING_SAME && padding != PADDING_VALID))
        return "options that are damaged or not known";
    if (padding == PADDING_SAME)
        cvl_problem_pad_same(out, 0);
    else if (cvl_problem_derive_output(out, (struct cvl_padding_behind){0, 0}, &fault))
        return "a window larger than the input";
    if (cvl_problem_is_depthwise(out))
        out->form = CVL_DEPTHWISE;
    return NULL;
}

/* The problem of a transposed convolution: its inputs are the output's sizes, weights o kh kw i,
 * and what it reads. @return NULL, or why there is none */
static const char *make_transposed(const struct model *model, size_t operator,
                                   struct cvl_problem * out)
{
    const struct cvl_flat *flat = &model->flat;
    const size_t options = cvl_flat_table(flat, operator, OPERATOR_OPTIONS);
    const int32_t padding = cvl_flat_int8(flat, options, OPTIONS_PADDING, 0);
    struct shape input, weights, output;
    if (!read_shape(model, tensor_of(model, operator, OPERATOR_INPUTS, 2), &input) ||
        !read_shape(model, tensor_of(model, operator, OPERATOR_INPUTS, 1), &weights) ||
        !read_shape(model, tensor_of(model, operator, OPERATOR_OUTPUTS, 0), &output))
        return "input, weights or output without four sizes that are known";
    *out = (struct cvl_problem){
        .form = CVL_TRANSPOSED,
        .mb = input.dims[0],
        .g = 1,
        .ic = input.dims[3],
        .ih = input.dims[1],
        .iw = input.dims[2],
        .oc = output.dims[3],
        .oh = output.dims[1],
        .ow = output.dims[2],
        .kh = weights.dims[1],
        .kw = weights.dims[2],
        .sh = cvl_flat_int32(flat, options, OPTIONS_STRIDE_H, 0),
        .sw = cvl_flat_int32(flat, options, OPTIONS_STRIDE_W, 0),
    };
    if (weights.dims[0] != out->oc || weights.dims[3] != out->ic)
        return "weights that do not fit the channels of the input";
    if (out->sh < 1 || out->sw < 1 || (padding != PADDING_SAME && padding != PADDING_VALID))
        return "options that are damaged or not known";
    if (padding == PADDING_SAME) { /* of the convolution the other way round */
        struct cvl_problem mirror = cvl_problem_mirror(out);
        cvl_problem_pad_same(&mirror, 0);
        out->ph = mirror.ph;
        out->pw = mirror.pw;
    }
    return NULL;
}

static enum cvl_status read_operator(struct model *model, size_t operator)
{
    const struct kind kind = kind_of(model, operator);
    struct cvl_problem problem;
    struct cvl_error why = {0};
    char name[96], reason[256] = "";
    (void)cvl_flat_text(&model->flat, tensor_of(model, operator, OPERATOR_OUTPUTS, 0), TENSOR_NAME,
                        name, sizeof name);
    if (kind.number == CONV_3D)
        (void)snprintf(reason, sizeof reason, "convolutions of three dimensions are not supported");
    if (kind.number == CUSTOM)
        (void)snprintf(reason, sizeof reason,
                       "%s is an operator that TensorFlow Lite does not define", kind.name);
    if (reason[0] != '\0')
        return cvl_import_leave_out(model->import, 0, name, model->err, "%s", reason);
    const bool is_transposed = kind.number == TRANSPOSE_CONV;
    if (kind.number != CONV_2D && kind.number != DEPTHWISE_CONV_2D && !is_transposed)
        return cvl_import_leave_out_other(model->import, name, kind.name, model->err);
    const char *fault =
        is_transposed ? make_transposed(model, operator, & problem)
                      : make_problem(model, operator, kind.number == DEPTHWISE_CONV_2D, &problem);
    if (fault || cvl_problem_check(&problem, &why) != CVL_OK)
        return cvl_import_leave_out(model->import, 0, name, model->err, "%s",
                                    fault ? fault : why.text);
    const struct cvl_import_label label = {.name = name, .count = 1};
    return cvl_import_add(model->import, &problem, &label, &model->layer, model->err);
}

/* How operators are called here. */
static const struct {
    const char *name;
    enum cvl_op_kind kind;
    enum cvl_function function;
} meanings[] = {
    {"ADD", CVL_OP_ADD, 0},
    {"SUB", CVL_OP_ADD, 0},
    {"ADD_N", CVL_OP_ADD, 0},
    {"MUL", CVL_OP_MULTIPLY, 0},
    {"DIV", CVL_OP_MULTIPLY, 0},
    {"RELU", CVL_OP_ACTIVATION, CVL_RELU},
    {"LEAKY_RELU", CVL_OP_ACTIVATION, CVL_RELU},
    {"PRELU", CVL_OP_ACTIVATION, CVL_RELU},
    {"RELU6", CVL_OP_ACTIVATION, CVL_RELU6},
    {"LOGISTIC", CVL_OP_ACTIVATION, CVL_SIGMOID},
    {"HARD_SWISH", CVL_OP_ACTIVATION, CVL_HARD_SWISH},
    {"TANH", CVL_OP_ACTIVATION, CVL_TANH},
    {"ELU", CVL_OP_ACTIVATION, 0},
    {"GELU", CVL_OP_ACTIVATION, 0},
    {"EXP", CVL_OP_ACTIVATION, 0},
    {"SQRT", CVL_OP_ACTIVATION, 0},
    {"SOFTMAX", CVL_OP_ACTIVATION, 0},
    {"QUANTIZE", CVL_OP_ACTIVATION, 0},
    {"DEQUANTIZE", CVL_OP_ACTIVATION, 0},
    {"MAX_POOL_2D", CVL_OP_POOL, CVL_MAX},
    {"AVERAGE_POOL_2D", CVL_OP_POOL, CVL_AVERAGE},
    {"CONCATENATION", CVL_OP_CONCAT, 0},
    {"RESIZE_BILINEAR", CVL_OP_RESIZE, 0},
    {"RESIZE_NEAREST_NEIGHBOR", CVL_OP_RESIZE, 0},
    {"RESHAPE", CVL_OP_RESHAPE, 0},
    {"SQUEEZE", CVL_OP_RESHAPE, 0},
    {"EXPAND_DIMS", CVL_OP_RESHAPE, 0},
    {"FULLY_CONNECTED", CVL_OP_MATMUL, 0},
    {"BATCH_MATMUL", CVL_OP_MATMUL, 0},
    {"MEAN", CVL_OP_REDUCE, 0},
    {"SUM", CVL_OP_REDUCE, 0},
    {"REDUCE_MAX", CVL_OP_REDUCE, 0},
};

/* The number of a tensor in the subgraph; UINT32_MAX: there is none. */
static uint32_t number_in(const struct model *model, struct cvl_flat_vector list, uint32_t index)
{
    const uint32_t number = (uint32_t)cvl_flat_int32_at(&model->flat, list, index);
    return index < list.count && number < model->tensors.count ? number : UINT32_MAX;
}

/* The sizes of a tensor as a network has them: the first dimension is the batch, the last the
 * channels. */
static bool find_shape(const struct model *model, uint32_t number, struct cvl_shape *out)
{
    const size_t tensor = cvl_flat_table_at(&model->flat, model->tensors, number);
    const struct cvl_flat_vector dims = cvl_flat_vector(&model->flat, tensor, TENSOR_SHAPE, 4);
    const int32_t batch = model->import->network.input.mb;
    int64_t sizes[4] = {1, 1, 1, 1}, elements = 1; /* n h w c */
    for (uint32_t i = 0; i < dims.count; i++) {
        const int32_t size = cvl_flat_int32_at(&model->flat, dims, i);
        const uint32_t place = i == 0 && dims.count > 1 ? 0
                               : i + 1 == dims.count    ? 3
                               : i + 2 == dims.count    ? 2
                                                        : 1;
        if (size < 1 || elements > INT32_MAX / size)
            return false;
        sizes[place] *= size;
        elements *= size;
    }
    if (batch > 0 && sizes[0] != batch && elements % batch == 0) {
        sizes[0] = batch;
        sizes[3] = elements / batch;
        sizes[1] = sizes[2] = 1;
    }
    *out = (struct cvl_shape){(int32_t)sizes[0], (int32_t)sizes[3], (int32_t)sizes[1],
                              (int32_t)sizes[2]};
    return true;
}

/* A pooling with TensorFlow's padding; its output is what the file says. */
static bool set_window(const struct model *model, size_t operator, const struct cvl_shape * in,
                       struct cvl_op *op)
{
    const struct cvl_flat *flat = &model->flat;
    const size_t options = cvl_flat_table(flat, operator, OPERATOR_OPTIONS);
    struct cvl_problem p = {.ih = in->h,
                            .iw = in->w,
                            .kh = cvl_flat_int32(flat, options, POOL_FILTER_H, 0),
                            .kw = cvl_flat_int32(flat, options, POOL_FILTER_W, 0),
                            .sh = cvl_flat_int32(flat, options, OPTIONS_STRIDE_H, 0),
                            .sw = cvl_flat_int32(flat, options, OPTIONS_STRIDE_W, 0)};
    if (p.kh < 1 || p.kw < 1 || p.sh < 1 || p.sw < 1)
        return false;
    if (cvl_flat_int8(flat, options, OPTIONS_PADDING, 0) == PADDING_SAME)
        cvl_problem_pad_same(&p, 0);
    op->kh = p.kh;
    op->kw = p.kw;
    op->sh = p.sh;
    op->sw = p.sw;
    op->ph = p.ph;
    op->pw = p.pw;
    return true;
}

/* An operator has at most so many inputs and outputs here: a damaged file may have as many as it
 * has bytes, for each of as many operators. */
enum { EDGES_MAX = 1024 };

/* What flows through the network into an operator; the rest are weights and sizes. */
struct inputs {
    uint32_t at[CVL_STEP_INPUTS_MAX + 1];
    size_t count;
    int64_t constants; /* elements */
    struct cvl_shape first;
};

static struct inputs find_inputs(const struct model *model, size_t operator)
{
    const struct cvl_flat_vector list = cvl_flat_vector(&model->flat, operator, OPERATOR_INPUTS, 4);
    struct inputs inputs = {.count = 0};
    for (uint32_t i = 0; i < list.count && i < EDGES_MAX && inputs.count <= CVL_STEP_INPUTS_MAX;
         i++) {
        const uint32_t number = number_in(model, list, i);
        struct cvl_shape shape = {0};
        if (number == UINT32_MAX || !find_shape(model, number, &shape))
            continue;
        const uint32_t source = model->sources[number];
        if (source == CVL_SOURCE_NONE) {
            inputs.constants += (int64_t)cvl_shape_elements(&shape);
            continue;
        }
        if (inputs.count == 0)
            inputs.first = shape;
        inputs.at[inputs.count++] =
            source == CVL_SOURCE_INPUT ? CVL_NETWORK_INPUT : source - CVL_SOURCE_STEP;
    }
    return inputs;
}

static struct cvl_op make_op(const struct model *model, size_t operator, const char * type,
                             const struct inputs *inputs, struct cvl_shape out)
{
    const size_t options = cvl_flat_table(&model->flat, operator, OPERATOR_OPTIONS);
    struct cvl_op op = {.kind = CVL_OP_OTHER, .out = out};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(meanings[i].name, type) == 0) {
            op.kind = meanings[i].kind;
            op.function = meanings[i].function;
        }
    const bool is_sum = op.kind == CVL_OP_ADD || op.kind == CVL_OP_MULTIPLY;
    if (is_sum && inputs->count == 1) /* with a constant */
        op.kind = CVL_OP_NORM;
    if (op.kind == CVL_OP_NORM || op.kind == CVL_OP_MATMUL || op.kind == CVL_OP_OTHER)
        op.weights = inputs->constants > INT32_MAX ? INT32_MAX : (int32_t)inputs->constants;
    const int32_t axis = cvl_flat_int32(&model->flat, options, CONCAT_AXIS, 0);
    if (op.kind == CVL_OP_CONCAT && axis != 3 && axis != -1)
        op.kind = CVL_OP_OTHER;
    if (op.kind == CVL_OP_POOL && !set_window(model, operator, & inputs->first, &op))
        op = (struct cvl_op){.kind = CVL_OP_OTHER, .out = out};
    return op;
}

/* Adds the operator to the network, a step for each of its outputs. */
static enum cvl_status add_to_graph(struct model *model, size_t operator)
{
    const struct cvl_flat_vector outputs =
        cvl_flat_vector(&model->flat, operator, OPERATOR_OUTPUTS, 4);
    const struct kind kind = kind_of(model, operator);
    const struct inputs inputs = find_inputs(model, operator);
    enum cvl_status status = CVL_OK;
    if (inputs.count == 0 || strcmp(kind.name, "SHAPE") == 0)
        return CVL_OK; /* constants, and sizes */
    for (uint32_t i = 0; i < outputs.count && i < EDGES_MAX && status == CVL_OK; i++) {
        const uint32_t number = number_in(model, outputs, i);
        struct cvl_shape out;
        char name[96] = "";
        uint32_t made = 0;
        if (number == UINT32_MAX)
            continue;
        (void)cvl_flat_text(&model->flat, cvl_flat_table_at(&model->flat, model->tensors, number),
                            TENSOR_NAME, name, sizeof name);
        if (strstr(kind.name, "CONV") && (model->layer == CVL_IMPORT_OP || inputs.count > 1))
            cvl_import_no_network(model->import, "%s (%s) is left out", name, kind.name);
        if (!find_shape(model, number, &out))
            cvl_import_no_network(model->import, "the shape of %s is not known", name);
        if (model->import->no_network[0] != '\0')
            return CVL_OK;
        if (model->layer != CVL_IMPORT_OP) {
            status = cvl_import_graph_layer(model->import, model->layer, name, inputs.at[0], &made,
                                            model->err);
        } else {
            const struct cvl_op op = make_op(model, operator, kind.name, &inputs, out);
            status = cvl_import_graph_op(model->import, &op, name, inputs.at, inputs.count, &made,
                                         model->err);
        }
        model->sources[number] = CVL_SOURCE_STEP + made;
    }
    return status;
}

static void begin_graph(struct model *model, size_t subgraph)
{
    const struct cvl_flat_vector inputs =
        cvl_flat_vector(&model->flat, subgraph, SUBGRAPH_INPUTS, 4);
    for (uint32_t i = 0; i < inputs.count; i++) {
        const uint32_t number = number_in(model, inputs, i);
        struct cvl_shape shape;
        if (number == UINT32_MAX || !find_shape(model, number, &shape)) {
            cvl_import_no_network(model->import, "the input is too large");
            continue;
        }
        cvl_import_graph_input(model->import, &shape);
        model->sources[number] = CVL_SOURCE_INPUT;
    }
}

static enum cvl_status end_graph(struct model *model, size_t subgraph)
{
    const struct cvl_flat_vector outputs =
        cvl_flat_vector(&model->flat, subgraph, SUBGRAPH_OUTPUTS, 4);
    uint32_t *made = calloc((size_t)outputs.count + 1, sizeof *made);
    size_t count = 0;
    if (!made)
        return cvl_fail(model->err, CVL_NO_MEMORY, "import: out of memory");
    for (uint32_t i = 0; i < outputs.count; i++) {
        const uint32_t number = number_in(model, outputs, i);
        if (number != UINT32_MAX && model->sources[number] >= CVL_SOURCE_STEP)
            made[count++] = model->sources[number] - CVL_SOURCE_STEP;
    }
    const enum cvl_status status = cvl_import_graph_end(model->import, made, count, model->err);
    free(made);
    return status;
}

static enum cvl_status read_operators(struct model *model, size_t subgraph,
                                      struct cvl_flat_vector operators)
{
    enum cvl_status status = CVL_OK;
    model->sources = calloc((size_t)model->tensors.count + 1, sizeof *model->sources);
    if (!model->sources)
        return cvl_fail(model->err, CVL_NO_MEMORY, "import: out of memory");
    begin_graph(model, subgraph);
    for (uint32_t i = 0; i < operators.count && status == CVL_OK; i++) {
        const size_t operator= cvl_flat_table_at(&model->flat, operators, i);
        model->layer = CVL_IMPORT_OP;
        status = read_operator(model, operator);
        if (status == CVL_OK && model->import->no_network[0] == '\0')
            status = add_to_graph(model, operator);
    }
    if (status == CVL_OK)
        status = end_graph(model, subgraph);
    free(model->sources);
    return status;
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    struct model model = {
        .flat = {(const uint8_t *)file->bytes, file->size}, .import = import, .err = err};
    const size_t root = cvl_flat_root(&model.flat);
    const struct cvl_flat_vector subgraphs = cvl_flat_vector(&model.flat, root, MODEL_SUBGRAPHS, 4);
    const size_t subgraph = cvl_flat_table_at(&model.flat, subgraphs, 0);
    const struct cvl_flat_vector operators =
        cvl_flat_vector(&model.flat, subgraph, SUBGRAPH_OPERATORS, 4);
    model.codes = cvl_flat_vector(&model.flat, root, MODEL_CODES, 4);
    model.tensors = cvl_flat_vector(&model.flat, subgraph, SUBGRAPH_TENSORS, 4);
    if (options->shape_count > 0)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "--shape: TensorFlow Lite's models have the shapes that they have");
    if (operators.count == 0 || model.codes.count == 0 || model.tensors.count == 0) {
        char path[256];
        cvl_copy_safe(path, sizeof path, file->path);
        return cvl_fail(
            err, CVL_BAD_INPUT,
            "%s: got a model that is damaged or cut off, expected a TensorFlow Lite model", path);
    }
    return read_operators(&model, subgraph, operators);
}

static bool matches(const struct cvl_import_file *file)
{
    return file->size >= 8 && memcmp(file->bytes + 4, "TFL3", 4) == 0;
}

const struct cvl_importer cvl_importer_tflite = {
    .name = "tflite",
    .summary = "TensorFlow Lite models: the first subgraph",
    .matches = matches,
    .read = read_file,
};
