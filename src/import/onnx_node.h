/* A node of an ONNX graph, its attributes, and the shapes of its outputs (onnx.ai/onnx/operators).
 */
#ifndef CVL_IMPORT_ONNX_NODE_H
#define CVL_IMPORT_ONNX_NODE_H

#include "import/tensor.h"

enum { CVL_ONNX_EDGES_MAX = 64, CVL_ONNX_INTS_MAX = 32 };

struct cvl_onnx_node {
    struct cvl_bytes message; /* the NodeProto */
    struct cvl_bytes name, type;
    struct cvl_bytes inputs[CVL_ONNX_EDGES_MAX], outputs[CVL_ONNX_EDGES_MAX];
    int input_count, output_count;
    bool is_too_large; /* it has more edges than that */
};

/* @return false where the message is damaged */
bool cvl_onnx_node_read(struct cvl_bytes message, struct cvl_onnx_node *out);

/* A node as messages name it: its name, or else its first output. */
void cvl_onnx_node_name(const struct cvl_onnx_node *node, char *text, size_t size);

/* Attributes; the fallback where there is none of that name and kind. */
int64_t cvl_onnx_int(const struct cvl_onnx_node *node, const char *name, int64_t fallback);
double cvl_onnx_float(const struct cvl_onnx_node *node, const char *name, double fallback);
struct cvl_bytes cvl_onnx_text(const struct cvl_onnx_node *node, const char *name);
/* The count of integers, or of floats cut to integers; -1: there is no such attribute, or it has
 * more than CVL_ONNX_INTS_MAX. */
int cvl_onnx_ints(const struct cvl_onnx_node *node, const char *name,
                  int64_t values[CVL_ONNX_INTS_MAX]);
int cvl_onnx_floats(const struct cvl_onnx_node *node, const char *name,
                    double values[CVL_ONNX_INTS_MAX]);

/* Reads a TensorProto: its shape, and its values if they are few.
 * @param name may be NULL @return false where the message is damaged */
bool cvl_onnx_tensor(struct cvl_bytes message, struct cvl_tensor *out, struct cvl_bytes *name);

/* A window along one axis. */
struct cvl_onnx_window {
    int64_t in, taps, stride, gap; /* gap: of the dilation, from 1 */
    int64_t before, after;         /* padding */
};

/* Outputs of the window along its axis; `up`: a last window that is not whole counts. Below 1: the
 * window does not fit. */
int64_t cvl_onnx_outputs(const struct cvl_onnx_window *window, bool up);

/* Windows of a convolution or pooling along `axes` axes, with kernel_shape where there is one and
 * `taps` otherwise. auto_pad is obeyed. @return false where attributes do not fit the rank */
bool cvl_onnx_windows(const struct cvl_onnx_node *node, const struct cvl_tensor *input, int axes,
                      const int64_t *taps, struct cvl_onnx_window *out);

/* Sets what is known of the outputs from what is known of the inputs: `map` has the inputs, and
 * gets the outputs. @return false where memory ran out */
bool cvl_onnx_infer(const struct cvl_onnx_node *node, struct cvl_tensor_map *map);

#endif
