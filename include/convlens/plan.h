/** What will be done on a device for a layer or a network: buffers with lifetimes, and stages.
 *
 *  A plan is a pure value, made without touching the device; the executor carries it out as it
 *  stands. A variant plans one layer. The plan of a network joins those of its layers, which then
 *  share their tensors; the plan of a layer is that of a network of one step.
 *
 *  Stages are numbered from 0; the first `load_stage_count` of them run once, when the weights are
 *  loaded, outside both the memory and the timing pass. A network loads its weights layer after
 *  layer. */
#ifndef CONVLENS_PLAN_H
#define CONVLENS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/network.h>
#include <convlens/policy.h>
#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a buffer is for. */
enum cvl_role {
    CVL_INPUT,
    CVL_WEIGHTS,
    CVL_INTERMEDIATE,
    CVL_WORKSPACE,
    CVL_OUTPUT,
    CVL_SAVED,     /* training: activations kept from the forward to the backward pass */
    CVL_GRADIENTS, /* training: of the weights */
    CVL_STATE,     /* training: the optimizer's; stays as the weights do */
    CVL_ROLE_COUNT
};

/** What the host writes into a buffer when it is created, or reads from it at the end. */
enum cvl_content {
    CVL_CONTENT_NONE,
    CVL_CONTENT_INPUT,    /* mb ic ih iw in the case's layout */
    CVL_CONTENT_WEIGHTS,  /* of the buffer's filter */
    CVL_CONTENT_OUTPUT,   /* mb oc oh ow in the case's layout */
    CVL_CONTENT_IN_PLACE, /* the input at first, the output at the end: they are of one size */
    /* of training */
    CVL_CONTENT_OUTPUT_GRADIENT, /* of the activated output: written, as the input is */
    CVL_CONTENT_STATE,         /* the optimizer's, of the buffer's filter: written; read at the end
                                  as the weights are */
    CVL_CONTENT_GRADIENTS,     /* of the weights of the buffer's filter */
    CVL_CONTENT_BETWEEN,       /* activated, between the convolutions of a separable problem */
    CVL_CONTENT_ACTIVATED,     /* the output, normalised and activated */
    CVL_CONTENT_INPUT_GRADIENT /* what the plan is for: mb ic ih iw */
};

/** Which convolution of a problem weights belong to. */
enum cvl_filter {
    CVL_FILTER_ALL, /* the only one: oc (ic/g) kh kw, OIHW whatever the layout */
    CVL_FILTER_EX,  /* the expansion of an inverted problem: mc ic 1 1 */
    CVL_FILTER_DW,  /* (ic dm) 1 kh kw of a separable problem, mc 1 kh kw of an inverted one */
    CVL_FILTER_PW,  /* oc (ic dm) 1 1 of a separable problem, oc mc 1 1 of an inverted one */
    CVL_FILTER_COUNT
};

/** last_stage of weights that stay. */
#define CVL_STAYS UINT32_MAX

/** A buffer lives from the start of first_stage to the end of last_stage. Weights that stay live
 *  from first_stage (a load stage, or the stage before which they are written) until the end, under
 *  every policy. */
struct cvl_plan_buffer {
    char name[24];
    enum cvl_role role;
    enum cvl_content content;
    enum cvl_filter filter; /* of weights, their gradients and the optimizer's state */
    uint32_t step;          /* the layer whose content it is */
    uint64_t bytes;
    uint32_t first_stage, last_stage;
    bool is_part; /* it adds no bytes: it is those from `offset` on of the buffer `whole`, which
                     comes before it, is no part itself, and lives while any of its parts does */
    uint32_t whole;
    uint64_t offset;
};

/** One kernel argument: the index of a plan buffer, or an int. */
struct cvl_arg {
    bool is_buffer;
    int32_t value;
};

enum { CVL_LAUNCH_ARGS = 32, CVL_LAUNCH_OPTIONS_BYTES = 384 };

/** What a kernel needs of a device beyond plain OpenCL C 1.2. */
enum cvl_need { CVL_NEED_HALF = 1, CVL_NEED_DOUBLE = 2, CVL_NEED_SUBGROUPS = 4 };

/** A kernel launch. `source` names a file of cl/ ("direct.cl"); options are -D definitions. */
struct cvl_launch {
    const char *source;
    char kernel[32];
    char options[CVL_LAUNCH_OPTIONS_BYTES];
    uint32_t dims;
    uint64_t global[3]; /* multiples of local; 1 from `dims` on, both */
    uint64_t local[3];
    uint64_t local_bytes; /* local memory of one work-group, that the kernel declares */
    uint32_t needs;       /* bits of enum cvl_need */
    uint32_t arg_count;
    struct cvl_arg args[CVL_LAUNCH_ARGS];
};

