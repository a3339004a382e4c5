/* What the operators of a TensorFlow Lite model are in a network. */
#include "import/tflite.h"

#include <stdlib.h>
#include <string.h>

#include "problem/problem_parts.h"

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
    {"MEAN", CVL_OP_REDUCE, CVL_AVERAGE},
    {"SUM", CVL_OP_REDUCE, 0},
    {"REDUCE_MAX", CVL_OP_REDUCE, CVL_MAX},
};

/* The number of a tensor in the subgraph; UINT32_MAX: there is none. */
static uint32_t number_in(const struct cvl_tflite *model, struct cvl_flat_vector list,
                          uint32_t index)
{
    const uint32_t number = (uint32_t)cvl_flat_int32_at(&model->flat, list, index);
    return index < list.count && number < model->tensors.count ? number : UINT32_MAX;
}

/* The sizes of a tensor as a network has them: the first dimension is the batch, the last the
 * channels. */
static bool find_shape(const struct cvl_tflite *model, uint32_t number, struct cvl_shape *out)
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
static bool set_window(const struct cvl_tflite *model, size_t operator, const struct cvl_shape * in,
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

static struct inputs find_inputs(const struct cvl_tflite *model, size_t operator)
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

static struct cvl_op make_op(const struct cvl_tflite *model, size_t operator, const char * type,
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
    if (op.kind == CVL_OP_REDUCE)
        cvl_import_settle_reduce(&op, &inputs->first, cvl_tflite_spans_image(model, operator));
    return op;
}

/* What a convolution reads: the padding before it is its own, but that of a transposed one. */
static uint32_t layer_input(const struct cvl_tflite *model, size_t operator, uint32_t input)
{
    const uint32_t number = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 0);
    if (number == UINT32_MAX || !model->pads[number].is_one ||
        model->import->layers[model->layer].problem.form == CVL_TRANSPOSED)
        return input;
    const uint32_t source = model->sources[model->pads[number].from];
    return source < CVL_SOURCE_STEP ? CVL_NETWORK_INPUT : source - CVL_SOURCE_STEP;
}

/* Adds the operator to the network, a step for each of its outputs. */
enum cvl_status cvl_tflite_graph_add(struct cvl_tflite *model, size_t operator)
{
    const struct cvl_flat_vector outputs =
        cvl_flat_vector(&model->flat, operator, OPERATOR_OUTPUTS, 4);
    const struct cvl_tflite_kind kind = cvl_tflite_kind(model, operator);
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
        if (model->layer != CVL_IMPORT_OP && outputs.count > 1)
            cvl_import_no_network(model->import, "%s (%s) has several outputs", name, kind.name);
        if (!find_shape(model, number, &out))
            cvl_import_no_network(model->import, "the shape of %s is not known", name);
        if (model->import->no_network[0] != '\0')
            return CVL_OK;
        if (model->layer != CVL_IMPORT_OP) {
            status = cvl_import_graph_layer(model->import, model->layer, name,
                                            layer_input(model, operator, inputs.at[0]), &made,
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

void cvl_tflite_graph_begin(struct cvl_tflite *model, size_t subgraph)
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

enum cvl_status cvl_tflite_graph_end(struct cvl_tflite *model, size_t subgraph)
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
