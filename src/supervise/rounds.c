/* Which rows want another round, and their rounds put together. */
#include "supervise/rounds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/statistics.h"
#include "result/row_time.h"

static const double default_budget_s = 0.3;

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for the rounds of rows");
}

void cvl_rounds_clear(struct cvl_rounds *rounds)
{
    for (size_t i = 0; i < rounds->count; i++) {
        cvl_row_clear(&rounds->rows[i].row);
        free(rounds->rows[i].stage_s);
        free(rounds->rows[i].layer_s);
    }
    free(rounds->rows);
    free(rounds->best_s);
    *rounds = (struct cvl_rounds){0};
}

/* Appends the times of stages and layers of a row to those of the rounds before. */
static bool keep_parts(struct cvl_timed_row *timed, const struct cvl_row *row)
{
    const size_t stages = timed->row.stage_count, layers = timed->row.layers_count;
    double *stage_s = realloc(timed->stage_s, (timed->rounds + 1) * stages * sizeof *stage_s + 1);
    if (stage_s)
        timed->stage_s = stage_s;
    double *layer_s = realloc(timed->layer_s, (timed->rounds + 1) * layers * sizeof *layer_s + 1);
    if (layer_s)
        timed->layer_s = layer_s;
    if (!stage_s || !layer_s)
        return false;
    for (size_t i = 0; i < stages; i++)
        stage_s[timed->rounds * stages + i] =
            i < row->stage_count ? row->stages[i].time_s : (double)NAN;
    for (size_t i = 0; i < layers; i++)
        layer_s[timed->rounds * layers + i] =
            i < row->layers_count ? row->layers[i].time_s : (double)NAN;
    timed->rounds++;
    return true;
}

static size_t count_undisturbed(const struct cvl_row *row)
{
    size_t count = 0;
    for (size_t i = 0; i < row->round_count; i++)
        count += !row->rounds[i].disturbed;
    return count;
}

enum cvl_status cvl_rounds_keep(struct cvl_rounds *rounds, const struct cvl_case *item,
                                struct cvl_row *row, struct cvl_error *err)
{
    if (row->status != CVL_ROW_OK || !cvl_row_is_timed(row) || row->round_count == 0) {
        cvl_row_clear(row);
        return CVL_OK;
    }
    struct cvl_timed_row *rows = realloc(rounds->rows, (rounds->count + 1) * sizeof *rounds->rows);
    if (!rows)
        return no_memory(err);
    rounds->rows = rows;
    struct cvl_timed_row *timed = &rows[rounds->count++];
    *timed =
        (struct cvl_timed_row){.item = item, .row = *row, .undisturbed = count_undisturbed(row)};
    cvl_row_init(row);
    if (!keep_parts(timed, &timed->row))
        return no_memory(err);
    timed->made = timed->row.round_count + (size_t)timed->row.time.discarded_rounds;
    return CVL_OK;
}

/* How many rounds a row is to have: fewer where one execution takes longer than a round may. */
static size_t wanted_rounds(const struct cvl_rounds *rounds, const struct cvl_timed_row *timed)
{
    const double budget_s = rounds->budget_s > 0.0 ? rounds->budget_s : default_budget_s;
    const struct cvl_row_round *first = &timed->row.rounds[0];
    const double each_s = first->host_median_s;
    if (first->median_s > CVL_ROUNDS_TOO_SLOW * rounds->best_s[timed->rivals])
        return 1;
    if (each_s <= budget_s / CVL_ROUNDS)
        return CVL_ROUNDS;
    const double further = floor((budget_s - each_s * first->samples) / each_s);
    return further < 1.0 ? 1 : (size_t)fmin(CVL_ROUNDS, 1.0 + further);
}

/* A disturbed round is made again, unless most are disturbed: then waiting does not help. */
static bool wants_round(const struct cvl_rounds *rounds, const struct cvl_timed_row *timed)
{
    const size_t wanted = wanted_rounds(rounds, timed);
    const size_t disturbed = timed->made - timed->undisturbed;
    if (timed->is_over || timed->undisturbed >= wanted)
        return false;
    return timed->made < wanted || (wanted == CVL_ROUNDS && disturbed <= timed->undisturbed);
}

/* The order of rows by parts of their keys. */
static const unsigned problem_parts = CVL_KEY_ALL & ~(CVL_KEY_VARIANT | CVL_KEY_LAYOUT);
static const unsigned rival_parts = CVL_KEY_ALL & ~CVL_KEY_VARIANT;

static int compare_problems(const void *a, const void *b)
{
    const struct cvl_timed_row *const *x = a, *const *y = b;
    return cvl_key_compare(&(*x)->row.key, &(*y)->row.key, problem_parts);
}

static int compare_rivals(const void *a, const void *b)
{
    const struct cvl_timed_row *const *x = a, *const *y = b;
    return cvl_key_compare(&(*x)->row.key, &(*y)->row.key, rival_parts);
}

/* Numbers the problems, and gives each a place in the order. */
static void number_problems(struct cvl_timed_row **sorted, size_t count, struct cvl_random *random)
{
    qsort(sorted, count, sizeof(struct cvl_timed_row *), compare_problems);
    for (size_t i = 0; i < count; i++) {
        const bool is_new = i == 0 || compare_problems(&sorted[i - 1], &sorted[i]) != 0;
        sorted[i]->problem = i == 0 ? 0 : sorted[i - 1]->problem + is_new;
        sorted[i]->shuffle[0] = is_new ? cvl_random_next(random) : sorted[i - 1]->shuffle[0];
        sorted[i]->shuffle[1] = cvl_random_next(random);
    }
}

