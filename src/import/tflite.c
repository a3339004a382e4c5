/* TensorFlow Lite models, version 3 (tensorflow/lite/schema/schema.fbs there): the convolutions of
 * the first subgraph, with the shapes that the file states. Weights are never looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/collect.h"
#include "import/tflite.h"
#include "problem/problem_parts.h"

enum operator{
    CONV_2D = 3,
    DEPTHWISE_CONV_2D = 4,
    CUSTOM = 32,
    PAD = 34,
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

/* A tensor of four dimensions. */
struct shape {
    int32_t dims[4];
};

struct cvl_tflite_kind cvl_tflite_kind(const struct cvl_tflite *model, size_t operator)
{
    const uint32_t index = (uint32_t)cvl_flat_int32(&model->flat, operator, OPERATOR_CODE, 0);
    const size_t code = cvl_flat_table_at(&model->flat, model->codes, index);
    const int32_t old = cvl_flat_int8(&model->flat, code, CODE_OLD, 0);
    const int32_t new = cvl_flat_int32(&model->flat, code, CODE, 0);
    struct cvl_tflite_kind kind = {.number = code == 0 ? -1 : new > old ? new : old};
    if (kind.number == CUSTOM)
        (void)cvl_flat_text(&model->flat, code, CODE_CUSTOM, kind.name, sizeof kind.name);
    else if (kind.number >= 0 && (size_t)kind.number < sizeof names / sizeof names[0])
        cvl_copy(kind.name, sizeof kind.name, names[kind.number]);
    else
        (void)snprintf(kind.name, sizeof kind.name, "operator %" PRId32, kind.number);
    return kind;
}

static size_t tensor_of(const struct cvl_tflite *model, size_t operator, unsigned list,
                        uint32_t index)
{
    return cvl_flat_table_at(&model->flat, model->tensors,
                             cvl_tflite_edge(model, operator, list, index));
}

/* @return false where it has not four dimensions, all from 1 */
static bool read_shape(const struct cvl_tflite *model, size_t tensor, struct shape *out)
{
    const struct cvl_flat_vector dims = cvl_flat_vector(&model->flat, tensor, TENSOR_SHAPE, 4);
    bool good = dims.count == 4;
    for (uint32_t i = 0; i < 4 && good; i++) {
        out->dims[i] = cvl_flat_int32_at(&model->flat, dims, i);
        good = out->dims[i] >= 1;
    }
    return good;
}

/* A convolution of a tensor that is padded pads what it is made from. */
static void take_padding(const struct cvl_tflite *model, size_t operator,
                         struct cvl_problem * problem)
{
    const uint32_t input = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 0);
    if (input != UINT32_MAX && model->pads[input].is_one)
        cvl_padding_take(problem, &model->pads[input].padding);
}

/* The problem of a convolution. @return NULL, or why there is none */
static const char *make_problem(const struct cvl_tflite *model, size_t operator, bool is_depthwise,
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
    take_padding(model, operator, out);
    if (cvl_problem_is_depthwise(out))
        out->form = CVL_DEPTHWISE;
    return NULL;
}

/* The problem of a transposed convolution: its inputs are the output's sizes, weights o kh kw i,
 * and what it reads. @return NULL, or why there is none */
static const char *make_transposed(const struct cvl_tflite *model, size_t operator,
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

static enum cvl_status read_operator(struct cvl_tflite *model, size_t operator)
{
    const struct cvl_tflite_kind kind = cvl_tflite_kind(model, operator);
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
    if (kind.number == PAD)
        cvl_tflite_note_pad(model, operator);
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

static enum cvl_status read_operators(struct cvl_tflite *model, size_t subgraph,
                                      struct cvl_flat_vector operators)
{
    enum cvl_status status = CVL_OK;
    cvl_tflite_graph_begin(model, subgraph);
    for (uint32_t i = 0; i < operators.count && status == CVL_OK; i++) {
        const size_t operator= cvl_flat_table_at(&model->flat, operators, i);
        model->layer = CVL_IMPORT_OP;
        status = read_operator(model, operator);
        if (status == CVL_OK && model->import->no_network[0] == '\0')
            status = cvl_tflite_graph_add(model, operator);
    }
    if (status == CVL_OK)
        status = cvl_tflite_graph_end(model, subgraph);
    return status;
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    struct cvl_tflite model = {
        .flat = {(const uint8_t *)file->bytes, file->size}, .import = import, .err = err};
    const size_t root = cvl_flat_root(&model.flat);
    const struct cvl_flat_vector subgraphs = cvl_flat_vector(&model.flat, root, MODEL_SUBGRAPHS, 4);
    const size_t subgraph = cvl_flat_table_at(&model.flat, subgraphs, 0);
    const struct cvl_flat_vector operators =
        cvl_flat_vector(&model.flat, subgraph, SUBGRAPH_OPERATORS, 4);
    model.codes = cvl_flat_vector(&model.flat, root, MODEL_CODES, 4);
    model.tensors = cvl_flat_vector(&model.flat, subgraph, SUBGRAPH_TENSORS, 4);
    model.buffers = cvl_flat_vector(&model.flat, root, MODEL_BUFFERS, 4);
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
    model.sources = calloc((size_t)model.tensors.count + 1, sizeof *model.sources);
    model.pads = calloc((size_t)model.tensors.count + 1, sizeof *model.pads);
    const enum cvl_status status = model.sources && model.pads
                                       ? read_operators(&model, subgraph, operators)
                                       : cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
    free(model.sources);
    free(model.pads);
    return status;
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
