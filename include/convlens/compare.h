/** Two sets of results compared, row by row: what needs more or less memory, what takes more or
 * less time, what is new, gone, failed or fixed. Pure functions.
 *
 *  Which rows belong together
 *    Rows of equal keys (convlens/key.h); the name that a problem carries, which has the sweep's
 *    name in it, does not count. The device counts only if the two sides have a device in common
 *    and one of them has several devices: a baseline from one machine serves another.
 *    If no such row is left, the row of the same layer, layout, type, passes, variant, form and
 *    batch belongs to it, provided that it is the only one on either side. Its problem has changed,
 *    and the comparison says so.
 *
 *  Bytes
 *    Peaks under each policy, and the most that is live while weights are loaded, are compared
 *    exactly: one byte more is MORE MEMORY. Peaks are the counted ones where both rows have them,
 *    else the computed ones.
 *
 *  Times
 *    Noise is additive and never negative: another process, an interrupt or a cold cache only adds
 *    time. So low quantiles are the stable ones (Chen and Revels: Robust benchmarking in noisy
 *    environments, 2016). Samples of one row follow each other closely and are not independent,
 *    which is why a rank test alone finds too many changes. A row is SLOWER only if all of these
 *    hold, and FASTER if they hold with the sides exchanged:
 *      1. the median grew by more than the min change,
 *      2. so did the lower quartile,
 *      3. so did the 5th percentile,
 *      4. the second's 5th percentile is above the first's median: what is left of the noise in the
 *         best samples of the slower side is less than the change,
 *      5. the rank test's p is below the limit: of the medians of the rows' rounds; of the samples
 *         where a row has no rounds, as those of earlier versions,
 *      6. both rows have raw samples, CVL_COMPARE_MIN_SAMPLES or more, and CVL_COMPARE_MIN_ROUNDS
 *         where both have rounds, by the same clock,
 *      7. neither row has a doubt that its time was disturbed: any but those of uncertainty, of two
 *         peaks, of few samples and of launch overhead, and, where 8 judges it, of the device's
 * speed,
 *      8. the change is larger than the min change by more than what the speed of the device
 *         explains, where both rows have reference kernels beside their samples: what one of them
 *         became slower by, if that is more than CVL_COMPARE_MAX_SPEED_CHANGE (arithmetic),
 *         CVL_COMPARE_MAX_MEMORY_CHANGE (memory) or CVL_COMPARE_MAX_PASSING_CHANGE (passing data
 *         on), times the share of the row's time that it decides. That is all of it for
 *         arithmetic; else the time to read and write the row's least bytes twice. Passing data
 *         on explains any change of a row of several stages: some pass on much more than the
 *         reference does.
 * If 1, 2 and 3 all fail in both directions, the times are the same,
 * whatever the rank test says. Everything else is UNSURE. */
#ifndef CONVLENS_COMPARE_H
#define CONVLENS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Each outcome once; append only. EACH(ID, name, title, word, summary, ...)
 *    name   in JSON
 *    title  in tables
 *    word   of --fail-on; "" where nothing can fail on it */
#define CVL_OUTCOME_LIST(EACH, ...)                                                                \
    EACH(SAME, same, "SAME", "", "nothing of what is compared has changed", __VA_ARGS__)           \
    EACH(FASTER, faster, "FASTER", "", "takes less time, by all of the conditions", __VA_ARGS__)   \
    EACH(SLOWER, slower, "SLOWER", "time", "takes more time, by all of the conditions",            \
         __VA_ARGS__)                                                                              \
    EACH(UNSURE, unsure, "UNSURE", "unsure", "the time may have changed", __VA_ARGS__)             \
    EACH(MORE_MEMORY, more_memory, "MORE MEMORY", "memory", "needs more bytes", __VA_ARGS__)       \
    EACH(LESS_MEMORY, less_memory, "LESS MEMORY", "", "needs fewer bytes", __VA_ARGS__)            \
    EACH(NEW, new, "NEW", "new", "has figures only in the second", __VA_ARGS__)                    \
    EACH(GONE, gone, "GONE", "gone", "has figures only in the first", __VA_ARGS__)                 \
    EACH(FAILED, failed, "FAILED", "failed", "failed, and did not before", __VA_ARGS__)            \
    EACH(FIXED, fixed, "FIXED", "", "failed before, and does not any more", __VA_ARGS__)

/** CVL_OUTCOME_SAME, …; CVL_OUTCOME_COUNT */
enum cvl_outcome {
#define CVL_OUTCOME_ID(ID, ...) CVL_OUTCOME_##ID,
    CVL_OUTCOME_LIST(CVL_OUTCOME_ID, )
#undef CVL_OUTCOME_ID
        CVL_OUTCOME_COUNT
};

#define CVL_OUTCOME_BIT(ID) (1U << CVL_OUTCOME_##ID)

