/* Takes samples of a subject until the answer is known or the budget is spent. Knows neither what
 * is measured nor by which clock: both are given, so that it is tested with scripted ones. */
#ifndef CVL_RUN_TIME_SAMPLER_H
#define CVL_RUN_TIME_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

/* One execution: by the host clock, and by the event clock or NAN. */
struct cvl_sample {
    double host_s, event_s;
};

struct cvl_sampler {
    double (*now)(void *user); /* seconds; judges the budget */
    enum cvl_status (*sample)(void *user, struct cvl_sample *out, struct cvl_error *err);
    void *user;
    double budget_s;    /* for the samples; warm-up may take a fifth of it more */
    double whole_s;     /* the budget that this one is a part of: what is long is judged by it */
    double uncertainty; /* stop when cvl_statistics.uncertainty is below this */
    uint32_t min, max;  /* samples taken whatever the budget; and at most */
    double min_s; /* however sure the answer seems, go on for that long: all of the first samples
                     may be of a state that passes, such as a thread that sleeps */
    double hopeless_s; /* stop at `min` samples where all take longer; 0: do not */
};

/* The defaults: 0.5 % uncertainty, 3 to 400 samples. */
struct cvl_sampler cvl_sampler_default(double budget_s);

struct cvl_samples {
    double *host_s;  /* owned */
    double *event_s; /* owned; NAN where the event clock is not used, or not any more */
    size_t count;
    uint32_t warmup;
};

/* Warms up first: executions are thrown away, in rounds, until a round is no faster than the one
 * before, or a fifth of the budget is spent. An execution that takes all of that alone is not
 * thrown away: what is warm no longer matters to it. One that takes five budgets is the only
 * sample.
 * @return CVL_OK, CVL_NO_MEMORY, or what the subject returned; nothing is owned then */
enum cvl_status cvl_sampler_run(const struct cvl_sampler *sampler, struct cvl_samples *out,
                                struct cvl_error *err);
void cvl_samples_clear(struct cvl_samples *samples);

#endif
