/* Chooses which candidate to try next. */
#include "tuning/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

/* After this many random picks that were already tried or are not allowed, the space counts as
 * empty. */
enum { MAX_MISSES = 500 };

struct cvl_search {
    struct cvl_space space;
    struct cvl_random random;
    struct cvl_candidate *tried;
    size_t tried_count;
    size_t best; /* tried_count: none */
    bool has_best;
    size_t stale; /* tries since the best */
    struct cvl_values *suggestions;
    size_t suggestion_count, suggestion_next;
    uint64_t point_count;  /* all combinations of values; counting stops above CVL_SEARCH_SMALL */
    uint64_t point_cursor; /* the next one to try in a small space */
};

static size_t value_count(const struct cvl_parameter *parameter)
{
    size_t count = 0;
    while (count < CVL_PARAMETER_VALUES && parameter->values[count] != 0)
        count++;
    return count;
}

static uint64_t count_points(const struct cvl_space *space)
{
    uint64_t points = 1;
    for (size_t i = 0; i < space->parameter_count && points <= CVL_SEARCH_SMALL; i++)
        points *= value_count(space->parameters[i]);
    return points;
}

enum cvl_status cvl_search_create(const struct cvl_space *space, uint64_t seed,
                                  struct cvl_search **out, struct cvl_error *err)
{
    struct cvl_search *search = calloc(1, sizeof *search);
    *out = search;
    if (!search)
        return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory for a search");
    search->space = *space;
    search->random.state = seed;
    search->point_count = count_points(space);
    return CVL_OK;
}

void cvl_search_destroy(struct cvl_search **search)
{
    if (!*search)
        return;
    free((*search)->tried);
    free((*search)->suggestions);
    free(*search);
    *search = NULL;
}

enum cvl_status cvl_search_suggest(struct cvl_search *search, const struct cvl_values *asked,
                                   struct cvl_error *err)
{
    struct cvl_values *more =
        realloc(search->suggestions, (search->suggestion_count + 1) * sizeof *more);
    if (!more)
        return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory for a suggestion");
    search->suggestions = more;
    more[search->suggestion_count++] = *asked;
    return CVL_OK;
}

/* Returns its index among the tried candidates, or their count if it is not among them. */
static size_t find_tried(const struct cvl_search *search, const struct cvl_values *used)
{
    size_t index = 0;
    while (index < search->tried_count && !cvl_values_equal(&search->tried[index].used, used))
        index++;
    return index;
}

/* Makes it the next candidate if its plan is new. */
static bool offer(const struct cvl_search *search, const struct cvl_values *asked,
                  struct cvl_candidate *out)
{
    *out = (struct cvl_candidate){.asked = *asked, .median_s = (double)NAN};
    return search->space.resolve(search->space.user, asked, &out->used) &&
           find_tried(search, &out->used) == search->tried_count;
}

static bool offer_suggestion(struct cvl_search *search, struct cvl_candidate *out)
{
    while (search->suggestion_next < search->suggestion_count)
        if (offer(search, &search->suggestions[search->suggestion_next++], out))
            return true;
    return false;
}

/* Returns the next value in a parameter's list, up or down from `value`; 0: there is none. */
static int32_t step(const struct cvl_parameter *parameter, int32_t value, bool up)
{
    int32_t found = 0;
    for (size_t i = 0; i < value_count(parameter); i++) {
        const int32_t other = parameter->values[i];
        if (up && other > value)
            return other;
        if (!up && other < value)
            found = other;
    }
    return found;
}

/* Moves one parameter of `asked` one step from its value in `used`. */
static bool move(const struct cvl_parameter *parameter, bool up, const struct cvl_values *used,
                 struct cvl_values *asked)
{
    const int32_t *value = cvl_values_find(used, parameter->name);
    const int32_t next = value ? step(parameter, *value, up) : 0;
    return next != 0 && cvl_values_set(asked, parameter->name, next);
}

/* Takes steps from the best; the parameters take turns to come first. */
static bool offer_neighbour(struct cvl_search *search, struct cvl_candidate *out)
{
    const struct cvl_candidate *best = cvl_search_best(search);
    const size_t moves = 2 * search->space.parameter_count;
    for (size_t i = 0; best && i < moves; i++) {
        const size_t turn = (i + search->tried_count) % moves;
        struct cvl_values asked = best->asked;
        if (move(search->space.parameters[turn / 2], turn % 2 == 0, &best->used, &asked) &&
            offer(search, &asked, out))
            return true;
    }
    return false;
}

