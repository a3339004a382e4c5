/* The search for the best values of one class, without side effects: it says what to try next, and
 * its caller tries it and reports the result.
 *
 * It first tries the default, then suggestions, then single steps up and down along each
 * parameter's values from the best so far, until no step helps. After that it tries the rest of a
 * small space; in a large space it makes random picks, half of them near the best, until enough in
 * a row have not helped. Equal seeds and results give equal searches. Values that give a plan
 * already tried are not tried again. */
#ifndef CVL_TUNING_SEARCH_H
#define CVL_TUNING_SEARCH_H

#include <convlens/result.h>
#include <convlens/variant.h>

#include "plan/values.h"

enum {
    CVL_SEARCH_SMALL = 128,   /* a space of up to this many points is tried completely */
    CVL_SEARCH_PATIENCE = 24, /* tries without a better one that end the search of a large space */
    CVL_CANDIDATE_REASON_BYTES = 256
};

/* What is searched. */
struct cvl_space {
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    size_t parameter_count;
    /* Finds all values that the plan for `asked` uses. false: there is no such plan. */
    bool (*resolve)(void *user, const struct cvl_values *asked, struct cvl_values *used);
    void *user;
};

/* A point of the space, and its result. */
struct cvl_candidate {
    struct cvl_values asked; /* empty: the default */
    struct cvl_values used;  /* everything that its plan states; identifies it */
    enum cvl_row_status status;
    char reason[CVL_CANDIDATE_REASON_BYTES]; /* for every status but ok */
    double median_s;                         /* NAN: not ok */
};

struct cvl_search;

enum cvl_status cvl_search_create(const struct cvl_space *space, uint64_t seed,
                                  struct cvl_search **out, struct cvl_error *err);
void cvl_search_destroy(struct cvl_search **search);

/* Suggests values that did well elsewhere, to be tried soon. Values that do not fit are skipped.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_search_suggest(struct cvl_search *search, const struct cvl_values *asked,
                                   struct cvl_error *err);

/* Returns the next candidate to try, with asked and used set. @return false: the search is over */
bool cvl_search_next(struct cvl_search *search, struct cvl_candidate *out);

/* Reports the result of a candidate. Those of an earlier search must be reported first, in their
 * order. @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_search_tell(struct cvl_search *search, const struct cvl_candidate *candidate,
                                struct cvl_error *err);

/* The fastest candidate that is ok, or NULL. Valid until the next report. */
const struct cvl_candidate *cvl_search_best(const struct cvl_search *search);
/* The candidate with the plan of the default, or NULL. */
const struct cvl_candidate *cvl_search_default(const struct cvl_search *search);
/* How many candidates were tried, and how many of them are not ok. */
size_t cvl_search_tried(const struct cvl_search *search);
size_t cvl_search_failed(const struct cvl_search *search);
/* How many of those were skipped before they ran. */
size_t cvl_search_skipped(const struct cvl_search *search);

#endif
