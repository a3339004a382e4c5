/* Robust statistics of a series of times. Pure functions; the input order does not matter. */
#ifndef CVL_RUN_STATISTICS_H
#define CVL_RUN_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_statistics {
    double median, min, p05, p95;
    double mad; /* median absolute deviation from the median, not scaled */
};

/* Figures of `count` >= 1 finite values. false: out of memory. Quantiles interpolate linearly
 * between order statistics (Hyndman and Fan 1996, type 7). */
bool cvl_statistics_compute(const double *values, size_t count, struct cvl_statistics *out);

/* Half the width of a 95 % confidence interval of the median over the median, for roughly normal
 * noise: 1.96 * 1.2533 * 1.4826 MAD / sqrt(n) / median. */
double cvl_statistics_uncertainty(const struct cvl_statistics *statistics, size_t count);

/* Do the values fall into two groups? Sorted and cut at the widest relative gap between neighbours:
 * each side must hold a fifth of the values, and the medians of the sides lie apart by more than 15
 * % and by more than four times the wider side's spread. On true, *low and *high are the medians.
 */
bool cvl_statistics_two_peaks(const double *values, size_t count, double *low, double *high);

#endif
