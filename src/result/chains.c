#include <convlens/chains.h>

#include <stdlib.h>

#include "base/text.h"

void cvl_chain_row_init(struct cvl_chain_row *row)
{
    struct cvl_row absent;
    cvl_row_init(&absent);
    *row = (struct cvl_chain_row){.computed = {.plan = absent.computed},
                                  .counted = absent.counted,
                                  .check = absent.check,
                                  .time = absent.time};
    row->computed.outputs = row->computed.arena_lower_bound = CVL_ABSENT;
    row->computed.arena_without_input = CVL_ABSENT;
    row->computed.arena_without_input_lower_bound = CVL_ABSENT;
}

void cvl_chain_row_clear(struct cvl_chain_row *row)
{
    free(row->repro);
    free(row->layers);
    cvl_chain_row_init(row);
}

static void describe_layer(const struct cvl_chain_plan *plan, uint32_t step,
                           struct cvl_chain_layer *out)
{
    const struct cvl_network_step *of = &plan->chain->steps[step];
    const struct cvl_plan *part = &plan->parts[step].plan;
    const struct cvl_plan_bytes bytes = cvl_plan_bytes(part, 1);
    *out = (struct cvl_chain_layer){
        .repetition = of->repetition,
        .form = of->problem.form,
        .weights_bytes = bytes.role[CVL_WEIGHTS],
        .output_bytes = bytes.role[CVL_OUTPUT],
        .counted_peak_bytes = CVL_ABSENT,
        .time_s = (double)NAN,
    };
    cvl_copy(out->layer, sizeof out->layer, of->layer);
    cvl_copy(out->variant, sizeof out->variant, part->variant);
    for (uint32_t stage = 0; stage < plan->stage_count; stage++) {
        const uint64_t live = cvl_chain_live(plan, stage, false);
        if (cvl_chain_step_of(plan, stage) == step && live > out->live_bytes)
            out->live_bytes = live;
    }
}

static const char *peak_layer(const struct cvl_chain_plan *plan, enum cvl_policy policy)
{
    return plan->chain->steps[cvl_chain_step_of(plan, plan->bytes.peak_stage[policy])].layer;
}

enum cvl_status cvl_chain_row_describe(struct cvl_chain_row *row, const struct cvl_chain_plan *plan,
                                       struct cvl_error *err)
{
    row->layers = calloc(plan->chain->step_count, sizeof *row->layers);
    if (!row->layers)
        return cvl_fail(err, CVL_NO_MEMORY, "results: no memory for %zu layers",
                        plan->chain->step_count);
    row->layer_count = plan->chain->step_count;
    row->computed = plan->bytes;
    row->has_computed = true;
    cvl_copy(row->peak_layer, sizeof row->peak_layer, peak_layer(plan, CVL_FREED));
    cvl_copy(row->pinned_peak_layer, sizeof row->pinned_peak_layer,
             peak_layer(plan, CVL_FREED_PINNED));
    for (uint32_t step = 0; step < row->layer_count; step++)
        describe_layer(plan, step, &row->layers[step]);
    return CVL_OK;
}

bool cvl_chain_row_keeps_limit(struct cvl_chain_row *row, uint64_t limit_bytes)
{
    struct cvl_row like = {.computed = row->computed.plan};
    if (cvl_row_keeps_limit(&like, limit_bytes))
        return true;
    row->status = like.status;
    cvl_copy(row->reason, sizeof row->reason, like.reason);
    return false;
}

enum cvl_status cvl_results_add_chain(struct cvl_results *results, struct cvl_chain_row *row,
                                      struct cvl_error *err)
{
    const size_t count = results->chain_count;
    struct cvl_chain_row *chains = realloc(results->chains, (count + 1) * sizeof *chains);
    if (!chains)
        return cvl_fail(err, CVL_NO_MEMORY, "results: out of memory after %zu networks", count);
    results->chains = chains;
    results->chains[results->chain_count++] = *row;
    cvl_chain_row_init(row);
    return CVL_OK;
}
