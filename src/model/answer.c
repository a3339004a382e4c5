/* Answers the question for each group of rows, under each policy. */
#include <convlens/answer.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/answer_words.h"
#include "model/groups.h"

/* Rows of one subject that are answered for: what does not depend on the policy. */
struct subject {
    const struct cvl_group *group;
    const struct cvl_row *standard;
    struct cvl_answer_form *forms; /* one for each judged row; the policies' answers copy them */
};

static bool is_faster(const struct cvl_row *a, const struct cvl_row *b)
{
    const double a_s = cvl_row_time_s(a, b), b_s = cvl_row_time_s(b, a);
    return !isnan(a_s) && (isnan(b_s) || a_s < b_s);
}

static const struct cvl_row *choose_standard(const struct cvl_group *group)
{
    const struct cvl_row *best = group->baselines[0];
    for (size_t i = 0; i < group->baseline_count; i++)
        if (!cvl_row_is_timed(best) && strcmp(group->baselines[i]->key.variant, "direct") == 0)
            best = group->baselines[i];
    for (size_t i = 0; i < group->baseline_count; i++)
        if (is_faster(group->baselines[i], best))
            best = group->baselines[i];
    return best;
}

/* Of each kind, the fastest. */
static void mark_usual(struct cvl_answer_form *forms, size_t count)
{
    struct cvl_answer_form *best[CVL_KIND_COUNT] = {NULL};
    for (size_t i = 0; i < count; i++) {
        struct cvl_answer_form **of_kind = &best[forms[i].kind];
        if (!*of_kind || is_faster(forms[i].row, (*of_kind)->row))
            *of_kind = &forms[i];
    }
    for (size_t kind = 0; kind < CVL_KIND_COUNT; kind++)
        if (best[kind])
            best[kind]->is_usual = true;
}

static enum cvl_status describe(const struct cvl_group *group, struct subject *out,
                                struct cvl_answer_form *forms, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *out = (struct subject){.group = group, .standard = choose_standard(group), .forms = forms};
    for (size_t i = 0; i < group->judged_count && status == CVL_OK; i++) {
        const struct cvl_row *row = group->judged[i];
        forms[i] = (struct cvl_answer_form){.row = row, .kind = cvl_variant_kind(row->key.variant)};
        status = cvl_time_ratio_find(out->standard, row, &forms[i].time, &forms[i].has_time, err);
    }
    mark_usual(forms, group->judged_count);
    return status;
}

/* An answer never mixes counted and computed figures. */
static enum cvl_source common_source(const struct subject *subject, enum cvl_policy policy)
{
    bool counted = cvl_row_peak(subject->standard, policy, CVL_SOURCE_COUNTED) != CVL_ABSENT;
    for (size_t i = 0; i < subject->group->judged_count; i++)
        counted &=
            cvl_row_peak(subject->group->judged[i], policy, CVL_SOURCE_COUNTED) != CVL_ABSENT;
    return counted ? CVL_SOURCE_COUNTED : CVL_SOURCE_COMPUTED;
}

static enum cvl_bytes_answer judge_bytes(double percent)
{
    if (fabs(percent) < 1.0)
        return CVL_BYTES_SAME;
    return percent > 0.0 ? CVL_BYTES_MORE : CVL_BYTES_LESS;
}

/* false: a peak is not known. */
static bool set_bytes(const struct cvl_answer *answer, enum cvl_source source,
                      struct cvl_answer_form *form)
{
    form->peak_bytes = cvl_row_peak(form->row, answer->policy, source);
    form->peak_without_weights_bytes =
        cvl_row_peak_without_weights(form->row, answer->policy, source);
    if (form->peak_bytes == CVL_ABSENT || form->peak_without_weights_bytes == CVL_ABSENT)
        return false;
    form->difference_bytes = (int64_t)(form->peak_bytes - answer->standard_bytes);
    form->difference_without_weights_bytes =
        (int64_t)(form->peak_without_weights_bytes - answer->standard_without_weights_bytes);
    form->difference_percent =
        100.0 * (double)form->difference_bytes / (double)answer->standard_bytes;
    form->answer = judge_bytes(form->difference_percent);
    return true;
}

static const struct cvl_answer_form *find_usual(const struct cvl_answer *answer)
{
    const struct cvl_answer_form *usual = NULL;
    for (size_t i = 0; i < answer->form_count; i++) {
        const struct cvl_answer_form *form = &answer->forms[i];
        if (form->is_usual && (!usual || form->kind == CVL_KIND_UNFUSED))
            usual = form;
    }
    return usual ? usual : &answer->forms[0];
}

