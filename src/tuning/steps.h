/* What the steps of a case are computed by and run with, and the text by which --tuning repeats it.
 */
#ifndef CVL_TUNING_STEPS_H
#define CVL_TUNING_STEPS_H

#include "tuning/choice.h"

struct cvl_tuned_steps {
    size_t count;
    struct cvl_step_choice *choices;   /* owned, one for each step; their values lie in `tunings` */
    struct cvl_tuning_choice *tunings; /* owned */
    enum cvl_tuning_source source;     /* of all of them: given before database before default */
};

/* Chooses for each step: for a single layer the case's variant, applicable or not; for a network
 * those of cvl_case_choose.
 * @return CVL_OK; CVL_UNSUPPORTED as cvl_case_choose; what cvl_tuning_choose returns;
 * CVL_NO_MEMORY. Clear in every case. */
enum cvl_status cvl_tuned_steps_choose(const struct cvl_tuning_origin *origin,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_case *item, struct cvl_tuned_steps *out,
                                       struct cvl_error *err);
void cvl_tuned_steps_clear(struct cvl_tuned_steps *steps);

/* What --tuning takes to choose the same whatever a database says then: "none",
 * "chunk=64,pixels=7", or of a network "2:chunk=64,5:pixels=7", where the numbers are its layers'
 * from 1. The library's values have no number. The caller frees it; NULL: out of memory. */
char *cvl_tuned_steps_print(const struct cvl_tuned_steps *steps, const struct cvl_values *library);

/* Reads such a text but for "none" into an origin that has nothing given yet.
 * @return CVL_OK; CVL_BAD_INPUT with the part that is wrong; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_given_parse(const char *text, struct cvl_tuning_origin *origin,
                                       struct cvl_error *err);
void cvl_tuning_given_clear(struct cvl_tuning_origin *origin);

#endif
