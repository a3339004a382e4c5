/* The whole document, one line for each device, row and verdict. */
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "report/answers_json.h"
#include "report/levers.h"
#include "report/writer.h"
#include "result/device_json.h"
#include "result/fields.h"
#include "result/results_json.h"
#include "result/row_json.h"

/* Takes the object over. */
static enum cvl_status put(const struct cvl_report *report, json_t *object, struct cvl_error *err)
{
    char *text = cvl_json_print(object);
    if (!text)
        return cvl_fail(err, CVL_NO_MEMORY, "report/json: out of memory");
    (void)fputs(text, report->stream);
    free(text);
    return CVL_OK;
}

static enum cvl_status put_member(const struct cvl_report *report, const char *key, json_t *object,
                                  struct cvl_error *err)
{
    (void)fprintf(report->stream, ",\n\"%s\":", key);
    return put(report, object, err);
}

static enum cvl_status json_begin(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    (void)fputs("{\"schema\":\"" CVL_RESULTS_SCHEMA "\"", report->stream);
    enum cvl_status status = put_member(
        report, "tool", json_pack("{s:s,s:s}", "name", "convlens", "version", cvl_version()), err);
    if (status == CVL_OK)
        status = put_member(report, "run",
                            json_pack("{s:o,s:o,s:o,s:o,s:o}", "sweep",
                                      cvl_json_note(results->sweep, sizeof results->sweep),
                                      "started", cvl_json_note(results->started, 0), "command",
                                      cvl_json_note(results->command, 0), "host",
                                      cvl_json_note(results->host, 0), "version",
                                      cvl_json_note(results->version, 0)),
                            err);
    (void)fputs(",\n\"devices\":[", report->stream);
    for (size_t i = 0; status == CVL_OK && i < results->device_count; i++) {
        (void)fputs(i ? ",\n" : "\n", report->stream);
        status = put(report, cvl_device_json(&results->devices[i]), err);
    }
    (void)fputs("],\n\"rows\":[", report->stream);
    return status;
}

/* The rows of single layers, or those of networks. */
static enum cvl_status put_rows(const struct cvl_report *report, bool networks,
                                struct cvl_error *err)
{
    const char *separator = "\n";
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (cvl_key_is_network(&row->key) != networks)
            continue;
        (void)fputs(separator, report->stream);
        status = put(report, cvl_row_json(row, CVL_ROW_DOCUMENT), err);
        separator = ",\n";
    }
    return status;
}

