/* What would lower the peak of a network. */
#include <convlens/levers.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/groups.h"

const char *cvl_lever_name(enum cvl_lever_kind kind)
{
    static const char *const names[CVL_LEVER_KIND_COUNT] = {[CVL_LEVER_FREE_EARLY] = "free_early",
                                                            [CVL_LEVER_ARENA] = "arena",
                                                            [CVL_LEVER_IN_PLACE] = "in_place",
                                                            [CVL_LEVER_VARIANT] = "variant",
                                                            [CVL_LEVER_LAYOUT] = "layout",
                                                            [CVL_LEVER_FORM] = "form",
                                                            [CVL_LEVER_BANDS] = "bands",
                                                            [CVL_LEVER_FUSE] = "fuse",
                                                            [CVL_LEVER_TYPE] = "type",
                                                            [CVL_LEVER_PATCHES] = "patches",
                                                            [CVL_LEVER_BATCH] = "batch"};
    return (unsigned)kind < CVL_LEVER_KIND_COUNT ? names[kind] : "unknown";
}

static bool takes_part(const struct cvl_row *row)
{
    return cvl_key_is_network(&row->key) && row->status == CVL_ROW_OK && row->has_computed &&
           row->key.passes == CVL_FORWARD;
}

static bool is_same_network(const struct cvl_row *a, const struct cvl_row *b)
{
    return strcmp(a->key.device, b->key.device) == 0 && strcmp(a->key.network, b->key.network) == 0;
}

const char *cvl_lever_patches(const char *network, const char *whole)
{
    const size_t length = strlen(whole);
    unsigned rows, columns;
    char colon;
    if (strncmp(network, whole, length) != 0 ||
        sscanf(network + length, "/p%2ux%2u%c", &rows, &columns, &colon) != 3 || colon != ':')
        return NULL;
    return network + length + strlen("/p");
}

/* Is it the same in all but its patches? */
static bool is_patched(const struct cvl_row *base, const struct cvl_row *row)
{
    const struct cvl_key *a = &base->key, *b = &row->key;
    return cvl_lever_patches(b->network, a->network) && strcmp(a->device, b->device) == 0 &&
           a->layout == b->layout && a->dtype == b->dtype && a->problem.form == b->problem.form &&
           strcmp(a->variant, b->variant) == 0;
}

/* The 4 of "NAME/mb4", as networks of several batches are called; 0: there is none. */
static uint32_t find_batch(const char *network, size_t *name_length)
{
    const char *slash = strrchr(network, '/');
    int64_t batch = 0;
    if (!slash || strncmp(slash, "/mb", strlen("/mb")) != 0 ||
        !cvl_parse_i64(slash + strlen("/mb"), 1, INT32_MAX, &batch))
        return 0;
    *name_length = (size_t)(slash - network);
    return (uint32_t)batch;
}

/* Is each layer the other's for so many times the images? */
static bool has_same_layers(const struct cvl_row *row, const struct cvl_row *larger, uint64_t times)
{
    if (row->layers_count != larger->layers_count)
        return false;
    for (size_t i = 0; i < row->layers_count; i++)
        if (strcmp(row->layers[i].layer, larger->layers[i].layer) != 0 ||
            row->layers[i].weights != larger->layers[i].weights ||
            row->layers[i].multiply_adds * times != larger->layers[i].multiply_adds)
            return false;
    return true;
}

/* How often a row of the same network at a smaller batch runs for as many images; 0: it is none. */
static uint32_t count_executions(const struct cvl_row *base, const struct cvl_row *row)
{
    const struct cvl_key *a = &base->key, *b = &row->key;
    size_t a_length = 0, b_length = 0;
    const uint32_t images = find_batch(a->network, &a_length);
    const uint32_t batch = find_batch(b->network, &b_length);
    if (images == 0 || batch == 0 || batch >= images || images % batch != 0 ||
        a_length != b_length || strncmp(a->network, b->network, a_length) != 0 ||
        strcmp(a->device, b->device) != 0 || a->layout != b->layout || a->dtype != b->dtype ||
        a->problem.form != b->problem.form || strcmp(a->variant, b->variant) != 0 ||
        !has_same_layers(row, base, images / batch))
        return 0;
    return images / batch;
}

/* Rows of one network as it is: they differ in form and variant alone. */
static bool is_same_base(const struct cvl_row *a, const struct cvl_row *b)
{
    return is_same_network(a, b) && a->key.layout == b->key.layout && a->key.dtype == b->key.dtype;
}

