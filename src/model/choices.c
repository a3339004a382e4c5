/* Chooses variants for a layer: the fastest within a limit, the smallest that is nearly as fast,
 * and those that no other beats in both time and memory. */
#include <convlens/model.h>

#include <stdlib.h>

#include "model/groups.h"

static bool takes_part(const struct cvl_row *row)
{
    return row->status == CVL_ROW_OK && cvl_row_is_timed(row);
}

/* Puts the rows of a layer together, in the order of the results: all rows are elements of one
 * array. */
static int compare_rows(const void *left, const void *right)
{
    const struct cvl_row *a = ((const struct cvl_contender *)left)->row;
    const struct cvl_row *b = ((const struct cvl_contender *)right)->row;
    int order = cvl_key_compare(&a->key, &b->key, CVL_KEY_GROUP);
    return order != 0 ? order : (a > b) - (a < b);
}

/* Fastest first; of equally fast ones the smaller first. */
static int compare_contenders(const void *left, const void *right)
{
    const struct cvl_contender *a = left, *b = right;
    int order = (a->time_s > b->time_s) - (a->time_s < b->time_s);
    if (order == 0)
        order = (a->bytes > b->bytes) - (a->bytes < b->bytes);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

/* Choices are in the order in which the results have their layers. */
static int compare_choices(const void *left, const void *right)
{
    const struct cvl_choice *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* Uses one source and one clock for all contenders of a layer. */
static void set_figures(struct cvl_choice *choice, enum cvl_policy policy)
{
    enum cvl_source source = CVL_SOURCE_COUNTED;
    bool one_clock = true;
    choice->clock = choice->first->time.clock;
    for (size_t i = 0; i < choice->count; i++) {
        const struct cvl_row *row = choice->contenders[i].row;
        if (cvl_row_peak(row, policy, source) == CVL_ABSENT)
            source = CVL_SOURCE_COMPUTED;
        one_clock &= row->time.clock == choice->clock;
    }
    choice->clock = one_clock ? choice->clock : CVL_CLOCK_HOST;
    choice->source = cvl_source_name(source);
    for (size_t i = 0; i < choice->count; i++) {
        struct cvl_contender *contender = &choice->contenders[i];
        const struct cvl_row_time *time = &contender->row->time;
        contender->bytes = cvl_row_peak(contender->row, policy, source);
        contender->load_bytes =
            contender->row->has_computed ? contender->row->computed.load_peak_bytes : CVL_ABSENT;
        contender->time_s = one_clock ? time->median_s : time->host_median_s;
    }
}

/* A row without one of the two figures cannot be compared. */
static void drop_incomplete(struct cvl_choice *choice)
{
    size_t kept = 0;
    for (size_t i = 0; i < choice->count; i++) {
        const struct cvl_contender *contender = &choice->contenders[i];
        if (contender->bytes != CVL_ABSENT && contender->time_s > 0.0)
            choice->contenders[kept++] = *contender;
    }
    choice->count = kept;
}

/* The fastest come first, so an earlier contender that is no larger beats a later one. */
static void mark_pareto(struct cvl_choice *choice)
{
    uint64_t smallest = UINT64_MAX;
    for (size_t i = 0; i < choice->count; i++) {
        choice->contenders[i].is_pareto = choice->contenders[i].bytes < smallest;
        if (choice->contenders[i].is_pareto)
            smallest = choice->contenders[i].bytes;
    }
}

static bool keeps_limit(const struct cvl_contender *contender, uint64_t limit_bytes)
{
    const bool loads = contender->load_bytes == CVL_ABSENT || contender->load_bytes <= limit_bytes;
    return limit_bytes == 0 || (contender->bytes <= limit_bytes && loads);
}

static void choose(struct cvl_choice *choice, const struct cvl_choice_rules *rules)
{
    choice->fastest = choice->smallest = NULL;
    for (size_t i = 0; i < choice->count; i++) {
        struct cvl_contender *contender = &choice->contenders[i];
        contender->keeps_limit = keeps_limit(contender, rules->limit_bytes);
        if (!contender->keeps_limit)
            continue;
        if (!choice->fastest)
            choice->fastest = choice->smallest = contender;
        if (contender->time_s <= choice->fastest->time_s * (1.0 + rules->within) &&
            contender->bytes < choice->smallest->bytes)
            choice->smallest = contender;
    }
}

/* Splits the sorted contenders into layers. */
static void split(struct cvl_choices *choices, size_t total)
{
    for (size_t i = 0; i < total;) {
        struct cvl_choice *choice = &choices->items[choices->count++];
        *choice = (struct cvl_choice){.contenders = choices->contenders + i,
                                      .first = choices->contenders[i].row};
        while (i < total && cvl_key_compare(&choice->first->key, &choices->contenders[i].row->key,
                                            CVL_KEY_GROUP) == 0) {
            choice->count++;
            i++;
        }
    }
}

enum cvl_status cvl_choices_create(const struct cvl_results *results,
                                   const struct cvl_choice_rules *rules, struct cvl_choices *out,
                                   struct cvl_error *err)
{
    size_t total = 0, kept = 0;
    *out = (struct cvl_choices){.rules = *rules};
    out->contenders =
        calloc(results->row_count + 1, sizeof *out->contenders); /* the size is never 0 */
    out->items = calloc(results->row_count + 1, sizeof *out->items);
    if (!out->contenders || !out->items) {
        cvl_choices_clear(out);
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to choose from %zu rows",
                        results->row_count);
    }
    for (size_t i = 0; i < results->row_count; i++)
        if (takes_part(&results->rows[i]))
            out->contenders[total++].row = &results->rows[i];
    qsort(out->contenders, total, sizeof *out->contenders, compare_rows);
    split(out, total);
    qsort(out->items, out->count, sizeof *out->items, compare_choices);
    for (size_t i = 0; i < out->count; i++) {
        struct cvl_choice *choice = &out->items[i];
        set_figures(choice, rules->policy);
        drop_incomplete(choice);
        qsort(choice->contenders, choice->count, sizeof *choice->contenders, compare_contenders);
        mark_pareto(choice);
        choose(choice, rules);
        if (choice->count > 0)
            out->items[kept++] = *choice;
    }
    out->count = kept;
    return CVL_OK;
}

void cvl_choices_clear(struct cvl_choices *choices)
{
    free(choices->contenders);
    free(choices->items);
    *choices = (struct cvl_choices){0};
}
