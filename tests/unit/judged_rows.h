/* Results whose rows are made by hand, for the tests of verdicts and answers. */
#ifndef CVL_TESTS_JUDGED_ROWS_H
#define CVL_TESTS_JUDGED_ROWS_H

#include <stdio.h>

#include <convlens/result.h>

#include "hand_made.h"

enum { MAX_ROWS = 16 };

/* Results whose rows are made by hand: MobileNetV1's block 2 unless a test says otherwise. */
struct run {
    struct cvl_row rows[MAX_ROWS];
    struct cvl_results results;
};

/* The peaks, which alone are judged. */
static inline struct cvl_row_computed computed_of(struct cvl_plan *plan)
{
    const struct cvl_plan_bytes bytes = plan_bytes(plan, 128);
    struct cvl_row_computed computed = {.total_bytes = bytes.total};
    memcpy(computed.peak_bytes, bytes.peak, sizeof computed.peak_bytes);
    memcpy(computed.peak_without_weights_bytes, bytes.peak_without_weights,
           sizeof computed.peak_without_weights_bytes);
    return computed;
}

static inline struct cvl_row *add(struct run *run, enum cvl_form form, const char *variant,
                                  struct cvl_plan *plan)
{
    struct cvl_row *row = &run->rows[run->results.row_count++];
    *row = (struct cvl_row){
        .key = {.device = "0:0",
                .layer = "block2",
                .problem = hand_made_problem(form, 64, 112, 128, 56, 3, 2)},
        .status = CVL_ROW_OK,
        .has_computed = true,
        .computed = computed_of(plan),
    };
    (void)snprintf(row->key.variant, sizeof row->key.variant, "%s", variant);
    run->results.rows = run->rows;
    return row;
}

static inline struct cvl_row *add_single(struct run *run, enum cvl_form form, const char *variant)
{
    uint64_t weights = form == CVL_STANDARD ? 294912 : 35072;
    struct cvl_plan plan = hand_made_single(3211264, 1605632, weights);
    return add(run, form, variant, &plan);
}

static inline struct cvl_row *add_unfused(struct run *run)
{
    struct cvl_plan plan = hand_made_double(3211264, CVL_INTERMEDIATE, 802816, 1605632, 35072);
    return add(run, CVL_SEPARABLE, "sep_unfused", &plan);
}

static inline struct cvl_row *add_im2col(struct run *run)
{
    struct cvl_plan plan = hand_made_double(3211264, CVL_WORKSPACE, 7225344, 1605632, 294912);
    return add(run, CVL_STANDARD, "im2col_gemm", &plan);
}

static inline void time_row(struct cvl_row *row, double median_s)
{
    row->has_time = true;
    row->time.median_s = median_s;
}

/* What was counted is what was computed, and `library` bytes that a library took on top. */
static inline void count_row(struct cvl_row *row, uint64_t library)
{
    row->has_counted = true;
    row->counted.library_bytes = library;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        row->counted.own_peak_bytes[policy] = row->computed.peak_bytes[policy];
        row->counted.peak_bytes[policy] = row->computed.peak_bytes[policy] + library;
    }
}

/* direct, im2col_gemm, sep_unfused, sep_fused; timed and counted. */
static inline void add_block2(struct run *run)
{
    time_row(add_single(run, CVL_STANDARD, "direct"), 1.9e-3);
    time_row(add_im2col(run), 3.8e-3);
    time_row(add_unfused(run), 1.0e-3);
    time_row(add_single(run, CVL_SEPARABLE, "sep_fused"), 1.25e-3);
    for (size_t i = 0; i < run->results.row_count; i++)
        count_row(&run->rows[i], 0);
}

#endif
