/* Keys of a sweep file, with its includes merged in. */
#include "sweep/sweep_document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"

enum cvl_status cvl_sweep_fail(struct cvl_error *err, const struct cvl_sweep_place *place,
                               const char *key, const char *got, const char *format, ...)
{
    char shown[160], shown_key[80] = "", expected[400], line[16] = "";
    cvl_copy_safe(shown, sizeof shown, got);
    if (key)
        cvl_copy_safe(shown_key, sizeof shown_key, key);
    if (place->line > 0)
        (void)snprintf(line, sizeof line, ":%u", place->line);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    return cvl_fail(err, CVL_BAD_INPUT, "%.300s%s: %s%sgot %s, expected %s", place->file, line,
                    shown_key, key ? ": " : "", *shown ? shown : "nothing", expected);
}

enum cvl_status cvl_sweep_out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "sweep: out of memory");
}

/* Makes room for one more item in a growing array. Returns the array, or NULL. */
static void *grow(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = realloc(items, wanted * item_bytes);
    if (grown)
        *capacity = wanted;
    return grown;
}

const char *cvl_sweep_document_add_file(struct cvl_sweep_document *document, const char *path)
{
    void *files = grow(document->files, document->file_count, &document->file_capacity,
                       sizeof *document->files);
    if (!files)
        return NULL;
    document->files = files;
    struct cvl_text shown = {0};
    cvl_text_append_safe(&shown, strcmp(path, "-") == 0 ? "stdin" : path);
    char *file = cvl_text_take(&shown);
    if (file)
        document->files[document->file_count++] = file;
    return file;
}

static const char *word_of(enum cvl_sweep_section section)
{
    return section == CVL_SECTION_op ? "op" : "layer";
}

enum cvl_status cvl_sweep_document_add_layer(struct cvl_sweep_document *document,
                                             enum cvl_sweep_section section, const char *name,
                                             const struct cvl_sweep_place *place,
                                             struct cvl_error *err)
{
    struct cvl_sweep_layers *list = section == CVL_SECTION_op ? &document->ops : &document->layers;
    if (*name == '\0' || strlen(name) >= CVL_LAYER_NAME_BYTES || strchr(name, '/') ||
        !cvl_name_is_clean(name))
        return cvl_sweep_fail(err, place, word_of(section), name, "a name of %s",
                              cvl_sweep_types[CVL_TYPE_text].expected);
    if (strcmp(name, "input") == 0)
        return cvl_sweep_fail(err, place, word_of(section), name,
                              "another name: this one is the network's input");
    void *layers = grow(list->at, list->count, &list->capacity, sizeof *list->at);
    if (!layers)
        return cvl_sweep_out_of_memory(err);
    list->at = layers;
    struct cvl_sweep_layer *layer = &list->at[list->count++];
    *layer = (struct cvl_sweep_layer){
        .place = *place, .order = document->layers.count + document->ops.count, .section = section};
    cvl_copy(layer->name, sizeof layer->name, name);
    return CVL_OK;
}

/* A list of sources may be longer than a line. */
static enum cvl_status go_on(struct cvl_sweep_entry *entry, const char *value,
                             struct cvl_error *err)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s, %s", entry->text, value);
    char *both = cvl_text_take(&text);
    if (!both)
        return cvl_sweep_out_of_memory(err);
    free(entry->text);
    entry->text = both;
    return CVL_OK;
}

/* The key of the last layer or op, or of what all share. */
static struct cvl_sweep_entry *find_entry(struct cvl_sweep_document *document,
                                          enum cvl_sweep_key key)
{
    const struct cvl_sweep_layers *layers = &document->layers, *ops = &document->ops;
    switch (cvl_sweep_keys[key].section) {
    case CVL_SECTION_layer:
        return &layers->at[layers->count - 1].entries[key];
    case CVL_SECTION_op:
        return &ops->at[ops->count - 1].entries[key];
    default:
        return &document->entries[key];
    }
}

enum cvl_status cvl_sweep_document_set(struct cvl_sweep_document *document, enum cvl_sweep_key key,
                                       const char *value, const struct cvl_sweep_place *place,
                                       struct cvl_error *err)
{
    struct cvl_sweep_entry *entry = find_entry(document, key);
    const char *name = cvl_sweep_keys[key].name;
    if (entry->text && cvl_sweep_keys[key].type == CVL_TYPE_sources)
        return go_on(entry, value, err);
    if (entry->text && entry->place.file == place->file)
        return cvl_sweep_fail(err, place, name, value, "the key once; it is in line %u already",
                              entry->place.line);
    if (entry->text && entry->place.depth < place->depth)
        return CVL_OK;
    char *text = cvl_duplicate(value);
    if (!text)
        return cvl_sweep_out_of_memory(err);
    free(entry->text);
    *entry = (struct cvl_sweep_entry){text, *place};
    return CVL_OK;
}

/* By name; of one name, in the order of reading. */
static int compare_layers(const void *a, const void *b)
{
    const struct cvl_sweep_layer *left = *(const struct cvl_sweep_layer *const *)a;
    const struct cvl_sweep_layer *right = *(const struct cvl_sweep_layer *const *)b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

static enum cvl_status check_twins(const struct cvl_sweep_document *document, struct cvl_error *err)
{
    const struct cvl_sweep_layers *layers = &document->layers, *ops = &document->ops;
    size_t count = layers->count + ops->count;
    const struct cvl_sweep_layer **sorted = calloc(count, sizeof *sorted);
    if (!sorted)
        return cvl_sweep_out_of_memory(err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = i < layers->count ? &layers->at[i] : &ops->at[i - layers->count];
    qsort(sorted, count, sizeof *sorted, compare_layers);
    enum cvl_status status = CVL_OK;
    for (size_t i = 1; i < count && status == CVL_OK; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            status = cvl_sweep_fail(err, &sorted[i]->place, word_of(sorted[i]->section),
                                    sorted[i]->name, "a name of its own; %.200s:%u has it already",
                                    sorted[i - 1]->place.file, sorted[i - 1]->place.line);
    free(sorted);
    return status;
}

enum cvl_status cvl_sweep_document_check(const struct cvl_sweep_document *document,
                                         struct cvl_error *err)
{
    struct cvl_sweep_place whole = {.file = document->files[0]};
    if (document->layers.count == 0)
        return cvl_sweep_fail(err, &whole, NULL, "no layer", "at least one [layer NAME]");
    return check_twins(document, err);
}

static void clear_entries(struct cvl_sweep_entry *entries)
{
    for (unsigned key = 0; key < CVL_KEY_COUNT; key++)
        free(entries[key].text);
}

static void clear_layers(struct cvl_sweep_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        clear_entries(layers->at[i].entries);
    free(layers->at);
}

void cvl_sweep_document_clear(struct cvl_sweep_document *document)
{
    clear_entries(document->entries);
    clear_layers(&document->layers);
    clear_layers(&document->ops);
    for (size_t i = 0; i < document->file_count; i++)
        free(document->files[i]);
    free(document->files);
    *document = (struct cvl_sweep_document){0};
}
