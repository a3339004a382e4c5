/* What a network must give: its layers on the host, one after the other. */
#ifndef CVL_RUN_VERIFY_CHAIN_REFERENCE_H
#define CVL_RUN_VERIFY_CHAIN_REFERENCE_H

#include <convlens/sweep.h>

#include "run/verify/tensors.h"

/* The last layer's problem, type, output and its largest magnitude; no input, no weights. */
struct cvl_chain_reference {
    struct cvl_tensors last;
    struct cvl_problem *problems;   /* owned: of which chain it is */
    struct cvl_residual *residuals; /* owned */
    size_t step_count, residual_count;
};

/* Is the reference that of the chain? */
bool cvl_chain_reference_is_of(const struct cvl_chain_reference *reference,
                               const struct cvl_network *chain, enum cvl_dtype dtype);

/* Computes it with the input and weights of tensors.h, each layer's output rounded to the type.
 * @return CVL_OK or CVL_NO_MEMORY; clear in either case */
enum cvl_status cvl_chain_reference_compute(const struct cvl_network *chain, enum cvl_dtype dtype,
                                            struct cvl_chain_reference *out, struct cvl_error *err);
void cvl_chain_reference_clear(struct cvl_chain_reference *reference);

#endif
