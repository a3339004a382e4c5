/* Expanding sweeps into the list of cases. */
#include "sweep/cases.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/text.h"

/* The list under construction. */
struct builder {
    struct cvl_case *cases;
    size_t count, capacity;
    const struct cvl_case_filter *filter;
    struct cvl_index index; /* of the cases */
    bool failed;
};

/* Names of problems count: a layer of two sweeps is two layers. */
static bool is_same_network(const struct cvl_network *a, const struct cvl_network *b)
{
    return strcmp(a->name, b->name) == 0 && cvl_network_equal(a, b) &&
           strcmp(a->steps[0].problem.name, b->steps[0].problem.name) == 0;
}

/* A case that is looked for. */
struct wanted {
    const struct builder *builder;
    const struct cvl_case *item;
};

static bool is_wanted(const void *user, uint32_t number)
{
    const struct wanted *wanted = user;
    const struct cvl_case *item = wanted->item;
    if (number >= wanted->builder->count) /* another shard's */
        return false;
    const struct cvl_case *other = &wanted->builder->cases[number];
    return other->variant == item->variant && other->layout == item->layout &&
           other->dtype == item->dtype && other->passes == item->passes &&
           other->optimizer == item->optimizer && is_same_network(other->network, item->network);
}

static bool has_room(struct builder *b)
{
    if (b->count < b->capacity)
        return true;
    const size_t capacity = b->capacity ? 2 * b->capacity : 64;
    struct cvl_case *cases = realloc(b->cases, capacity * sizeof *cases);
    b->failed |= !cases;
    if (!cases)
        return false;
    b->cases = cases;
    b->capacity = capacity;
    return true;
}

/* The same problem may be given twice, and sweeps may share layers; a store takes a row once. */
static void add_case(struct builder *b, const struct cvl_case *item)
{
    const struct cvl_key key = cvl_case_key(item, "");
    const uint64_t hash = cvl_key_hash(&key, CVL_KEY_ALL);
    const struct wanted wanted = {b, item};
    if (cvl_index_find(&b->index, hash, is_wanted, &wanted) != CVL_INDEX_NONE || !has_room(b))
        return;
    b->cases[b->count] = *item;
    b->failed |= !cvl_index_add(&b->index, hash, (uint32_t)b->count++);
}

static bool is_same_layer(const struct cvl_case *a, const struct cvl_case *b)
{
    const struct cvl_network *x = a->network, *y = b->network;
    if (x == y)
        return true;
    if (!cvl_network_is_layer(x) || !cvl_network_is_layer(y))
        return cvl_network_is_layer(x) == cvl_network_is_layer(y) && strcmp(x->name, y->name) == 0;
    const struct cvl_key first = cvl_case_key(a, ""), second = cvl_case_key(b, "");
    return cvl_key_compare(&first, &second, CVL_KEY_LAYER | CVL_KEY_GEOMETRY) == 0;
}

enum { MAX_SETTINGS = CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT * (1 + CVL_OPTIMIZER_COUNT) };

/* Layout, type, passes and optimizer of cases, in the order in which they come. */
struct settings {
    const struct cvl_case *at[MAX_SETTINGS];
    size_t count;
};

static size_t number_of(struct settings *settings, const struct cvl_case *item)
{
    size_t i = 0;
    while (i < settings->count &&
           !(settings->at[i]->layout == item->layout && settings->at[i]->dtype == item->dtype &&
             settings->at[i]->passes == item->passes &&
             settings->at[i]->optimizer == item->optimizer))
        i++;
    assert(i < MAX_SETTINGS);
    if (i == settings->count)
        settings->at[settings->count++] = item;
    return i;
}

/* Of the cases from `first` on, counted anew, leaves those of the shard. Rows that are compared
 * with each other, of one layer in one layout and type, stay together: a shard has its own answers.
 * The cases of a layer follow each other. */
static void take_shard(struct builder *b, size_t first)
{
    const struct cvl_case_filter *f = b->filter;
    size_t left = 0, layer = 0;
    struct settings settings = {.count = 0};
    if (f->shards == 0 || first == b->count)
        return;
    struct cvl_case *taken = calloc(b->count - first, sizeof *taken);
    b->failed |= !taken;
    for (size_t i = first; i < b->count; i++)
        (void)number_of(&settings, &b->cases[i]);
    for (size_t i = first; i < b->count && taken; i++) {
        const struct cvl_case *item = &b->cases[i];
        layer += i > first && !is_same_layer(item - 1, item);
        if ((layer * settings.count + number_of(&settings, item)) % f->shards == f->shard - 1)
            taken[left++] = *item;
    }
    if (left > 0)
        memcpy(b->cases + first, taken, left * sizeof *taken);
    b->count = first + left;
    free(taken);
}

