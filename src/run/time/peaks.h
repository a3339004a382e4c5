/* What a device can do at most, measured by the kernels of cl/measure.cl. */
#ifndef CVL_RUN_TIME_PEAKS_H
#define CVL_RUN_TIME_PEAKS_H

#include <convlens/run.h>

#include "run/time/burst.h"

/* What the measurements of one device share. */
struct cvl_bench {
    const struct cvl_opened *opened;
    const struct cvl_run_options *options; /* for its progress; may be NULL */
    cl_mem never;                          /* one float: where kernels could store and do not */
};

/* A way to cut work for a device: lanes of a vector, work-items of a group. */
struct cvl_bench_shape {
    int vec, group;
    int sums; /* independent sums of measure_compute */
};

/* A launch or burst that takes longer than this is sampled once: on simulators. */
#define CVL_BENCH_PATIENCE_S 0.2

/* A shape whose first launch reaches less than this part of the best shape's rate is not sampled.
 */
#define CVL_BENCH_NEAR 0.7

/* A kernel of measure.cl in a shape. `extra` are further options. The caller releases the kernel.
 * @return CVL_OK, CVL_UNSUPPORTED where the shape does not fit the device, CVL_BUILD_FAILED, … */
enum cvl_status cvl_bench_kernel(const struct cvl_bench *bench, const char *name,
                                 const struct cvl_bench_shape *shape, const char *extra,
                                 cl_kernel *out, struct cvl_error *err);
enum cvl_status cvl_bench_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value,
                                   struct cvl_error *err);

/* Each fills its figures of *peaks.
 * @return CVL_OK; CVL_UNSUPPORTED where the device is too slow or too small for it; what failed
 * else. Figures that were not obtained are left as they are. */
enum cvl_status cvl_measure_compute(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                    struct cvl_error *err);
enum cvl_status cvl_measure_half(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                 struct cvl_error *err);
enum cvl_status cvl_measure_local(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                  struct cvl_error *err);
enum cvl_status cvl_measure_memory(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                   struct cvl_error *err);

/* All of them, stamped. Stops at the first that failed; one that is unsupported is the reason for
 * what is absent, and the others go on.
 * @return CVL_OK, or the failure; *out holds what was obtained in either case */
enum cvl_status cvl_peaks_measure(struct cvl_opened *opened, const struct cvl_run_options *options,
                                  struct cvl_device_peaks *out, struct cvl_error *err);

#endif
