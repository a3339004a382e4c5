/* Collects layers and what is left out. */
#include "import/collect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/index.h"
#include "base/text.h"
#include "problem/problem_parts.h"

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
}

/* A letter of a name, or what stands for it: sweep files use some for themselves. */
static char clean_letter(char letter, bool is_utf8)
{
    static const char taken[] = "\"[]:;,*#='\\";
    const unsigned char byte = (unsigned char)letter;
    if (letter == '/')
        return '.';
    return byte < 0x20 || byte == 0x7F || strchr(taken, letter) || (byte >= 0x80 && !is_utf8)
               ? '_'
               : letter;
}

/* Makes a name of a file fit for a sweep file, without blanks at its ends and slashes before it, in
 * `size` bytes. */
static void clean_name(char *target, size_t size, const char *name)
{
    const bool is_utf8 = cvl_is_utf8(name);
    const char *from = name + strspn(name, " /");
    size_t length = 0;
    for (; from[length] != '\0' && length + 1 < size; length++)
        target[length] = clean_letter(from[length], is_utf8);
    const bool is_cut = from[length] != '\0';
    while (is_cut && length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
        length--; /* a letter of several bytes stays whole */
    while (length > 0 && target[length - 1] == ' ')
        length--;
    target[length] = '\0';
    for (char *at = target; !cvl_name_is_clean(target) && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80) /* some letters of several bytes are control characters */
            *at = '_';
}

/* Layers by shape, and all names. */
struct cvl_import_index {
    struct cvl_index names, shapes;
    char (*taken)[CVL_LAYER_NAME_BYTES];
    size_t taken_count;
};

void cvl_import_index_clear(struct cvl_import *import)
{
    if (!import->index)
        return;
    cvl_index_clear(&import->index->names);
    cvl_index_clear(&import->index->shapes);
    free(import->index->taken);
    free(import->index);
    import->index = NULL;
}

/* A layer that is looked for. */
struct search {
    const struct cvl_import *import;
    const struct cvl_imported_layer *layer;
};

static bool has_same_shape(const void *user, uint32_t number)
{
    const struct search *search = user;
    return cvl_problem_equal(&search->import->layers[number].problem, &search->layer->problem);
}

static uint64_t hash_shape(const struct cvl_problem *problem)
{
    uint64_t hash = cvl_hash(0, &problem->form, sizeof problem->form);
    for (int part = 0; part < CVL_PART_COUNT; part++) {
        const int32_t value = cvl_part_get(problem, (enum cvl_part)part);
        hash = cvl_hash(hash, &value, sizeof value);
    }
    return hash;
}

/* A name that is looked for. */
struct name_search {
    const struct cvl_import_index *index;
    const char *name;
};

static bool is_same_name(const void *user, uint32_t number)
{
    const struct name_search *search = user;
    return strcmp(search->index->taken[number], search->name) == 0;
}

/* "input" is the network's. */
static bool is_taken(const struct cvl_import_index *index, const char *name)
{
    const struct name_search search = {index, name};
    return strcmp(name, "input") == 0 ||
           cvl_index_find(&index->names, cvl_hash(0, name, strlen(name)), is_same_name, &search) !=
               CVL_INDEX_NONE;
}

static enum cvl_status make_index(struct cvl_import *import, struct cvl_error *err)
{
    if (!import->index)
        import->index = calloc(1, sizeof *import->index);
    return import->index ? CVL_OK : out_of_memory(err);
}

static enum cvl_status remember_name(struct cvl_import_index *index, const char *name,
                                     struct cvl_error *err)
{
    const uint32_t number = (uint32_t)index->taken_count;
    void *taken = cvl_array_grow(index->taken, index->taken_count, sizeof *index->taken);
    if (!taken)
        return out_of_memory(err);
    index->taken = taken;
    cvl_copy(index->taken[index->taken_count++], sizeof *index->taken, name);
    return cvl_index_add(&index->names, cvl_hash(0, name, strlen(name)), number)
               ? CVL_OK
               : out_of_memory(err);
}

/* A name that is taken gets a number, the next one that is free. */
enum cvl_status cvl_import_take_name(struct cvl_import *import, const char *name,
                                     char taken[CVL_LAYER_NAME_BYTES], struct cvl_error *err)
{
    char base[CVL_LAYER_NAME_BYTES - 8];
    const enum cvl_status status = make_index(import, err);
    if (status != CVL_OK || !name)
        return status;
    clean_name(base, sizeof base, name);
    cvl_copy(taken, CVL_LAYER_NAME_BYTES, base[0] != '\0' ? base : "op");
    for (size_t number = import->index->taken_count + 1; is_taken(import->index, taken); number++)
        (void)snprintf(taken, CVL_LAYER_NAME_BYTES, "%s_%zu", base, number);
    return remember_name(import->index, taken, err);
}

/* Names the layer: as the file does, or after its shape. */
static enum cvl_status name_layer(struct cvl_import *import, const char *name,
                                  struct cvl_imported_layer *layer, struct cvl_error *err)
{
    char shape[CVL_PROBLEM_TEXT_BYTES], clean[CVL_LAYER_NAME_BYTES];
    clean_name(clean, sizeof clean, name ? name : "");
    (void)cvl_problem_print(&layer->problem, shape, sizeof shape);
    return cvl_import_take_name(import, clean[0] != '\0' ? name : strchr(shape, ':') + 1,
                                layer->name, err);
}

static struct cvl_imported_layer *find_layer(const struct cvl_import *import,
                                             const struct cvl_imported_layer *layer)
{
    const struct search search = {import, layer};
    const int64_t number = cvl_index_find(&import->index->shapes, hash_shape(&layer->problem),
                                          has_same_shape, &search);
    return number == CVL_INDEX_NONE ? NULL : &import->layers[number];
}

static enum cvl_status put_layer(struct cvl_import *import, const struct cvl_imported_layer *layer,
                                 struct cvl_error *err)
{
    const uint32_t number = (uint32_t)import->layer_count;
    void *layers = cvl_array_grow(import->layers, import->layer_count, sizeof *import->layers);
    if (!layers)
        return out_of_memory(err);
    import->layers = layers;
    import->layers[import->layer_count++] = *layer;
    return cvl_index_add(&import->index->shapes, hash_shape(&layer->problem), number)
               ? CVL_OK
               : out_of_memory(err);
}

static bool is_one_tap(const struct cvl_problem *p)
{
    return p->form == CVL_STANDARD && p->g == 1 && p->kh == 1 && p->kw == 1 && p->ph == 0 &&
           p->pw == 0;
}

enum cvl_status cvl_import_add(struct cvl_import *import, const struct cvl_problem *problem,
                               const struct cvl_import_label *label, size_t *number,
                               struct cvl_error *err)
{
    struct cvl_imported_layer layer = {.problem = *problem, .count = label->count};
    if (is_one_tap(problem))
        layer.problem.form = CVL_POINTWISE;
    layer.problem.name[0] = '\0';
    enum cvl_status status = make_index(import, err);
    if (status != CVL_OK)
        return status;
    struct cvl_imported_layer *same = find_layer(import, &layer);
    if (number)
        *number = same ? (size_t)(same - import->layers) : import->layer_count;
    if (same) {
        same->count =
            same->count <= INT32_MAX - label->count ? same->count + label->count : INT32_MAX;
        return CVL_OK;
    }
    if (import->layer_count >= CVL_IMPORT_LAYERS_MAX)
        return cvl_fail(err, CVL_BAD_INPUT, "import: got more than %d layers that differ",
                        CVL_IMPORT_LAYERS_MAX);
    status = name_layer(import, label->name, &layer, err);
    return status == CVL_OK ? put_layer(import, &layer, err) : status;
}

enum cvl_status cvl_import_add_text(struct cvl_import *import, const char *text,
                                    const struct cvl_import_label *label, struct cvl_error *err)
{
    struct cvl_problem problem;
    struct cvl_error why = {0};
    struct cvl_import_label named = *label;
    const char *shown = label->shown ? label->shown : text;
    if (cvl_problem_parse(text, &problem, &why) != CVL_OK) {
        const char *reason = strncmp(why.text, "problem: ", 9) == 0 ? why.text + 9 : why.text;
        return cvl_import_leave_out(import, label->line, shown, err, "%s", reason);
    }
    if (problem.form == CVL_INVERTED && problem.mc % problem.ic != 0)
        return cvl_import_leave_out(import, label->line, shown, err, "mc is no multiple of ic");
    if (!named.name || *named.name == '\0')
        named.name = problem.name;
    return cvl_import_add(import, &problem, &named, NULL, err);
}

static struct cvl_left_out *find_reason(const struct cvl_import *import, const char *reason)
{
    for (size_t i = 0; i < import->left_out_count; i++)
        if (strcmp(import->left_out[i].reason, reason) == 0)
            return &import->left_out[i];
    return import->left_out_count >= CVL_IMPORT_REASONS_MAX
               ? &import->left_out[import->left_out_count - 1]
               : NULL;
}

/* Counts an entry by its reason. */
static enum cvl_status count_reason(struct cvl_import *import, struct cvl_left_out entry,
                                    const char *what, const char *reason, struct cvl_error *err)
{
    const bool is_last = import->left_out_count == CVL_IMPORT_REASONS_MAX - 1;
    entry.count = 1;
    cvl_copy_safe(entry.reason, sizeof entry.reason, is_last ? "other reasons" : reason);
    cvl_copy_safe(entry.example, sizeof entry.example, what);
    struct cvl_left_out *same = find_reason(import, entry.reason);
    if (same) {
        same->count += same->count < UINT32_MAX;
        return CVL_OK;
    }
    void *left_out =
        cvl_array_grow(import->left_out, import->left_out_count, sizeof *import->left_out);
    if (!left_out)
        return out_of_memory(err);
    import->left_out = left_out;
    import->left_out[import->left_out_count++] = entry;
    return CVL_OK;
}

enum cvl_status cvl_import_leave_out(struct cvl_import *import, unsigned line, const char *what,
                                     struct cvl_error *err, const char *format, ...)
{
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return count_reason(import, (struct cvl_left_out){.line = line}, what, reason, err);
}

enum cvl_status cvl_import_leave_out_other(struct cvl_import *import, const char *what,
                                           const char *type, struct cvl_error *err)
{
    char reason[128];
    (void)snprintf(reason, sizeof reason, "%.96s is no convolution", type);
    return count_reason(import, (struct cvl_left_out){.is_other = true}, what, reason, err);
}
