/* What a row says of its plan, whether it is carried out or not. */
#include <convlens/result.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void describe_options(const struct cvl_plan *plan, struct cvl_row *row)
{
    struct cvl_text text = {0};
    const char *last = "";
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        const struct cvl_stage *stage = &plan->stages[s];
        if (stage->kind != CVL_STAGE_KERNEL || strcmp(stage->work.launch.options, last) == 0)
            continue;
        last = stage->work.launch.options;
        if (text.data && strstr(text.data, last))
            continue; /* bands take turns between two programs */
        cvl_text_append(&text, "%s%s:%s%s", text.length ? "; " : "", stage->work.launch.source,
                        *last == ' ' ? "" : " ", last);
    }
    row->build_options = cvl_text_take(&text);
}

enum cvl_status cvl_row_describe(struct cvl_row *row, const struct cvl_plan *plan,
                                 uint32_t alignment, struct cvl_error *err)
{
    row->computed = cvl_plan_bytes(plan, alignment);
    row->has_computed = true;
    row->tuning_count = plan->tuning_count;
    memcpy(row->tuning, plan->tuning, sizeof row->tuning);
    describe_options(plan, row);
    row->stage_count = plan->stage_count - plan->load_stage_count;
    row->stages = calloc(row->stage_count, sizeof *row->stages);
    if (!row->stages)
        return cvl_fail(err, CVL_NO_MEMORY, "results: no memory for %zu stages", row->stage_count);
    for (size_t s = 0; s < row->stage_count; s++) {
        const struct cvl_stage *stage = &plan->stages[plan->load_stage_count + s];
        struct cvl_row_stage *target = &row->stages[s];
        *target = (struct cvl_row_stage){
            .time_s = NAN,
            .flops = stage->flops,
            .bytes_moved = stage->bytes_moved,
            .live_bytes = CVL_ABSENT,
            .peak_bytes = CVL_ABSENT,
            .computed_bytes = cvl_plan_live(plan, plan->load_stage_count + (uint32_t)s, false) +
                              row->computed.role[CVL_WEIGHTS] + row->computed.role[CVL_STATE],
            .measured_bytes = CVL_ABSENT,
            .resident_bytes = CVL_ABSENT,
            .program_bytes = CVL_ABSENT,
            .private_bytes = CVL_ABSENT,
            .local_bytes = CVL_ABSENT,
        };
        cvl_copy(target->name, sizeof target->name, stage->name);
        cvl_copy(target->note, sizeof target->note, stage->note);
        cvl_copy(target->kind, sizeof target->kind, cvl_stage_kind_name(stage->kind));
    }
    return CVL_OK;
}

bool cvl_row_keeps_limit(struct cvl_row *row, uint64_t limit_bytes)
{
    enum cvl_policy policy;
    const uint64_t least = cvl_plan_least(&row->computed, &policy);
    if (limit_bytes == 0 || least <= limit_bytes)
        return true;
    const bool loading = least > row->computed.peak[policy];
    row->status = CVL_ROW_SKIPPED;
    (void)snprintf(row->reason, sizeof row->reason,
                   "needs %" PRIu64 " bytes at least (%s); the memory limit is %" PRIu64, least,
                   loading ? "while weights are loaded" : cvl_policy_name(policy), limit_bytes);
    return false;
}
