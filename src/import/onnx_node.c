/* Nodes, attributes and tensors of ONNX, as onnx.proto numbers them. */
#include "import/onnx_node.h"

#include <math.h>
#include <string.h>

enum node_field {
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_TYPE = 4,
    NODE_ATTRIBUTE = 5
};
enum attribute_field {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INT = 3,
    ATTRIBUTE_TEXT = 4,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8
};
enum tensor_field {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_FLOATS = 4,
    TENSOR_INT32S = 5,
    TENSOR_INT64S = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9
};
enum element { ELEMENT_FLOAT = 1, ELEMENT_INT32 = 6, ELEMENT_INT64 = 7 };

static void add_edge(struct cvl_onnx_node *node, struct cvl_bytes *edges, int *count,
                     struct cvl_bytes name)
{
    if (*count < CVL_ONNX_EDGES_MAX)
        edges[(*count)++] = name;
    else
        node->is_too_large = true;
}

bool cvl_onnx_node_read(struct cvl_bytes message, struct cvl_onnx_node *out)
{
    struct cvl_wire_field field;
    *out = (struct cvl_onnx_node){.message = message};
    while (cvl_wire_next(&message, &field)) {
        if (field.type != CVL_WIRE_BYTES)
            continue;
        if (field.number == NODE_INPUT)
            add_edge(out, out->inputs, &out->input_count, field.bytes);
        else if (field.number == NODE_OUTPUT)
            add_edge(out, out->outputs, &out->output_count, field.bytes);
        else if (field.number == NODE_NAME)
            out->name = field.bytes;
        else if (field.number == NODE_TYPE)
            out->type = field.bytes;
    }
    return !cvl_wire_is_damaged(&message);
}

static bool find_attribute(const struct cvl_onnx_node *node, const char *name,
                           struct cvl_bytes *out)
{
    struct cvl_bytes rest = node->message;
    struct cvl_wire_field field, found;
    while (cvl_wire_next(&rest, &field))
        if (field.number == NODE_ATTRIBUTE && field.type == CVL_WIRE_BYTES &&
            cvl_wire_find(field.bytes, ATTRIBUTE_NAME, CVL_WIRE_BYTES, &found) &&
            cvl_bytes_are(found.bytes, name)) {
            *out = field.bytes;
            return true;
        }
    return false;
}

void cvl_onnx_node_name(const struct cvl_onnx_node *node, char *text, size_t size)
{
    (void)cvl_bytes_text(node->name.size > 0      ? node->name
                         : node->output_count > 0 ? node->outputs[0]
                                                  : (struct cvl_bytes){0},
                         text, size);
}

int64_t cvl_onnx_int(const struct cvl_onnx_node *node, const char *name, int64_t fallback)
{
    struct cvl_bytes attribute;
    struct cvl_wire_field field;
    return find_attribute(node, name, &attribute) &&
                   cvl_wire_find(attribute, ATTRIBUTE_INT, CVL_WIRE_VARINT, &field)
               ? (int64_t)field.value
               : fallback;
}

struct cvl_bytes cvl_onnx_text(const struct cvl_onnx_node *node, const char *name)
{
    struct cvl_bytes attribute;
    struct cvl_wire_field field;
    return find_attribute(node, name, &attribute) &&
                   cvl_wire_find(attribute, ATTRIBUTE_TEXT, CVL_WIRE_BYTES, &field)
               ? field.bytes
               : (struct cvl_bytes){0};
}

