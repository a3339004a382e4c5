/** One result: device x problem x layout x data type x variant, with a status and, where it is ok,
 *  its figures.
 *
 *  A figure that was not obtained is absent: NAN for a double, CVL_ABSENT for an integer, an empty
 *  text; never 0. */
#ifndef CONVLENS_RESULT_H
#define CONVLENS_RESULT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/device.h>
#include <convlens/network.h>
#include <convlens/plan.h>
#include <convlens/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CVL_ABSENT UINT64_MAX

enum cvl_row_status {
    CVL_ROW_OK,
    CVL_ROW_UNSUPPORTED,
    CVL_ROW_SKIPPED,
    CVL_ROW_OUT_OF_MEMORY,
    CVL_ROW_WRONG_ANSWER,
    CVL_ROW_BUILD_FAILED,
    CVL_ROW_TIMEOUT,
    CVL_ROW_CRASHED,
    CVL_ROW_FAILED,
    CVL_ROW_STATUS_COUNT
};

enum cvl_clock { CVL_CLOCK_EVENT, CVL_CLOCK_HOST, CVL_CLOCK_COUNT };

/** Where a row's tile parameters come from. */
enum cvl_tuning_source {
    CVL_TUNING_DEFAULT,  /* the defaults of the device's class */
    CVL_TUNING_DATABASE, /* at least one from the tuning database */
    CVL_TUNING_GIVEN,    /* at least one asked for on the command line */
    CVL_TUNING_SOURCE_COUNT
};

enum { CVL_REASON_BYTES = 512, CVL_VARIANT_NAME_BYTES = 32 };

/** Seconds of one execution of the plan, load stages left out. The statistics are those of `clock`.
 */
struct cvl_row_time {
    enum cvl_clock clock;
    double median_s, min_s, p05_s, p95_s, mad_s; /* mad: median absolute deviation */
    double host_median_s;                        /* the same samples by the host clock */
    uint32_t samples, warmup;
    char doubt[CVL_REASON_BYTES]; /* why the figures may mislead; empty: nothing found */
};

/** Bytes counted from the OpenCL calls that really happened. */
struct cvl_row_counted {
    uint64_t
        peak_bytes[CVL_POLICY_COUNT]; /* everything, hidden allocations of libraries included */
    uint64_t own_peak_bytes[CVL_POLICY_COUNT]; /* the plan's own buffers: equal to computed, or the
                                                  row failed */
    uint64_t library_bytes; /* most bytes a library held at once, over all policies */
    uint64_t allocations;   /* memory objects made during the four passes */
    uint64_t leaked_bytes;  /* still there at the end */
};

/** Bytes that the driver or the operating system says are in use. */
struct cvl_row_measured {
    char source[48];               /* "host_rss"; empty: no probe answered */
    char scope[16];                /* "process", "device" (everybody's), "buffers" (ours alone) */
    char reason[CVL_REASON_BYTES]; /* why there is none */
    uint64_t resolution_bytes;
    uint64_t peak_bytes[CVL_POLICY_COUNT]; /* over the level before the pass */
    uint64_t kept_bytes;   /* over that level when all was released: what the driver keeps */
    uint64_t others_bytes; /* most that other processes held of the device */
    bool is_part;          /* explains other figures; is never `measured` */
    char note[160];        /* what makes the figure doubtful, other programs' use; or empty */
    uint64_t begin_bytes[CVL_POLICY_COUNT]; /* over that level when the policy began: weights, and
                                               what the driver had not let go of */
};

struct cvl_row_stage {
    char name[24];
    char kind[16];
    double time_s;
    uint64_t flops, bytes_moved;
    uint64_t live_bytes; /* counted, policy freed: at the stage's end, before releases */
    uint64_t peak_bytes; /* counted, policy freed: most during the stage */
    char note[80];       /* what a person should know of it: how often weights are read; or empty */
    uint64_t computed_bytes; /* policy freed: live by the plan, weights included */
    uint64_t measured_bytes; /* policy freed: at the stage's end, by the row's `measured` probe */
    uint64_t resident_bytes; /* the same of the buffers alone, where a probe can tell */
    uint64_t program_bytes;  /* the driver's binary of the program that holds the kernel */
    uint64_t private_bytes;  /* of one work-item of the kernel */
    uint64_t local_bytes;    /* of one work-group of the kernel */
};

/* Memory beyond buffers: what the driver says of the plan's own kernels, load stages included. */
struct cvl_row_kernels {
    uint64_t program_bytes; /* binaries of all programs, each counted once */
    uint64_t private_bytes; /* most of one work-item */
    uint64_t local_bytes;   /* most of one work-group */
};

struct cvl_row_check {
    double max_abs_err, max_rel_err, tolerance;
    bool passed;
};

