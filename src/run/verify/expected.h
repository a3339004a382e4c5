/* Host side of a case: seeded input and weights, and the answer that a device must give. */
#ifndef CVL_RUN_VERIFY_EXPECTED_H
#define CVL_RUN_VERIFY_EXPECTED_H

#include <convlens/variant.h>

#include "run/verify/tensors.h"

struct cvl_expected {
    struct cvl_network network; /* owned: of which it is */
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer;
    struct cvl_tensors *steps; /* owned, one for each step: the weights; of the first the network's
                                  input; the output where it is one of the network's */
    bool has_answer;           /* the output is there */
};

/* Is it that of the case? Names do not count. */
bool cvl_expected_is_of(const struct cvl_expected *expected, const struct cvl_case *item);

/* Computes it, layer after layer on the host, each layer's output rounded to the type before the
 * next one reads it; or makes only what goes in, which takes a small part of the time.
 * @return CVL_OK or CVL_NO_MEMORY; clear in either case */
enum cvl_status cvl_expected_create(const struct cvl_case *item, bool with_answer,
                                    struct cvl_expected *out, struct cvl_error *err);
void cvl_expected_clear(struct cvl_expected *expected);

#endif
