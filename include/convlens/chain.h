/** Networks: the plans of their layers joined into one of many stages, whose buffers are shared.
 *
 *  Weights are loaded layer after layer before the passes, and stay. What comes and goes belongs to
 *  the chain: the network's input, each layer's output, which the next one reads, and what a layer
 *  needs within itself. Stages are those of the passes, numbered from 0 over all layers; a
 * residual's sum is a stage of its own, after the stages of the layer whose output it changes. */
#ifndef CONVLENS_CHAIN_H
#define CONVLENS_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include <convlens/network.h>
#include <convlens/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cvl_variant;
struct cvl_device_facts;

/** With what a step is computed. */
struct cvl_chain_choice {
    const struct cvl_variant *variant;
    const struct cvl_tuning *tuning; /* borrowed; NULL: defaults */
    uint32_t tuning_count;
};

/** One step: its own plan, and which of the chain's buffers are its. */
struct cvl_chain_part {
    struct cvl_plan plan;
    uint32_t first_stage;              /* of its run stages, among the chain's */
    uint32_t buffer[CVL_PLAN_BUFFERS]; /* UINT32_MAX: weights, or gone when the passes begin */
};

/** A residual's sum: target += kept, element by element. */
struct cvl_chain_sum {
    uint32_t stage, kept, target; /* buffers of the chain */
    uint64_t elements;
};

/** Bytes of a chain: exact. */
struct cvl_chain_bytes {
    struct cvl_plan_bytes plan; /* as of one plan; role output: the last layer's alone */
    uint64_t outputs;           /* all convolutions' outputs with a buffer each, those between the
                                   halves of a separable layer included; input and workspaces not */
    uint64_t arena_lower_bound; /* most bytes live at once, weights left out */
    uint64_t arena_without_input, arena_without_input_lower_bound; /* the caller has the input */
    uint32_t peak_stage[CVL_POLICY_COUNT]; /* the first at which the peak is reached, for arena the
                                              lower bound; UINT32_MAX under all_live */
};

struct cvl_chain_plan {
    const struct cvl_network *chain; /* borrowed */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    struct cvl_chain_part *parts;    /* one for each step */
    struct cvl_plan_buffer *buffers; /* what comes and goes; the network's input first */
    uint64_t *offset;                /* of each buffer in the arena */
    uint32_t buffer_count, stage_count;
    struct cvl_chain_sum *sums; /* by stage */
    uint32_t sum_count;
    struct cvl_chain_bytes bytes;
};

/** The variant for a step of a network that is made with `lead`: that, where it computes the step,
 *  else the first of all variants that does.
 *  @return NULL where none does; the error has the reason of the last that was asked */
CVL_API const struct cvl_variant *cvl_chain_choose(const struct cvl_network_step *step,
                                                   const struct cvl_variant *lead,
                                                   enum cvl_layout layout, enum cvl_dtype dtype,
                                                   const struct cvl_device_facts *device,
                                                   struct cvl_error *err);

/** Makes the plan of a chain, which must outlive it. The caller clears it.
 *  @param choices one for each step
 *  @return CVL_OK; CVL_UNSUPPORTED or CVL_BAD_INPUT, the step's name before the reason;
 *          CVL_NO_MEMORY. On anything but CVL_OK the plan is empty. */
CVL_API enum cvl_status cvl_chain_plan_create(const struct cvl_network *chain,
                                              const struct cvl_chain_choice *choices,
                                              enum cvl_layout layout, enum cvl_dtype dtype,
                                              const struct cvl_device_facts *device,
                                              struct cvl_chain_plan *out, struct cvl_error *err);
CVL_API void cvl_chain_plan_clear(struct cvl_chain_plan *plan);

/** The step that a stage belongs to. */
CVL_API uint32_t cvl_chain_step_of(const struct cvl_chain_plan *plan, uint32_t stage);

/** Bytes that live in a stage under `freed` (or with the network's input kept, `pinned`), weights
 *  left out. */
CVL_API uint64_t cvl_chain_live(const struct cvl_chain_plan *plan, uint32_t stage, bool pinned);

#ifdef __cplusplus
}
#endif

#endif
