/** Closed forms and verdicts: pure functions over problems and results. */
#ifndef CONVLENS_MODEL_H
#define CONVLENS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/problem.h>
#include <convlens/result.h>
#include <convlens/sweep.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Tensor bytes of a layer, from which every closed form is built. A = input, T = depthwise output,
 *  O = output; unpadded weights. */
struct cvl_model_bytes {
    uint64_t a, t, o;
    uint64_t weights_standard, weights_separable;
    uint64_t im2col; /* patch matrix of one image */
};

/** `problem` is the standard or the separable form of the layer; both give the same figures. */
CVL_API struct cvl_model_bytes cvl_model_bytes(const struct cvl_problem *problem,
                                               enum cvl_dtype dtype);

/** Peaks of the two forms from the closed forms: standard A + O; unfused separable A + T + O with
 *  all live or with the input pinned, max(A + T, T + O) freed. im2col adds its matrix to the
 *  standard form. */
CVL_API uint64_t cvl_model_standard_peak(const struct cvl_model_bytes *bytes,
                                         enum cvl_policy policy, bool im2col, bool weights);
CVL_API uint64_t cvl_model_separable_peak(const struct cvl_model_bytes *bytes,
                                          enum cvl_policy policy, bool weights);

/** Peak of an inverted problem, unfused and computed step by step. With E = expanded input, it is A
 *  + E + T + O with all live, and max(A + E, E + T, T + O) freed. With the input pinned, or a
 *  residual, which keeps the input, it is A + max(E + T, T + O). Policy arena counts as freed.
 *  Unpadded weights. */
CVL_API uint64_t cvl_model_inverted_peak(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                         enum cvl_policy policy, bool weights);

/** The condition under which the unfused separable form needs more than the standard one, in terms
 *  of dimensions only; it agrees with the peaks above. Policy arena counts as freed. */
CVL_API bool cvl_model_separable_needs_more(const struct cvl_problem *problem,
                                            enum cvl_policy policy, bool im2col, bool weights);

/** What training a network keeps, in addition to its input and what is temporary within a step. */
struct cvl_training_bytes {
    uint64_t saved_bytes;   /* per image: activations kept for the backward pass */
    uint64_t weights_bytes; /* of the convolutions, without biases and those of the normalisation */
    uint64_t gradients_bytes; /* as many as the weights */
    uint64_t optimizer_bytes; /* copies of the weights: cvl_optimizer_copies */
};

/** Computes the bytes of the network whose layers are the sweep's. Each layer is in `form` if the
 *  sweep has it in that form, else in the first form that it has, and occurs as often as its count
 *  says. Each convolution of a layer (a separable one has two) saves as many tensors of its
 *  output's size as the layer's `saves` says. A list of batches counts once: the figures are for
 *  one image.
 *  @return false if a figure exceeds 64 bits */
CVL_API bool cvl_training_bytes(const struct cvl_sweep *sweep, enum cvl_form form,
                                enum cvl_dtype dtype, enum cvl_optimizer optimizer,
                                struct cvl_training_bytes *out);

/** The total for a batch of images. @return false if it exceeds 64 bits */
CVL_API bool cvl_training_total(const struct cvl_training_bytes *bytes, uint64_t batch,
                                uint64_t *out);

/** The smallest batch for which a network needs more than its twin; 0: there is none. */
CVL_API uint64_t cvl_training_border(const struct cvl_training_bytes *bytes,
                                     const struct cvl_training_bytes *twin);

/** The roofline model (Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009): no kernel does
 *  more operations per second than min(peak rate, intensity x bandwidth), where intensity is
 *  operations per byte that must cross the memory.
 *
 *  The peak rate is that of f32 multiply-adds for both types, since kernels compute in float
 *  however the data is stored; the bandwidth is the highest of read, write and copy. */
struct cvl_roof {
    double flops_per_s; /* the lower roof at that intensity */
    bool memory_bound;  /* the lower roof is the memory's */
};

/** @return false if the device's peaks are unknown, or there is no work */
CVL_API bool cvl_roof_find(const struct cvl_device_peaks *peaks, uint64_t flops, uint64_t bytes_min,
                           struct cvl_roof *out);

/** The part of `time`'s median that launches take, estimated from an empty kernel: by the event
 *  clock, the gaps between the stages; by the host clock, a launch, its wait, and a gap for each
 *  further stage.
 *  @return NAN if unknown; at most 1 */
CVL_API double cvl_launch_fraction(const struct cvl_device_peaks *peaks,
                                   const struct cvl_row_time *time, size_t stage_count);

/** Is a timed row faster than its device's measured peak rate of arithmetic, by more than 10 % and
 *  by more than its algorithm explains? Operations that Winograd saves and taps in the padding are
 *  left out; of a network 20 % are, since its problems are not known here. The peak is too low
 *  then. false where either is unknown. */
CVL_API bool cvl_row_beats_peak(const struct cvl_row *row, const struct cvl_device_peaks *peaks);

/** What to keep of two measurements of a device. One without figures gives way to one with figures.
 *  A later one without a doubt replaces what was kept. Of one in doubt those rates are taken that
 *  are more than 5 % above the others (load only lowers a rate, so that what was reached can be
 *  reached); of two in doubt, the higher ones.
 *  @param kept peaks of no time where nothing was kept
 *  @return whether *out differs from what was kept */
CVL_API bool cvl_peaks_merge(const struct cvl_device_peaks *kept,
                             const struct cvl_device_peaks *later, struct cvl_device_peaks *out);