static void add_variants(struct builder *b, struct cvl_case item)
{
    for (size_t v = 0; v < cvl_variant_count(); v++) {
        item.variant = cvl_variant_at(v);
        if (cvl_variant_computes(item.variant, item.network->form) &&
            cvl_globs_match(&b->filter->variants, cvl_variant_name(item.variant)))
            add_case(b, &item);
    }
}

/* Forward, and training with each optimizer, as far as they are wanted. */
static void add_passes(struct builder *b, const struct cvl_sweep *sweep, struct cvl_case item)
{
    const struct cvl_case_filter *f = b->filter;
    const enum cvl_passes *passes = f->passes_count ? f->passes : sweep->passes;
    const enum cvl_optimizer *optimizers = f->optimizer_count ? f->optimizers : sweep->optimizers;
    const size_t passes_count = f->passes_count ? f->passes_count : sweep->passes_count;
    const size_t optimizer_count = f->optimizer_count ? f->optimizer_count : sweep->optimizer_count;
    for (size_t p = 0; p < passes_count; p++) {
        item.passes = passes[p];
        item.optimizer = CVL_SGD;
        if (item.passes == CVL_FORWARD)
            add_variants(b, item);
        for (size_t o = 0; item.passes == CVL_TRAINING && o < optimizer_count; o++) {
            item.optimizer = optimizers[o];
            add_variants(b, item);
        }
    }
}

static void add_network(struct builder *b, const struct cvl_sweep *sweep,
                        const struct cvl_network *network)
{
    const struct cvl_case_filter *f = b->filter;
    const enum cvl_layout *layouts = f->layout_count ? f->layouts : sweep->layouts;
    const enum cvl_dtype *dtypes = f->dtype_count ? f->dtypes : sweep->dtypes;
    const size_t layout_count = f->layout_count ? f->layout_count : sweep->layout_count;
    const size_t dtype_count = f->dtype_count ? f->dtype_count : sweep->dtype_count;
    for (size_t d = 0; d < dtype_count; d++)
        for (size_t l = 0; l < layout_count; l++) {
            const struct cvl_case item = {
                .network = network, .layout = layouts[l], .dtype = dtypes[d]};
            if (cvl_network_is_layer(network))
                add_passes(b, sweep, item);
            else
                add_variants(b, item);
        }
}

static void add_layers(struct builder *b, const struct cvl_sweep *sweeps, size_t sweep_count)
{
    for (size_t s = 0; s < sweep_count; s++)
        for (size_t i = 0; i < sweeps[s].item_count; i++) {
            if (!cvl_globs_match(&b->filter->layers, sweeps[s].items[i].layer))
                continue;
            add_network(b, &sweeps[s], &sweeps[s].layers[i]);
        }
    take_shard(b, 0);
}

/* A row is found again by its network's name. */
static enum cvl_status check_names(const struct cvl_sweep *sweeps, size_t sweep, size_t index,
                                   struct cvl_error *err)
{
    const struct cvl_network *network = &sweeps[sweep].networks[index];
    for (size_t s = 0; s < sweep; s++)
        for (size_t i = 0; i < sweeps[s].network_count; i++) {
            const struct cvl_network *other = &sweeps[s].networks[i];
            if (other->form == network->form && strcmp(other->name, network->name) == 0 &&
                !cvl_network_equal(other, network))
                return cvl_fail(err, CVL_BAD_INPUT,
                                "two different networks are called %s; expected each sweep with a "
                                "[network] to have a name of its own",
                                network->name);
        }
    return CVL_OK;
}

static enum cvl_status add_networks(struct builder *b, const struct cvl_sweep *sweeps,
                                    size_t sweep_count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    const size_t first = b->count;
    const struct cvl_globs *globs = &b->filter->layers;
    const bool is_of_layers = globs->count > 0 && !b->filter->networks_only; /* no networks */
    for (size_t s = 0; s < sweep_count && !is_of_layers; s++)
        for (size_t i = 0; i < sweeps[s].network_count && status == CVL_OK; i++) {
            if (!cvl_globs_match(globs, sweeps[s].networks[i].name))
                continue;
            status = check_names(sweeps, s, i, err);
            if (status == CVL_OK)
                add_network(b, &sweeps[s], &sweeps[s].networks[i]);
        }
    take_shard(b, first);
    return status;
}

