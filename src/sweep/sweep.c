/* A sweep: from a file to items and networks. */
#include <convlens/sweep.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"
#include "sweep/sweep_document.h"
#include "sweep/sweep_expand.h"
#include "sweep/sweep_network.h"

/* The file's name without folders and .ini, made fit to be a name. */
static void name_after_file(struct cvl_sweep *sweep, const char *path)
{
    const char *slash = strrchr(path, '/');
    char name[CVL_SWEEP_NAME_BYTES];
    cvl_copy_safe(name, sizeof name, slash ? slash + 1 : path);
    char *end = name + strlen(name);
    if (end - name > 4 && strcmp(end - 4, ".ini") == 0)
        end[-4] = '\0';
    for (char *quote = name; (quote = strchr(quote, '"'));)
        *quote = '_';
    if (strcmp(path, "-") == 0)
        cvl_copy(name, sizeof name, "stdin");
    cvl_copy(sweep->name, sizeof sweep->name, *name ? name : "sweep");
}

static enum cvl_status set_name(struct cvl_sweep *sweep, const struct cvl_sweep_document *document,
                                const char *path, struct cvl_error *err)
{
    const struct cvl_sweep_entry *entry = &document->entries[CVL_KEY_sweep_name];
    if (!entry->text) {
        name_after_file(sweep, path);
        return CVL_OK;
    }
    size_t length = strlen(entry->text);
    if (length == 0 || length >= sizeof sweep->name || strchr(entry->text, '/') ||
        !cvl_name_is_clean(entry->text))
        return cvl_sweep_fail(err, &entry->place, "name", entry->text, "%s",
                              cvl_sweep_types[CVL_TYPE_text].expected);
    cvl_copy(sweep->name, sizeof sweep->name, entry->text);
    return CVL_OK;
}

static enum cvl_status set_layouts(struct cvl_sweep *sweep,
                                   const struct cvl_sweep_document *document, struct cvl_error *err)
{
    struct cvl_sweep_values values = {0};
    enum cvl_status status = cvl_sweep_read_key(&values, document, NULL, CVL_KEY_sweep_layout, err);
    for (size_t i = 0; status == CVL_OK && i < values.count; i++)
        sweep->layouts[sweep->layout_count++] = (enum cvl_layout)values.items[i].n[0];
    cvl_sweep_values_clear(&values);
    return status;
}

static enum cvl_status set_dtypes(struct cvl_sweep *sweep,
                                  const struct cvl_sweep_document *document, struct cvl_error *err)
{
    struct cvl_sweep_values values = {0};
    enum cvl_status status = cvl_sweep_read_key(&values, document, NULL, CVL_KEY_sweep_dtype, err);
    for (size_t i = 0; status == CVL_OK && i < values.count; i++)
        sweep->dtypes[sweep->dtype_count++] = (enum cvl_dtype)values.items[i].n[0];
    cvl_sweep_values_clear(&values);
    return status;
}

static enum cvl_status set_passes(struct cvl_sweep *sweep,
                                  const struct cvl_sweep_document *document, struct cvl_error *err)
{
    struct cvl_sweep_values passes = {0}, optimizers = {0};
    enum cvl_status status = cvl_sweep_read_key(&passes, document, NULL, CVL_KEY_sweep_passes, err);
    for (size_t i = 0; status == CVL_OK && i < passes.count; i++)
        sweep->passes[sweep->passes_count++] = (enum cvl_passes)passes.items[i].n[0];
    if (status == CVL_OK)
        status = cvl_sweep_read_key(&optimizers, document, NULL, CVL_KEY_sweep_optimizer, err);
    for (size_t i = 0; status == CVL_OK && i < optimizers.count; i++)
        sweep->optimizers[sweep->optimizer_count++] = (enum cvl_optimizer)optimizers.items[i].n[0];
    cvl_sweep_values_clear(&passes);
    cvl_sweep_values_clear(&optimizers);
    return status;
}

/* [sweep]'s forms, batch and saves are read even where every layer has its own: rubbish is refused.
 */
static enum cvl_status check_shared(const struct cvl_sweep_document *document,
                                    struct cvl_error *err)
{
    static const enum cvl_sweep_key shared[] = {CVL_KEY_sweep_forms, CVL_KEY_sweep_batch,
                                                CVL_KEY_sweep_saves};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0] && status == CVL_OK; i++) {
        struct cvl_sweep_values values = {0};
        status = cvl_sweep_read_key(&values, document, NULL, shared[i], err);
        cvl_sweep_values_clear(&values);
    }
    return status;
}

static enum cvl_status expand_layer(struct cvl_sweep *sweep,
                                    const struct cvl_sweep_document *document,
                                    struct cvl_sweep_layer *layer, struct cvl_error *err)
{
    layer->first_item = sweep->item_count;
    enum cvl_status status = cvl_sweep_expand(sweep, document, layer, err);
    layer->item_count = sweep->item_count - layer->first_item;
    return status;
}

