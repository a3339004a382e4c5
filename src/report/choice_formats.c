/* What to take for each layer, as a table, CSV and JSON. */
#include "report/choice_formats.h"

#include <inttypes.h>

#include <convlens/model.h>

#include "base/csv.h"
#include "base/text.h"
#include "report/document.h"
#include "report/grid.h"
#include "report/problem_words.h"
#include "result/fields.h"

enum { WORDS_BYTES = 96 };

/* What a contender is, in words. */
static void describe(const struct cvl_choice *choice, const struct cvl_choice_rules *rules,
                     const struct cvl_contender *contender, char words[WORDS_BYTES])
{
    const bool fastest = contender == choice->fastest, smallest = contender == choice->smallest;
    words[0] = '\0';
    if (!contender->keeps_limit)
        cvl_copy(words, WORDS_BYTES,
                 contender->bytes <= rules->limit_bytes ? "above the limit while loading weights"
                                                        : "above the limit");
    else if (smallest)
        (void)snprintf(words, WORDS_BYTES, "%ssmallest within %.3g %%", fastest ? "fastest, " : "",
                       100.0 * rules->within);
    else if (fastest)
        cvl_copy(words, WORDS_BYTES, "fastest");
}

/* Layers of one name and different shapes need the shape to be told apart. */
static bool has_twin(const struct cvl_choices *choices, const struct cvl_choice *choice)
{
    for (size_t i = 0; i < choices->count; i++) {
        const struct cvl_choice *other = &choices->items[i];
        if (other != choice && cvl_key_compare(&other->first->key, &choice->first->key,
                                               CVL_KEY_GROUP & ~(unsigned)CVL_KEY_GEOMETRY) == 0)
            return true;
    }
    return false;
}

static void append_name(struct cvl_text *text, const struct cvl_choices *choices,
                        const struct cvl_choice *choice)
{
    const struct cvl_key *key = &choice->first->key;
    cvl_text_append(text, "%s", cvl_key_is_network(key) ? key->network : key->layer);
    if (has_twin(choices, choice)) {
        cvl_text_append(text, " ");
        cvl_problem_say(text, &key->problem);
    }
}

static void add_line(struct cvl_grid *grid, const struct cvl_choices *choices,
                     const struct cvl_choice *choice, const struct cvl_contender *contender)
{
    const struct cvl_choice_rules *rules = &choices->rules;
    struct cvl_text name = {0};
    const struct cvl_key *key = &contender->row->key;
    char words[WORDS_BYTES];
    describe(choice, rules, contender, words);
    cvl_grid_text(grid, key->device);
    append_name(&name, choices, choice);
    grid->failed |= name.failed;
    cvl_grid_text(grid, name.data ? name.data : "");
    cvl_text_clear(&name);
    cvl_grid_text(grid, cvl_layout_name(key->layout));
    cvl_grid_cell(grid, "%s%s", cvl_dtype_name(key->dtype), cvl_key_passes_text(key));
    cvl_grid_text(grid, key->variant);
    cvl_grid_text(grid, cvl_form_name(key->problem.form));
    cvl_grid_seconds(grid, contender->time_s, contender->row->time.doubt[0] != '\0' ? "?" : "");
    cvl_grid_bytes(grid, contender->bytes);
    cvl_grid_text(grid, words);
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_choices *choices = subject;
    const struct cvl_choice_rules *rules = &choices->rules;
    static const char *const headings[] = {"DEVICE", "~LAYER", "LAYOUT", "TYPE",   "VARIANT",
                                           "FORM",   ">TIME",  ">PEAK",  "|CHOICE"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    size_t beaten = 0;
    bool in_doubt = false;
    (void)fprintf(stream, "peaks with %s, weights included", cvl_policy_words(rules->policy));
    if (rules->limit_bytes > 0)
        (void)fprintf(stream, "; the limit is %" PRIu64 " bytes", rules->limit_bytes);
    (void)fputs("; variants that no other beats on both time and peak\n\n", stream);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < choices->count; i++)
        for (size_t j = 0; j < choices->items[i].count; j++) {
            const struct cvl_contender *contender = &choices->items[i].contenders[j];
            beaten += !contender->is_pareto;
            in_doubt |= contender->is_pareto && contender->row->time.doubt[0] != '\0';
            if (contender->is_pareto)
                add_line(&grid, choices, &choices->items[i], contender);
        }
    const enum cvl_status status = cvl_grid_end(&grid, "choose", err);
    if (status != CVL_OK)
        return status;
    (void)fprintf(stream, "\n%zu further row%s beaten in both\n", beaten,
                  beaten == 1 ? " is" : "s are");
    if (in_doubt)
        (void)fputs("? the time is uncertain: convlens report --all shows why\n", stream);
    for (size_t i = 0; i < choices->count; i++)
        if (!choices->items[i].fastest) {
            const struct cvl_row *row = choices->items[i].first;
            char name[CVL_SWEEP_NAME_BYTES];
            cvl_copy_safe(name, sizeof name,
                          cvl_key_is_network(&row->key) ? row->key.network : row->key.layer);
            (void)fprintf(stream, "%s %s %s %s%s: none of %zu keeps the limit\n", row->key.device,
                          name, cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                          cvl_key_passes_text(&row->key), choices->items[i].count);
        }
    return CVL_OK;
}

