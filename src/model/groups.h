/* The rows of a run that may be compared with each other. */
#ifndef CVL_MODEL_GROUPS_H
#define CVL_MODEL_GROUPS_H

#include <convlens/result.h>

/* Rows of status ok with the same device, network or layer, geometry (the dimensions that all forms
 * have), layout and type, each form in the order of the results. Separable and inverted rows are
 * judged against the standard ones. Without standard rows, inverted rows of one problem are judged
 * against the first of them, which is inv_unfused if that was run. */
struct cvl_group {
    const struct cvl_row **baselines;
    size_t baseline_count;
    const struct cvl_row **judged;
    size_t judged_count;
};

struct cvl_groups {
    const struct cvl_row **rows; /* what the groups point into */
    struct cvl_group *groups;
    size_t count;
};

/* Creates the groups, in the order of their first judged row. The rows must outlive the groups. */
enum cvl_status cvl_groups_create(const struct cvl_results *results, struct cvl_groups *out,
                                  struct cvl_error *err);
void cvl_groups_clear(struct cvl_groups *groups);

/* Where a peak comes from; the same for all rows that are compared with each other. */
enum cvl_source { CVL_SOURCE_COUNTED, CVL_SOURCE_COMPUTED };

const char *cvl_source_name(enum cvl_source source);

/* A row's peak under a policy, or CVL_ABSENT. Without weights, a counted peak is reduced by the
 * weights that stay according to the plan, since they live throughout. */
uint64_t cvl_row_peak(const struct cvl_row *row, enum cvl_policy policy, enum cvl_source source);
uint64_t cvl_row_peak_without_weights(const struct cvl_row *row, enum cvl_policy policy,
                                      enum cvl_source source);

/* A row's peak by itself: counted where it was counted, else computed, else CVL_ABSENT. */
uint64_t cvl_row_known_peak(const struct cvl_row *row, enum cvl_policy policy);

/* The row's median time for a comparison with the other row, or NAN. The host clock includes the
 * launches and the event clock does not, so rows timed by different clocks are compared by the host
 * clock. */
double cvl_row_time_s(const struct cvl_row *row, const struct cvl_row *other);

#endif