/* Each item as a network of one step. */
static enum cvl_status make_layers(struct cvl_sweep *sweep, struct cvl_error *err)
{
    sweep->layers = calloc(sweep->item_count + 1, sizeof *sweep->layers); /* never of size 0 */
    if (!sweep->layers)
        return cvl_sweep_out_of_memory(err);
    for (size_t i = 0; i < sweep->item_count; i++) {
        const struct cvl_sweep_item *item = &sweep->items[i];
        struct cvl_network *layer = &sweep->layers[i];
        layer->form = item->problem.form;
        layer->steps = calloc(1, sizeof *layer->steps);
        if (!layer->steps)
            return cvl_sweep_out_of_memory(err);
        layer->step_count = 1;
        layer->steps[0] = (struct cvl_network_step){
            .repetition = 1, .repetitions = item->count, .problem = item->problem};
        cvl_copy(layer->steps[0].layer, sizeof layer->steps[0].layer, item->layer);
    }
    return CVL_OK;
}

static enum cvl_status read_sweep(const char *path, const char *text, bool wants_network,
                                  struct cvl_sweep *out, struct cvl_error *err)
{
    struct cvl_sweep sweep = {0};
    struct cvl_sweep_document document = {0};
    enum cvl_status status = cvl_sweep_document_read(&document, path, text, err);
    if (status == CVL_OK)
        status = set_name(&sweep, &document, path, err);
    if (status == CVL_OK)
        status = set_layouts(&sweep, &document, err);
    if (status == CVL_OK)
        status = set_dtypes(&sweep, &document, err);
    if (status == CVL_OK)
        status = set_passes(&sweep, &document, err);
    if (status == CVL_OK)
        status = check_shared(&document, err);
    for (size_t i = 0; i < document.layers.count && status == CVL_OK; i++)
        status = expand_layer(&sweep, &document, &document.layers.at[i], err);
    if (status == CVL_OK)
        status = make_layers(&sweep, err);
    if (status == CVL_OK && (wants_network || document.network.file))
        status = cvl_sweep_make_networks(&sweep, &document, err);
    if (status != CVL_OK)
        cvl_sweep_clear(&sweep);
    cvl_sweep_document_clear(&document);
    *out = sweep;
    return status;
}

enum cvl_status cvl_sweep_read(const char *path, struct cvl_sweep *out, struct cvl_error *err)
{
    return read_sweep(path, NULL, false, out, err);
}

enum cvl_status cvl_sweep_read_network(const char *path, struct cvl_sweep *out,
                                       struct cvl_error *err)
{
    return read_sweep(path, NULL, true, out, err);
}

enum cvl_status cvl_sweep_read_text(const char *text, const char *path, struct cvl_sweep *out,
                                    struct cvl_error *err)
{
    return read_sweep(path, text, false, out, err);
}

enum cvl_status cvl_sweep_from_problem(const char *text, struct cvl_sweep *out,
                                       struct cvl_error *err)
{
    *out = (struct cvl_sweep){0};
    struct cvl_problem problem;
    enum cvl_status status = cvl_problem_parse(text, &problem, err);
    if (status != CVL_OK)
        return status;
    struct cvl_sweep_item *item = calloc(1, sizeof *item);
    if (!item)
        return cvl_sweep_out_of_memory(err);
    item->problem = problem;
    item->count = 1;
    item->saves = 2;
    const char *slash = strchr(problem.name, '/');
    const char *layer = slash && slash[1] != '\0' ? slash + 1 : problem.name;
    cvl_copy(item->layer, sizeof item->layer, *layer != '\0' ? layer : "problem");
    *out = (struct cvl_sweep){
        .name = "problem",
        .items = item,
        .item_count = 1,
        .layouts = {CVL_NHWC, CVL_NCHW},
        .layout_count = 2,
        .dtypes = {CVL_F32},
        .dtype_count = 1,
        .passes = {CVL_FORWARD},
        .passes_count = 1,
        .optimizers = {CVL_SGD},
        .optimizer_count = 1,
    };
    status = make_layers(out, err);
    if (status != CVL_OK)
        cvl_sweep_clear(out);
    return status;
}

void cvl_sweep_clear(struct cvl_sweep *sweep)
{
    for (size_t i = 0; i < sweep->network_count; i++)
        cvl_network_clear(&sweep->networks[i]);
    for (size_t i = 0; sweep->layers && i < sweep->item_count; i++)
        cvl_network_clear(&sweep->layers[i]);
    free(sweep->networks);
    free(sweep->patches);
    free(sweep->layers);
    free(sweep->items);
    *sweep = (struct cvl_sweep){0};
}
