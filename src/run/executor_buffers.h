/* The state of an executor, and its buffers: made, filled, read and released. */
#ifndef CVL_RUN_EXECUTOR_BUFFERS_H
#define CVL_RUN_EXECUTOR_BUFFERS_H

#include "run/opened.h"

#include <convlens/plan.h>

enum { CVL_GUARD_BYTES = 256 };

struct cvl_executor {
    const struct cvl_opened *opened;
    const struct cvl_plan *plan;
    size_t guard_bytes;   /* after the end of every buffer that is no part: 0 or CVL_GUARD_BYTES */
    void **content;       /* owned: what the host writes into each buffer; NULL: nothing */
    cl_program *programs; /* of each stage, borrowed; NULL for a library's */
    cl_kernel *kernels;   /* of each stage, made at its first enqueue */
    cl_mem *buffers;      /* NULL: not made */
    cl_mem arena;         /* where set, buffers that have an offset are parts of it */
    bool is_loaded;       /* the weights that stay are there */
};

/* Makes a buffer and writes every byte of it: its content, or NaNs; then its guard. Of a part,
 * whose whole is there already, nothing is written. Charged to `stage` as ours. */
enum cvl_status cvl_executor_make(struct cvl_executor *executor, uint32_t buffer, uint32_t stage,
                                  struct cvl_error *err);
/* Writes again what an execution overwrites: the input where the output takes its place, weights
 * and state in training; nothing elsewhere. */
enum cvl_status cvl_executor_renew_input(struct cvl_executor *executor, struct cvl_error *err);
void cvl_executor_drop(struct cvl_executor *executor, uint32_t buffer);
/* One allocation for all buffers that have an offset; cvl_executor_make then makes parts of it. */
enum cvl_status cvl_executor_make_arena(struct cvl_executor *executor, uint32_t stage,
                                        struct cvl_error *err);
void cvl_executor_drop_arena(struct cvl_executor *executor);

/* A whole buffer to the host. */
enum cvl_status cvl_executor_read(struct cvl_executor *executor, uint32_t buffer, void *target,
                                  struct cvl_error *err);
/* Bytes of all outputs. */
size_t cvl_executor_output_bytes(const struct cvl_plan *plan);
/* The plan's outputs to the host, in the order of its buffers. */
enum cvl_status cvl_executor_read_outputs(struct cvl_executor *executor, void *target,
                                          struct cvl_error *err);
/* CVL_WRONG_ANSWER where a byte past the end of one of the buffers was written. */
enum cvl_status cvl_executor_check_guards(struct cvl_executor *executor, struct cvl_error *err);

/* Makes the buffers of the run stages that are used from `stage` on, or all of them (UINT32_MAX).
 */
enum cvl_status cvl_executor_make_run(struct cvl_executor *executor, uint32_t stage,
                                      struct cvl_error *err);

#endif
