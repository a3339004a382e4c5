#include "supervise/chain_protocol.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "result/chain_json.h"

static char *dump(json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return line;
}

char *cvl_message_chain(const struct cvl_chain_row *row)
{
    return dump(json_pack("{s:o}", "chain", cvl_chain_row_json(row)));
}

static json_t *write_tuning(const struct cvl_chain_choice *choice)
{
    json_t *object = json_object();
    for (uint32_t i = 0; object && i < choice->tuning_count; i++)
        if (json_object_set_new(object, choice->tuning[i].name,
                                json_integer(choice->tuning[i].value)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *write_step(const struct cvl_network_step *step,
                          const struct cvl_chain_choice *choice)
{
    char problem[CVL_PROBLEM_TEXT_BYTES];
    (void)cvl_problem_print(&step->problem, problem, sizeof problem);
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:o}", "layer", step->layer, "repetition",
                     (int)step->repetition, "repetitions", (int)step->repetitions, "problem",
                     problem, "variant", cvl_variant_name(choice->variant), "tuning",
                     write_tuning(choice));
}

char *cvl_chain_task_write(const struct cvl_chain_case *item,
                           const struct cvl_chain_choice *choices)
{
    const struct cvl_network *chain = item->chain;
    json_t *steps = json_array(), *residuals = json_array();
    int failed = !steps || !residuals;
    for (size_t i = 0; !failed && i < chain->step_count; i++)
        failed = json_array_append_new(steps, write_step(&chain->steps[i], &choices[i]));
    for (size_t i = 0; !failed && i < chain->residual_count; i++)
        failed = json_array_append_new(residuals, json_pack("[i, i]", (int)chain->residuals[i].from,
                                                            (int)chain->residuals[i].to));
    json_t *object =
        failed ? NULL
               : json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:O}", "chain", chain->name, "form",
                           cvl_form_name(chain->form), "lead", cvl_variant_name(item->variant),
                           "layout", cvl_layout_name(item->layout), "dtype",
                           cvl_dtype_name(item->dtype), "steps", steps, "residuals", residuals);
    json_decref(steps);
    json_decref(residuals);
    return dump(object);
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static enum cvl_status read_variant(const json_t *object, const char *key,
                                    const struct cvl_variant **out, struct cvl_error *err)
{
    *out = cvl_variant_find(get_text(object, key));
    return *out ? CVL_OK
                : cvl_fail(err, CVL_BAD_INPUT, "supervise: no variant '%s'", get_text(object, key));
}

static enum cvl_status read_tuning(json_t *object, struct cvl_values *values,
                                   struct cvl_chain_choice *choice, struct cvl_error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: tuning: expected an object");
    json_object_foreach(object, name, value)
    {
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number > INT32_MAX ||
            !cvl_values_set(values, name, (int32_t)number))
            return cvl_fail(err, CVL_BAD_INPUT, "supervise: tuning: expected names with integers");
    }
    choice->tuning = values->at;
    choice->tuning_count = values->count;
    return CVL_OK;
}

static enum cvl_status read_step(const json_t *object, struct cvl_chain_task *out,
                                 struct cvl_error *err)
{
    const size_t index = out->chain.step_count++;
    struct cvl_network_step *step = &out->chain.steps[index];
    cvl_copy(step->layer, sizeof step->layer, get_text(object, "layer"));
    step->repetition = (uint32_t)json_integer_value(json_object_get(object, "repetition"));
    step->repetitions = (uint32_t)json_integer_value(json_object_get(object, "repetitions"));
    enum cvl_status status = cvl_problem_parse(get_text(object, "problem"), &step->problem, err);
    if (status == CVL_OK)
        status = read_variant(object, "variant", &out->choices[index].variant, err);
    return status == CVL_OK ? read_tuning(json_object_get(object, "tuning"), &out->tunings[index],
                                          &out->choices[index], err)
                            : status;
}

static enum cvl_status read_residual(const json_t *pair, struct cvl_chain_task *out,
                                     struct cvl_error *err)
{
    const json_int_t from = json_integer_value(json_array_get(pair, 0));
    const json_int_t to = json_integer_value(json_array_get(pair, 1));
    if (json_array_size(pair) != 2 || from < 0 || to < from || (size_t)to >= out->chain.step_count)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: residuals: expected pairs of steps");
    out->chain.residuals[out->chain.residual_count++] =
        (struct cvl_residual){(uint32_t)from, (uint32_t)to};
    return CVL_OK;
}

static enum cvl_status read_lists(const json_t *object, struct cvl_chain_task *out,
                                  struct cvl_error *err)
{
    const json_t *steps = json_object_get(object, "steps");
    const json_t *residuals = json_object_get(object, "residuals");
    const size_t count = json_array_size(steps), sums = json_array_size(residuals);
    if (count == 0 || !json_is_array(residuals))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: expected steps and residuals");
    out->chain.steps = calloc(count, sizeof *out->chain.steps);
    out->chain.residuals = calloc(sums + 1, sizeof *out->chain.residuals);
    out->choices = calloc(count, sizeof *out->choices);
    out->tunings = calloc(count, sizeof *out->tunings);
    if (!out->chain.steps || !out->chain.residuals || !out->choices || !out->tunings)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a network");
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = read_step(json_array_get(steps, i), out, err);
    for (size_t i = 0; i < sums && status == CVL_OK; i++)
        status = read_residual(json_array_get(residuals, i), out, err);
    return status;
}

enum cvl_status cvl_chain_task_read(const char *line, struct cvl_chain_task *out,
                                    struct cvl_error *err)
{
    json_error_t reason;
    *out = (struct cvl_chain_task){0};
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &reason);
    if (!object)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: not a message: %s", reason.text);
    cvl_copy(out->chain.name, sizeof out->chain.name, get_text(object, "chain"));
    enum cvl_status status = cvl_form_parse(get_text(object, "form"), &out->chain.form, err);
    if (status == CVL_OK)
        status = cvl_layout_parse(get_text(object, "layout"), &out->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(get_text(object, "dtype"), &out->dtype, err);
    if (status == CVL_OK)
        status = read_variant(object, "lead", &out->lead, err);
    if (status == CVL_OK)
        status = read_lists(object, out, err);
    json_decref(object);
    return status;
}

void cvl_chain_task_clear(struct cvl_chain_task *task)
{
    free(task->chain.steps);
    free(task->chain.residuals);
    free(task->choices);
    free(task->tunings);
    *task = (struct cvl_chain_task){0};
}
