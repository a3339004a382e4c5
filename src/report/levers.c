/* Tables of levers. */
#include "report/levers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/groups.h"
#include "report/answers_json.h"
#include "report/grid.h"
#include "report/lines.h"
#include "result/fields.h"
#include "result/row_json.h"

static const char area[] = "report/levers";

/* Multiply-adds of a network. */
static double count_work(const struct cvl_row *row)
{
    double sum = 0.0;
    for (size_t i = 0; i < row->layers_count; i++)
        sum += (double)row->layers[i].multiply_adds;
    return sum;
}

/* What a lever changes, in words: the row says to what. */
static void append_words(struct cvl_text *text, const struct cvl_row *base,
                         const struct cvl_lever *lever)
{
    const struct cvl_key *key = &lever->row->key;
    switch (lever->kind) {
    case CVL_LEVER_FREE_EARLY:
        cvl_text_append(text, "free buffers early");
        return;
    case CVL_LEVER_ARENA:
        cvl_text_append(text, "one arena");
        return;
    case CVL_LEVER_IN_PLACE:
        cvl_text_append(text, "ops in place");
        return;
    case CVL_LEVER_PATCHES:
        cvl_text_append(text, "patches ");
        cvl_text_append_safe(text, cvl_lever_patches(key->network, base->key.network));
        cvl_text_append(text, ", %.2fx multiply-adds", count_work(lever->row) / count_work(base));
        return;
    case CVL_LEVER_BATCH:
        cvl_text_append_safe(text, key->network);
        cvl_text_append(text, ", %u times", lever->executions);
        return;
    case CVL_LEVER_LAYOUT:
        cvl_text_append(text, "%s, ", cvl_layout_name(key->layout));
        break;
    case CVL_LEVER_TYPE:
        cvl_text_append(text, "%s, ", cvl_dtype_name(key->dtype));
        break;
    case CVL_LEVER_FORM:
        cvl_text_append(text, "%s form, ", cvl_form_name(key->problem.form));
        break;
    case CVL_LEVER_BANDS:
        cvl_text_append(text, "bands of rows, ");
        break;
    case CVL_LEVER_FUSE:
        cvl_text_append(text, "fused, ");
        break;
    default:
        break;
    }
    cvl_text_append_safe(text, key->variant);
}

static void put_saved(struct cvl_grid *grid, const struct cvl_lever *lever)
{
    const bool needs_more = lever->saved_bytes < 0;
    char bytes[32];
    const uint64_t amount =
        needs_more ? (uint64_t)-lever->saved_bytes : (uint64_t)lever->saved_bytes;
    cvl_print_bytes(bytes, sizeof bytes, amount);
    cvl_grid_cell(grid, "%s%s", needs_more ? "-" : "", bytes);
    cvl_grid_cell(grid, "%.1f %%", lever->saved_percent);
}

static void put_time(struct cvl_grid *grid, const struct cvl_lever *lever)
{
    if (lever->kind <= CVL_LEVER_IN_PLACE)
        cvl_grid_text(grid, "not timed");
    else if (!lever->has_time)
        cvl_grid_text(grid, "-");
    else if (lever->time.answer == CVL_TIME_FASTER || lever->time.answer == CVL_TIME_SLOWER)
        cvl_grid_cell(grid, "%.1fx %s",
                      lever->time.answer == CVL_TIME_FASTER ? lever->time.ratio
                                                            : 1.0 / lever->time.ratio,
                      cvl_time_answer_name(lever->time.answer));
    else
        cvl_grid_text(grid, cvl_time_answer_name(lever->time.answer));
}

static enum cvl_status put_table(FILE *stream, const struct cvl_network_levers *network, bool utf8,
                                 struct cvl_error *err)
{
    static const char *const headings[] = {"LEVER", ">PEAK", ">SAVES", ">OF PEAK", "TIME"};
    struct cvl_grid grid = cvl_grid_begin(stream, utf8);
    bool failed = false;
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < network->lever_count; i++) {
        const struct cvl_lever *lever = &network->levers[i];
        struct cvl_text words = {0};
        append_words(&words, network->base, lever);
        failed |= words.failed;
        cvl_grid_text(&grid, words.data ? words.data : "");
        cvl_grid_bytes(&grid, lever->peak_bytes);
        put_saved(&grid, lever);
        put_time(&grid, lever);
        cvl_text_clear(&words);
    }
    const enum cvl_status status = cvl_grid_end(&grid, area, err);
    return status == CVL_OK && failed ? cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area)
                                      : status;
}

/* "net standard direct nhwc f32: peak 32.8 MiB freed early, held up by conv3 32.8 MiB, ..." */
static void put_heading(FILE *stream, const struct cvl_network_levers *network, bool *failed)
{
    const struct cvl_key *key = &network->base->key;
    struct cvl_text text = {0};
    char bytes[32];
    cvl_print_bytes(bytes, sizeof bytes, cvl_row_known_peak(network->base, CVL_FREED));
    cvl_text_append_safe(&text, key->network);
    cvl_text_append(&text, " %s ", cvl_form_name(key->problem.form));
    cvl_text_append_safe(&text, key->variant);
    cvl_text_append(&text, " %s %s: peak %s if freed early, in ", cvl_layout_name(key->layout),
                    cvl_dtype_name(key->dtype), bytes);
    for (size_t i = 0; i < network->layer_count; i++) {
        cvl_text_append(&text, "%s", i == 0 ? "" : i == 1 ? "; then " : ", ");
        cvl_text_append_safe(&text, network->layers[i].layer->layer);
        cvl_print_bytes(bytes, sizeof bytes, network->layers[i].live_bytes);
        if (i > 0)
            cvl_text_append(&text, " %s", bytes);
    }
    cvl_lines_put(stream, &text, 2, failed);
}