/* The standard form first, then the others as they are listed. */
static bool is_better_base(const struct cvl_row *row, const struct cvl_row *best)
{
    const enum cvl_form form = row->key.problem.form, best_form = best->key.problem.form;
    const double time_s = cvl_row_time_s(row, best), best_s = cvl_row_time_s(best, row);
    if (form != best_form)
        return form < best_form;
    if (!isnan(time_s) || !isnan(best_s))
        return !isnan(time_s) && (isnan(best_s) || time_s < best_s);
    return strcmp(row->key.variant, "direct") == 0 && strcmp(best->key.variant, "direct") != 0;
}

static const struct cvl_row *find_base(const struct cvl_results *results, size_t first)
{
    const struct cvl_row *best = &results->rows[first];
    for (size_t i = first + 1; i < results->row_count; i++)
        if (takes_part(&results->rows[i]) && is_same_base(&results->rows[i], best) &&
            is_better_base(&results->rows[i], best))
            best = &results->rows[i];
    return best;
}

/* Which lever a row is; CVL_LEVER_KIND_COUNT: none, or several at once. */
static enum cvl_lever_kind find_kind(const struct cvl_row *base, const struct cvl_row *row)
{
    const struct cvl_key *a = &base->key, *b = &row->key;
    if (is_patched(base, row))
        return CVL_LEVER_PATCHES;
    if (!is_same_network(base, row))
        return count_executions(base, row) > 0 ? CVL_LEVER_BATCH : CVL_LEVER_KIND_COUNT;
    const bool same_form = a->problem.form == b->problem.form;
    const bool same_variant = strcmp(a->variant, b->variant) == 0;
    const enum cvl_kind kind = cvl_variant_kind(b->variant);
    if (a->dtype != b->dtype)
        return a->layout == b->layout && same_variant ? CVL_LEVER_TYPE : CVL_LEVER_KIND_COUNT;
    if (a->layout != b->layout)
        return same_form ? CVL_LEVER_LAYOUT : CVL_LEVER_KIND_COUNT;
    if (same_form && same_variant)
        return CVL_LEVER_KIND_COUNT;
    if (same_form && kind == cvl_variant_kind(a->variant))
        return CVL_LEVER_VARIANT;
    return kind == CVL_KIND_BANDED  ? CVL_LEVER_BANDS
           : kind == CVL_KIND_FUSED ? CVL_LEVER_FUSE
                                    : CVL_LEVER_FORM;
}

/* The peak without a lever. */
static uint64_t find_before(const struct cvl_row *base, enum cvl_lever_kind kind)
{
    const bool is_policy = kind == CVL_LEVER_FREE_EARLY || kind == CVL_LEVER_ARENA;
    return kind == CVL_LEVER_IN_PLACE
               ? base->computed.new_tensors_peak_bytes
               : cvl_row_known_peak(base, is_policy ? CVL_ALL_LIVE : CVL_FREED);
}

static enum cvl_status set_lever(const struct cvl_row *base, const struct cvl_row *row,
                                 enum cvl_lever_kind kind, struct cvl_lever *out,
                                 struct cvl_error *err)
{
    const enum cvl_policy policy = kind == CVL_LEVER_ARENA ? CVL_ARENA : CVL_FREED;
    const uint64_t before = find_before(base, kind);
    *out = (struct cvl_lever){.kind = kind, .row = row, .policy = policy, .executions = 1};
    /* what it would be otherwise is computed, and so both are */
    out->peak_bytes = kind == CVL_LEVER_IN_PLACE ? row->computed.peak_bytes[CVL_FREED]
                                                 : cvl_row_known_peak(row, policy);
    out->saved_bytes = (int64_t)(before - out->peak_bytes);
    out->saved_percent = 100.0 * (double)out->saved_bytes / (double)before;
    if (kind == CVL_LEVER_BATCH)
        out->executions = count_executions(base, row);
    return base == row ? CVL_OK
                       : cvl_time_ratio_find_repeated(base, row, out->executions, &out->time,
                                                      &out->has_time, err);
}

