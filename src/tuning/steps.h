/* The variants and values of the steps of a case, and the text with which --tuning repeats them. */
#ifndef CVL_TUNING_STEPS_H
#define CVL_TUNING_STEPS_H

#include "tuning/choice.h"

struct cvl_tuned_steps {
    size_t count;
    struct cvl_step_choice *choices;   /* owned, one per step; their values are in `tunings` */
    struct cvl_tuning_choice *tunings; /* owned */
    enum cvl_tuning_source source;     /* given wins over database, and database over default */
};

/* Chooses for each step: for a single layer the case's variant, even if it does not apply; for a
 * network the variants of cvl_case_choose.
 * @return CVL_OK; CVL_UNSUPPORTED as cvl_case_choose; what cvl_tuning_choose returns;
 *         CVL_NO_MEMORY. Clear the result in every case. */
enum cvl_status cvl_tuned_steps_choose(const struct cvl_tuning_origin *origin,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_case *item, struct cvl_tuned_steps *out,
                                       struct cvl_error *err);
void cvl_tuned_steps_clear(struct cvl_tuned_steps *steps);

/* Prints the --tuning argument that chooses the same values, whatever a database holds by then:
 * "none", "chunk=64,pixels=7", or for a network "2:chunk=64,5:pixels=7", with its layers' numbers
 * from 1. The library's values have no number. The caller frees it; NULL: out of memory. */
char *cvl_tuned_steps_print(const struct cvl_tuned_steps *steps, const struct cvl_values *library);

/* Parses such a text, except "none", into an origin that has no given values yet.
 * @return CVL_OK; CVL_BAD_INPUT with the wrong part; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_given_parse(const char *text, struct cvl_tuning_origin *origin,
                                       struct cvl_error *err);
void cvl_tuning_given_clear(struct cvl_tuning_origin *origin);

#endif