/** Row-major C(m x n) = A(m x k) B(k x n); *_transposed: stored as its transpose. Offsets and
 * leading dimensions in elements. */
struct cvl_gemm {
    bool a_transposed, b_transposed;
    uint64_t m, n, k;
    uint32_t a, b, c; /* plan buffers */
    uint64_t a_offset, b_offset, c_offset;
    uint64_t a_ld, b_ld, c_ld;
};

/** The library's own image-to-patch-matrix or convolution call: symmetric padding only. */
struct cvl_library_window {
    uint32_t source, weights, target;      /* plan buffers; im2col has no weights */
    uint64_t source_offset, target_offset; /* elements */
    int32_t channels, ih, iw, kh, kw, ph, pw, sh, sw, dilation_h,
        dilation_w;    /* dilation 1: dense */
    int32_t oc, batch; /* convolution only */
};

enum cvl_stage_kind {
    CVL_STAGE_KERNEL,   /* one launch of a kernel of ours */
    CVL_STAGE_GEMM,     /* CLBlast GEMM */
    CVL_STAGE_IM2COL,   /* CLBlast im2col */
    CVL_STAGE_CONVGEMM, /* CLBlast convgemm */
    CVL_STAGE_KIND_COUNT
};

/** One step of a plan. flops: 2 per multiply-add. bytes_moved: what must cross the device's memory
 * at least once: each buffer that the stage reads plus each that it writes. */
struct cvl_stage {
    char name[24];
    uint32_t step; /* the layer that it belongs to */
    char note[80]; /* what a person should know of it; may be empty */
    enum cvl_stage_kind kind;
    uint64_t flops, bytes_moved;
    union {
        struct cvl_launch launch;
        struct cvl_gemm gemm;
        struct cvl_library_window window;
    } work;
};

/** One tile parameter the plan was made with. */
struct cvl_tuning {
    char name[16];
    int32_t value;
};

/** What is asked of a variant: a problem with its layout, type and passes, and
 * tile parameters to plan with. Those not named have the defaults of the device's class; names that
 * the variant does not have are passed over. */
struct cvl_request {
    struct cvl_problem problem;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer;    /* of training; else CVL_SGD, which is 0 */
    const struct cvl_tuning *tuning; /* borrowed; NULL: defaults */
    uint32_t tuning_count;
};

enum { CVL_PLAN_TUNINGS = 24, CVL_TUNING_TEXT_BYTES = CVL_PLAN_TUNINGS * 30 };

/** One layer of a plan, and what computes it. */
struct cvl_plan_step {
    char layer[CVL_LAYER_NAME_BYTES]; /* empty where a variant was asked for a single problem */
    uint32_t repetition;              /* from 1 */
    struct cvl_problem problem;       /* of a convolution */
    struct cvl_op op;
    uint32_t weights_of; /* as in struct cvl_network_step */
    const char *variant; /* "op" where it is no convolution */
    uint32_t tuning_count;
    struct cvl_tuning tuning[CVL_PLAN_TUNINGS];
    double tolerance_factor; /* how many times the error of a direct sum the result may have;
                                0 counts as 1 */
    double half_error;       /* what sums in half arithmetic add to the error of an output whose
                                variance is about 1; 0: there are none */
};

/** Exact bytes of a plan; sums are checked when it is made. Where the output takes the place of the
 *  network's input, nobody can keep that input: the peaks of freed_pinned are UINT64_MAX (absent).
 */
struct cvl_plan_bytes {
    uint64_t role[CVL_ROLE_COUNT];                   /* weights and state: what stays */
    uint64_t total;                                  /* sum of the roles */
    uint64_t outputs;                                /* intermediate and output: every convolution's
                                                        output with a buffer of its own */
    uint64_t load_peak;                              /* max live during the load stages */
    uint64_t peak[CVL_POLICY_COUNT];                 /* weights and state included */
    uint64_t peak_without_weights[CVL_POLICY_COUNT]; /* both left out */
    uint64_t arena_lower_bound;                      /* max live at once, weights left out: no
                                                        placement can need less */
    uint64_t arena_without_input, arena_without_input_lower_bound; /* the caller has the input */
    uint64_t new_tensors_peak; /* of a network with ops: peak of freed if each made a tensor of its
                                  own, in place of none, and each concat copied; else 0 */
    uint32_t peak_stage[CVL_POLICY_COUNT]; /* the first at which the peak is reached, of arena the
                                              lower bound; UINT32_MAX under all_live */
};