/** Fills in bound, fraction_of_peak and launch_fraction of a timed row from its device's peaks, and
 *  adds a doubt to its time if launches take a fifth of it or more, or if it beats the peak
 *  (cvl_row_beats_peak). Keeps figures that are already filled in.
 *
 *  fraction_of_peak = (flops / median) / roof, not clamped. It is above 1 if the data stays in a
 *  cache, which is faster than memory, or if an algorithm needs fewer operations than flops counts
 *  (Winograd). */
CVL_API void cvl_row_judge(struct cvl_row *row, const struct cvl_device_peaks *peaks);

/** Bytes of a row, or of one of its stages, from all three sources. */
struct cvl_reconciled {
    uint64_t computed_bytes, counted_bytes, measured_bytes; /* CVL_ABSENT: unknown */
    uint64_t resident_bytes;   /* of the buffers alone; CVL_ABSENT: no probe reports it */
    bool has_rest;             /* the following fields are valid */
    int64_t rest_bytes;        /* measured minus counted */
    int64_t unexplained_bytes; /* the rest minus the parts that `reason` names */
    bool is_marked;            /* unexplained is above both 5 % of counted and 1 MiB */
    char reason[240]; /* "page rounding 12.0 KiB, heaps 64.0 KiB"; empty: nothing is known */
};

/** Compares a row's peaks under one policy. The rest may consist of these parts:
 *  - page rounding: resident pages of the buffers minus the requested bytes; without a probe for
 *    resident pages, what the allocations lose to pages of the probe's resolution;
 *  - lazy pages: the same when negative: requested, but never touched;
 *  - heaps: what is still in use when everything is released: the driver's and the program's own;
 *  - released late: in use when the policy began, beside the weights, and gone at the end (only for
 *    a peak);
 *  - held before: resident buffers for which the process did not grow.
 *  If the probe has a note, such as other programs' use, the reason ends with it. */
CVL_API void cvl_reconcile(const struct cvl_row *row, enum cvl_policy policy,
                           struct cvl_reconciled *out);
/** The same at the end of a stage, under `freed`. */
CVL_API void cvl_reconcile_stage(const struct cvl_row *row, size_t stage,
                                 struct cvl_reconciled *out);
/** Is the row marked under none of the four policies? */
CVL_API bool cvl_row_is_reconciled(const struct cvl_row *row);

/** One separable or inverted variant compared with one standard variant: same layer, device,
 *  layout, type and policy. If an inverted problem has no standard row, each of its variants is
 *  compared with the first one in the results (inv_unfused). */
struct cvl_verdict {
    const struct cvl_row *row;
    const struct cvl_row *baseline;
    enum cvl_policy policy;
    uint64_t bytes, baseline_bytes; /* counted peaks if both are counted, else computed */
    uint64_t bytes_without_weights, baseline_bytes_without_weights;
    const char *source; /* "counted" or "computed" */
    double bytes_ratio; /* bytes / baseline_bytes */
    double time_ratio;  /* baseline median / median: above 1, the row is faster; NAN: not timed */
    bool best_baseline; /* the fastest baseline (the smallest if none is timed) */
    char sentence[512];
};

/** Compares all pairs; the rows must outlive the verdicts. The caller frees *out with free. */
CVL_API enum cvl_status cvl_verdicts_create(const struct cvl_results *results,
                                            struct cvl_verdict **out, size_t *count,
                                            struct cvl_error *err);

/** The rules for choosing a variant for a layer. */
struct cvl_choice_rules {
    enum cvl_policy policy; /* whose peaks count, weights included */
    uint64_t limit_bytes;   /* max bytes of a choice; 0: no limit */
    double within;          /* how much slower than the fastest the smallest may be: 0.1 is 10 % */
};

/** A timed row of status ok. */
struct cvl_contender {
    const struct cvl_row *row;
    uint64_t bytes;      /* its peak under the policy */
    uint64_t load_bytes; /* its peak while weights are loaded, computed; CVL_ABSENT: unknown */
    double time_s;       /* its median */
    bool is_pareto;      /* no other is both at least as fast and at least as small */
    bool keeps_limit;    /* with both peaks */
};

/** The choice for one layer (geometry, layout, type) or network on one device; its forms compete.
 */
struct cvl_choice {
    struct cvl_contender *contenders; /* fastest first */
    size_t count;                     /* at least 1 */
    const struct cvl_row *first; /* first in the results; gives layer, device, layout and type */
    const char *source;   /* of the bytes: "counted", or "computed" if one of them is not counted */
    enum cvl_clock clock; /* of the times: the host clock if the rows used different ones */
    const struct cvl_contender *fastest;  /* within the limit; NULL: none is */
    const struct cvl_contender *smallest; /* within the limit and nearly as fast */
};

struct cvl_choices {
    struct cvl_choice_rules rules; /* by which they were made */
    struct cvl_choice *items;      /* in the order of the results */
    size_t count;
    struct cvl_contender *contenders; /* what the items point into */
};

/** Makes a choice for every layer and network that has a timed row. The results must outlive the
 * choices.
 *  @return CVL_OK or CVL_NO_MEMORY; clear in either case */
CVL_API enum cvl_status cvl_choices_create(const struct cvl_results *results,
                                           const struct cvl_choice_rules *rules,
                                           struct cvl_choices *out, struct cvl_error *err);
CVL_API void cvl_choices_clear(struct cvl_choices *choices);

#ifdef __cplusplus
}
#endif

#endif
