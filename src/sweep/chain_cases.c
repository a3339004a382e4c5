#include "sweep/chain_cases.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The list under construction. */
struct builder {
    struct cvl_chain_case *cases;
    size_t count, seen;
    const struct cvl_case_filter *filter;
    bool failed;
};

static bool is_same_chain(const struct cvl_network *a, const struct cvl_network *b)
{
    bool same = a->step_count == b->step_count && a->residual_count == b->residual_count;
    for (size_t i = 0; same && i < a->step_count; i++)
        same = cvl_problem_equal(&a->steps[i].problem, &b->steps[i].problem) &&
               strcmp(a->steps[i].layer, b->steps[i].layer) == 0;
    for (size_t i = 0; same && i < a->residual_count; i++)
        same = a->residuals[i].from == b->residuals[i].from &&
               a->residuals[i].to == b->residuals[i].to;
    return same;
}

static bool has_same_name(const struct cvl_network *a, const struct cvl_network *b)
{
    return a->form == b->form && strcmp(a->name, b->name) == 0;
}

static bool is_there(const struct builder *b, const struct cvl_chain_case *item)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->cases[i].variant == item->variant && b->cases[i].layout == item->layout &&
            b->cases[i].dtype == item->dtype && has_same_name(b->cases[i].chain, item->chain))
            return true;
    return false;
}

static void add_case(struct builder *b, const struct cvl_chain_case *item)
{
    const size_t number = b->seen++;
    const struct cvl_case_filter *f = b->filter;
    if (is_there(b, item) || (f->shards > 0 && number % f->shards != f->shard - 1))
        return;
    struct cvl_chain_case *cases = realloc(b->cases, (b->count + 1) * sizeof *cases);
    b->failed |= !cases;
    if (!cases)
        return;
    b->cases = cases;
    b->cases[b->count++] = *item;
}

static void add_variants(struct builder *b, const struct cvl_network *chain, enum cvl_layout layout,
                         enum cvl_dtype dtype)
{
    const char *glob = b->filter->variant_glob;
    for (size_t v = 0; v < cvl_variant_count(); v++) {
        const struct cvl_variant *variant = cvl_variant_at(v);
        if (cvl_variant_computes(variant, chain->form) &&
            (!glob || fnmatch(glob, cvl_variant_name(variant), 0) == 0))
            add_case(b, &(struct cvl_chain_case){chain, variant, layout, dtype});
    }
}

static void add_chain(struct builder *b, const struct cvl_sweep *sweep,
                      const struct cvl_network *chain)
{
    const struct cvl_case_filter *f = b->filter;
    const enum cvl_layout *layouts = f->layout_count ? f->layouts : sweep->layouts;
    const enum cvl_dtype *dtypes = f->dtype_count ? f->dtypes : sweep->dtypes;
    const size_t layout_count = f->layout_count ? f->layout_count : sweep->layout_count;
    const size_t dtype_count = f->dtype_count ? f->dtype_count : sweep->dtype_count;
    for (size_t d = 0; d < dtype_count; d++)
        for (size_t l = 0; l < layout_count; l++)
            add_variants(b, chain, layouts[l], dtypes[d]);
}

/* A row is found again by its chain's name. */
static enum cvl_status check_names(const struct cvl_sweep *sweeps, size_t sweep, size_t index,
                                   struct cvl_error *err)
{
    const struct cvl_network *chain = &sweeps[sweep].chains[index];
    for (size_t s = 0; s < sweep; s++)
        for (size_t i = 0; i < sweeps[s].chain_count; i++)
            if (has_same_name(&sweeps[s].chains[i], chain) &&
                !is_same_chain(&sweeps[s].chains[i], chain))
                return cvl_fail(err, CVL_BAD_INPUT,
                                "two different networks are called %s; expected each sweep with a "
                                "[chain] to have a name of its own",
                                chain->name);
    return CVL_OK;
}

enum cvl_status cvl_chain_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                       const struct cvl_case_filter *filter,
                                       struct cvl_chain_case **out, size_t *count,
                                       struct cvl_error *err)
{
    struct builder b = {.filter = filter};
    enum cvl_status status = CVL_OK;
    for (size_t s = 0; s < sweep_count && !filter->layer_glob; s++)
        for (size_t i = 0; i < sweeps[s].chain_count && status == CVL_OK; i++) {
            status = check_names(sweeps, s, i, err);
            add_chain(&b, &sweeps[s], &sweeps[s].chains[i]);
        }
    if (status == CVL_OK && b.failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the list of networks");
    if (status != CVL_OK) {
        free(b.cases);
        return status;
    }
    *out = b.cases;
    *count = b.count;
    return CVL_OK;
}

enum cvl_status cvl_chain_case_choose(const struct cvl_chain_case *item,
                                      const struct cvl_device_facts *device,
                                      struct cvl_chain_choice *out, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    bool leads = false;
    for (size_t i = 0; i < item->chain->step_count; i++) {
        const struct cvl_network_step *step = &item->chain->steps[i];
        out[i] =
            (struct cvl_chain_choice){.variant = cvl_chain_choose(step, item->variant, item->layout,
                                                                  item->dtype, device, &reason)};
        if (!out[i].variant)
            return cvl_fail(err, CVL_UNSUPPORTED, "%s: no variant computes it: %s", step->layer,
                            reason.text);
        leads |= out[i].variant == item->variant;
    }
    return leads ? CVL_OK
                 : cvl_fail(err, CVL_UNSUPPORTED, "%s computes none of the layers",
                            cvl_variant_name(item->variant));
}

void cvl_chain_case_name_row(const struct cvl_chain_case *item, const char *device_id,
                             struct cvl_chain_row *row)
{
    cvl_copy(row->device, sizeof row->device, device_id);
    cvl_copy(row->chain, sizeof row->chain, item->chain->name);
    cvl_copy(row->variant, sizeof row->variant, cvl_variant_name(item->variant));
    row->form = item->chain->form;
    row->layout = item->layout;
    row->dtype = item->dtype;
}

static uint64_t hash_case(uint64_t hash, const struct cvl_chain_case *item)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    hash = cvl_hash_text(hash, item->chain->name);
    hash = cvl_hash_text(hash, cvl_variant_name(item->variant));
    hash = cvl_hash_text(hash, cvl_layout_name(item->layout));
    hash = cvl_hash_text(hash, cvl_dtype_name(item->dtype));
    for (size_t i = 0; i < item->chain->step_count; i++) {
        (void)cvl_problem_print(&item->chain->steps[i].problem, text, sizeof text);
        hash = cvl_hash_text(hash, text);
    }
    for (size_t i = 0; i < item->chain->residual_count; i++) {
        const struct cvl_residual *residual = &item->chain->residuals[i];
        (void)snprintf(text, sizeof text, "%u:%u", residual->from, residual->to);
        hash = cvl_hash_text(hash, text);
    }
    return hash;
}

char *cvl_chain_cases_identity(char *identity, const struct cvl_chain_case *cases, size_t count)
{
    uint64_t hash = CVL_HASH_BEGIN;
    struct cvl_text text = {0};
    if (!identity || count == 0)
        return identity;
    for (size_t i = 0; i < count; i++)
        hash = hash_case(hash, &cases[i]);
    cvl_text_append(&text, "%s, %zu networks %016llx", identity, count, (unsigned long long)hash);
    free(identity);
    return cvl_text_take(&text);
}
