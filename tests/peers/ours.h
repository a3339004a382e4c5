/* Our side: variants, verified and ready to be timed. */
#ifndef PEERS_OURS_H
#define PEERS_OURS_H

#include <convlens/variant.h>

#include "device.h"
#include "run/verify/tensors.h"

/* One variant at work on a case; opaque. */
struct peers_entrant;

/* Plans with the parameters that were tuned, builds, loads, executes once and compares the output
 * with the reference.
 * @return CVL_OK; CVL_UNSUPPORTED with the reason where the variant does not apply;
 *         CVL_WRONG_ANSWER, … */
enum cvl_status peers_entrant_create(const struct peers_device *device,
                                     const struct cvl_variant *variant,
                                     const struct cvl_tensors *tensors, enum cvl_layout layout,
                                     struct peers_entrant **out, struct cvl_error *err);
void peers_entrant_destroy(struct peers_entrant **entrant);

/* Executes once: seconds by the event clock where it is trusted, else by the host's; host_s, which
 * may be NULL, by the host's with the launches in it. */
enum cvl_status peers_entrant_sample(struct peers_entrant *entrant, double *seconds, double *host_s,
                                     struct cvl_error *err);

/* Processors are kept awake in its turns only: what is good for OpenCL's threads, which sleep, need
 * not be so for the other side's. */
void peers_entrant_turn(struct peers_entrant *entrant, bool begins);

const char *peers_entrant_name(const struct peers_entrant *entrant);
/* Does a stage of it call a library? */
bool peers_entrant_is_library(const struct peers_entrant *entrant);

#endif
