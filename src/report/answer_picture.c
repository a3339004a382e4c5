/* Bars of what lives in the steps around a peak. */
#include "report/answer_picture.h"

#include <assert.h>
#include <stdio.h>

#include "base/text.h"
#include "report/answer_detail.h"

enum { MAX_STEPS = 3, BAR_COLUMNS = 16, STEP_COLUMNS = BAR_COLUMNS + 2 };

/* One line of bars. */
struct part {
    const char *name;
    uint64_t (*get)(const struct cvl_row *row, const struct cvl_row_stage *stage);
};

static uint64_t get_input(const struct cvl_row *row, const struct cvl_row_stage *stage)
{
    (void)row;
    return stage->live_input_bytes;
}

static uint64_t get_intermediate(const struct cvl_row *row, const struct cvl_row_stage *stage)
{
    (void)row;
    return stage->live_intermediate_bytes;
}

static uint64_t get_workspace(const struct cvl_row *row, const struct cvl_row_stage *stage)
{
    (void)row;
    return stage->live_workspace_bytes;
}

static uint64_t get_output(const struct cvl_row *row, const struct cvl_row_stage *stage)
{
    (void)row;
    return stage->live_output_bytes;
}

static uint64_t get_weights(const struct cvl_row *row, const struct cvl_row_stage *stage)
{
    (void)stage;
    return row->computed.weights_bytes;
}

static const struct part parts[] = {
    {"input", get_input},   {"between", get_intermediate}, {"workspace", get_workspace},
    {"output", get_output}, {"weights", get_weights},
};

/* The steps that are shown: at most three, the peak's among them. */
struct steps {
    const struct cvl_row *row;
    size_t first, count, peak;
};

static struct steps choose_steps(const struct cvl_answer *answer)
{
    const struct cvl_row *row = answer->usual->row;
    struct steps steps = {.row = row, .peak = (size_t)(answer->peak_stage - row->stages)};
    assert(steps.peak < row->stage_count);
    if (row->stage_count > MAX_STEPS && steps.peak > 0)
        steps.first = steps.peak - 1;
    if (steps.first + MAX_STEPS > row->stage_count && row->stage_count > MAX_STEPS)
        steps.first = row->stage_count - MAX_STEPS;
    steps.count = row->stage_count - steps.first;
    steps.count = steps.count < MAX_STEPS ? steps.count : MAX_STEPS;
    return steps;
}

static bool is_known(const struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        if (steps->row->stages[steps->first + i].live_output_bytes == CVL_ABSENT)
            return false;
    return true;
}

static void append_heading(struct cvl_text *text, const struct steps *steps)
{
    cvl_text_append(text, "%*s", 23, "");
    for (size_t i = 0; i < steps->count; i++) {
        char name[STEP_COLUMNS - 3]; /* "1 depthwise", and a blank after it */
        cvl_copy_safe(name, sizeof name, steps->row->stages[steps->first + i].name);
        cvl_text_append(text, "%2zu %-*s", steps->first + i + 1, STEP_COLUMNS - 3, name);
    }
}

/* @return false: it has no bytes in any of the steps, or too few to be seen beside the peak */
static bool append_part(struct cvl_text *text, const struct steps *steps, const struct part *part)
{
    const uint64_t whole = steps->row->stages[steps->peak].computed_bytes;
    uint64_t max = 0;
    for (size_t i = 0; i < steps->count; i++) {
        const uint64_t bytes = part->get(steps->row, &steps->row->stages[steps->first + i]);
        max = bytes > max ? bytes : max;
    }
    if (max == 0 || max == CVL_ABSENT || max < whole / 100)
        return false;
    char amount[24];
    cvl_print_bytes(amount, sizeof amount, max);
    cvl_text_append(text, "  %-9s %10s  ", part->name, amount);
    for (size_t i = 0; i < steps->count; i++) {
        const uint64_t bytes = part->get(steps->row, &steps->row->stages[steps->first + i]);
        const double share = whole > 0 ? (double)bytes / (double)whole : 0.0;
        int length = (int)(share * BAR_COLUMNS + 0.5);
        length = bytes > 0 && length < 1 ? 1 : length > BAR_COLUMNS ? BAR_COLUMNS : length;
        cvl_text_append(text, "%.*s%*s", length, "################", STEP_COLUMNS - length, "");
    }
    return true;
}

/* "k64 as sep_unfused, freed early: peak 12.6 MiB, step 2 of 2" */
static void append_title(struct cvl_text *text, const struct cvl_answer *answer,
                         const struct steps *steps)
{
    const struct cvl_key *key = &steps->row->key;
    char peak[24];
    cvl_print_bytes(peak, sizeof peak, answer->usual->peak_bytes);
    cvl_text_append_safe(text, cvl_key_is_network(key) ? key->network : key->layer);
    cvl_text_append(text, " as ");
    cvl_text_append_safe(text, key->variant);
    cvl_text_append(text, ", freed early: peak %s, step %zu of %zu", peak, steps->peak + 1,
                    steps->row->stage_count);
    if (cvl_key_is_network(key)) {
        cvl_text_append(text, ", ");
        cvl_text_append_safe(text, answer->peak_stage->layer);
    }
}

void cvl_answer_picture(const struct cvl_report *report, const struct cvl_answer *answer)
{
    if (!answer->peak_stage)
        return;
    const struct steps steps = choose_steps(answer);
    if (!is_known(&steps))
        return;
    struct cvl_text text = {0};
    (void)fputc('\n', report->stream);
    append_title(&text, answer, &steps);
    cvl_answer_put(report, &text);
    append_heading(&text, &steps);
    cvl_answer_put(report, &text);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (append_part(&text, &steps, &parts[i]))
            cvl_answer_put(report, &text);
        else
            cvl_text_clear(&text);
}