CVL_API const char *cvl_outcome_name(enum cvl_outcome outcome);  /* "more_memory" */
CVL_API const char *cvl_outcome_title(enum cvl_outcome outcome); /* "MORE MEMORY" */

struct cvl_compare_rules {
    double min_change;   /* of a time: 0.05 is 5 % */
    double max_p_value;  /* p must be below */
    unsigned fail_on;    /* bits of the outcomes that are failures */
    uint64_t fail_bytes; /* MORE MEMORY is a failure from so many bytes more on */
    double fail_change;  /* SLOWER is a failure from a median so much longer on */
};

/** 5 %, p below 0.01, failures are MORE MEMORY (one byte) and FAILED. */
CVL_API struct cvl_compare_rules cvl_compare_rules_default(void);

/** Reads what is a failure, in place of what the rules have: words separated by commas, of
 *  memory, memory:SIZE (64KiB), failed, time, time:PERCENT% (10%), unsure, new and gone; or none
 *  alone.
 *  @return CVL_OK, or CVL_BAD_INPUT with the word, what was expected and what may have been meant
 */
CVL_API enum cvl_status cvl_fail_on_parse(const char *text, struct cvl_compare_rules *rules,
                                          struct cvl_error *err);

/** Writes what is a failure as cvl_fail_on_parse reads it: "memory,failed", "none". */
CVL_API void cvl_fail_on_print(const struct cvl_compare_rules *rules, char *text, size_t size);

/** The rank test of Mann and Whitney (On a test of whether one of two random variables is
 *  stochastically larger than the other, Ann. Math. Statist. 18(1), 1947, 50-60), two-sided, by the
 *  normal approximation with the corrections for ties and for continuity (Lehmann: Nonparametrics,
 *  1975, section 1.3). Mann and Whitney call the approximation good from 8 values on each side
 *  on. */
struct cvl_rank_test {
    double u;       /* of the first side: pairs in which its value is larger; ties count half */
    double z;       /* how many standard deviations u is from its mean, never negative */
    double p_value; /* probability of a u as far from its mean if nothing differs */
};

enum { CVL_COMPARE_MIN_SAMPLES = 8, CVL_COMPARE_MIN_ROUNDS = 6 };
/** Of the rates of the reference kernels beside the samples: smaller changes are their noise. */
#define CVL_COMPARE_MAX_SPEED_CHANGE   0.05
#define CVL_COMPARE_MAX_MEMORY_CHANGE  0.10
#define CVL_COMPARE_MAX_PASSING_CHANGE 0.15

/** @param a, b finite values, at least one each
 *  @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_rank_test(const double *a, size_t a_count, const double *b,
                                      size_t b_count, struct cvl_rank_test *out,
                                      struct cvl_error *err);

/** A figure of bytes that differs. */
struct cvl_byte_change {
    const char *name; /* a policy's, or "loading": while weights are loaded */
    uint64_t before, after;
};

enum { CVL_BYTE_CHANGES = CVL_POLICY_COUNT + 1 };

/** Times of two rows. Changes are after / before - 1: 0.1 is 10 % longer. */
struct cvl_time_change {
    double before_s, after_s;     /* medians; NAN: not compared */
    double median, quartile, p05; /* changes; NAN: unknown */
    double p_value;               /* NAN: there are no samples to test */
};

/** Two rows that belong together, or one that is alone. */
struct cvl_difference {
    const struct cvl_row *before, *after; /* NULL: there is none */
    unsigned outcomes;                    /* bits: CVL_OUTCOME_BIT */
    unsigned failures;                    /* those of them that are failures by the rules */
    const char *source;                   /* of the peaks: "counted" or "computed"; NULL: none */
    struct cvl_byte_change bytes[CVL_BYTE_CHANGES];
    size_t byte_count;
    struct cvl_time_change time;
    bool problem_changed; /* the layer has another problem now */
    char
        reason[CVL_REASON_BYTES + 128]; /* why UNSURE, FAILED, FIXED, GONE; empty: nothing to say */
};

struct cvl_comparison {
    struct cvl_compare_rules rules;
    struct cvl_difference *items; /* owned: in the order of the second, then what is gone */
    size_t count;
    size_t pair_count; /* rows that both have */
    size_t failures;   /* items with a failure */
    size_t counts[CVL_OUTCOME_COUNT];
};

/** Compares all rows but those that both sides refuse (unsupported or skipped) or lack. The results
 * must outlive the comparison.
 *  @return CVL_OK or CVL_NO_MEMORY; clear in either case */
CVL_API enum cvl_status cvl_compare(const struct cvl_results *before,
                                    const struct cvl_results *after,
                                    const struct cvl_compare_rules *rules,
                                    struct cvl_comparison *out, struct cvl_error *err);
CVL_API void cvl_comparison_clear(struct cvl_comparison *comparison);

#ifdef __cplusplus
}
#endif

#endif