/* Of each kind the row of least peak. */
static enum cvl_status find_levers(const struct cvl_results *results,
                                   struct cvl_network_levers *network, struct cvl_error *err)
{
    const struct cvl_row *best[CVL_LEVER_KIND_COUNT] = {
        [CVL_LEVER_FREE_EARLY] = network->base, [CVL_LEVER_ARENA] = network->base};
    enum cvl_status status = CVL_OK;
    if (network->base->computed.new_tensors_peak_bytes != CVL_ABSENT)
        best[CVL_LEVER_IN_PLACE] = network->base;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (!takes_part(row))
            continue;
        const enum cvl_lever_kind kind = find_kind(network->base, row);
        if (kind == CVL_LEVER_KIND_COUNT || cvl_row_known_peak(row, CVL_FREED) == CVL_ABSENT)
            continue;
        if (!best[kind] ||
            cvl_row_known_peak(row, CVL_FREED) < cvl_row_known_peak(best[kind], CVL_FREED))
            best[kind] = row;
    }
    for (int kind = 0; kind < CVL_LEVER_KIND_COUNT && status == CVL_OK; kind++)
        if (best[kind])
            status = set_lever(network->base, best[kind], (enum cvl_lever_kind)kind,
                               &network->levers[network->lever_count++], err);
    return status;
}

/* The one that saves most first. They are few. */
static void sort_levers(struct cvl_network_levers *network)
{
    for (size_t i = 1; i < network->lever_count; i++)
        for (size_t k = i; k > 0; k--) {
            struct cvl_lever *a = &network->levers[k - 1], *b = &network->levers[k];
            if (b->saved_bytes <= a->saved_bytes)
                break;
            const struct cvl_lever lever = *a;
            *a = *b;
            *b = lever;
        }
}

/* Takes out the same layer, of another repetition or patch, where less lives in it.
 * @return false: as much lives in it */
static bool replaces(struct cvl_network_levers *network, const struct cvl_row_layer *layer)
{
    for (size_t i = 0; i < network->layer_count; i++) {
        struct cvl_peak_layer *other = &network->layers[i];
        if (strcmp(other->layer->layer, layer->layer) != 0)
            continue;
        if (other->layer->live_bytes >= layer->live_bytes)
            return false;
        network->layer_count--;
        memmove(other, other + 1, (network->layer_count - i) * sizeof *other);
        return true;
    }
    return true;
}

/* The layers in which most lives; of equal ones the first. */
static void find_layers(struct cvl_network_levers *network)
{
    const struct cvl_row *base = network->base;
    const struct cvl_row_computed *computed = &base->computed;
    const uint64_t staying =
        computed->peak_bytes[CVL_FREED] - computed->peak_without_weights_bytes[CVL_FREED];
    for (size_t i = 0; i < base->layers_count; i++) {
        const struct cvl_row_layer *layer = &base->layers[i];
        if (layer->live_bytes == CVL_ABSENT || layer->live_bytes == 0 || !replaces(network, layer))
            continue;
        size_t at = network->layer_count;
        while (at > 0 && network->layers[at - 1].layer->live_bytes < layer->live_bytes)
            at--;
        if (at == CVL_PEAK_LAYERS)
            continue;
        if (network->layer_count < CVL_PEAK_LAYERS)
            network->layer_count++;
        memmove(&network->layers[at + 1], &network->layers[at],
                (network->layer_count - at - 1) * sizeof *network->layers);
        network->layers[at] = (struct cvl_peak_layer){layer, layer->live_bytes + staying};
    }
}

/* Did an earlier row say what this network is? */
static bool is_done(const struct cvl_network_levers *networks, size_t count,
                    const struct cvl_row *row)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_base(networks[i].base, row))
            return true;
    return false;
}

enum cvl_status cvl_levers_create(const struct cvl_results *results,
                                  struct cvl_network_levers **out, size_t *count,
                                  struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *out = NULL;
    *count = 0;
    for (size_t i = 0; i < results->row_count && status == CVL_OK; i++) {
        if (!takes_part(&results->rows[i]) || is_done(*out, *count, &results->rows[i]))
            continue;
        struct cvl_network_levers *more = realloc(*out, (*count + 1) * sizeof *more);
        if (!more) {
            status = cvl_fail(err, CVL_NO_MEMORY, "model: no memory for a network's levers");
            break;
        }
        *out = more;
        more[*count] = (struct cvl_network_levers){.base = find_base(results, i)};
        status = find_levers(results, &more[*count], err);
        sort_levers(&more[*count]);
        find_layers(&more[*count]);
        (*count)++;
    }
    if (status != CVL_OK) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    return status;
}