/* The sweeps' layers or networks, one after the other. */
struct name_list {
    const struct cvl_sweep *sweeps;
    size_t sweep_count;
    bool networks;
};

static const char *get_name(const void *user, size_t index)
{
    const struct name_list *list = user;
    for (size_t s = 0; s < list->sweep_count; s++) {
        const struct cvl_sweep *sweep = &list->sweeps[s];
        const size_t count = list->networks ? sweep->network_count : sweep->item_count;
        if (index < count)
            return list->networks ? sweep->networks[index].name : sweep->items[index].layer;
        index -= count;
    }
    return NULL;
}

static const char *get_variant(const void *user, size_t index)
{
    (void)user;
    return index < cvl_variant_count() ? cvl_variant_name(cvl_variant_at(index)) : NULL;
}

static enum cvl_status check_globs(const struct cvl_sweep *sweeps, size_t sweep_count,
                                   const struct cvl_case_filter *f, struct cvl_error *err)
{
    const struct name_list list = {sweeps, sweep_count, f->networks_only};
    const char *what = f->networks_only ? "network" : "layer";
    enum cvl_status status = cvl_globs_check(&f->layers, "--layer", what, get_name, &list, err);
    if (status == CVL_OK)
        status = cvl_globs_check(&f->variants, "--variant", "variant", get_variant, NULL, err);
    return status;
}

static enum cvl_status explain_nothing(const struct builder *b, struct cvl_error *err)
{
    const struct cvl_case_filter *f = b->filter;
    struct cvl_text text = {0};
    if (f->networks_only)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "--network: no network is left; it needs a sweep file, and a variant of "
                        "one of the network's forms");
    cvl_globs_append(&f->layers, "--layer", &text);
    cvl_globs_append(&f->variants, "--variant", &text);
    if (f->shards > 0)
        cvl_text_append(&text, " --shard %u/%u", f->shard, f->shards);
    char safe[256];
    cvl_copy_safe(safe, sizeof safe, text.data ? text.data : "");
    cvl_text_clear(&text);
    return cvl_fail(err, CVL_BAD_INPUT, "nothing to run is left by%s", *safe ? safe : " the sweep");
}