/* Sums over a network's layers; null where an older convlens did not state them. */
static json_t *totals_json(const struct cvl_row *row)
{
    uint64_t convolutions = 0, multiply_adds = 0, weights = 0;
    for (size_t i = 0; i < row->layers_count; i++) {
        const struct cvl_row_layer *layer = &row->layers[i];
        if (layer->convolutions == CVL_ABSENT || layer->multiply_adds == CVL_ABSENT ||
            layer->weights == CVL_ABSENT)
            return json_null();
        convolutions += layer->convolutions;
        multiply_adds += layer->multiply_adds;
        weights += layer->weights;
    }
    json_t *object = json_object();
    int failed = cvl_json_set(object, "convolutions", cvl_json_u64(convolutions));
    failed |= cvl_json_set(object, "multiply_adds", cvl_json_u64(multiply_adds));
    failed |= cvl_json_set(object, "weights", cvl_json_u64(weights));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *network_json(const struct cvl_row *row)
{
    size_t ops = 0;
    for (size_t i = 0; i < row->layers_count; i++)
        ops += strcmp(row->layers[i].variant, "op") == 0;
    json_t *object = json_object();
    int failed =
        cvl_json_set(object, "network", cvl_json_text(row->key.network, sizeof row->key.network));
    failed |= cvl_json_set(object, "form", json_string(cvl_form_name(row->key.problem.form)));
    failed |= cvl_json_set(object, "layers", cvl_json_u64(row->layers_count - ops));
    failed |= cvl_json_set(object, "ops", cvl_json_u64(ops));
    failed |= cvl_json_set(object, "totals", totals_json(row));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* Does an earlier row say what this network is? */
static bool is_known(const struct cvl_results *results, size_t index)
{
    const struct cvl_key *key = &results->rows[index].key;
    for (size_t i = 0; i < index; i++) {
        const struct cvl_key *other = &results->rows[i].key;
        if (results->rows[i].layers_count > 0 && strcmp(other->network, key->network) == 0 &&
            other->problem.form == key->problem.form)
            return true;
    }
    return false;
}

/* Each network once in each form. */
static enum cvl_status put_networks(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    const char *separator = "\n";
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (!cvl_key_is_network(&row->key) || row->layers_count == 0 || is_known(results, i))
            continue;
        (void)fputs(separator, report->stream);
        status = put(report, network_json(row), err);
        separator = ",\n";
    }
    return status;
}

static enum cvl_status put_levers(const struct cvl_report *report, struct cvl_error *err)
{
    struct cvl_network_levers *networks = NULL;
    size_t count = 0;
    enum cvl_status status = cvl_levers_create(report->results, &networks, &count, err);
    for (size_t i = 0; status == CVL_OK && i < count; i++) {
        (void)fputs(i ? ",\n" : "\n", report->stream);
        status = put(report, cvl_levers_json(&networks[i]), err);
    }
    free(networks);
    return status;
}

static json_t *verdict_json(const struct cvl_verdict *verdict)
{
    const struct cvl_row *row = verdict->row;
    json_t *object = json_object();
    int failed =
        cvl_json_set(object, "device", cvl_json_text(row->key.device, sizeof row->key.device));
    failed |= cvl_json_set(object, "layer", cvl_json_text(row->key.layer, sizeof row->key.layer));
    failed |= cvl_json_set_settings(object, &row->key);
    failed |= cvl_json_set(object, "policy", json_string(cvl_policy_name(verdict->policy)));
    failed |=
        cvl_json_set(object, "variant", cvl_json_text(row->key.variant, sizeof row->key.variant));
    failed |= cvl_json_set(object, "baseline", cvl_json_text(verdict->baseline->key.variant, 0));
    failed |= cvl_json_set(object, "best_baseline", json_boolean(verdict->best_baseline));
    failed |= cvl_json_set(object, "source", json_string(verdict->source));
    failed |= cvl_json_set(object, "bytes", cvl_json_u64(verdict->bytes));
    failed |= cvl_json_set(object, "baseline_bytes", cvl_json_u64(verdict->baseline_bytes));
    failed |= cvl_json_set(object, "difference_bytes",
                           json_integer((json_int_t)(verdict->bytes - verdict->baseline_bytes)));
    failed |=
        cvl_json_set(object, "without_weights_bytes", cvl_json_u64(verdict->bytes_without_weights));
    failed |= cvl_json_set(object, "baseline_without_weights_bytes",
                           cvl_json_u64(verdict->baseline_bytes_without_weights));
    failed |= cvl_json_set(object, "bytes_ratio", cvl_json_real(verdict->bytes_ratio));
    failed |= cvl_json_set(object, "time_ratio", cvl_json_real(verdict->time_ratio));
    failed |= cvl_json_set(object, "sentence",
                           cvl_json_text(verdict->sentence, sizeof verdict->sentence));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static enum cvl_status put_verdicts(const struct cvl_report *report, struct cvl_error *err)
{
    struct cvl_verdict *verdicts = NULL;
    size_t count = 0;
    enum cvl_status status = cvl_verdicts_create(report->results, &verdicts, &count, err);
    for (size_t i = 0; status == CVL_OK && i < count; i++) {
        (void)fputs(i ? ",\n" : "\n", report->stream);
        status = put(report, verdict_json(&verdicts[i]), err);
    }
    free(verdicts);
    return status;
}

static enum cvl_status put_answers(const struct cvl_report *report, struct cvl_error *err)
{
    struct cvl_answers answers;
    enum cvl_status status = cvl_answers_create(report->results, &answers, err);
    for (size_t i = 0; status == CVL_OK && i < answers.count; i++) {
        (void)fputs(i ? ",\n" : "\n", report->stream);
        status = put(report, cvl_answer_json(&answers.items[i]), err);
    }
    cvl_answers_clear(&answers);
    return status;
}

static enum cvl_status json_end(const struct cvl_report *report, struct cvl_error *err)
{
    enum cvl_status status = put_rows(report, false, err);
    (void)fputs("],\n\"answers\":[", report->stream);
    if (status == CVL_OK)
        status = put_answers(report, err);
    (void)fputs("],\n\"verdicts\":[", report->stream);
    if (status == CVL_OK)
        status = put_verdicts(report, err);
    (void)fputs("],\n\"networks\":[", report->stream);
    if (status == CVL_OK)
        status = put_networks(report, err);
    (void)fputs("],\n\"levers\":[", report->stream);
    if (status == CVL_OK)
        status = put_levers(report, err);
    (void)fputs("],\n\"chains\":[", report->stream);
    if (status == CVL_OK)
        status = put_rows(report, true, err);
    (void)fputs("]}\n", report->stream);
    return status;
}

const struct cvl_writer cvl_writer_json = {
    .name = "json",
    .summary = "the whole document: run, devices, rows, answers, verdicts, networks (chains)",
    .begin = json_begin,
    .end = json_end,
};
