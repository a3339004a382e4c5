/* The graph of an ONNX model. */
#ifndef CVL_IMPORT_ONNX_GRAPH_H
#define CVL_IMPORT_ONNX_GRAPH_H

#include "import/graph.h"
#include "import/onnx_node.h"

/* The sizes of a tensor as a network has them: the first dimension is the batch, the second the
 * channels. @param batch the network's, which others are made to fit; 0: the first dimension
 * @return false where it is not known, or too large */
bool cvl_onnx_graph_shape(const struct cvl_tensor *tensor, int32_t batch, struct cvl_shape *out);

/* Adds a node whose outputs' shapes were inferred, and notes which tensors it makes.
 * @param layer of a convolution: which of the import's; CVL_IMPORT_OP: it is none, or left out
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_onnx_graph_add(const struct cvl_onnx_node *node, struct cvl_tensor_map *tensors,
                                   size_t layer, struct cvl_import *import, struct cvl_error *err);

#endif
