/* Reads the layers, ops and residuals of a sweep's [network]. */
#include "sweep/sweep_links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sweep/sweep_expand.h"
#include "sweep/sweep_op.h"
#include "sweep/sweep_values.h"

/* A [network] under reading. */
struct reading {
    const struct cvl_sweep *sweep;
    const struct cvl_sweep_document *document;
    struct cvl_sweep_links *links;
    struct cvl_error *err;
};

/* Where the list of layers stands, or what stands for it. */
struct cvl_sweep_place cvl_sweep_links_place(const struct cvl_sweep_document *document)
{
    const struct cvl_sweep_entry *entry = &document->entries[CVL_KEY_network_layers];
    if (entry->text)
        return entry->place;
    return document->network.file ? document->network
                                  : (struct cvl_sweep_place){.file = document->files[0]};
}

static const struct cvl_sweep_layer *find(const struct cvl_sweep_layers *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return &list->at[i];
    return NULL;
}

static const struct cvl_sweep_layer *find_layer(const struct reading *r, const char *name)
{
    const struct cvl_sweep_layer *layer = find(&r->document->layers, name);
    return layer ? layer : find(&r->document->ops, name);
}

/* The layer whose shape a layer or an op has; NULL: it is an op of its own. */
static enum cvl_status find_shape(const struct reading *r, const struct cvl_sweep_layer *layer,
                                  const struct cvl_sweep_layer **out)
{
    const struct cvl_sweep_entry *entry = &layer->entries[CVL_KEY_op_layer];
    bool is_layer = layer->section == CVL_SECTION_layer;
    enum cvl_op_kind kind;
    *out = is_layer ? layer : NULL;
    enum cvl_status status = is_layer ? CVL_OK : cvl_sweep_op_kind(layer, &is_layer, &kind, r->err);
    if (status != CVL_OK || !is_layer || *out)
        return status;
    *out = entry->text ? find(&r->document->layers, entry->text) : NULL;
    return *out ? CVL_OK
                : cvl_sweep_fail(r->err, entry->text ? &entry->place : &layer->place, "layer",
                                 entry->text ? entry->text : "no such key", "the name of a layer");
}

static enum cvl_status add_link(struct reading *r, const struct cvl_sweep_layer *layer,
                                int64_t count)
{
    const struct cvl_sweep_place place = cvl_sweep_links_place(r->document);
    const struct cvl_sweep_layer *shape;
    const enum cvl_status status = find_shape(r, layer, &shape);
    if (status != CVL_OK)
        return status;
    if (count > (int64_t)CVL_NETWORK_STEPS_MAX - r->links->step_count)
        return cvl_sweep_fail(r->err, &place, "layers", layer->name,
                              "a network of at most %d layers, counts included",
                              CVL_NETWORK_STEPS_MAX);
    struct cvl_sweep_link *links = realloc(r->links->at, (r->links->count + 1) * sizeof *links);
    if (!links)
        return cvl_sweep_out_of_memory(r->err);
    r->links->at = links;
    r->links->at[r->links->count++] =
        (struct cvl_sweep_link){layer, shape, (uint32_t)count, r->links->step_count};
    r->links->step_count += (uint32_t)count;
    return CVL_OK;
}

/* How often a layer is there in a row: what its count leaves where ops have its shape, too. */
static int64_t count_of(const struct reading *r, const struct cvl_sweep_layer *layer)
{
    const struct cvl_sweep_layers *ops = &r->document->ops;
    if (layer->section == CVL_SECTION_op)
        return 1;
    int64_t count = r->sweep->items[layer->first_item].count;
    for (size_t i = 0; i < ops->count; i++) {
        const char *shape = ops->at[i].entries[CVL_KEY_op_layer].text;
        count -= shape && strcmp(shape, layer->name) == 0;
    }
    return count;
}

/* All layers and ops in the order of the file. */
static enum cvl_status link_all(struct reading *r)
{
    const struct cvl_sweep_layers *layers = &r->document->layers, *ops = &r->document->ops;
    enum cvl_status status = CVL_OK;
    for (size_t l = 0, o = 0; l + o < layers->count + ops->count && status == CVL_OK;) {
        const bool is_op =
            l >= layers->count || (o < ops->count && ops->at[o].order < layers->at[l].order);
        const struct cvl_sweep_layer *layer = is_op ? &ops->at[o++] : &layers->at[l++];
        const int64_t count = count_of(r, layer);
        const struct cvl_sweep_place place =
            cvl_sweep_find(r->document, layer, CVL_KEY_layer_count).place;
        status = count >= 1 ? add_link(r, layer, count)
                            : cvl_sweep_fail(r->err, &place, "count",
                                             layer->entries[CVL_KEY_layer_count].text
                                                 ? layer->entries[CVL_KEY_layer_count].text
                                                 : "1",
                                             "as often as the network has layer %s: once here, "
                                             "and in each [op] with layer = %s",
                                             layer->name, layer->name);
    }
    return status;
}

