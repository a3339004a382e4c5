/* oneDNN's side: the same problem, f32, activations in plain NHWC, weights in the layout that
 * oneDNN likes best. */
#ifndef PEERS_ONEDNN_H
#define PEERS_ONEDNN_H

#include "run/verify/tensors.h"

struct peers_onednn;

/* Makes the primitives and reorders the weights; of oneDNN's own choice of algorithm and its direct
 * one, the faster stays. A separable problem is a depthwise and a pointwise primitive.
 * @return CVL_OK, CVL_UNSUPPORTED, CVL_NO_MEMORY or CVL_FAILED */
enum cvl_status peers_onednn_create(const struct cvl_tensors *tensors, struct peers_onednn **out,
                                    struct cvl_error *err);
void peers_onednn_destroy(struct peers_onednn **onednn);

/* Executes once, one primitive after the other, and waits: seconds by the host clock. */
enum cvl_status peers_onednn_sample(struct peers_onednn *onednn, double *seconds,
                                    struct cvl_error *err);

/* mb oh ow oc of the last execution. */
const float *peers_onednn_output(const struct peers_onednn *onednn);

/* The implementations that oneDNN chose, joined with " + ". */
const char *peers_onednn_name(const struct peers_onednn *onednn);

#endif
