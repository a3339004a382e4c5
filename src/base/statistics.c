/* Robust statistics of a series of times. */
#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *copy_sorted(const double *values, size_t count)
{
    double *sorted = malloc(count * sizeof *sorted);
    if (sorted) {
        memcpy(sorted, values, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, compare_doubles);
    }
    return sorted;
}

static double quantile(const double *sorted, size_t count, double fraction)
{
    double position = fraction * (double)(count - 1);
    size_t below = (size_t)position;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

static double find_uncertainty(const double *sorted, size_t count, double median)
{
    double middle = 0.5 * (double)count;
    double reach = 0.98 * sqrt((double)count);
    size_t low = middle > reach ? (size_t)(middle - reach) : 0;
    size_t high = (size_t)ceil(middle + reach);
    if (high >= count)
        high = count - 1;
    return median > 0.0 ? 0.5 * (sorted[high] - sorted[low]) / median : 0.0;
}

bool cvl_statistics_compute(const double *values, size_t count, struct cvl_statistics *out)
{
    double *sorted = copy_sorted(values, count);
    if (!sorted)
        return false;
    out->median = quantile(sorted, count, 0.5);
    out->min = sorted[0];
    out->p05 = quantile(sorted, count, 0.05);
    out->p25 = quantile(sorted, count, 0.25);
    out->p95 = quantile(sorted, count, 0.95);
    out->uncertainty = find_uncertainty(sorted, count, out->median);
    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(sorted[i] - out->median);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    out->mad = quantile(sorted, count, 0.5);
    free(sorted);
    return true;
}

/* log(i!) for i up to count */
static double *log_factorials(size_t count)
{
    double *table = malloc((count + 1) * sizeof *table);
    if (table)
        table[0] = 0.0;
    for (size_t i = 1; table && i <= count; i++)
        table[i] = table[i - 1] + log((double)i);
    return table;
}

/* Of n draws, each a success with probability p: the probability of at least k. */
static double at_least(size_t n, size_t k, double p, const double *log_factorial)
{
    double sum = 0.0;
    if (p <= 0.0 || p >= 1.0)
        return p >= 1.0 || k == 0 ? 1.0 : 0.0;
    for (size_t j = k; j <= n; j++) {
        const double term = exp(log_factorial[n] - log_factorial[j] - log_factorial[n - j] +
                                (double)j * log(p) + (double)(n - j) * log1p(-p));
        sum += term;
        if ((double)j > p * (double)n && term < 1e-12)
            break; /* the rest is smaller still */
    }
    return sum;
}

/* The number, from 1, of the first value that a resample's k-th order statistic stays at or below
 * with at least that probability. */
static size_t find_point(size_t n, size_t k, double probability, const double *log_factorial)
{
    size_t low = 1, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (at_least(n, k, (double)middle / (double)n, log_factorial) >= probability)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool cvl_statistics_median_interval(const double *values, size_t count, double *low, double *high)
{
    double *sorted = copy_sorted(values, count);
    double *log_factorial = log_factorials(count);
    const bool computed = sorted && log_factorial;
    if (computed) {
        *low = sorted[find_point(count, (count + 1) / 2, 0.025, log_factorial) - 1];
        *high = sorted[find_point(count, count / 2 + 1, 0.975, log_factorial) - 1];
    }
    free(sorted);
    free(log_factorial);
    return computed;
}

bool cvl_statistics_two_peaks(const double *values, size_t count, double *low, double *high)
{
    size_t min_side = (count + 4) / 5;
    *low = *high = (double)NAN;
    if (count < 10)
        return true;
    double *sorted = copy_sorted(values, count);
    if (!sorted)
        return false;
    size_t cut = 0;
    double widest = 0.0;
    for (size_t i = min_side; i + min_side <= count; i++) {
        double gap = sorted[i] - sorted[i - 1];
        if (gap > widest) {
            widest = gap;
            cut = i;
        }
    }
    if (cut > 0) {
        const double below = quantile(sorted, cut, 0.5);
        const double above = quantile(sorted + cut, count - cut, 0.5);
        double spread_low = quantile(sorted, cut, 0.75) - quantile(sorted, cut, 0.25);
        double spread_high =
            quantile(sorted + cut, count - cut, 0.75) - quantile(sorted + cut, count - cut, 0.25);
        if (above > 1.15 * below && above - below > 4.0 * fmax(spread_low, spread_high)) {
            *low = below;
            *high = above;
        }
    }
    free(sorted);
    return true;
}
