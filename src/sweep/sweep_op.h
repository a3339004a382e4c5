/* The ops of a sweep file. */
#ifndef CVL_SWEEP_SWEEP_OP_H
#define CVL_SWEEP_SWEEP_OP_H

#include <convlens/network.h>

#include "sweep/sweep_document.h"

/* The type of an op. `is_layer`: it is a layer once more, and no kind of its own.
 * @return CVL_OK, or CVL_BAD_INPUT with the place */
enum cvl_status cvl_sweep_op_kind(const struct cvl_sweep_layer *op, bool *is_layer,
                                  enum cvl_op_kind *out, struct cvl_error *err);

/* Reads the keys of an op that is no layer; sizes that it does not say follow from its inputs.
 * @param inputs at least one
 * @return CVL_OK; CVL_BAD_INPUT with the place; CVL_NO_MEMORY */
enum cvl_status cvl_sweep_op_read(const struct cvl_sweep_document *document,
                                  const struct cvl_sweep_layer *op, const struct cvl_shape *inputs,
                                  size_t input_count, struct cvl_op *out, struct cvl_error *err);

#endif
