/* Robust statistics of a series of times. Pure functions; the order of the input does not
 * matter. */
#ifndef CVL_BASE_STATISTICS_H
#define CVL_BASE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_statistics {
    double median, min, p05, p25, p95;
    double mad;         /* median absolute deviation from the median, not scaled */
    double uncertainty; /* half the width of a 95 % confidence interval of the median, divided by
                           the median */
};

/* Computes the statistics of `count` >= 1 finite values. Returns false if memory runs out.
 * Quantiles interpolate linearly between order statistics (Hyndman and Fan 1996, type 7). The
 * interval is the distribution-free one between order statistics n/2 -+ 0.98 sqrt(n) (Conover,
 * Practical Nonparametric Statistics), or the whole range if there are few values. */
bool cvl_statistics_compute(const double *values, size_t count, struct cvl_statistics *out);

/* A 95 % confidence interval of the median: the 2.5 % and 97.5 % points of the median's bootstrap
 * distribution, which is computed in closed form instead of by resampling: a resample's k-th order
 * statistic is at most the j-th value where at least k of n draws, each with probability j/n, are
 * (Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1), 1979). With
 * an even count the lower middle value gives the low end and the upper one the high end. Returns
 * false if memory runs out. */
bool cvl_statistics_median_interval(const double *values, size_t count, double *low, double *high);

/* Do the values, at least ten, fall into two groups? They are sorted and cut at the widest gap that
 * leaves a fifth of them on each side. The medians of the sides must differ by more than 15 % and
 * by more than four times the larger interquartile range of the two. If so, *low and *high are the
 * medians, else NAN. Returns false if memory runs out. */
bool cvl_statistics_two_peaks(const double *values, size_t count, double *low, double *high);

#endif
