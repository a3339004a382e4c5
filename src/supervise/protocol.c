/* Messages of supervisor and workers, written and read. */
#include "supervise/protocol.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "problem/problem_parts.h"
#include "result/device_json.h"
#include "result/fields.h"
#include "result/row_json.h"
#include "run/options.h"

char *cvl_message_hello(const struct cvl_device_facts *device)
{
    return cvl_json_print(json_pack("{s:o}", "hello", cvl_device_json(device)));
}

char *cvl_message_step(const char *step)
{
    return cvl_json_print(json_pack("{s:s}", "step", step));
}

char *cvl_message_row(const struct cvl_row *row)
{
    return cvl_json_print(json_pack("{s:o}", "row", cvl_row_json(row, CVL_ROW_EVERYTHING)));
}

char *cvl_message_peaks(const struct cvl_device_peaks *peaks)
{
    return cvl_json_print(json_pack("{s:o}", "peaks", cvl_peaks_json(peaks)));
}

char *cvl_message_error(const struct cvl_error *error)
{
    char text[CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(text, sizeof text, error->text);
    return cvl_json_print(json_pack("{s:s, s:i}", "error", text, "status", (int)error->status));
}

void cvl_message_clear(struct cvl_message *message)
{
    if (message->kind == CVL_MESSAGE_ROW)
        cvl_row_clear(&message->row);
    *message = (struct cvl_message){0};
}

static enum cvl_status read_error(const json_t *object, struct cvl_message *out,
                                  struct cvl_error *err)
{
    const char *text = json_string_value(json_object_get(object, "error"));
    json_int_t status = json_integer_value(json_object_get(object, "status"));
    if (!text || status <= CVL_OK || status > CVL_FAILED)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: a message of no known kind");
    out->kind = CVL_MESSAGE_ERROR;
    (void)cvl_fail(&out->error, (enum cvl_status)status, "%s", text);
    return CVL_OK;
}

enum cvl_status cvl_message_read(const char *line, struct cvl_message *out, struct cvl_error *err)
{
    json_t *object = NULL;
    *out = (struct cvl_message){.kind = CVL_MESSAGE_STEP};
    enum cvl_status status = cvl_json_load(line, "supervise: a message", &object, err);
    if (status != CVL_OK)
        return status;
    const json_t *hello = json_object_get(object, "hello");
    json_t *row = json_object_get(object, "row");
    const json_t *peaks = json_object_get(object, "peaks");
    const char *step = json_string_value(json_object_get(object, "step"));
    if (hello) {
        out->kind = CVL_MESSAGE_HELLO;
        status = cvl_device_json_read(hello, &out->device, err);
    } else if (row) {
        status = cvl_row_json_read(row, &out->row, err);
        if (status == CVL_OK)
            out->kind = CVL_MESSAGE_ROW;
    } else if (peaks) {
        out->kind = CVL_MESSAGE_PEAKS;
        status = cvl_peaks_json_read(peaks, &out->peaks, err);
    } else if (step) {
        cvl_copy(out->step, sizeof out->step, step);
        status = CVL_OK;
    } else {
        status = read_error(object, out, err);
    }
    json_decref(object);
    return status;
}

static json_t *write_tuning(const struct cvl_step_choice *choice)
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

static json_t *write_shape(const struct cvl_shape *shape)
{
    return json_pack("[i, i, i, i]", shape->mb, shape->c, shape->h, shape->w);
}

static json_t *write_op(const struct cvl_op *op)
{
    return json_pack("{s:s, s:s, s:o, s:[i, i, i, i, i, i], s:[i, i], s:i}", "kind",
                     cvl_op_kind_name(op->kind), "function", cvl_function_name(op->function), "out",
                     write_shape(&op->out), "window", op->kh, op->kw, op->sh, op->sw, op->ph,
                     op->pw, "at", op->row, op->column, "weights", op->weights);
}

/* Tensors that the step reads; none: the step before. */
static json_t *write_inputs(const struct cvl_network *network, size_t step)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < network->steps[step].input_count; i++) {
        const uint32_t input = cvl_network_input(network, step, i);
        if (json_array_append_new(
                list, json_integer(input == CVL_NETWORK_INPUT ? -1 : (json_int_t)input)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *write_step(const struct cvl_network *network, size_t index,
                          const struct cvl_step_choice *choice)
{
    const struct cvl_network_step *step = &network->steps[index];
    char problem[CVL_PROBLEM_TEXT_BYTES];
    if (step->op.kind != CVL_OP_CONVOLUTION)
        return json_pack("{s:s, s:i, s:i, s:i, s:o, s:o}", "layer", step->layer, "repetition",
                         (int)step->repetition, "repetitions", (int)step->repetitions, "weights_of",
                         (int)step->weights_of, "inputs", write_inputs(network, index), "op",
                         write_op(&step->op));
    (void)cvl_problem_print(&step->problem, problem, sizeof problem);
    return json_pack("{s:s, s:i, s:i, s:i, s:o, s:s, s:s, s:o}", "layer", step->layer, "repetition",
                     (int)step->repetition, "repetitions", (int)step->repetitions, "weights_of",
                     (int)step->weights_of, "inputs", write_inputs(network, index), "problem",
                     problem, "variant", cvl_variant_name(choice->variant), "tuning",
                     write_tuning(choice));
}

static json_t *write_steps(const struct cvl_network *network, const struct cvl_step_choice *choices)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < network->step_count; i++)
        if (json_array_append_new(list, write_step(network, i, &choices[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

char *cvl_job_case(enum cvl_job_kind kind, const struct cvl_case *item,
                   const struct cvl_step_choice *choices)
{
    assert(item->network->step_count > 0 && choices);
    assert(kind == CVL_JOB_CASE || kind == CVL_JOB_TIME);
    json_t *task = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "network", item->network->name, "form",
        cvl_form_name(item->network->form), "variant", cvl_variant_name(item->variant), "layout",
        cvl_layout_name(item->layout), "dtype", cvl_dtype_name(item->dtype), "passes",
        cvl_passes_name(item->passes), "optimizer", cvl_optimizer_name(item->optimizer), "input",
        write_shape(&item->network->input), "steps", write_steps(item->network, choices));
    return cvl_json_print(json_pack("{s:o}", kind == CVL_JOB_TIME ? "time" : "case", task));
}

char *cvl_job_options(const struct cvl_run_options *options)
{
    return cvl_json_print(json_pack("{s:o}", "options", cvl_run_options_json(options)));
}

char *cvl_job_measure(void)
{
    return cvl_json_print(json_pack("{s:b}", "measure", 1));
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static enum cvl_status read_variant(const json_t *object, const struct cvl_variant **out,
                                    struct cvl_error *err)
{
    const char *name = get_text(object, "variant");
    *out = cvl_variant_find(name);
    return *out ? CVL_OK : cvl_fail(err, CVL_BAD_INPUT, "supervise: no variant '%s'", name);
}

static enum cvl_status read_tuning(json_t *object, struct cvl_values *out, struct cvl_error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: tuning: expected an object");
    json_object_foreach(object, name, value)
    {
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number > INT32_MAX ||
            !cvl_values_set(out, name, (int32_t)number))
            return cvl_fail(err, CVL_BAD_INPUT,
                            "supervise: tuning: expected a few short names with integers");
    }
    return CVL_OK;
}

/* Integers of a list of so many. */
static bool read_ints(const json_t *list, size_t count, int32_t *out)
{
    bool good = json_array_size(list) == count;
    for (size_t i = 0; i < count && good; i++) {
        const json_int_t value = json_integer_value(json_array_get(list, i));
        good = value >= 0 && value <= INT32_MAX;
        out[i] = (int32_t)value;
    }
    return good;
}

static bool read_shape(const json_t *list, struct cvl_shape *out)
{
    int32_t n[4];
    const bool good = read_ints(list, 4, n);
    if (good)
        *out = (struct cvl_shape){n[0], n[1], n[2], n[3]};
    return good;
}

static enum cvl_status read_op(const json_t *object, struct cvl_op *op, struct cvl_error *err)
{
    int32_t n[6], at[2];
    enum cvl_status status = cvl_op_kind_parse(get_text(object, "kind"), &op->kind, err);
    if (status == CVL_OK)
        status = cvl_function_parse(get_text(object, "function"), &op->function, err);
    if (status != CVL_OK)
        return status;
    op->weights = (int32_t)json_integer_value(json_object_get(object, "weights"));
    if (!read_shape(json_object_get(object, "out"), &op->out) ||
        !read_ints(json_object_get(object, "window"), 6, n) ||
        !read_ints(json_object_get(object, "at"), 2, at))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: op: expected sizes");
    op->row = at[0];
    op->column = at[1];
    op->kh = n[0];
    op->kw = n[1];
    op->sh = n[2];
    op->sw = n[3];
    op->ph = n[4];
    op->pw = n[5];
    return CVL_OK;
}

static enum cvl_status read_convolution(const json_t *object, struct cvl_job *job, size_t index,
                                        struct cvl_error *err)
{
    struct cvl_step_choice *choice = &job->choices[index];
    struct cvl_values *tuning = &job->tunings[index];
    enum cvl_status status = cvl_problem_read_printed(get_text(object, "problem"),
                                                      &job->network.steps[index].problem, err);
    if (status == CVL_OK)
        status = read_variant(object, &choice->variant, err);
    if (status == CVL_OK)
        status = read_tuning(json_object_get(object, "tuning"), tuning, err);
    choice->tuning = tuning->at;
    choice->tuning_count = tuning->count;
    return status;
}

/* What the last step reads: the network check says whether it is made before. */
static enum cvl_status read_inputs(const json_t *list, struct cvl_network *network,
                                   struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < json_array_size(list) && status == CVL_OK; i++) {
        const json_int_t input = json_integer_value(json_array_get(list, i));
        status =
            cvl_network_add_input(network, input < 0 ? CVL_NETWORK_INPUT : (uint32_t)input, err);
    }
    return status;
}

static enum cvl_status read_step(const json_t *object, struct cvl_job *job, size_t index,
                                 struct cvl_error *err)
{
    struct cvl_network_step *step = &job->network.steps[index];
    const json_t *op = json_object_get(object, "op");
    const char *layer = get_text(object, "layer");
    if (strlen(layer) >= sizeof step->layer)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: layer: expected a short name");
    cvl_copy(step->layer, sizeof step->layer, layer);
    step->repetition = (uint32_t)json_integer_value(json_object_get(object, "repetition"));
    step->repetitions = (uint32_t)json_integer_value(json_object_get(object, "repetitions"));
    step->weights_of = (uint32_t)json_integer_value(json_object_get(object, "weights_of"));
    const enum cvl_status status =
        read_inputs(json_object_get(object, "inputs"), &job->network, err);
    if (status != CVL_OK)
        return status;
    return op ? read_op(op, &step->op, err) : read_convolution(object, job, index, err);
}

static enum cvl_status read_steps(const json_t *list, struct cvl_job *job, struct cvl_error *err)
{
    const size_t count = json_array_size(list);
    if (count == 0 || count > CVL_NETWORK_STEPS_MAX)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: steps: expected 1 to %d",
                        CVL_NETWORK_STEPS_MAX);
    job->network.steps = calloc(count, sizeof *job->network.steps);
    job->choices = calloc(count, sizeof *job->choices);
    job->tunings = calloc(count, sizeof *job->tunings);
    if (!job->network.steps || !job->choices || !job->tunings)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a case");
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        job->network.step_count = i + 1;
        status = read_step(json_array_get(list, i), job, i, err);
    }
    return status == CVL_OK ? cvl_network_check(&job->network, err) : status;
}

static enum cvl_status read_network(const json_t *object, struct cvl_job *job,
                                    struct cvl_error *err)
{
    const char *name = get_text(object, "network");
    if (strlen(name) >= sizeof job->network.name)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: network: expected a short name");
    cvl_copy(job->network.name, sizeof job->network.name, name);
    if (!read_shape(json_object_get(object, "input"), &job->network.input))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: input: expected four sizes");
    const enum cvl_status status =
        cvl_form_parse(get_text(object, "form"), &job->network.form, err);
    return status == CVL_OK ? read_steps(json_object_get(object, "steps"), job, err) : status;
}

static enum cvl_status read_case(const json_t *object, struct cvl_job *job, struct cvl_error *err)
{
    struct cvl_case *item = &job->item;
    enum cvl_status status = read_network(object, job, err);
    if (status == CVL_OK)
        status = read_variant(object, &item->variant, err);
    if (status == CVL_OK)
        status = cvl_layout_parse(get_text(object, "layout"), &item->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(get_text(object, "dtype"), &item->dtype, err);
    if (status == CVL_OK)
        status = cvl_passes_parse(get_text(object, "passes"), &item->passes, err);
    if (status == CVL_OK)
        status = cvl_optimizer_parse(get_text(object, "optimizer"), &item->optimizer, err);
    item->network = &job->network;
    return status;
}

enum cvl_status cvl_job_read(const char *line, struct cvl_job *out, struct cvl_error *err)
{
    *out = (struct cvl_job){.kind = CVL_JOB_MEASURE};
    json_t *object = NULL;
    enum cvl_status status = cvl_json_load(line, "supervise: a job", &object, err);
    if (status != CVL_OK)
        return status;
    const json_t *options = json_object_get(object, "options");
    const json_t *item = json_object_get(object, "case");
    const json_t *timed = json_object_get(object, "time");
    if (options) {
        out->kind = CVL_JOB_OPTIONS;
        status = cvl_run_options_json_read(options, &out->options, err);
    } else if (item || timed) {
        out->kind = item ? CVL_JOB_CASE : CVL_JOB_TIME;
        status = read_case(item ? item : timed, out, err);
    } else if (!json_is_true(json_object_get(object, "measure"))) {
        status = cvl_fail(err, CVL_BAD_INPUT, "supervise: a job of no known kind");
    }
    json_decref(object);
    return status;
}

void cvl_job_clear(struct cvl_job *job)
{
    cvl_run_options_clear(&job->options);
    cvl_network_clear(&job->network);
    free(job->choices);
    free(job->tunings);
    *job = (struct cvl_job){0};
}

char *cvl_device_list_write(const struct cvl_device_list *list)
{
    return cvl_json_print(cvl_device_list_json(list));
}

enum cvl_status cvl_device_list_read(const char *line, struct cvl_device_list *out,
                                     struct cvl_error *err)
{
    *out = (struct cvl_device_list){0};
    json_t *object = NULL;
    enum cvl_status status = cvl_json_load(line, "supervise: devices", &object, err);
    if (status != CVL_OK)
        return status;
    const json_t *platforms = json_object_get(object, "platforms");
    const json_t *devices = json_object_get(object, "devices");
    if (!json_is_array(platforms) || !json_is_array(devices)) {
        json_decref(object);
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: not a list of devices");
    }
    out->platforms = calloc(json_array_size(platforms) + 1, sizeof *out->platforms);
    out->devices = calloc(json_array_size(devices) + 1, sizeof *out->devices);
    if (!out->platforms || !out->devices)
        status = cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for the devices");
    for (size_t i = 0; status == CVL_OK && i < json_array_size(platforms); i++)
        status = cvl_platform_json_read(json_array_get(platforms, i),
                                        &out->platforms[out->platform_count++], err);
    for (size_t i = 0; status == CVL_OK && i < json_array_size(devices); i++)
        status = cvl_device_json_read(json_array_get(devices, i),
                                      &out->devices[out->device_count++], err);
    json_decref(object);
    if (status != CVL_OK)
        cvl_device_list_clear(out);
    return status;
}
