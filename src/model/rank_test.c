/* The rank test of Mann and Whitney. */
#include <convlens/compare.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
    double value;
    bool is_first; /* of the first side */
};

static int compare_ranked(const void *left, const void *right)
{
    const double a = ((const struct ranked *)left)->value;
    const double b = ((const struct ranked *)right)->value;
    return (a > b) - (a < b);
}

/* Adds up the ranks of the first side in sorted values. Tied ones share the mean of their ranks;
 * `ties` receives the sum of t^3 - t over the groups of t tied values. */
static double sum_ranks(const struct ranked *values, size_t count, double *ties)
{
    double sum = 0.0;
    *ties = 0.0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && !(values[end].value > values[i].value);)
            end++;
        const double tied = (double)(end - i);
        const double rank = 0.5 * (double)(i + 1 + end); /* ranks i + 1 to end */
        for (size_t k = i; k < end; k++)
            sum += values[k].is_first ? rank : 0.0;
        *ties += tied * (tied * tied - 1.0);
    }
    return sum;
}

enum cvl_status cvl_rank_test(const double *a, size_t a_count, const double *b, size_t b_count,
                              struct cvl_rank_test *out, struct cvl_error *err)
{
    assert(a_count > 0 && b_count > 0);
    const double m = (double)a_count, n = (double)b_count, all = m + n;
    struct ranked *values = malloc((a_count + b_count) * sizeof *values);
    if (!values)
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to rank %zu times",
                        a_count + b_count);
    for (size_t i = 0; i < a_count; i++)
        values[i] = (struct ranked){a[i], true};
    for (size_t i = 0; i < b_count; i++)
        values[a_count + i] = (struct ranked){b[i], false};
    qsort(values, a_count + b_count, sizeof *values, compare_ranked);
    double ties;
    const double ranks = sum_ranks(values, a_count + b_count, &ties);
    free(values);
    out->u = ranks - 0.5 * m * (m + 1.0);
    const double variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    const double distance = fmax(0.0, fabs(out->u - 0.5 * m * n) - 0.5);
    out->z = variance > 0.0 ? distance / sqrt(variance) : 0.0;
    out->p_value = erfc(out->z / sqrt(2.0));
    return CVL_OK;
}