static enum cvl_status put_network(FILE *stream, const struct cvl_network_levers *network,
                                   bool utf8, struct cvl_error *err)
{
    bool failed = false;
    put_heading(stream, network, &failed);
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area)
                  : put_table(stream, network, utf8, err);
}

enum cvl_status cvl_levers_print(FILE *stream, const struct cvl_results *results,
                                 const char *device, bool utf8, struct cvl_error *err)
{
    struct cvl_network_levers *networks;
    size_t count;
    bool failed = false, first = true;
    enum cvl_status status = cvl_levers_create(results, &networks, &count, err);
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        if (device && strcmp(networks[i].base->key.device, device) != 0)
            continue;
        (void)fputc('\n', stream);
        if (first)
            cvl_lines_print(stream, &failed, 2,
                            "levers: what lowers a network's peak; early freeing and the arena "
                            "against all buffers kept, ops in place against new tensors, the "
                            "others freed early");
        first = false;
        status = put_network(stream, &networks[i], utf8, err);
    }
    free(networks);
    return status == CVL_OK && failed ? cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area)
                                      : status;
}

enum cvl_status cvl_levers_print_of(FILE *stream, const struct cvl_results *results,
                                    const struct cvl_row *row, bool utf8, struct cvl_error *err)
{
    struct cvl_network_levers *networks;
    size_t count;
    enum cvl_status status = cvl_levers_create(results, &networks, &count, err);
    const struct cvl_network_levers *found = NULL;
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        const struct cvl_key *a = &networks[i].base->key, *b = &row->key;
        const bool is_whole = cvl_lever_patches(b->network, a->network) != NULL;
        if ((is_whole || (!found && strcmp(a->network, b->network) == 0)) &&
            strcmp(a->device, b->device) == 0 && a->layout == b->layout && a->dtype == b->dtype)
            found = &networks[i];
    }
    if (found)
        status = put_network(stream, found, utf8, err);
    free(networks);
    return status;
}

static json_t *lever_json(const struct cvl_lever *lever)
{
    const struct cvl_key *key = &lever->row->key;
    json_t *time = lever->has_time ? cvl_time_ratio_json(&lever->time) : json_null();
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:i, s:o, s:I, s:o, s:o}", "lever",
                     cvl_lever_name(lever->kind), "network",
                     cvl_json_text(key->network, sizeof key->network), "variant",
                     cvl_json_text(key->variant, sizeof key->variant), "form",
                     cvl_form_name(key->problem.form), "layout", cvl_layout_name(key->layout),
                     "dtype", cvl_dtype_name(key->dtype), "policy", cvl_policy_name(lever->policy),
                     "executions", (int)lever->executions, "peak_bytes",
                     cvl_json_u64(lever->peak_bytes), "saved_bytes", (json_int_t)lever->saved_bytes,
                     "saved_percent", cvl_json_real(lever->saved_percent), "time", time);
}

static json_t *layer_json(const struct cvl_peak_layer *layer)
{
    return json_pack("{s:o, s:o}", "layer",
                     cvl_json_text(layer->layer->layer, sizeof layer->layer->layer), "live_bytes",
                     cvl_json_u64(layer->live_bytes));
}

/* Appends, and takes the value over. */
static int append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value);
}

json_t *cvl_levers_json(const struct cvl_network_levers *network)
{
    const struct cvl_row *base = network->base;
    json_t *object = json_object(), *levers = json_array(), *layers = json_array();
    int failed = 0;
    for (size_t i = 0; i < network->lever_count; i++)
        failed |= append(levers, lever_json(&network->levers[i]));
    for (size_t i = 0; i < network->layer_count; i++)
        failed |= append(layers, layer_json(&network->layers[i]));
    failed |=
        cvl_json_set(object, "device", cvl_json_text(base->key.device, sizeof base->key.device));
    failed |=
        cvl_json_set(object, "network", cvl_json_text(base->key.network, sizeof base->key.network));
    failed |= cvl_json_set_settings(object, &base->key);
    failed |= cvl_json_set(object, "form", json_string(cvl_form_name(base->key.problem.form)));
    failed |=
        cvl_json_set(object, "variant", cvl_json_text(base->key.variant, sizeof base->key.variant));
    failed |= cvl_json_set(object, "all_live_bytes",
                           cvl_json_u64(cvl_row_known_peak(base, CVL_ALL_LIVE)));
    failed |=
        cvl_json_set(object, "freed_bytes", cvl_json_u64(cvl_row_known_peak(base, CVL_FREED)));
    failed |= cvl_json_set(object, "peak_layers", layers);
    failed |= cvl_json_set(object, "levers", levers);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}