static const struct cvl_row_stage *find_peak_stage(const struct cvl_answer *answer)
{
    const struct cvl_row *row = answer->usual->row;
    const struct cvl_row_stage *peak = NULL;
    if (answer->policy == CVL_ALL_LIVE)
        return NULL;
    for (size_t i = 0; i < row->stage_count; i++) {
        const struct cvl_row_stage *stage = &row->stages[i];
        if (stage->computed_bytes != CVL_ABSENT &&
            (!peak || stage->computed_bytes > peak->computed_bytes))
            peak = stage;
    }
    return peak;
}

/* Fills an answer and its forms. It has no form where nothing can be compared. */
static enum cvl_status answer_policy(const struct subject *subject, enum cvl_policy policy,
                                     struct cvl_answer_form *forms, struct cvl_answer *out,
                                     struct cvl_error *err)
{
    const enum cvl_source source = common_source(subject, policy);
    *out = (struct cvl_answer){
        .standard = subject->standard,
        .policy = policy,
        .source = cvl_source_name(source),
        .standard_bytes = cvl_row_peak(subject->standard, policy, source),
        .standard_without_weights_bytes =
            cvl_row_peak_without_weights(subject->standard, policy, source),
        .forms = forms,
    };
    if (out->standard_bytes == CVL_ABSENT || out->standard_bytes == 0 ||
        out->standard_without_weights_bytes == CVL_ABSENT)
        return CVL_OK;
    for (size_t i = 0; i < subject->group->judged_count; i++) {
        forms[out->form_count] = subject->forms[i];
        if (set_bytes(out, source, &forms[out->form_count]))
            out->form_count++;
    }
    if (out->form_count == 0)
        return CVL_OK;
    out->usual = find_usual(out);
    out->peak_stage = find_peak_stage(out);
    return cvl_answer_say(out, err);
}

static enum cvl_status answer_group(const struct cvl_group *group, struct cvl_answer_form **next,
                                    struct cvl_answers *answers, struct cvl_error *err)
{
    struct subject subject;
    struct cvl_answer_form *forms = *next + group->judged_count;
    enum cvl_status status = describe(group, &subject, *next, err);
    for (unsigned policy = 0; policy < CVL_POLICY_COUNT && status == CVL_OK; policy++) {
        struct cvl_answer *answer = &answers->items[answers->count];
        status = answer_policy(&subject, (enum cvl_policy)policy, forms, answer, err);
        answers->count += status == CVL_OK && answer->form_count > 0;
        forms += group->judged_count;
    }
    *next = forms;
    return status;
}

static size_t count_forms(const struct cvl_groups *groups)
{
    size_t count = 1; /* so that none does not look like missing memory */
    for (size_t i = 0; i < groups->count; i++)
        count += (CVL_POLICY_COUNT + 1) * groups->groups[i].judged_count;
    return count;
}

enum cvl_status cvl_answers_create(const struct cvl_results *results, struct cvl_answers *out,
                                   struct cvl_error *err)
{
    struct cvl_groups groups;
    *out = (struct cvl_answers){0};
    enum cvl_status status = cvl_groups_create(results, &groups, err);
    if (status != CVL_OK)
        return status;
    out->items = calloc(CVL_POLICY_COUNT * groups.count + 1, sizeof *out->items);
    out->forms = calloc(count_forms(&groups), sizeof *out->forms);
    if (!out->items || !out->forms)
        status = cvl_fail(err, CVL_NO_MEMORY, "model: out of memory for answers");
    struct cvl_answer_form *next = out->forms;
    for (size_t i = 0; i < groups.count && status == CVL_OK; i++)
        status = answer_group(&groups.groups[i], &next, out, err);
    cvl_groups_clear(&groups);
    return status;
}

void cvl_answers_clear(struct cvl_answers *answers)
{
    free(answers->items);
    free(answers->forms);
    *answers = (struct cvl_answers){0};
}

size_t cvl_answers_of_subject(const struct cvl_answers *answers, size_t first)
{
    assert(first < answers->count);
    size_t count = 1;
    while (first + count < answers->count &&
           answers->items[first + count].standard == answers->items[first].standard &&
           answers->items[first + count].policy > answers->items[first].policy)
        count++;
    return count;
}
