/** Answers: does the separable form of a layer or a network need more device memory than the
 * standard form, and is it faster? Pure functions over results. */
#ifndef CONVLENS_ANSWER_H
#define CONVLENS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/result.h>
#include <convlens/variant.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A difference below 1 % of the standard form's peak reads "same". */
enum cvl_bytes_answer { CVL_BYTES_SAME, CVL_BYTES_MORE, CVL_BYTES_LESS, CVL_BYTES_ANSWER_COUNT };

/** From this load on (row.time.load; see CVL_LOAD_IN_DOUBT) no answer about a time is given but
 *  "unclear". */
#define CVL_LOAD_NO_ANSWER 0.25

enum cvl_time_answer {
    CVL_TIME_UNCLEAR,
    CVL_TIME_SAME,
    CVL_TIME_FASTER,
    CVL_TIME_SLOWER,
    CVL_TIME_ANSWER_COUNT
};

CVL_API const char *cvl_bytes_answer_name(enum cvl_bytes_answer answer); /* "same", … */
CVL_API const char *cvl_time_answer_name(enum cvl_time_answer answer);   /* "unclear", … */

/** How much faster a row is than another one: the other's time over its own, so that above 1 it is
 *  faster. `low` and `high` come from the two intervals of the medians: the 95 % bootstrap interval
 *  of the raw samples (base/statistics.h). Where a row's time is in doubt its interval reaches at
 *  least from the 5th to the 95th percentile.
 *
 *  The answer is "faster" where low > 1 and the ratio is at least 1.1; "slower" where high < 1 and
 *  the ratio is at most 1 / 1.1; "same" where the ratio lies between these and the interval between
 *  1 / 1.2 and 1.2; else "unclear". Where other programs used CVL_LOAD_NO_ANSWER or more
 *  of the device while one of the rows was timed, the interval does not have what they cost: it
 *  reaches from 0 to infinity then, and the answer is "unclear". */
struct cvl_time_ratio {
    double ratio, low, high;
    enum cvl_time_answer answer;
};

/** @param found receives whether both are timed, by the same clock; else *out is not set
 *  @return CVL_OK, CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_time_ratio_find(const struct cvl_row *standard,
                                            const struct cvl_row *row, struct cvl_time_ratio *out,
                                            bool *found, struct cvl_error *err);

/** The same where the row runs several times in a row for what the standard one does once. */
CVL_API enum cvl_status cvl_time_ratio_find_repeated(const struct cvl_row *standard,
                                                     const struct cvl_row *row, uint32_t executions,
                                                     struct cvl_time_ratio *out, bool *found,
                                                     struct cvl_error *err);

/** One separable or inverted variant beside the standard form, under one policy. */
struct cvl_answer_form {
    const struct cvl_row *row;
    enum cvl_kind kind;
    bool is_usual; /* of its kind the fastest; the first where the ordering is not known */
    uint64_t peak_bytes, peak_without_weights_bytes;
    int64_t difference_bytes, difference_without_weights_bytes; /* minus the standard's */
    double difference_percent;                                  /* of the standard's peak */
    enum cvl_bytes_answer answer;
    bool has_time; /* time is valid */
    struct cvl_time_ratio time;
};

enum { CVL_ANSWER_SENTENCE_BYTES = 512 };

/** One layer or network on one device, in one layout, type and passes, under one policy. */
struct cvl_answer {
    const struct cvl_row
        *standard; /* the fastest correct variant of the standard form; `direct`, or
                      else the first, where none is timed. Where the results have no
                      standard form: the first inverted row of the problem */
    enum cvl_policy policy;
    const char *source; /* of all its bytes: "counted", or "computed" if one row was not counted */
    uint64_t standard_bytes, standard_without_weights_bytes;
    const struct cvl_answer_form *forms;    /* in the order of the results */
    size_t form_count;                      /* at least 1 */
    const struct cvl_answer_form *usual;    /* one kernel after the other, or the first usual one */
    const struct cvl_row_stage *peak_stage; /* of `usual`; NULL where all buffers are kept */
    char sentence[CVL_ANSWER_SENTENCE_BYTES];
};

struct cvl_answers {
    struct cvl_answer *items; /* those of one subject follow each other, in the order of policies */
    size_t count;
    struct cvl_answer_form *forms; /* what the items point into */
};

/** Answers for every layer and network of the results that has both forms. The results must outlive
 *  the answers. @return CVL_OK or CVL_NO_MEMORY; clear in either case */
CVL_API enum cvl_status cvl_answers_create(const struct cvl_results *results,
                                           struct cvl_answers *out, struct cvl_error *err);
CVL_API void cvl_answers_clear(struct cvl_answers *answers);

/** How many of the items from `first` on are of the same subject. */
CVL_API size_t cvl_answers_of_subject(const struct cvl_answers *answers, size_t first);

#ifdef __cplusplus
}
#endif

#endif
