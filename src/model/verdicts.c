/* Compares separable and inverted rows with their baselines. */
#include <convlens/model.h>

#include <stdlib.h>

#include "model/groups.h"
#include "model/wording.h"

/* false: one of the peaks is absent. */
static bool judge(const struct cvl_row *row, const struct cvl_row *baseline, enum cvl_policy policy,
                  enum cvl_source source, struct cvl_verdict *out)
{
    *out = (struct cvl_verdict){
        .row = row,
        .baseline = baseline,
        .policy = policy,
        .bytes = cvl_row_peak(row, policy, source),
        .baseline_bytes = cvl_row_peak(baseline, policy, source),
        .bytes_without_weights = cvl_row_peak_without_weights(row, policy, source),
        .baseline_bytes_without_weights = cvl_row_peak_without_weights(baseline, policy, source),
        .source = cvl_source_name(source),
        .time_ratio = cvl_row_time_s(baseline, row) / cvl_row_time_s(row, baseline),
    };
    out->bytes_ratio =
        out->baseline_bytes > 0 ? (double)out->bytes / (double)out->baseline_bytes : (double)NAN;
    return out->bytes != CVL_ABSENT && out->baseline_bytes != CVL_ABSENT;
}

static bool judge_by_best_source(const struct cvl_row *row, const struct cvl_row *baseline,
                                 enum cvl_policy policy, struct cvl_verdict *out)
{
    return judge(row, baseline, policy, CVL_SOURCE_COUNTED, out) ||
           judge(row, baseline, policy, CVL_SOURCE_COMPUTED, out);
}

static bool write_sentence(struct cvl_verdict *verdict)
{
    struct cvl_text text = {0};
    cvl_say_peak(&text, verdict);
    cvl_text_append(&text, ", ");
    cvl_say_difference(&text, verdict);
    cvl_say_without_weights(&text, verdict);
    bool said = !text.failed;
    if (said)
        cvl_copy(verdict->sentence, sizeof verdict->sentence, text.data);
    cvl_text_clear(&text);
    return said;
}

/* Is `a` a better baseline than `b`? The faster one is; a timed one is better than an untimed one;
 * if neither is timed, the smaller is. */
static bool better_baseline(const struct cvl_verdict *a, const struct cvl_verdict *b)
{
    double a_s = cvl_row_time_s(a->baseline, b->baseline);
    double b_s = cvl_row_time_s(b->baseline, a->baseline);
    if (isnan(a_s) && isnan(b_s))
        return a->baseline_bytes < b->baseline_bytes;
    return isnan(b_s) || a_s < b_s;
}

static void mark_best(struct cvl_verdict *verdicts, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (better_baseline(&verdicts[i], &verdicts[best]))
            best = i;
    if (count > 0)
        verdicts[best].best_baseline = true;
}

/* Compares a judged row with every baseline of its group, under one policy. */
static bool judge_row(const struct cvl_group *group, const struct cvl_row *row,
                      enum cvl_policy policy, struct cvl_verdict *verdicts, size_t *count)
{
    size_t made = 0;
    for (size_t i = 0; i < group->baseline_count; i++) {
        struct cvl_verdict *verdict = &verdicts[made];
        if (!judge_by_best_source(row, group->baselines[i], policy, verdict))
            continue;
        if (!write_sentence(verdict))
            return false;
        made++;
    }
    mark_best(verdicts, made);
    *count += made;
    return true;
}

/* Networks have answers (answer.h) and no verdicts. */
static bool judge_group(const struct cvl_group *group, struct cvl_verdict *verdicts, size_t *count)
{
    if (cvl_key_is_network(&group->judged[0]->key))
        return true;
    for (size_t i = 0; i < group->judged_count; i++)
        for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
            if (!judge_row(group, group->judged[i], (enum cvl_policy)policy, verdicts + *count,
                           count))
                return false;
    return true;
}

static size_t max_verdicts(const struct cvl_groups *groups)
{
    size_t count = 1; /* so that an empty list does not look like missing memory */
    for (size_t i = 0; i < groups->count; i++)
        count +=
            CVL_POLICY_COUNT * groups->groups[i].baseline_count * groups->groups[i].judged_count;
    return count;
}

enum cvl_status cvl_verdicts_create(const struct cvl_results *results, struct cvl_verdict **out,
                                    size_t *count, struct cvl_error *err)
{
    *out = NULL;
    *count = 0;
    struct cvl_groups groups;
    enum cvl_status status = cvl_groups_create(results, &groups, err);
    if (status != CVL_OK)
        return status;
    size_t made = 0;
    struct cvl_verdict *verdicts = calloc(max_verdicts(&groups), sizeof *verdicts);
    bool judged = verdicts != NULL;
    for (size_t i = 0; judged && i < groups.count; i++)
        judged = judge_group(&groups.groups[i], verdicts, &made);
    cvl_groups_clear(&groups);
    if (!judged) {
        free(verdicts);
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory for verdicts");
    }
    *out = verdicts;
    *count = made;
    return CVL_OK;
}
