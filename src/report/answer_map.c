/* Input channels down, output channels across: + needs more, - less, = the same. */
#include "report/answer_map.h"

#include <stdlib.h>

#include "report/answer_detail.h"

enum { MAX_SIDE = 12, CELL_COLUMNS = 5 };

/* Subjects that differ in channels alone, and the channels that they have, ascending. */
struct map {
    const struct cvl_subject *subjects, *first;
    size_t count;
    int32_t inputs[MAX_SIDE], outputs[MAX_SIDE];
    size_t input_count, output_count;
};

static const struct cvl_problem *problem_of(const struct cvl_subject *subject)
{
    return &cvl_subject_key(subject)->problem;
}

static bool belongs(const struct map *map, const struct cvl_subject *subject)
{
    struct cvl_key key = *cvl_subject_key(subject);
    const struct cvl_key *first = cvl_subject_key(map->first);
    if (cvl_subject_is_network(subject) || !cvl_subject_has_standard(subject))
        return false;
    key.problem.ic = first->problem.ic;
    key.problem.oc = first->problem.oc;
    return cvl_key_compare(&key, first,
                           CVL_KEY_DEVICE | CVL_KEY_NETWORK | CVL_KEY_GEOMETRY | CVL_KEY_LAYOUT |
                               CVL_KEY_DTYPE | CVL_KEY_PASSES) == 0;
}

/* @return false: there are too many */
static bool insert(int32_t values[MAX_SIDE], size_t *count, int32_t value)
{
    size_t at = 0;
    while (at < *count && values[at] < value)
        at++;
    if (at < *count && values[at] == value)
        return true;
    if (*count == MAX_SIDE)
        return false;
    for (size_t i = *count; i > at; i--)
        values[i] = values[i - 1];
    values[at] = value;
    (*count)++;
    return true;
}

static bool find_sides(struct map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct cvl_problem *problem = problem_of(&map->subjects[i]);
        if (belongs(map, &map->subjects[i]) &&
            (!insert(map->inputs, &map->input_count, problem->ic) ||
             !insert(map->outputs, &map->output_count, problem->oc)))
            return false;
    }
    return map->input_count >= 3 && map->output_count >= 3;
}

static const struct cvl_subject *find_subject(const struct map *map, int32_t ic, int32_t oc)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct cvl_problem *problem = problem_of(&map->subjects[i]);
        if (problem->ic == ic && problem->oc == oc && belongs(map, &map->subjects[i]))
            return &map->subjects[i];
    }
    return NULL;
}

static const char *sign_of(const struct cvl_subject *subject, enum cvl_policy policy)
{
    static const char *const signs[CVL_BYTES_ANSWER_COUNT] = {
        [CVL_BYTES_SAME] = "=", [CVL_BYTES_MORE] = "+", [CVL_BYTES_LESS] = "-"};
    const struct cvl_answer *answer = subject ? cvl_subject_answer(subject, policy) : NULL;
    return answer ? signs[answer->usual->answer] : "";
}

static void append_signs(struct cvl_text *text, const struct map *map, int32_t ic,
                         enum cvl_policy policy)
{
    for (size_t k = 0; k < map->output_count; k++)
        cvl_text_append(text, "%*s", CELL_COLUMNS,
                        sign_of(find_subject(map, ic, map->outputs[k]), policy));
}

static void append_outputs(struct cvl_text *text, const struct map *map)
{
    for (size_t k = 0; k < map->output_count; k++)
        cvl_text_append(text, "%*d", CELL_COLUMNS, map->outputs[k]);
}

/* The two maps stand side by side where there is room. */
static void put_map(const struct cvl_report *report, const struct map *map,
                    const enum cvl_policy *policies, size_t policy_count)
{
    static const char *const titles[CVL_POLICY_COUNT] = {
        [CVL_ALL_LIVE] = "all kept", [CVL_FREED] = "freed early"};
    struct cvl_text text = {0};
    cvl_text_append(&text, "  C \\ K ");
    for (size_t i = 0; i < policy_count; i++)
        cvl_text_append(&text, "  %-*s", (int)(CELL_COLUMNS * map->output_count),
                        titles[policies[i]]);
    cvl_answer_put(report, &text);
    cvl_text_append(&text, "%8s", "");
    for (size_t i = 0; i < policy_count; i++) {
        cvl_text_append(&text, "  ");
        append_outputs(&text, map);
    }
    cvl_answer_put(report, &text);
    for (size_t c = 0; c < map->input_count; c++) {
        cvl_text_append(&text, "%7d ", map->inputs[c]);
        for (size_t i = 0; i < policy_count; i++) {
            cvl_text_append(&text, "  ");
            append_signs(&text, map, map->inputs[c], policies[i]);
        }
        cvl_answer_put(report, &text);
    }
}

/* T + Ws > Wstd, the condition of model.h with all buffers kept, solved for K. */
static void put_condition(const struct cvl_report *report, const struct cvl_problem *problem)
{
    const double taps = (double)problem->kh * problem->kw;
    const double outputs = (double)problem->oh * problem->ow * problem->mb;
    struct cvl_text text = {0};
    if (taps <= 1.0)
        return;
    cvl_text_append(&text,
                    "  + more, - less, = within 1 %%. All kept, two kernels need more where "
                    "K < %.4g.",
                    (outputs + taps) / (taps - 1.0));
    cvl_answer_put(report, &text);
}

bool cvl_answer_put_map(const struct cvl_report *report, const struct cvl_subject *subjects,
                        size_t count, const struct cvl_subject *first)
{
    static const enum cvl_policy policies[] = {CVL_ALL_LIVE, CVL_FREED};
    struct map map = {.subjects = subjects, .count = count, .first = first};
    if (!belongs(&map, first) || !find_sides(&map))
        return false;
    const size_t columns = 8 + 2 * (2 + CELL_COLUMNS * map.output_count);
    (void)fputc('\n', report->stream);
    if (columns <= 80) {
        put_map(report, &map, policies, 2);
    } else {
        put_map(report, &map, &policies[0], 1);
        put_map(report, &map, &policies[1], 1);
    }
    put_condition(report, problem_of(first));
    return true;
}
