/* Chooses, prints and parses the values of the steps of a case. */
#include "tuning/steps.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory for a network's layers");
}

static enum cvl_status choose_variants(const struct cvl_case *item,
                                       const struct cvl_device_facts *device,
                                       struct cvl_step_choice *choices, struct cvl_error *err)
{
    if (!cvl_network_is_layer(item->network))
        return cvl_case_choose(item, device, choices, err);
    choices[0].variant = item->variant;
    return CVL_OK;
}

enum cvl_status cvl_tuned_steps_choose(const struct cvl_tuning_origin *origin,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_case *item, struct cvl_tuned_steps *out,
                                       struct cvl_error *err)
{
    const size_t count = item->network->step_count;
    const bool is_layer = cvl_network_is_layer(item->network);
    *out = (struct cvl_tuned_steps){
        .count = count,
        .choices = calloc(count, sizeof *out->choices),
        .tunings = calloc(count, sizeof *out->tunings),
        .source = CVL_TUNING_DEFAULT,
    };
    if (!out->choices || !out->tunings)
        return no_memory(err);
    size_t layers = 0; /* ops have no parameters, and no number */
    enum cvl_status status = choose_variants(item, device, out->choices, err);
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        if (item->network->steps[i].op.kind != CVL_OP_CONVOLUTION)
            continue;
        const struct cvl_request request = cvl_case_request(item, i);
        struct cvl_tuning_choice *tuning = &out->tunings[i];
        status = cvl_tuning_choose(origin, device, out->choices[i].variant, &request,
                                   is_layer ? 0 : ++layers, tuning, err);
        out->choices[i].tuning = tuning->values.at;
        out->choices[i].tuning_count = tuning->values.count;
        if (tuning->source > out->source)
            out->source = tuning->source;
    }
    return status;
}

void cvl_tuned_steps_clear(struct cvl_tuned_steps *steps)
{
    free(steps->choices);
    free(steps->tunings);
    *steps = (struct cvl_tuned_steps){0};
}

static void append_values(struct cvl_text *text, size_t number, const struct cvl_values *values)
{
    char one[CVL_VALUES_TEXT_BYTES];
    char *rest = one;
    cvl_values_print(values, one);
    for (char *part; values->count > 0 && (part = strsep(&rest, ","));) {
        cvl_text_append(text, "%s", text->length ? "," : "");
        if (number > 0)
            cvl_text_append(text, "%zu:", number);
        cvl_text_append(text, "%s", part);
    }
}

char *cvl_tuned_steps_print(const struct cvl_tuned_steps *steps, const struct cvl_values *library)
{
    struct cvl_text text = {0};
    size_t layers = 0;
    for (size_t i = 0; i < steps->count; i++)
        if (steps->choices[i].variant) /* else it is an op */
            append_values(&text, steps->count > 1 ? ++layers : 0, &steps->tunings[i].values);
    append_values(&text, 0, library);
    if (text.length == 0)
        cvl_text_append(&text, "none");
    return cvl_text_take(&text);
}

/* Returns the values given for a step; makes room for them first. */
static struct cvl_values *values_of(struct cvl_tuning_origin *origin, size_t step)
{
    assert(step <= CVL_NETWORK_STEPS_MAX);
    if (step == 0)
        return &origin->given;
    if (step > origin->step_count) {
        struct cvl_values *steps = realloc(origin->steps, step * sizeof *steps);
        if (!steps)
            return NULL;
        memset(steps + origin->step_count, 0, (step - origin->step_count) * sizeof *steps);
        origin->steps = steps;
        origin->step_count = step;
    }
    return &origin->steps[step - 1];
}

static enum cvl_status refuse_part(const char *part, struct cvl_error *err)
{
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, part);
    if (!strchr(part, ':'))
        return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected at most %d of NAME=NUMBER", safe,
                        CVL_PLAN_TUNINGS);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "got '%s', expected at most %d of N:NAME=NUMBER for the N-th layer of a "
                    "network, N from 1 to %d",
                    safe, CVL_PLAN_TUNINGS, CVL_NETWORK_STEPS_MAX);
}

/* The number before a colon. */
static bool parse_step(const char *part, const char *colon, int64_t *out)
{
    char number[8];
    const size_t length = (size_t)(colon - part);
    (void)snprintf(number, sizeof number, "%.*s", (int)(length < 7 ? length : 7), part);
    return cvl_parse_i64(number, 1, CVL_NETWORK_STEPS_MAX, out);
}

/* "pixels=7" or "2:pixels=7" */
static enum cvl_status parse_part(const char *part, struct cvl_tuning_origin *origin,
                                  struct cvl_error *err)
{
    const char *colon = strchr(part, ':');
    int64_t step = 0;
    struct cvl_values one;
    if (colon && !parse_step(part, colon, &step))
        return refuse_part(part, err);
    if (cvl_values_parse(colon ? colon + 1 : part, &one, NULL) != CVL_OK || one.count != 1)
        return refuse_part(part, err);
    struct cvl_values *values = values_of(origin, (size_t)step);
    if (!values)
        return no_memory(err);
    return cvl_values_set(values, one.at[0].name, one.at[0].value) ? CVL_OK
                                                                   : refuse_part(part, err);
}

enum cvl_status cvl_tuning_given_parse(const char *text, struct cvl_tuning_origin *origin,
                                       struct cvl_error *err)
{
    char *copy = cvl_duplicate(text), *rest = copy;
    enum cvl_status status = copy ? CVL_OK : no_memory(err);
    for (char *part; status == CVL_OK && (part = strsep(&rest, ","));)
        status = parse_part(part, origin, err);
    free(copy);
    if (status != CVL_OK)
        cvl_tuning_given_clear(origin);
    return status;
}

void cvl_tuning_given_clear(struct cvl_tuning_origin *origin)
{
    free(origin->steps);
    origin->steps = NULL;
    origin->step_count = 0;
    origin->given = (struct cvl_values){0};
}
