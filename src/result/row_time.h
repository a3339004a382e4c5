/* The times of a row, made of the rounds of samples that it has. */
#ifndef CVL_RESULT_ROW_TIME_H
#define CVL_RESULT_ROW_TIME_H

#include <convlens/result.h>

enum {
    CVL_ROUNDS = 10,      /* of a row, spread over the run */
    CVL_ROUNDS_ENOUGH = 7 /* so many undisturbed ones do without the disturbed ones */
};

/* Computes `time` from `rounds`, `samples_s` and `time.clock`: the median is that of the rounds'
 * medians, the other quantiles are those of all samples. Leaves disturbed rounds out, their samples
 * too, where enough others remain. The rates of the row follow.
 * The interval is where the median of another run is expected in 95 of 100 runs: the bootstrap
 * interval of the median of the rounds' medians, of which each is one draw, since samples of a
 * round are not independent; times the square root of 2 about the median, as the other run's median
 * varies as much as this one's. With fewer than four rounds it spans the rounds' medians and the
 * bootstrap interval of the samples.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_row_note_time(struct cvl_row *row, struct cvl_error *err);

/* Adds what another row, timed later, has in its first round: `further` is of the same case, and
 * its samples are of the same clock. @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_row_add_round(struct cvl_row *row, const struct cvl_row *further,
                                  struct cvl_error *err);

/* The share of a time of the row that the speed of the memory decides, at most: what the row has to
 * read and write, counted twice, since kernels read some of it again. 1: not known. */
double cvl_row_memory_share(const struct cvl_row *row, double bytes_per_s, double time_s);

#endif