static double as_float(uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

double cvl_onnx_float(const struct cvl_onnx_node *node, const char *name, double fallback)
{
    struct cvl_bytes attribute;
    struct cvl_wire_field field;
    return find_attribute(node, name, &attribute) &&
                   cvl_wire_find(attribute, ATTRIBUTE_FLOAT, CVL_WIRE_32, &field)
               ? as_float(field.value)
               : fallback;
}

/* Appends a number; -1 in *count: there are too many. */
static void append(double *values, int max, int *count, double value)
{
    if (*count >= 0 && *count < max)
        values[(*count)++] = value;
    else
        *count = -1;
}

/* Appends what a repeated field has: one number, or packed ones. */
static void append_field(const struct cvl_wire_field *field, bool is_float, double *values, int max,
                         int *count)
{
    struct cvl_bytes rest = field->bytes;
    uint64_t value;
    if (field->type == CVL_WIRE_VARINT || field->type == CVL_WIRE_32)
        append(values, max, count,
               is_float ? as_float(field->value) : (double)(int64_t)field->value);
    if (field->type != CVL_WIRE_BYTES)
        return;
    if (is_float) {
        for (size_t i = 0; i + 4 <= rest.size && *count >= 0; i += 4) {
            uint32_t bits;
            memcpy(&bits, rest.at + i, sizeof bits);
            append(values, max, count, as_float(bits));
        }
        return;
    }
    while (*count >= 0 && cvl_wire_varint(&rest, &value))
        append(values, max, count, (double)(int64_t)value);
}

static int read_numbers(const struct cvl_onnx_node *node, const char *name, uint32_t number,
                        double values[CVL_ONNX_INTS_MAX])
{
    struct cvl_bytes attribute;
    struct cvl_wire_field field;
    int count = 0;
    if (!find_attribute(node, name, &attribute))
        return -1;
    while (cvl_wire_next(&attribute, &field))
        if (field.number == number)
            append_field(&field, number == ATTRIBUTE_FLOATS, values, CVL_ONNX_INTS_MAX, &count);
    return count > 0 ? count : -1;
}

/* A number of a file as an integer: NaN and what does not fit become 0 or the nearest that fits. */
static int64_t to_integer(double value)
{
    if (!(value > -9e15))
        return value < 0 ? -(int64_t)9e15 : 0;
    return value < 9e15 ? (int64_t)value : (int64_t)9e15;
}

int cvl_onnx_ints(const struct cvl_onnx_node *node, const char *name,
                  int64_t values[CVL_ONNX_INTS_MAX])
{
    double numbers[CVL_ONNX_INTS_MAX];
    const int count = read_numbers(node, name, ATTRIBUTE_INTS, numbers);
    for (int i = 0; i < count; i++)
        values[i] = to_integer(numbers[i]);
    return count;
}

int cvl_onnx_floats(const struct cvl_onnx_node *node, const char *name,
                    double values[CVL_ONNX_INTS_MAX])
{
    return read_numbers(node, name, ATTRIBUTE_FLOATS, values);
}

/* A tensor's bytes, element by element. */
static void append_raw(struct cvl_bytes raw, enum element type, struct cvl_tensor *out)
{
    const size_t size = type == ELEMENT_INT64 ? 8 : 4;
    int count = 0;
    for (size_t i = 0; i + size <= raw.size && count >= 0; i += size) {
        int64_t wide = 0;
        int32_t narrow = 0;
        uint32_t bits = 0;
        memcpy(&wide, raw.at + i, size == 8 ? 8 : 0);
        memcpy(&narrow, raw.at + i, 4);
        memcpy(&bits, raw.at + i, 4);
        append(out->data, CVL_TENSOR_DATA_MAX, &count,
               type == ELEMENT_INT64   ? (double)wide
               : type == ELEMENT_INT32 ? (double)narrow
                                       : as_float(bits));
    }
    out->data_count = count > 0 ? count : 0;
}

/* Reads the values where they are of a kind that shapes are computed with. */
static void read_data(struct cvl_bytes message, int64_t type, struct cvl_tensor *out)
{
    struct cvl_wire_field field;
    int count = 0;
    const bool is_float = type == ELEMENT_FLOAT;
    const uint32_t number = is_float                ? TENSOR_FLOATS
                            : type == ELEMENT_INT32 ? TENSOR_INT32S
                                                    : TENSOR_INT64S;
    if (!is_float && type != ELEMENT_INT32 && type != ELEMENT_INT64)
        return;
    if (cvl_wire_find(message, TENSOR_RAW, CVL_WIRE_BYTES, &field)) {
        append_raw(field.bytes, (enum element)type, out);
        return;
    }
    while (count >= 0 && cvl_wire_next(&message, &field))
        if (field.number == number)
            append_field(&field, is_float, out->data, CVL_TENSOR_DATA_MAX, &count);
    out->data_count = count > 0 ? count : 0;
}

bool cvl_onnx_tensor(struct cvl_bytes message, struct cvl_tensor *out, struct cvl_bytes *name)
{
    struct cvl_bytes rest = message;
    struct cvl_wire_field field;
    double dims[CVL_TENSOR_RANK_MAX];
    int64_t sizes[CVL_TENSOR_RANK_MAX];
    int64_t type = 0;
    int rank = 0;
    while (cvl_wire_next(&rest, &field)) {
        if (field.number == TENSOR_DIMS)
            append_field(&field, false, dims, CVL_TENSOR_RANK_MAX, &rank);
        else if (field.number == TENSOR_TYPE && field.type == CVL_WIRE_VARINT)
            type = (int64_t)field.value;
        else if (field.number == TENSOR_NAME && field.type == CVL_WIRE_BYTES && name)
            *name = field.bytes;
    }
    for (int i = 0; i < rank; i++)
        sizes[i] = to_integer(dims[i]);
    if (cvl_tensor_set(out, rank, sizes) && cvl_tensor_elements(out) <= CVL_TENSOR_DATA_MAX)
        read_data(message, type, out);
    out->is_float = type == ELEMENT_FLOAT;
    if (out->data_count != cvl_tensor_elements(out))
        out->data_count = 0;
    return !cvl_wire_is_damaged(&rest);
}