struct cvl_row_roofline {
    uint64_t flops, bytes_min;
    double gflops, gbps;
    char bound[16];          /* "compute" or "memory"; empty while the device's peaks are unknown */
    double fraction_of_peak; /* of the lower roof; above 1 out of a cache, or with Winograd */
    double launch_fraction;  /* part of the median that is launch overhead */
};

/** One event of the allocation timeline. */
struct cvl_row_allocation {
    enum cvl_policy policy;
    uint32_t stage;
    char event[12]; /* "create", "release", "destroy" */
    char owner[12]; /* "own" or "library" */
    char name[24];  /* the plan's buffer, or empty */
    uint64_t bytes;
    uint64_t live_bytes; /* after the event */
    double time_s;       /* since the pass began */
};

struct cvl_row {
    char device[24];
    char layer[CVL_LAYER_NAME_BYTES];
    uint32_t layer_count;
    struct cvl_problem problem;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer; /* of training; else CVL_SGD */
    char variant[CVL_VARIANT_NAME_BYTES];
    enum cvl_row_status status;
    char reason[CVL_REASON_BYTES];
    char *repro;         /* owned; may be NULL */
    char *build_options; /* owned; may be NULL */
    uint32_t tuning_count;
    struct cvl_tuning tuning[CVL_PLAN_TUNINGS]; /* all that it ran with, a library's included */
    enum cvl_tuning_source tuning_source;
    bool has_computed, has_counted, has_measured, has_time, has_check;
    struct cvl_plan_bytes computed;
    struct cvl_row_counted counted;
    struct cvl_row_measured measured; /* the best of the probes */
    struct cvl_row_measured *probes;  /* owned: every probe that was asked */
    size_t probe_count;
    struct cvl_row_kernels kernels;
    struct cvl_row_time time;
    struct cvl_row_check check;
    struct cvl_row_roofline roofline;
    struct cvl_row_stage *stages; /* owned */
    size_t stage_count;
    double *samples_s; /* owned: raw samples of `time.clock`, in order */
    size_t sample_count;
    struct cvl_row_allocation *allocations; /* owned: the timeline */
    size_t allocation_count;
};

/** A row with every figure absent. */
CVL_API void cvl_row_init(struct cvl_row *row);
/** Releases what the row owns and inits it again. NULL is allowed. */
CVL_API void cvl_row_clear(struct cvl_row *row);

/** Notes what a plan says: computed bytes, tile parameters, build options, and its stages (load
 *  stages left out), whose times and counted bytes stay absent.
 *  @param alignment of arena offsets in bytes
 *  @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_row_describe(struct cvl_row *row, const struct cvl_plan *plan,
                                         uint32_t alignment, struct cvl_error *err);

/** Refuses a described row whose plan cannot do with that many bytes under any policy: skipped,
 * with both figures in the reason.
 *  @param limit_bytes 0: no limit
 *  @return does it keep the limit? */
CVL_API bool cvl_row_keeps_limit(struct cvl_row *row, uint64_t limit_bytes);

/** The row as one JSON object on one line: the documented fields, and with `everything` also
 * samples_s and allocations. The caller frees it; NULL: out of memory. */
CVL_API char *cvl_row_to_json(const struct cvl_row *row, bool everything);
/** Reads such an object. `row` need not be inited; what it held is not released.
 *  @return CVL_OK, CVL_BAD_INPUT or CVL_NO_MEMORY, and then the row is as cvl_row_init leaves it */
CVL_API enum cvl_status cvl_row_from_json(const char *json, struct cvl_row *row,
                                          struct cvl_error *err);

struct cvl_chain_row;

/** Rows of one run, with what they refer to. */
struct cvl_results {
    char sweep[CVL_SWEEP_NAME_BYTES];
    char *started; /* owned: UTC, ISO 8601 */
    char *command; /* owned: the command line */
    char *host;    /* owned: operating system, machine, OpenCL loader; one line */
    struct cvl_device_facts *devices; /* owned */
    size_t device_count;
    struct cvl_row *rows; /* owned */
    size_t row_count;
    struct cvl_chain_row *chains; /* owned: networks (chains.h) */
    size_t chain_count;
};

CVL_API void cvl_results_clear(struct cvl_results *results);
/** Moves the row to the end; the source is left empty. */
CVL_API enum cvl_status cvl_results_add(struct cvl_results *results, struct cvl_row *row,
                                        struct cvl_error *err);
/** The device of that id, or NULL. */
CVL_API const struct cvl_device_facts *cvl_results_device(const struct cvl_results *results,
                                                          const char *id);

/** What is told beside layout and type: "" for a forward row, " training adam" for one of training.
 */
CVL_API const char *cvl_row_passes_text(const struct cvl_row *row);

CVL_API const char *cvl_row_status_name(enum cvl_row_status status);
CVL_API const char *cvl_clock_name(enum cvl_clock clock);
CVL_API const char *cvl_tuning_source_name(enum cvl_tuning_source source); /* "default", … */

#ifdef __cplusplus
}
#endif

#endif
