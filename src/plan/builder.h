/* Building a plan step by step. A builder remembers its first failure: every later step does
 * nothing, and cvl_build_end returns it. Counts and bytes are checked for overflow, and a buffer's
 * lifetime is what the stages say that use it. */
#ifndef CVL_PLAN_BUILDER_H
#define CVL_PLAN_BUILDER_H

#include <convlens/device.h>
#include <convlens/plan.h>

struct cvl_builder {
    struct cvl_plan *plan;
    const struct cvl_request *request;
    const struct cvl_device_facts *device;
    struct cvl_error *err;
    enum cvl_status status; /* of the first step that failed */
    uint32_t stage_capacity, buffer_capacity;
    const char *prefix;            /* of the parameters' names; NULL: none */
    const struct cvl_request *all; /* what was requested, while there is a prefix */
    struct cvl_request renamed;    /* what `request` points at then */
    struct cvl_tuning values[CVL_PLAN_TUNINGS];
};

/* A run of work-items along one dimension of a launch: `items` are needed, in groups of `group`. */
struct cvl_span {
    uint64_t items, group;
};

struct cvl_builder cvl_build_begin(const struct cvl_request *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err);

/* Ends lifetimes and returns the first failure or CVL_OK. */
enum cvl_status cvl_build_end(struct cvl_builder *builder);

/* ceil(count / size), both above 0 */
uint64_t cvl_build_blocks(uint64_t count, uint64_t size);

/* A buffer of the case's data type. At most 2^31 - 1 elements, since kernels count in int.
 * @return its index */
uint32_t cvl_build_buffer(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          enum cvl_content content, uint64_t elements);
/* The same of weights, or of what stands beside them, of one of the problem's convolutions. */
uint32_t cvl_build_filter(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          enum cvl_content content, enum cvl_filter filter, uint64_t elements);
/* The same of floats, whatever the case's data type. */
uint32_t cvl_build_floats(struct cvl_builder *builder, const char *name, enum cvl_role role,
                          uint64_t floats);
uint32_t cvl_build_input(struct cvl_builder *builder);
uint32_t cvl_build_output(struct cvl_builder *builder);

/* One buffer for both, where they have the same size. */
uint32_t cvl_build_in_place(struct cvl_builder *builder);

/* Appends a stage. What follows until the next one belongs to it. Load stages come first. */
struct cvl_stage *cvl_build_stage(struct cvl_builder *builder, const char *name,
                                  enum cvl_stage_kind kind);
/* A stage that launches kernel <algo>_<layout> of <source>; suffix NULL: the case's layout. */
void cvl_build_kernel(struct cvl_builder *builder, const char *name, const char *source,
                      const char *algo, const char *suffix);
/* How elements of a type are stored: the macro HALF of cl/common.clh. */
int32_t cvl_build_half(enum cvl_dtype dtype);
/* Makes the stage just appended one that runs when the weights are loaded. */
void cvl_build_at_load(struct cvl_builder *builder);

/* The stage reads or writes `elements` of a buffer: counts as bytes moved and as a use. */
void cvl_build_use(struct cvl_builder *builder, uint32_t buffer, uint64_t elements);
/* The same, as the next argument of the kernel; whole: all its elements. */
void cvl_build_argument(struct cvl_builder *builder, uint32_t buffer, uint64_t elements);
void cvl_build_whole(struct cvl_builder *builder, uint32_t buffer);
/* Elements of a buffer, in the case's data type; 0 after a failure. */
uint64_t cvl_build_elements(const struct cvl_builder *builder, uint32_t buffer);

void cvl_build_int(struct cvl_builder *builder, int64_t value);
void cvl_build_ints(struct cvl_builder *builder, const int32_t *values, size_t count);
/* -D name=value */
void cvl_build_option(struct cvl_builder *builder, const char *name, int64_t value);
/* The problem's window: KH KW SH SW DH DW. */
void cvl_build_window(struct cvl_builder *builder, const struct cvl_problem *problem);
void cvl_build_range(struct cvl_builder *builder, struct cvl_span x, struct cvl_span y,
                     struct cvl_span z);

/* What a person should know of the stage, in one line. */
__attribute__((format(printf, 2, 3))) void cvl_build_note(struct cvl_builder *builder,
                                                          const char *format, ...);

/* FLOPs of the stage: 2 for each multiply-add. */
void cvl_build_cost(struct cvl_builder *builder, uint64_t macs);
void cvl_build_flops(struct cvl_builder *builder, uint64_t flops);
/* Loop iterations of one work-item and local memory of one work-group of the stage: the plan keeps
 * the max. */
void cvl_build_limits(struct cvl_builder *builder, uint64_t iterations, uint64_t local_bytes);
/* What the stage's kernel needs of a device: bits of enum cvl_need. A device that lacks it is
 * refused.
 */
void cvl_build_needs(struct cvl_builder *builder, uint32_t needs);
/* What follows has tile parameters of its own: `prefix` stands before their names, in the request
 * as in what the plan states. NULL: none again. */
void cvl_build_prefix(struct cvl_builder *builder, const char *prefix);
/* A tile parameter that the plan is made with; named once. */
void cvl_build_tuning(struct cvl_builder *builder, const char *name, int32_t value);
/* One that the kernel is built with, as a macro. */
void cvl_build_tuned_option(struct cvl_builder *builder, const char *macro, const char *name,
                            int32_t value);

#endif
