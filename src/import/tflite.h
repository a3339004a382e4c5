/* A TensorFlow Lite model under reading (tensorflow/lite/schema/schema.fbs there). */
#ifndef CVL_IMPORT_TFLITE_H
#define CVL_IMPORT_TFLITE_H

#include "import/flat.h"
#include "import/graph.h"
#include "import/padding.h"
#include "import/tensor.h"

/* Fields of the schema's tables. */
enum { MODEL_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
enum { CODE_OLD = 0, CODE_CUSTOM = 1, CODE = 3 };
enum { SUBGRAPH_TENSORS = 0, SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_OPERATORS = 3 };
enum { TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_NAME = 3 };
enum { TYPE_INT32 = 2 };
enum { BUFFER_DATA = 0 };
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

/* A tensor that is another one with zeros around its images. */
struct cvl_tflite_pad {
    bool is_one;
    uint32_t from;
    struct cvl_padding padding;
};

struct cvl_tflite {
    struct cvl_flat flat;
    struct cvl_flat_vector codes, tensors, buffers;
    struct cvl_import *import;
    uint32_t *sources;           /* of each tensor: CVL_SOURCE_NONE, ... */
    struct cvl_tflite_pad *pads; /* of each tensor */
    size_t layer; /* which of the import's the operator at hand is; CVL_IMPORT_OP: none */
    struct cvl_error *err;
};

/* What an operator is: its number, and its name. */
struct cvl_tflite_kind {
    int32_t number;
    char name[64];
};

/* The number of a tensor that an operator reads or makes; UINT32_MAX: there is none. */
uint32_t cvl_tflite_edge(const struct cvl_tflite *model, size_t operator, unsigned list,
                         uint32_t index);

/* Remembers what a PAD does, where a convolution can do it as well. */
void cvl_tflite_note_pad(struct cvl_tflite *model, size_t operator);

/* Does a mean or the like go over all rows and columns of its input, and over nothing else? */
bool cvl_tflite_spans_image(const struct cvl_tflite *model, size_t operator);

struct cvl_tflite_kind cvl_tflite_kind(const struct cvl_tflite *model, size_t operator);

/* Make the network: of the subgraph's inputs, then of each operator (the model's `layer` says which
 * of the layers it is), then of its outputs. @return CVL_OK or CVL_NO_MEMORY */
void cvl_tflite_graph_begin(struct cvl_tflite *model, size_t subgraph);
enum cvl_status cvl_tflite_graph_add(struct cvl_tflite *model, size_t operator);
enum cvl_status cvl_tflite_graph_end(struct cvl_tflite *model, size_t subgraph);

#endif
