/* Writes one sentence for each layer and policy. */
#include <convlens/model.h>

#include <stdlib.h>

#include "model/groups.h"
#include "model/verdicts.h"
#include "model/wording.h"

static bool all_counted(const struct cvl_row *const *rows, size_t count, enum cvl_policy policy)
{
    for (size_t i = 0; i < count; i++)
        if (cvl_row_peak(rows[i], policy, CVL_SOURCE_COUNTED) == CVL_ABSENT)
            return false;
    return true;
}

/* A sentence never mixes counted and computed figures. */
static enum cvl_source common_source(const struct cvl_group *group, enum cvl_policy policy)
{
    bool counted = all_counted(group->baselines, group->baseline_count, policy) &&
                   all_counted(group->judged, group->judged_count, policy);
    return counted ? CVL_SOURCE_COUNTED : CVL_SOURCE_COMPUTED;
}

static bool faster(const struct cvl_row *a, const struct cvl_row *b)
{
    double a_s = cvl_row_time_s(a, b), b_s = cvl_row_time_s(b, a);
    return !isnan(a_s) && (isnan(b_s) || a_s < b_s);
}

/* Returns the fastest row, or NULL if none is timed. */
static const struct cvl_row *fastest(const struct cvl_row *const *rows, size_t count)
{
    const struct cvl_row *best = rows[0];
    for (size_t i = 1; i < count; i++)
        if (faster(rows[i], best))
            best = rows[i];
    return isnan(cvl_row_time_s(best, best)) ? NULL : best;
}

/* Returns the judged row with the fewest bytes, the faster of equals; NULL if no row has a
 * figure. */
static const struct cvl_row *smallest(const struct cvl_group *group, enum cvl_policy policy,
                                      enum cvl_source source)
{
    const struct cvl_row *best = NULL;
    uint64_t fewest = CVL_ABSENT;
    for (size_t i = 0; i < group->judged_count; i++) {
        const struct cvl_row *row = group->judged[i];
        uint64_t bytes = cvl_row_peak(row, policy, source);
        if (bytes < fewest || (best && bytes == fewest && faster(row, best))) {
            best = row;
            fewest = bytes;
        }
    }
    return best;
}

/* Describes the row against each baseline, the first one in full. false: there is no baseline. */
static bool say_bytes(struct cvl_text *text, const struct cvl_group *group,
                      const struct cvl_row *row, enum cvl_policy policy, enum cvl_source source)
{
    bool first = true;
    for (size_t i = 0; i < group->baseline_count; i++) {
        struct cvl_verdict verdict;
        if (!cvl_verdict_judge(row, group->baselines[i], policy, source, &verdict))
            continue;
        if (first)
            cvl_say_peak(text, &verdict);
        cvl_text_append(text, ", ");
        cvl_say_difference(text, &verdict);
        if (first)
            cvl_say_without_weights(text, &verdict);
        first = false;
    }
    return !first;
}

static void say_baseline(struct cvl_text *text, const struct cvl_row *row)
{
    bool standard = row->key.problem.form == CVL_STANDARD;
    cvl_text_append(text, standard ? " as the best standard variant (" : " as ");
    cvl_text_append_safe(text, row->key.variant);
    cvl_text_append(text, standard ? ")" : "");
}

static void say_time(struct cvl_text *text, const struct cvl_group *group,
                     const struct cvl_row *row)
{
    const struct cvl_row *standard = fastest(group->baselines, group->baseline_count);
    const struct cvl_row *other = fastest(group->judged, group->judged_count);
    if (!standard || !other)
        return;
    double ratio = cvl_row_time_s(standard, row) / cvl_row_time_s(row, standard);
    if (isnan(ratio)) {
        cvl_text_append(text, "; not timed");
    } else {
        cvl_text_append(text, "; ");
        cvl_say_speed(text, ratio);
        say_baseline(text, standard);
    }
    if (!faster(other, row))
        return;
    double other_ratio = cvl_row_time_s(standard, other) / cvl_row_time_s(other, standard);
    cvl_text_append(text, "; ");
    cvl_text_append_safe(text, other->key.variant);
    cvl_text_append(text, ", the fastest %s variant, %s", cvl_form_name(other->key.problem.form),
                    cvl_is_slower(other_ratio) ? "" : "is ");
    cvl_say_speed(text, other_ratio);
}

/* Fills `out`, or leaves its row NULL if there is nothing to compare. false: out of memory. */
static bool summarise(const struct cvl_group *group, enum cvl_policy policy,
                      struct cvl_summary *out)
{
    enum cvl_source source = common_source(group, policy);
    const struct cvl_row *row = smallest(group, policy, source);
    *out = (struct cvl_summary){.policy = policy};
    if (!row)
        return true;
    struct cvl_text text = {0};
    bool compared = say_bytes(&text, group, row, policy, source);
    if (compared) {
        say_time(&text, group, row);
        out->row = row;
    }
    bool said = !text.failed;
    if (said && compared)
        cvl_copy(out->sentence, sizeof out->sentence, text.data);
    cvl_text_clear(&text);
    return said;
}

enum cvl_status cvl_summaries_create(const struct cvl_results *results, struct cvl_summary **out,
                                     size_t *count, struct cvl_error *err)
{
    *out = NULL;
    *count = 0;
    struct cvl_groups groups;
    enum cvl_status status = cvl_groups_create(results, &groups, err);
    if (status != CVL_OK)
        return status;
    size_t made = 0;
    struct cvl_summary *summaries =
        calloc(groups.count + 1, CVL_POLICY_COUNT * sizeof *summaries); /* the size is never 0 */
    bool said = summaries != NULL;
    for (size_t i = 0; said && i < CVL_POLICY_COUNT * groups.count; i++) {
        said = summarise(&groups.groups[i / CVL_POLICY_COUNT],
                         (enum cvl_policy)(i % CVL_POLICY_COUNT), &summaries[made]);
        made += summaries[made].row ? 1 : 0;
    }
    cvl_groups_clear(&groups);
    if (!said) {
        free(summaries);
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory for summaries");
    }
    *out = summaries;
    *count = made;
    return CVL_OK;
}
