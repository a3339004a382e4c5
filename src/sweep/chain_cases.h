/* The networks that a run has to do: each chain in each layout and type, made with each variant of
 * its form. */
#ifndef CVL_SWEEP_CHAIN_CASES_H
#define CVL_SWEEP_CHAIN_CASES_H

#include <convlens/chains.h>

#include "sweep/cases.h"

struct cvl_chain_case {
    const struct cvl_network *chain;
    const struct cvl_variant *variant; /* of the layers that it computes; others fall back */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
};

/* Networks of the sweeps, which must outlive them; the caller frees *out. Where only some layers
 * are wanted there are none. A network that is there twice is a case once.
 * @return CVL_OK, also without any; CVL_BAD_INPUT where two that differ have one name;
 * CVL_NO_MEMORY */
enum cvl_status cvl_chain_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                       const struct cvl_case_filter *filter,
                                       struct cvl_chain_case **out, size_t *count,
                                       struct cvl_error *err);

/* What each step is computed with, without tuning: out has room for the chain's steps.
 * @return CVL_OK; CVL_UNSUPPORTED where the case's variant computes none of the steps, or a step
 * nothing */
enum cvl_status cvl_chain_case_choose(const struct cvl_chain_case *item,
                                      const struct cvl_device_facts *device,
                                      struct cvl_chain_choice *out, struct cvl_error *err);

/* The identity of a run (cvl_cases_identity) with its networks, owned by the caller; takes the text
 * over, and leaves it as it is where there are none. NULL: out of memory. */
char *cvl_chain_cases_identity(char *identity, const struct cvl_chain_case *cases, size_t count);

/* Fills what names a case in a row. */
void cvl_chain_case_name_row(const struct cvl_chain_case *item, const char *device_id,
                             struct cvl_chain_row *row);

#endif
