#include "sweep/cases.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The list under construction. */
struct builder {
    struct cvl_sweep_case *cases;
    size_t count, capacity, seen;
    const struct cvl_case_filter *filter;
    bool is_repeated; /* the item at hand came before */
    bool failed;
};

static bool matches(const char *glob, const char *name)
{
    return !glob || fnmatch(glob, name, 0) == 0;
}

static bool is_same_item(const struct cvl_sweep_item *a, const struct cvl_sweep_item *b)
{
    return cvl_problem_equal(&a->problem, &b->problem) && strcmp(a->layer, b->layer) == 0 &&
           strcmp(a->problem.name, b->problem.name) == 0;
}

/* The same problem may be given twice, and sweeps may share layers; a store takes a row once. */
static bool is_repeated(const struct cvl_sweep *sweeps, size_t sweep, size_t index)
{
    const struct cvl_sweep_item *item = &sweeps[sweep].items[index];
    for (size_t s = 0; s <= sweep; s++)
        for (size_t i = 0; i < (s < sweep ? sweeps[s].item_count : index); i++)
            if (is_same_item(&sweeps[s].items[i], item))
                return true;
    return false;
}

static bool is_there(const struct builder *b, const struct cvl_sweep_case *item)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct cvl_sweep_case *other = &b->cases[i];
        if (other->variant == item->variant && other->request.layout == item->request.layout &&
            other->request.dtype == item->request.dtype &&
            other->request.passes == item->request.passes &&
            other->request.optimizer == item->request.optimizer &&
            is_same_item(other->item, item->item))
            return true;
    }
    return false;
}

static void add_case(struct builder *b, const struct cvl_sweep_case *item)
{
    size_t number = b->seen++;
    if (b->is_repeated && is_there(b, item))
        return;
    if (b->filter->shards > 0 && number % b->filter->shards != b->filter->shard - 1)
        return;
    if (b->count == b->capacity) {
        size_t capacity = b->capacity ? 2 * b->capacity : 64;
        struct cvl_sweep_case *cases = realloc(b->cases, capacity * sizeof *cases);
        if (!cases) {
            b->failed = true;
            return;
        }
        b->cases = cases;
        b->capacity = capacity;
    }
    b->cases[b->count++] = *item;
}

static void add_variants(struct builder *b, const struct cvl_sweep_item *item,
                         const struct cvl_request *request)
{
    for (size_t v = 0; v < cvl_variant_count(); v++) {
        const struct cvl_variant *variant = cvl_variant_at(v);
        if (!cvl_variant_computes(variant, item->problem.form) ||
            !matches(b->filter->variant_glob, cvl_variant_name(variant)))
            continue;
        struct cvl_sweep_case one = {item, variant, *request};
        add_case(b, &one);
    }
}

/* Forward, and training with each optimizer, as far as they are wanted. */
static void add_passes(struct builder *b, const struct cvl_sweep *sweep,
                       const struct cvl_sweep_item *item, struct cvl_request request)
{
    const struct cvl_case_filter *f = b->filter;
    const enum cvl_passes *passes = f->passes_count ? f->passes : sweep->passes;
    const enum cvl_optimizer *optimizers = f->optimizer_count ? f->optimizers : sweep->optimizers;
    size_t passes_count = f->passes_count ? f->passes_count : sweep->passes_count;
    size_t optimizer_count = f->optimizer_count ? f->optimizer_count : sweep->optimizer_count;
    for (size_t p = 0; p < passes_count; p++) {
        request.passes = passes[p];
        request.optimizer = CVL_SGD;
        if (request.passes == CVL_FORWARD)
            add_variants(b, item, &request);
        for (size_t o = 0; request.passes == CVL_TRAINING && o < optimizer_count; o++) {
            request.optimizer = optimizers[o];
            add_variants(b, item, &request);
        }
    }
}

static void add_item(struct builder *b, const struct cvl_sweep *sweep,
                     const struct cvl_sweep_item *item)
{
    const struct cvl_case_filter *f = b->filter;
    const enum cvl_layout *layouts = f->layout_count ? f->layouts : sweep->layouts;
    const enum cvl_dtype *dtypes = f->dtype_count ? f->dtypes : sweep->dtypes;
    size_t layout_count = f->layout_count ? f->layout_count : sweep->layout_count;
    size_t dtype_count = f->dtype_count ? f->dtype_count : sweep->dtype_count;
    for (size_t d = 0; d < dtype_count; d++)
        for (size_t l = 0; l < layout_count; l++)
            add_passes(b, sweep, item,
                       (struct cvl_request){
                           .problem = item->problem, .layout = layouts[l], .dtype = dtypes[d]});
}

static enum cvl_status explain_nothing(const struct builder *b, struct cvl_error *err)
{
    const struct cvl_case_filter *f = b->filter;
    struct cvl_text text = {0};
    if (f->layer_glob)
        cvl_text_append(&text, " --layer '%s'", f->layer_glob);
    if (f->variant_glob)
        cvl_text_append(&text, " --variant '%s'", f->variant_glob);
    if (f->shards > 0)
        cvl_text_append(&text, " --shard %u/%u", f->shard, f->shards);
    char safe[256];
    cvl_copy_safe(safe, sizeof safe, text.data ? text.data : "");
    cvl_text_clear(&text);
    return cvl_fail(err, CVL_BAD_INPUT, "nothing to run is left by%s", *safe ? safe : " the sweep");
}

