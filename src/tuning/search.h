/* The search for the best values of one class, as a pure thing: it says what to try next and is
 * told what came of it; who tries is not its concern.
 *
 * First the default, then suggestions, then from the best so far one step up or down along each
 * parameter's values, until no step helps. After that: what is left of a small space, or random
 * picks in a large one, half of them near the best, until enough have not helped. Equal seeds and
 * answers give equal searches. What comes to the same plan as something tried is not tried. */
#ifndef CVL_TUNING_SEARCH_H
#define CVL_TUNING_SEARCH_H

#include <convlens/result.h>
#include <convlens/variant.h>

#include "plan/values.h"

enum {
    CVL_SEARCH_SMALL = 128,   /* a space of so many points is tried to its end */
    CVL_SEARCH_PATIENCE = 24, /* tries without a better one that end the search of a large one */
    CVL_CANDIDATE_REASON_BYTES = 256
};

/* What is searched. */
struct cvl_space {
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    size_t parameter_count;
    /* What a plan that is asked for these values uses in all. false: it cannot be made. */
    bool (*resolve)(void *user, const struct cvl_values *asked, struct cvl_values *used);
    void *user;
};

/* A point of the space, and what came of it. */
struct cvl_candidate {
    struct cvl_values asked; /* none: the default */
    struct cvl_values used;  /* all that its plan states: what it is known by */
    enum cvl_row_status status;
    char reason[CVL_CANDIDATE_REASON_BYTES]; /* of every status but ok */
    double median_s;                         /* NAN: not ok */
};

struct cvl_search;

enum cvl_status cvl_search_create(const struct cvl_space *space, uint64_t seed,
                                  struct cvl_search **out, struct cvl_error *err);
void cvl_search_destroy(struct cvl_search **search);

/* Values to try soon: those that did well elsewhere. Those that do not fit are passed over.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_search_suggest(struct cvl_search *search, const struct cvl_values *asked,
                                   struct cvl_error *err);

/* The next to try: asked and used are set. @return false: the search is over */
bool cvl_search_next(struct cvl_search *search, struct cvl_candidate *out);

/* What came of a candidate, now or in an earlier search: those of an earlier one are told before
 * anything is asked, in their order. @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_search_tell(struct cvl_search *search, const struct cvl_candidate *candidate,
                                struct cvl_error *err);

/* The fastest that is ok, or NULL. Valid until the next tell. */
const struct cvl_candidate *cvl_search_best(const struct cvl_search *search);
/* The one whose plan is the default's, or NULL. */
const struct cvl_candidate *cvl_search_default(const struct cvl_search *search);
/* How many were tried, and how many of them are not ok. */
size_t cvl_search_tried(const struct cvl_search *search);
size_t cvl_search_failed(const struct cvl_search *search);

#endif