static struct cvl_values point_at(const struct cvl_space *space, uint64_t index)
{
    struct cvl_values values = {0};
    for (size_t i = 0; i < space->parameter_count; i++) {
        const size_t count = value_count(space->parameters[i]);
        (void)cvl_values_set(&values, space->parameters[i]->name,
                             space->parameters[i]->values[index % count]);
        index /= count;
    }
    return values;
}

static bool offer_rest(struct cvl_search *search, struct cvl_candidate *out)
{
    while (search->point_cursor < search->point_count) {
        const struct cvl_values asked = point_at(&search->space, search->point_cursor++);
        if (offer(search, &asked, out))
            return true;
    }
    return false;
}

static struct cvl_values pick_anywhere(struct cvl_search *search)
{
    struct cvl_values values = {0};
    for (size_t i = 0; i < search->space.parameter_count; i++) {
        const struct cvl_parameter *parameter = search->space.parameters[i];
        const uint64_t index = cvl_random_below(&search->random, value_count(parameter));
        (void)cvl_values_set(&values, parameter->name, parameter->values[index]);
    }
    return values;
}

/* Changes two parameters at random, to reach what single steps cannot. */
static struct cvl_values pick_near(struct cvl_search *search, const struct cvl_candidate *best)
{
    struct cvl_values values = best->asked;
    for (int i = 0; i < 2; i++) {
        const struct cvl_parameter *parameter =
            search->space
                .parameters[cvl_random_below(&search->random, search->space.parameter_count)];
        const uint64_t index = cvl_random_below(&search->random, value_count(parameter));
        (void)cvl_values_set(&values, parameter->name, parameter->values[index]);
    }
    return values;
}

static bool offer_random(struct cvl_search *search, struct cvl_candidate *out)
{
    const struct cvl_candidate *best = cvl_search_best(search);
    for (int i = 0; i < MAX_MISSES && search->stale < CVL_SEARCH_PATIENCE; i++) {
        const bool near = best && cvl_random_below(&search->random, 2) == 0;
        const struct cvl_values asked = near ? pick_near(search, best) : pick_anywhere(search);
        if (offer(search, &asked, out))
            return true;
    }
    return false;
}

bool cvl_search_next(struct cvl_search *search, struct cvl_candidate *out)
{
    const struct cvl_values nothing = {0};
    if (offer(search, &nothing, out) || offer_suggestion(search, out) ||
        offer_neighbour(search, out))
        return true;
    return search->point_count <= CVL_SEARCH_SMALL ? offer_rest(search, out)
                                                   : offer_random(search, out);
}

enum cvl_status cvl_search_tell(struct cvl_search *search, const struct cvl_candidate *candidate,
                                struct cvl_error *err)
{
    struct cvl_candidate *more =
        realloc(search->tried, (search->tried_count + 1) * sizeof *search->tried);
    if (!more)
        return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory for a candidate");
    search->tried = more;
    more[search->tried_count] = *candidate;
    const bool is_best = candidate->status == CVL_ROW_OK && candidate->median_s > 0.0 &&
                         (!search->has_best || candidate->median_s < more[search->best].median_s);
    search->stale++;
    if (is_best) {
        search->best = search->tried_count;
        search->has_best = true;
        search->stale = 0;
    }
    search->tried_count++;
    return CVL_OK;
}

const struct cvl_candidate *cvl_search_best(const struct cvl_search *search)
{
    return search->has_best ? &search->tried[search->best] : NULL;
}

const struct cvl_candidate *cvl_search_default(const struct cvl_search *search)
{
    const struct cvl_values nothing = {0};
    struct cvl_values used;
    if (!search->space.resolve(search->space.user, &nothing, &used))
        return NULL;
    const size_t index = find_tried(search, &used);
    return index < search->tried_count ? &search->tried[index] : NULL;
}

size_t cvl_search_tried(const struct cvl_search *search)
{
    return search->tried_count;
}

size_t cvl_search_failed(const struct cvl_search *search)
{
    size_t count = 0;
    for (size_t i = 0; i < search->tried_count; i++)
        count += search->tried[i].status != CVL_ROW_OK;
    return count;
}

size_t cvl_search_skipped(const struct cvl_search *search)
{
    size_t count = 0;
    for (size_t i = 0; i < search->tried_count; i++)
        count += search->tried[i].status == CVL_ROW_SKIPPED;
    return count;
}
