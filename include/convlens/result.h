/** One result: a key, with a status and, where it is ok, its figures. The row of a single layer and
 *  that of a network are of one kind; a network also has figures for each of its layers.
 *
 *  A figure that was not obtained is absent: NAN for a double, CVL_ABSENT for an integer, an empty
 *  text; never 0. The members of the structs, with their units and meanings, are listed in
 *  convlens/row.def. */
#ifndef CONVLENS_RESULT_H
#define CONVLENS_RESULT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/device.h>
#include <convlens/key.h>
#include <convlens/plan.h>

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

enum { CVL_REASON_BYTES = 512 };

/* What a kind of field of row.def is as a member of a struct. */
#define CVL_MEMBER_TEXT(size, name)       char name[size];
#define CVL_MEMBER_NOTE(size, name)       char name[size];
#define CVL_MEMBER_OWNED(unused, name)    char *name;
#define CVL_MEMBER_BOOL(unused, name)     bool name;
#define CVL_MEMBER_U32(unused, name)      uint32_t name;
#define CVL_MEMBER_U64(unused, name)      uint64_t name;
#define CVL_MEMBER_REAL(unused, name)     double name;
#define CVL_MEMBER_CHOICE(type, name)     enum cvl_##type name;
#define CVL_MEMBER_POLICIES(unused, name) uint64_t name[CVL_POLICY_COUNT];
#define CVL_MEMBER(kind, arg, name, ...)  CVL_MEMBER_##kind(arg, name)

/** Seconds of one execution; the statistics are those of `clock`. */
struct cvl_row_time {
#define CVL_ROW_TIME(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** Bytes from the plan. */
struct cvl_row_computed {
#define CVL_ROW_COMPUTED(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** Bytes counted from the OpenCL calls that really happened. */
struct cvl_row_counted {
#define CVL_ROW_COUNTED(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** Bytes that the driver or the operating system says are in use, by one probe. */
struct cvl_row_measured {
#define CVL_ROW_MEASURED(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** Memory beyond buffers: what the driver says of the plan's own kernels, load stages included. */
struct cvl_row_kernels {
#define CVL_ROW_KERNELS(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

struct cvl_row_check {
#define CVL_ROW_CHECK(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

struct cvl_row_roofline {
#define CVL_ROW_ROOFLINE(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** One layer of a network. */
struct cvl_row_layer {
#define CVL_ROW_LAYER(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** One stage of the plan, load stages left out. */
struct cvl_row_stage {
#define CVL_ROW_STAGE(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

/** One event of the allocation timeline. */
struct cvl_row_allocation {
#define CVL_ROW_ALLOCATION(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
};

struct cvl_row {
    struct cvl_key key;
#define CVL_ROW_HEAD(...) CVL_MEMBER(__VA_ARGS__)
#include <convlens/row.def>
    uint32_t tuning_count;
    struct cvl_tuning tuning[CVL_PLAN_TUNINGS]; /* of a single layer: all that it ran with, a
                                                   library's included */
    bool has_computed, has_counted, has_measured, has_time, has_check;
    struct cvl_row_computed computed;
    struct cvl_row_counted counted;
    struct cvl_row_measured measured; /* the best of the probes */
    struct cvl_row_measured *probes;  /* owned: every probe that was asked */
    size_t probe_count;
    struct cvl_row_kernels kernels;
    struct cvl_row_time time;
    struct cvl_row_check check;
    struct cvl_row_roofline roofline;
    struct cvl_row_layer *layers; /* owned: of a network */
    size_t layers_count;
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

/** Notes what a measured plan says: computed bytes, tile parameters, build options, its stages
 * (load stages left out) and a network's layers, whose times and counted bytes stay absent.
 *  @param device that the plan was made for
 *  @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_row_describe(struct cvl_row *row, const struct cvl_plan *plan,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err);

/** Has the row a time that says something of its device? Not where it ran with the tiles of
 *  another one (planned_for). */
CVL_API bool cvl_row_is_timed(const struct cvl_row *row);

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

/** Rows of one run, with what they refer to. */
struct cvl_results {
    char sweep[CVL_SWEEP_NAME_BYTES];
    char *started;     /* owned: UTC, ISO 8601 */
    char *command;     /* owned: the command line */
    char *host;        /* owned: operating system, machine, OpenCL loader; one line */
    char *version;     /* owned: of the convlens that made the run; NULL or empty: not known */
    char *merged_from; /* owned: name of the store that a merge took the run from; NULL or empty: it
                          was recorded where it is */
    struct cvl_device_facts *devices; /* owned */
    size_t device_count;
    struct cvl_row *rows; /* owned: of layers and of networks */
    size_t row_count;
    bool without_weights; /* see cvl_results_leave_out_weights */
};

CVL_API void cvl_results_clear(struct cvl_results *results);
/** A view for people: all peaks and live bytes without the weights and the optimizer's state that
 *  stay throughout. What a probe measured has them in it and is left out. Writers of documents
 *  (CSV, JSON) must not be given such results: their fields would not mean what they say. */
CVL_API void cvl_results_leave_out_weights(struct cvl_results *results);
/** Moves the row to the end; the source is left empty. */
CVL_API enum cvl_status cvl_results_add(struct cvl_results *results, struct cvl_row *row,
                                        struct cvl_error *err);
/** Reads a whole document, as the writers json and baseline make it. Rows have samples and
 * timelines only where the document has them. A baseline has no devices.
 *  @return CVL_OK, CVL_BAD_INPUT or CVL_NO_MEMORY; clear in either case */
CVL_API enum cvl_status cvl_results_from_json(const char *json, struct cvl_results *out,
                                              struct cvl_error *err);
/** The device of that id, or NULL. */
CVL_API const struct cvl_device_facts *cvl_results_device(const struct cvl_results *results,
                                                          const char *id);

/** Joins the results of several runs, of several stores and hosts, into one.
 *
 *  Devices: two of different results are the same device if platform, name, driver and host are
 *  equal, and the PCI address where both have one; each device of one result is another one. A
 *  device keeps its id if no device before it has that id; else it becomes `<label>/<id>`, as in
 *  `b/0:0`, and `<label>~2/<id>` if that is taken, too. The keys of its rows follow; `repro` stays
 *  what it was on its host. Every device gets its host. Of what is the same device, the facts are
 *  those of the newer result.
 *
 *  Rows: all of them, in the order of the results. Of rows with equal keys, that of the newer
 * result is kept (by `started`; of results of one second the later in the list), and the others are
 *  counted in *left_out.
 *
 *  @param parts  what is joined; moved, and left empty on CVL_OK
 *  @param labels a name of each, for the ids; what is not a letter, a digit or one of ._- becomes _
 *  @return CVL_OK or CVL_NO_MEMORY; clear *out in every case */
CVL_API enum cvl_status cvl_results_join(struct cvl_results *parts, const char *const *labels,
                                         size_t count, struct cvl_results *out, size_t *left_out,
                                         struct cvl_error *err);

CVL_API const char *cvl_row_status_name(enum cvl_row_status status);
CVL_API const char *cvl_clock_name(enum cvl_clock clock);
CVL_API const char *cvl_tuning_source_name(enum cvl_tuning_source source); /* "default", … */

#ifdef __cplusplus
}
#endif

#endif