static void put_contender(struct cvl_csv *csv, const struct cvl_choice *choice,
                          const struct cvl_choice_rules *rules, const struct cvl_contender *one)
{
    const struct cvl_key *key = &one->row->key;
    cvl_csv_text(csv, key->device);
    cvl_csv_text(csv, key->layer);
    cvl_csv_text(csv, key->variant);
    cvl_csv_text(csv, cvl_form_name(key->problem.form));
    cvl_csv_text(csv, cvl_layout_name(key->layout));
    cvl_csv_text(csv, cvl_dtype_name(key->dtype));
    cvl_csv_text(csv, cvl_policy_name(rules->policy));
    cvl_csv_text(csv, choice->source);
    cvl_csv_text(csv, cvl_clock_name(choice->clock));
    cvl_csv_real(csv, one->time_s);
    cvl_csv_integer(csv, one->bytes);
    cvl_csv_integer(csv, one->is_pareto);
    cvl_csv_integer(csv, one->keeps_limit);
    cvl_csv_integer(csv, one == choice->fastest);
    cvl_csv_integer(csv, one == choice->smallest);
    cvl_csv_text(csv, cvl_passes_name(key->passes));
    cvl_csv_text(csv, key->passes == CVL_TRAINING ? cvl_optimizer_name(key->optimizer) : "");
    cvl_csv_text(csv, key->network);
    cvl_csv_integer(csv, one->load_bytes);
    cvl_csv_end(csv);
}

static enum cvl_status write_csv(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_choices *choices = subject;
    static const char *const names[] = {
        "device",   "layer",  "variant",   "form",       "layout",         "dtype",       "policy",
        "source",   "clock",  "median_s",  "peak_bytes", "pareto",         "keeps_limit", "fastest",
        "smallest", "passes", "optimizer", "network",    "load_peak_bytes"};
    struct cvl_csv csv = {.stream = stream};
    cvl_csv_heading(&csv, names, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < choices->count; i++)
        for (size_t j = 0; j < choices->items[i].count; j++)
            put_contender(&csv, &choices->items[i], &choices->rules,
                          &choices->items[i].contenders[j]);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

static json_t *contender_json(const struct cvl_choice *choice, const struct cvl_contender *one)
{
    const struct cvl_row *row = one->row;
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:b, s:b, s:b, s:b}", "variant",
                     cvl_json_text(row->key.variant, sizeof row->key.variant), "form",
                     cvl_form_name(row->key.problem.form), "median_s", cvl_json_real(one->time_s),
                     "peak_bytes", cvl_json_u64(one->bytes), "load_peak_bytes",
                     cvl_json_u64(one->load_bytes), "pareto", one->is_pareto, "keeps_limit",
                     one->keeps_limit, "fastest", one == choice->fastest, "smallest",
                     one == choice->smallest);
}

static json_t *variant_json(const struct cvl_contender *contender)
{
    return contender ? cvl_json_text(contender->row->key.variant, 0) : json_null();
}

static json_t *choice_json(const struct cvl_choice *choice)
{
    const struct cvl_row *row = choice->first;
    json_t *list = json_array();
    for (size_t i = 0; list && i < choice->count; i++)
        if (json_array_append_new(list, contender_json(choice, &choice->contenders[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s?, s:s, s:s, s:o, s:o, s:o}", "device",
                     cvl_json_text(row->key.device, sizeof row->key.device), "layer",
                     cvl_json_note(row->key.layer, sizeof row->key.layer), "network",
                     cvl_json_note(row->key.network, sizeof row->key.network), "layout",
                     cvl_layout_name(row->key.layout), "dtype", cvl_dtype_name(row->key.dtype),
                     "passes", cvl_passes_name(row->key.passes), "optimizer",
                     row->key.passes == CVL_TRAINING ? cvl_optimizer_name(row->key.optimizer)
                                                     : NULL,
                     "source", choice->source, "clock", cvl_clock_name(choice->clock), "fastest",
                     variant_json(choice->fastest), "smallest", variant_json(choice->smallest),
                     "contenders", list);
}

static enum cvl_status write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_choices *choices = subject;
    const struct cvl_choice_rules *rules = &choices->rules;
    json_t *list = json_array();
    for (size_t i = 0; list && i < choices->count; i++)
        if (json_array_append_new(list, choice_json(&choices->items[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    json_t *limit = rules->limit_bytes > 0 ? cvl_json_u64(rules->limit_bytes) : json_null();
    json_t *document = json_pack("{s:s, s:s, s:o, s:f, s:o}", "schema", "convlens-choices/1",
                                 "policy", cvl_policy_name(rules->policy), "limit_bytes", limit,
                                 "within", rules->within, "choices", list);
    return cvl_document_write(document, 2, stream, err);
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"csv", write_csv},
    {"json", write_json},
};

const struct cvl_formats cvl_choice_formats = CVL_FORMATS(formats);