enum cvl_status cvl_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                 const struct cvl_case_filter *filter, struct cvl_case **out,
                                 size_t *count, struct cvl_error *err)
{
    struct builder b = {.filter = filter};
    enum cvl_status status = check_globs(sweeps, sweep_count, filter, err);
    if (status != CVL_OK)
        return status;
    if (!filter->networks_only)
        add_layers(&b, sweeps, sweep_count);
    const bool nothing = b.count == 0 && !filter->networks_only;
    status = add_networks(&b, sweeps, sweep_count, err);
    if (status == CVL_OK && b.failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the list of cases");
    if (status == CVL_OK && (nothing || b.count == 0))
        status = explain_nothing(&b, err);
    cvl_index_clear(&b.index);
    if (status != CVL_OK) {
        free(b.cases);
        return status;
    }
    *out = b.cases;
    *count = b.count;
    return CVL_OK;
}

struct cvl_key cvl_case_key(const struct cvl_case *item, const char *device_id)
{
    assert(item->network->step_count > 0);
    struct cvl_key key = {
        .layout = item->layout,
        .dtype = item->dtype,
        .passes = item->passes,
        .optimizer = item->optimizer,
    };
    cvl_copy(key.device, sizeof key.device, device_id);
    cvl_copy(key.variant, sizeof key.variant, cvl_variant_name(item->variant));
    if (cvl_network_is_layer(item->network)) {
        key.problem = item->network->steps[0].problem;
        cvl_copy(key.layer, sizeof key.layer, item->network->steps[0].layer);
    } else {
        key.problem.form = item->network->form;
        cvl_copy(key.network, sizeof key.network, item->network->name);
    }
    return key;
}

char *cvl_case_repro(const struct cvl_case *item, const char *device_id,
                     const char *network_command, const char *tuning, const char *as)
{
    assert(cvl_network_is_layer(item->network) || network_command);
    char problem[CVL_PROBLEM_TEXT_BYTES];
    struct cvl_text text = {0};
    if (cvl_network_is_layer(item->network)) {
        (void)cvl_problem_print(&item->network->steps[0].problem, problem, sizeof problem);
        cvl_text_append(&text, "convlens run --problem ");
        cvl_text_append_quoted(&text, problem);
    } else {
        cvl_text_append(&text, "%s --layer ", network_command);
        cvl_globs_append_literal(&text, item->network->name);
    }
    cvl_text_append(&text, " --device %s --variant %s --layout %s --dtype %s --tuning %s",
                    device_id, cvl_variant_name(item->variant), cvl_layout_name(item->layout),
                    cvl_dtype_name(item->dtype), tuning);
    if (item->passes == CVL_TRAINING)
        cvl_text_append(&text, " --passes training --optimizer %s",
                        cvl_optimizer_name(item->optimizer));
    if (as) {
        cvl_text_append(&text, " --as ");
        cvl_text_append_quoted(&text, as);
    }
    return cvl_text_take(&text);
}

#define HASH_BEGIN 0xCBF29CE484222325u

/* FNV-1a, 64 bits (Fowler, Noll, Vo), of a text and a line's end. Two lists of one hash would share
 * a run: no row is lost or taken for another, since rows are looked for by their keys. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return (hash ^ '\n') * 0x100000001B3u;
}

static uint64_t hash_problem(uint64_t hash, const struct cvl_problem *problem)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    (void)cvl_problem_print(problem, text, sizeof text);
    return hash_text(hash, text);
}

/* A step that is a convolution and reads the one before it counts as its problem alone. */
static uint64_t hash_step(uint64_t hash, const struct cvl_network *network, size_t step)
{
    const struct cvl_op *op = &network->steps[step].op;
    const uint32_t before = step > 0 ? (uint32_t)step - 1 : CVL_NETWORK_INPUT;
    char text[200];
    (void)snprintf(text, sizeof text, "%s %s %dx%dx%dx%d %d %d %d %d %d %d %d",
                   cvl_op_kind_name(op->kind), cvl_function_name(op->function), op->out.mb,
                   op->out.c, op->out.h, op->out.w, op->kh, op->kw, op->sh, op->sw, op->ph, op->pw,
                   op->weights);
    if (op->kind == CVL_OP_SLICE || op->kind == CVL_OP_UPDATE_SLICE) {
        const size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, " %d %d", op->row, op->column);
    }
    hash = op->kind == CVL_OP_CONVOLUTION ? hash_problem(hash, &network->steps[step].problem)
                                          : hash_text(hash, text);
    for (size_t i = 0; i < cvl_network_input_count(network, step); i++) {
        const uint32_t input = cvl_network_input(network, step, i);
        (void)snprintf(text, sizeof text, "%zu:%u", i, input);
        hash = i > 0 || input != before ? hash_text(hash, text) : hash;
    }
    if (network->steps[step].weights_of > 0) {
        (void)snprintf(text, sizeof text, "weights of %u", network->steps[step].weights_of);
        hash = hash_text(hash, text);
    }
    return hash;
}

/* The order and the parts are those of stores that exist: a changed hash would end their runs. */
static uint64_t hash_case(uint64_t hash, const struct cvl_case *item)
{
    const struct cvl_network *network = item->network;
    const bool is_layer = cvl_network_is_layer(network);
    if (is_layer)
        hash = hash_problem(hash, &network->steps[0].problem);
    hash = hash_text(hash, is_layer ? network->steps[0].layer : network->name);
    hash = hash_text(hash, cvl_variant_name(item->variant));
    hash = hash_text(hash, cvl_layout_name(item->layout));
    hash = hash_text(hash, cvl_dtype_name(item->dtype));
    if (item->passes == CVL_TRAINING)
        hash = hash_text(hash, cvl_optimizer_name(item->optimizer));
    for (size_t i = 0; i < network->step_count && !is_layer; i++)
        hash = hash_step(hash, network, i);
    return hash;
}

char *cvl_cases_identity(const struct cvl_case *cases, size_t count, const char *options)
{
    uint64_t hash[2] = {HASH_BEGIN, HASH_BEGIN};
    size_t number[2] = {0, 0};
    struct cvl_text text = {0};
    for (size_t i = 0; i < count; i++) {
        const bool is_network = !cvl_network_is_layer(cases[i].network);
        hash[is_network] = hash_case(hash[is_network], &cases[i]);
        number[is_network]++;
    }
    cvl_text_append(&text, "%zu cases %016llx %s", number[0], (unsigned long long)hash[0], options);
    if (number[1] > 0)
        cvl_text_append(&text, ", %zu networks %016llx", number[1], (unsigned long long)hash[1]);
    return cvl_text_take(&text);
}