struct cvl_plan {
    const char *variant; /* leads: of the steps that it computes */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer; /* of training */
    uint32_t step_count;
    struct cvl_plan_step *steps; /* owned, as all arrays */
    uint32_t buffer_count;
    struct cvl_plan_buffer *buffers;
    uint32_t stage_count, load_stage_count;
    struct cvl_stage *stages;
    uint64_t loop_iterations;    /* max loop iterations of one work-item of a kernel of ours, all
                                    loops together */
    uint64_t local_bytes;        /* max local memory of one work-group of a kernel of ours */
    struct cvl_plan_bytes bytes; /* as cvl_plan_measure finds them */
    uint64_t *arena_offset;      /* of each buffer; UINT64_MAX: not in the arena */
};

/** How many work-groups a launch has. */
CVL_API uint64_t cvl_launch_groups(const struct cvl_launch *launch);

/** Does the output take the place of the network's input? Their buffer has the role of the output.
 */
CVL_API bool cvl_plan_overwrites_input(const struct cvl_plan *plan);

/** Does a buffer stay once the weights are loaded? */
CVL_API bool cvl_buffer_stays(const struct cvl_plan_buffer *buffer);
/** Does a buffer come and go with an execution, rather than with the weights? */
CVL_API bool cvl_buffer_runs(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer);

/** Does the host read the buffer at the end? */
CVL_API bool cvl_buffer_is_output(const struct cvl_plan_buffer *buffer);

/** Finds plan->bytes and places the arena: buffers by size, largest first, each into the
 *  best-fitting gap among those whose lifetimes overlap its own; of equal sizes the first buffer
 *  comes first. Where that needs more than the lower bound, further orders are tried. Weights are
 * not in the arena.
 *  @param alignment of arena offsets in bytes, a power of two (cvl_device_facts.base_align_bytes)
 *  @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_plan_measure(struct cvl_plan *plan, uint32_t alignment,
                                         struct cvl_error *err);

/** Is a measured plan sound? Every index is in range, every buffer that a stage uses lives in it
 * and is used at both ends of its life, work-groups divide the ranges, nothing overlaps in the
 * arena that lives at the same time, parts lie in their wholes, and the bytes add up.
 *  @return CVL_OK, or CVL_FAILED with what is wrong */
CVL_API enum cvl_status cvl_plan_check(const struct cvl_plan *plan, struct cvl_error *err);

/** Joins the plans of a network's steps, which it takes over: they are empty afterwards. Ops need
 *  none: their stages and buffers are made here. An op takes the place of an input that nothing
 *  needs after it, where it can; a reshape has no stage where its bytes stay as they are. An input
 *  of a concat is made as a part of the output where it can be, unless that raises a peak.
 *  A network of one step has that step's plan.
 *  @param parts one measured plan for each convolution, of one layout, type and passes; those of
 *         ops are empty
 *  @return CVL_OK; CVL_UNSUPPORTED where a step overwrites an input that is kept, or has no output
 *          that another step could read; CVL_BAD_INPUT where two steps do not fit; CVL_NO_MEMORY.
 *          On anything but CVL_OK *out is empty. */
CVL_API enum cvl_status cvl_plan_join(const struct cvl_network *network, struct cvl_plan *parts,
                                      uint32_t alignment, struct cvl_plan *out,
                                      struct cvl_error *err);

/** The min that a plan can need: its smallest peak, weights included, or what loading the weights
 * takes where that is more.
 *  @param policy receives the policy of the smallest peak, the first of equals; may be NULL */
CVL_API uint64_t cvl_plan_min_bytes(const struct cvl_plan_bytes *bytes, enum cvl_policy *policy);

/** Bytes of the buffers that live in a stage under `freed` (or with the network's input kept,
 *  `pinned`), weights that stay left out. */
CVL_API uint64_t cvl_plan_live(const struct cvl_plan *plan, uint32_t stage, bool pinned);
/** Of these bytes those of one role. */
CVL_API uint64_t cvl_plan_live_role(const struct cvl_plan *plan, uint32_t stage,
                                    enum cvl_role role);

/** Releases the arrays and zeroes the plan. NULL is allowed. */
CVL_API void cvl_plan_clear(struct cvl_plan *plan);

CVL_API const char *cvl_role_name(enum cvl_role role);             /* "input", … */
CVL_API const char *cvl_stage_kind_name(enum cvl_stage_kind kind); /* "kernel", "gemm", … */

#ifdef __cplusplus
}
#endif

#endif