static void number_rivals(struct cvl_rounds *rounds, struct cvl_timed_row **sorted)
{
    qsort(sorted, rounds->count, sizeof(struct cvl_timed_row *), compare_rivals);
    for (size_t i = 0; i < rounds->count; i++) {
        const bool is_new = i == 0 || compare_rivals(&sorted[i - 1], &sorted[i]) != 0;
        const double median_s = sorted[i]->row.rounds[0].median_s;
        const size_t rivals = i == 0 ? 0 : sorted[i - 1]->rivals + is_new;
        sorted[i]->rivals = rivals;
        rounds->best_s[rivals] = is_new ? median_s : fmin(rounds->best_s[rivals], median_s);
    }
}

static enum cvl_status number(struct cvl_rounds *rounds, struct cvl_error *err)
{
    const size_t count = rounds->count;
    struct cvl_random random = {rounds->seed++};
    struct cvl_timed_row **sorted = malloc((count + 1) * sizeof(struct cvl_timed_row *));
    double *best_s = realloc(rounds->best_s, (count + 1) * sizeof *best_s);
    if (best_s)
        rounds->best_s = best_s;
    if (!sorted || !best_s) {
        free(sorted);
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &rounds->rows[i];
    number_problems(sorted, count, &random);
    number_rivals(rounds, sorted);
    free(sorted);
    return CVL_OK;
}

/* By the shuffled place of the problem, then by a row's own. */
static bool is_before(const struct cvl_timed_row *a, const struct cvl_timed_row *b)
{
    for (size_t i = 0; i < 2; i++)
        if (a->shuffle[i] != b->shuffle[i])
            return a->shuffle[i] < b->shuffle[i];
    return a->problem < b->problem;
}

static int compare_places(const void *a, const void *b)
{
    const struct cvl_timed_row *const *x = a, *const *y = b;
    return is_before(*y, *x) - is_before(*x, *y);
}

enum cvl_status cvl_rounds_order(struct cvl_rounds *rounds, size_t **order, size_t *count,
                                 struct cvl_error *err)
{
    *count = 0;
    *order = NULL;
    enum cvl_status status = number(rounds, err);
    if (status != CVL_OK)
        return status;
    const struct cvl_timed_row **wanting =
        malloc((rounds->count + 1) * sizeof(const struct cvl_timed_row *));
    *order = malloc((rounds->count + 1) * sizeof **order);
    if (!wanting || !*order) {
        free(wanting);
        return no_memory(err);
    }
    for (size_t i = 0; i < rounds->count; i++)
        if (wants_round(rounds, &rounds->rows[i]))
            wanting[(*count)++] = &rounds->rows[i];
    qsort(wanting, *count, sizeof(const struct cvl_timed_row *), compare_places);
    for (size_t i = 0; i < *count; i++)
        (*order)[i] = (size_t)(wanting[i] - rounds->rows);
    free(wanting);
    return CVL_OK;
}

/* Rounds in which a part has no time of its own do not count. @return false: memory ran out */
static bool find_median(const double *values, size_t rounds, size_t stride, double *room,
                        double *median)
{
    struct cvl_statistics statistics = {.median = (double)NAN};
    size_t count = 0;
    for (size_t i = 0; i < rounds; i++)
        if (isfinite(values[i * stride]))
            room[count++] = values[i * stride];
    const bool computed = count == 0 || cvl_statistics_compute(room, count, &statistics);
    *median = statistics.median;
    return computed;
}

static enum cvl_status note_parts(struct cvl_timed_row *timed, struct cvl_error *err)
{
    struct cvl_row *row = &timed->row;
    double *room = malloc(timed->rounds * sizeof *room);
    bool computed = room != NULL;
    for (size_t i = 0; computed && i < row->stage_count; i++)
        computed = find_median(timed->stage_s + i, timed->rounds, row->stage_count, room,
                               &row->stages[i].time_s);
    for (size_t i = 0; computed && i < row->layers_count; i++)
        computed = find_median(timed->layer_s + i, timed->rounds, row->layers_count, room,
                               &row->layers[i].time_s);
    free(room);
    return computed ? CVL_OK : no_memory(err);
}

/* The same kernels, by the same clock. The tuning database may have changed meanwhile. */
static bool is_alike(const struct cvl_row *row, const struct cvl_row *further)
{
    const char *options = row->build_options ? row->build_options : "";
    const char *others = further->build_options ? further->build_options : "";
    return further->status == CVL_ROW_OK && further->has_time && further->round_count == 1 &&
           further->time.clock == row->time.clock && strcmp(options, others) == 0;
}

enum cvl_status cvl_rounds_add(struct cvl_rounds *rounds, size_t index,
                               const struct cvl_row *further, struct cvl_error *err)
{
    assert(index < rounds->count);
    struct cvl_timed_row *timed = &rounds->rows[index];
    timed->is_over = !is_alike(&timed->row, further);
    if (timed->is_over)
        return CVL_OK;
    if (!keep_parts(timed, further))
        return no_memory(err);
    timed->made++;
    const enum cvl_status status = cvl_row_add_round(&timed->row, further, err);
    timed->undisturbed = count_undisturbed(&timed->row);
    return status == CVL_OK ? note_parts(timed, err) : status;
}