enum cvl_status cvl_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                 const struct cvl_case_filter *filter, struct cvl_sweep_case **out,
                                 size_t *count, struct cvl_error *err)
{
    struct builder b = {.filter = filter};
    for (size_t s = 0; s < sweep_count; s++)
        for (size_t i = 0; i < sweeps[s].item_count; i++) {
            if (!matches(filter->layer_glob, sweeps[s].items[i].layer))
                continue;
            b.is_repeated = is_repeated(sweeps, s, i);
            add_item(&b, &sweeps[s], &sweeps[s].items[i]);
        }
    enum cvl_status status = CVL_OK;
    if (b.failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the list of cases");
    else if (b.count == 0)
        status = explain_nothing(&b, err);
    if (status != CVL_OK) {
        free(b.cases);
        return status;
    }
    *out = b.cases;
    *count = b.count;
    return CVL_OK;
}

void cvl_case_name_row(const struct cvl_sweep_case *item, const char *device_id,
                       const struct cvl_values *tuning, struct cvl_row *row)
{
    cvl_copy(row->device, sizeof row->device, device_id);
    cvl_copy(row->layer, sizeof row->layer, item->item->layer);
    cvl_copy(row->variant, sizeof row->variant, cvl_variant_name(item->variant));
    row->layer_count = item->item->count;
    row->problem = item->request.problem;
    row->layout = item->request.layout;
    row->dtype = item->request.dtype;
    row->passes = item->request.passes;
    row->optimizer = item->request.optimizer;
    free(row->repro);
    row->repro = cvl_case_repro(item, device_id, tuning);
}

bool cvl_case_is_row(const struct cvl_sweep_case *item, const char *device_id,
                     const struct cvl_row *row)
{
    return strcmp(row->device, device_id) == 0 && strcmp(row->layer, item->item->layer) == 0 &&
           strcmp(row->variant, cvl_variant_name(item->variant)) == 0 &&
           row->layout == item->request.layout && row->dtype == item->request.dtype &&
           row->passes == item->request.passes && row->optimizer == item->request.optimizer &&
           cvl_problem_equal(&row->problem, &item->request.problem) &&
           strcmp(row->problem.name, item->request.problem.name) == 0;
}

char *cvl_case_repro(const struct cvl_sweep_case *item, const char *device_id,
                     const struct cvl_values *tuning)
{
    char problem[CVL_PROBLEM_TEXT_BYTES], values[CVL_VALUES_TEXT_BYTES];
    struct cvl_text text = {0};
    (void)cvl_problem_print(&item->request.problem, problem, sizeof problem);
    cvl_text_append(&text, "convlens run --problem ");
    cvl_text_append_quoted(&text, problem);
    cvl_values_print(tuning, values);
    cvl_text_append(&text, " --device %s --variant %s --layout %s --dtype %s --tuning %s",
                    device_id, cvl_variant_name(item->variant),
                    cvl_layout_name(item->request.layout), cvl_dtype_name(item->request.dtype),
                    tuning->count > 0 ? values : "none");
    if (item->request.passes == CVL_TRAINING)
        cvl_text_append(&text, " --passes training --optimizer %s",
                        cvl_optimizer_name(item->request.optimizer));
    return cvl_text_take(&text);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo). Two lists of one hash would share a run: no row is lost or
 * taken for another, since rows are looked for by their cases. */
uint64_t cvl_hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return (hash ^ '\n') * 0x100000001B3u;
}

char *cvl_cases_identity(const struct cvl_sweep_case *cases, size_t count, double budget_s,
                         uint64_t memory_limit_bytes, const char *tuning)
{
    uint64_t hash = CVL_HASH_BEGIN;
    for (size_t i = 0; i < count; i++) {
        char problem[CVL_PROBLEM_TEXT_BYTES];
        (void)cvl_problem_print(&cases[i].request.problem, problem, sizeof problem);
        hash = cvl_hash_text(hash, problem);
        hash = cvl_hash_text(hash, cases[i].item->layer);
        hash = cvl_hash_text(hash, cvl_variant_name(cases[i].variant));
        hash = cvl_hash_text(hash, cvl_layout_name(cases[i].request.layout));
        hash = cvl_hash_text(hash, cvl_dtype_name(cases[i].request.dtype));
        if (cases[i].request.passes == CVL_TRAINING) /* forward runs keep the hash they had */
            hash = cvl_hash_text(hash, cvl_optimizer_name(cases[i].request.optimizer));
    }
    struct cvl_text text = {0};
    cvl_text_append(&text, "%zu cases %016llx budget %g tuning %s", count, (unsigned long long)hash,
                    budget_s, tuning);
    if (memory_limit_bytes > 0)
        cvl_text_append(&text, " memory limit %llu", (unsigned long long)memory_limit_bytes);
    return cvl_text_take(&text);
}