/* "block7" or "block7*5". Writes into `piece`. */
static enum cvl_status read_link(struct reading *r, char *piece)
{
    const struct cvl_sweep_place place = cvl_sweep_links_place(r->document);
    const struct cvl_sweep_layer *layer = find_layer(r, piece);
    if (layer)
        return add_link(r, layer, count_of(r, layer));
    int64_t count = 0;
    char *star = strrchr(piece, '*');
    if (star && cvl_parse_i64(star + 1, 1, INT32_MAX, &count)) {
        *star = '\0';
        layer = find_layer(r, cvl_sweep_trim(piece));
        *star = '*';
    }
    return layer ? add_link(r, layer, count)
                 : cvl_sweep_fail(r->err, &place, "layers", piece, "%s",
                                  cvl_sweep_types[CVL_TYPE_steps].expected);
}

static enum cvl_status read_links(struct reading *r)
{
    const char *text = r->document->entries[CVL_KEY_network_layers].text;
    enum cvl_status status = CVL_OK;
    if (!text)
        return link_all(r);
    char *copy = cvl_duplicate(text), *rest = copy;
    if (!copy)
        return cvl_sweep_out_of_memory(r->err);
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));)
        status = read_link(r, piece);
    free(copy);
    return status;
}

/* The one link of that layer. */
static const struct cvl_sweep_link *find_link(const struct reading *r, const char *name)
{
    const struct cvl_sweep_link *found = NULL;
    for (size_t i = 0; i < r->links->count; i++)
        if (strcmp(r->links->at[i].layer->name, name) == 0) {
            if (found)
                return NULL;
            found = &r->links->at[i];
        }
    return found;
}

static enum cvl_status add_residual(struct reading *r, const char *piece, uint32_t from,
                                    uint32_t to)
{
    const struct cvl_sweep_place *place = &r->document->entries[CVL_KEY_network_residual].place;
    for (size_t i = 0; i < r->links->residual_count; i++)
        if (r->links->residuals[i].from == from && r->links->residuals[i].to == to)
            return cvl_sweep_fail(r->err, place, "residual", piece, "each residual once");
    struct cvl_sweep_residual *residuals =
        realloc(r->links->residuals, (r->links->residual_count + 1) * sizeof *residuals);
    if (!residuals)
        return cvl_sweep_out_of_memory(r->err);
    r->links->residuals = residuals;
    r->links->residuals[r->links->residual_count++] = (struct cvl_sweep_residual){from, to};
    return CVL_OK;
}

/* "block2:block3" or "block2". Writes into `piece`. */
static enum cvl_status read_residual(struct reading *r, char *piece)
{
    const struct cvl_sweep_place *place = &r->document->entries[CVL_KEY_network_residual].place;
    char shown[160];
    cvl_copy(shown, sizeof shown, piece);
    char *colon = strchr(piece, ':');
    if (colon)
        *colon = '\0';
    const struct cvl_sweep_link *from = find_link(r, cvl_sweep_trim(piece));
    const struct cvl_sweep_link *to = colon ? find_link(r, cvl_sweep_trim(colon + 1)) : from;
    if (!from || !to || from->first_step > to->first_step)
        return cvl_sweep_fail(r->err, place, "residual", shown, "%s, in this order",
                              cvl_sweep_types[CVL_TYPE_edges].expected);
    enum cvl_status status = CVL_OK;
    if (colon)
        return add_residual(r, shown, from->first_step, to->first_step + to->count - 1);
    for (uint32_t i = 0; status == CVL_OK && i < from->count; i++)
        status = add_residual(r, shown, from->first_step + i, from->first_step + i);
    return status;
}

static enum cvl_status read_residuals(struct reading *r)
{
    const char *text = r->document->entries[CVL_KEY_network_residual].text;
    if (!text || strcmp(text, "none") == 0)
        return CVL_OK;
    char *copy = cvl_duplicate(text), *rest = copy;
    if (!copy)
        return cvl_sweep_out_of_memory(r->err);
    enum cvl_status status = CVL_OK;
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));)
        status = read_residual(r, piece);
    free(copy);
    return status;
}

enum cvl_status cvl_sweep_links_read(const struct cvl_sweep *sweep,
                                     const struct cvl_sweep_document *document,
                                     struct cvl_sweep_links *out, struct cvl_error *err)
{
    struct reading reading = {sweep, document, out, err};
    *out = (struct cvl_sweep_links){0};
    enum cvl_status status = read_links(&reading);
    if (status == CVL_OK)
        status = read_residuals(&reading);
    if (status != CVL_OK || out->step_count + out->residual_count <= CVL_NETWORK_STEPS_MAX)
        return status;
    const struct cvl_sweep_entry *entry = &document->entries[CVL_KEY_network_residual];
    return cvl_sweep_fail(err, &entry->place, "residual", entry->text,
                          "at most %d layers, ops and residuals together, counts included",
                          CVL_NETWORK_STEPS_MAX);
}

void cvl_sweep_links_clear(struct cvl_sweep_links *links)
{
    free(links->at);
    free(links->residuals);
    *links = (struct cvl_sweep_links){0};
}
