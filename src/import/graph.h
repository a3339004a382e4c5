/* Collects the graph of a model, as the network of an import. Tensors are those of cvl_network. */
#ifndef CVL_IMPORT_GRAPH_H
#define CVL_IMPORT_GRAPH_H

#include "import/importer.h"

/* No layer: the step is an op. */
#define CVL_IMPORT_OP SIZE_MAX

/* Why the import has no network. The first reason counts; nothing else is collected then. */
void cvl_import_no_network(struct cvl_import *import, const char *format, ...) CVL_PRINTF(2, 3);

/* The model's input. A second one is a reason for none. */
void cvl_import_graph_input(struct cvl_import *import, const struct cvl_shape *shape);

/* A step that is a layer of the import.
 * @param made receives the tensor that it makes
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_import_graph_layer(struct cvl_import *import, size_t layer, const char *name,
                                       uint32_t input, uint32_t *made, struct cvl_error *err);

/* A step that is none. Sums and products whose output does not follow from their inputs are `other`
 * instead. */
enum cvl_status cvl_import_graph_op(struct cvl_import *import, const struct cvl_op *op,
                                    const char *name, const uint32_t *inputs, size_t input_count,
                                    uint32_t *made, struct cvl_error *err);

/* A reduction is a pooling where it is a mean or a maximum (its function) over whole images: one
 * window, whether the file keeps its sizes of 1 or not. Else it has no function.
 * @param in what it reads @param spans_image it goes over all rows and columns, and nothing else */
void cvl_import_settle_reduce(struct cvl_op *op, const struct cvl_shape *in, bool spans_image);

/* Ends the graph: steps that none of the outputs needs are dropped, outputs that steps read as well
 * are kept by a reshape, and the whole is checked. */
enum cvl_status cvl_import_graph_end(struct cvl_import *import, const uint32_t *outputs,
                                     size_t output_count, struct cvl_error *err);

#endif
