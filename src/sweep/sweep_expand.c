/* Expands the lists of a document to problems. */
#include "sweep/sweep_expand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"

/* The dimensions of a sweep, the slowest first. Forms change fastest, so that the forms of one
 * layer stand together. */
static const enum cvl_sweep_key dimensions[] = {
    CVL_KEY_layer_batch,    CVL_KEY_layer_in,
    CVL_KEY_layer_out,      CVL_KEY_layer_kernel,
    CVL_KEY_layer_stride,   CVL_KEY_layer_pad,
    CVL_KEY_layer_dilation, CVL_KEY_layer_groups,
    CVL_KEY_layer_expand,   CVL_KEY_layer_depth_multiplier,
    CVL_KEY_layer_forms,
};
enum { DIMENSION_COUNT = sizeof dimensions / sizeof dimensions[0] };

/* One layer under expansion. */
struct expansion {
    const struct cvl_sweep_document *document;
    const struct cvl_sweep_layer *layer;
    struct cvl_sweep_values values[CVL_KEY_COUNT];
    size_t pick[CVL_KEY_COUNT]; /* the value each dimension is at */
    bool channels_vary, extents_vary;
    struct cvl_error *err;
};

/* A layer that says `expand` is inverted, unless it says its forms, or [sweep] names that form. */
static bool is_inverted_alone(const struct cvl_sweep_document *document,
                              const struct cvl_sweep_layer *layer)
{
    const char *shared = document->entries[CVL_KEY_sweep_forms].text;
    return layer && layer->entries[CVL_KEY_layer_expand].text &&
           !layer->entries[CVL_KEY_layer_forms].text &&
           !(shared && cvl_has_entry(shared, ", \t\r", cvl_form_name(CVL_INVERTED)));
}

struct cvl_sweep_found cvl_sweep_find(const struct cvl_sweep_document *document,
                                      const struct cvl_sweep_layer *layer, enum cvl_sweep_key key)
{
    if (key == CVL_KEY_layer_forms && is_inverted_alone(document, layer))
        return (struct cvl_sweep_found){cvl_form_name(CVL_INVERTED), layer->place};
    enum cvl_sweep_key shared = cvl_sweep_key_find(CVL_SECTION_sweep, cvl_sweep_keys[key].name);
    const struct cvl_sweep_entry *entry = layer ? &layer->entries[key] : &document->entries[key];
    if (shared != CVL_KEY_COUNT && !entry->text)
        entry = &document->entries[shared];
    if (entry->text)
        return (struct cvl_sweep_found){entry->text, entry->place};
    struct cvl_sweep_found found = {
        .place = layer ? layer->place : (struct cvl_sweep_place){.file = document->files[0]},
    };
    if (!cvl_sweep_key_is_required(key))
        found.text = cvl_sweep_keys[shared != CVL_KEY_COUNT ? shared : key].fallback;
    return found;
}

enum cvl_status cvl_sweep_read_key(struct cvl_sweep_values *out,
                                   const struct cvl_sweep_document *document,
                                   const struct cvl_sweep_layer *layer, enum cvl_sweep_key key,
                                   struct cvl_error *err)
{
    const struct cvl_sweep_key_facts *facts = &cvl_sweep_keys[key];
    struct cvl_sweep_found found = cvl_sweep_find(document, layer, key);
    char expected[CVL_SWEEP_EXPECTED_BYTES];
    if (!found.text) /* the keys that must be there are numbers */
        return cvl_sweep_fail(err, &found.place, facts->name, "no such key", "it in [%s %s]: %s",
                              layer->section == CVL_SECTION_op ? "op" : "layer", layer->name,
                              cvl_sweep_types[facts->type].expected);
    enum cvl_status status = cvl_sweep_values_read(out, facts->type, found.text, expected);
    if (status == CVL_BAD_INPUT)
        return cvl_sweep_fail(err, &found.place, facts->name, found.text, "%s", expected);
    return status == CVL_OK ? CVL_OK : cvl_sweep_out_of_memory(err);
}

/* The other forms of a layer do without its multiplier, but one of them has to take it. */
static enum cvl_status refuse_multiplier(const struct expansion *x)
{
    const struct cvl_sweep_values *multipliers = &x->values[CVL_KEY_layer_depth_multiplier];
    const struct cvl_sweep_values *forms = &x->values[CVL_KEY_layer_forms];
    bool multiplies = false, is_taken = false;
    for (size_t i = 0; i < multipliers->count; i++)
        multiplies |= multipliers->items[i].n[0] > 1;
    for (size_t i = 0; i < forms->count; i++)
        is_taken |= forms->items[i].n[0] == CVL_SEPARABLE;
    if (is_taken || !multiplies)
        return CVL_OK;
    const enum cvl_sweep_key key = CVL_KEY_layer_depth_multiplier;
    const struct cvl_sweep_found found = cvl_sweep_find(x->document, x->layer, key);
    return cvl_sweep_fail(
        x->err, &found.place, cvl_sweep_keys[key].name, found.text,
        "1, or separable among the forms (layer %s); the form depthwise takes its "
        "multiplier from out",
        x->layer->name);
}

static enum cvl_status read_values(struct expansion *x)
{
    enum cvl_status status = CVL_OK;
    for (unsigned key = 0; key < CVL_KEY_COUNT && status == CVL_OK; key++)
        if (cvl_sweep_keys[key].section == CVL_SECTION_layer && key != CVL_KEY_layer_from)
            status = cvl_sweep_read_key(&x->values[key], x->document, x->layer,
                                        (enum cvl_sweep_key)key, x->err);
    if (status == CVL_OK)
        status = refuse_multiplier(x);
    if (status != CVL_OK)
        return status;
    const struct cvl_sweep_values *in = &x->values[CVL_KEY_layer_in];
    for (size_t i = 1; i < in->count; i++) {
        const int32_t *first = in->items[0].n, *other = in->items[i].n;
        x->channels_vary |= other[0] != first[0];
        x->extents_vary |= other[1] != first[1] || other[2] != first[2];
    }
    return CVL_OK;
}

static void clear_values(struct expansion *x)
{
    for (unsigned key = 0; key < CVL_KEY_COUNT; key++)
        cvl_sweep_values_clear(&x->values[key]);
}

static const int32_t *picked(const struct expansion *x, enum cvl_sweep_key key)
{
    return x->values[key].items[x->pick[key]].n;
}

/* Steps to the next combination; false after the last. */
static bool next_pick(struct expansion *x)
{
    for (size_t i = DIMENSION_COUNT; i-- > 0;) {
        enum cvl_sweep_key key = dimensions[i];
        if (++x->pick[key] < x->values[key].count)
            return true;
        x->pick[key] = 0;
    }
    return false;
}

/* Sets the channels in the middle. */
static bool expand_fault(const struct expansion *x, struct cvl_problem *p, struct cvl_fault *fault)
{
    const int64_t channels = (int64_t)p->ic * picked(x, CVL_KEY_layer_expand)[0];
    if (channels > INT32_MAX) {
        *fault = (struct cvl_fault){.part = "mc"};
        (void)snprintf(fault->got, sizeof fault->got, "mc%" PRId64, channels);
        (void)snprintf(fault->expected, sizeof fault->expected,
                       "at most %" PRId32 " channels in the middle", INT32_MAX);
        return true;
    }
    p->mc = (int32_t)channels;
    p->res = picked(x, CVL_KEY_layer_residual)[0];
    return false;
}

/* Makes the problem of the present combination. True where something is wrong with it. */
static bool make_problem(const struct expansion *x, struct cvl_problem *p, struct cvl_fault *fault)
{
    const int32_t *in = picked(x, CVL_KEY_layer_in), *kernel = picked(x, CVL_KEY_layer_kernel);
    const int32_t *stride = picked(x, CVL_KEY_layer_stride), *pad = picked(x, CVL_KEY_layer_pad);
    const int32_t *gap = picked(x, CVL_KEY_layer_dilation);
    const int32_t multiplier = picked(x, CVL_KEY_layer_depth_multiplier)[0];
    *p = (struct cvl_problem){
        .form = (enum cvl_form)picked(x, CVL_KEY_layer_forms)[0],
        .mb = picked(x, CVL_KEY_layer_batch)[0],
        .g = picked(x, CVL_KEY_layer_groups)[0],
        .ic = in[0],
        .ih = in[1],
        .iw = in[2],
        .oc = picked(x, CVL_KEY_layer_out)[0],
        .kh = kernel[0],
        .kw = kernel[1],
        .sh = stride[0],
        .sw = stride[1],
        .dh = gap[0],
        .dw = gap[1],
    };
    if (p->form == CVL_DEPTHWISE)
        p->g = p->ic;
    if (p->form == CVL_SEPARABLE)
        p->dm = multiplier > 1 ? multiplier : 0;
    if (p->form == CVL_INVERTED && expand_fault(x, p, fault))
        return true;
    if (pad[0] < 0) {
        cvl_problem_pad_same(p, pad[0] == CVL_PAD_SAME_LOWER);
    } else {
        p->ph = pad[0];
        p->pw = pad[2];
        if (cvl_problem_derive_output(p, (struct cvl_padding_behind){pad[1], pad[3]}, fault))
            return true;
    }
    return cvl_problem_fault(p, fault);
}

/* The key that a wrong part of a problem comes from. */
static enum cvl_sweep_key key_of_part(const char *part)
{
    static const struct {
        const char *part;
        enum cvl_sweep_key key;
    } sources[] = {
        {"mb", CVL_KEY_layer_batch},     {"g", CVL_KEY_layer_groups},
        {"oc", CVL_KEY_layer_out},       {"kh", CVL_KEY_layer_kernel},
        {"kw", CVL_KEY_layer_kernel},    {"sh", CVL_KEY_layer_stride},
        {"sw", CVL_KEY_layer_stride},    {"ph", CVL_KEY_layer_pad},
        {"pw", CVL_KEY_layer_pad},       {"oh", CVL_KEY_layer_pad},
        {"ow", CVL_KEY_layer_pad},       {"dh", CVL_KEY_layer_dilation},
        {"dw", CVL_KEY_layer_dilation},  {"mc", CVL_KEY_layer_expand},
        {"res", CVL_KEY_layer_residual}, {"dm", CVL_KEY_layer_depth_multiplier},
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(sources[i].part, part) == 0)
            return sources[i].key;
    return CVL_KEY_layer_in;
}

static enum cvl_status refuse_problem(const struct expansion *x, enum cvl_form form,
                                      const struct cvl_fault *fault)
{
    enum cvl_sweep_key key = key_of_part(fault->part);
    struct cvl_sweep_found found = cvl_sweep_find(x->document, x->layer, key);
    return cvl_sweep_fail(x->err, &found.place, cvl_sweep_keys[key].name, found.text,
                          "%s (layer %s, %s, %s)", fault->expected, x->layer->name,
                          cvl_form_name(form), fault->got);
}

static void append_pair(struct cvl_text *name, char letter, const int32_t *n)
{
    cvl_text_append(name, "%ch%" PRId32, letter, n[0]);
    if (n[1] != n[0])
        cvl_text_append(name, "%cw%" PRId32, letter, n[1]);
}

static void append_pad(struct cvl_text *name, const int32_t *n)
{
    if (n[0] < 0)
        cvl_text_append(name, n[0] == CVL_PAD_SAME ? "psame" : "psame_lower");
    else if (n[0] != n[1] || n[2] != n[3])
        cvl_text_append(name, "p%" PRId32 ":%" PRId32 ":%" PRId32 ":%" PRId32, n[0], n[1], n[2],
                        n[3]);
    else
        append_pair(name, 'p', (const int32_t[]){n[0], n[2]});
}

/* Appends what distinguishes this combination of a dimension's values. */
static void append_dimension(const struct expansion *x, enum cvl_sweep_key key,
                             struct cvl_text *name)
{
    const int32_t *n = picked(x, key);
    if (key == CVL_KEY_layer_batch)
        cvl_text_append(name, "mb%" PRId32, n[0]);
    if (key == CVL_KEY_layer_in && x->channels_vary)
        cvl_text_append(name, "ic%" PRId32, n[0]);
    if (key == CVL_KEY_layer_in && x->extents_vary)
        append_pair(name, 'i', &n[1]);
    if (key == CVL_KEY_layer_out)
        cvl_text_append(name, "oc%" PRId32, n[0]);
    if (key == CVL_KEY_layer_kernel)
        append_pair(name, 'k', n);
    if (key == CVL_KEY_layer_stride)
        append_pair(name, 's', n);
    if (key == CVL_KEY_layer_pad)
        append_pad(name, n);
    if (key == CVL_KEY_layer_dilation)
        append_pair(name, 'd', n);
    if (key == CVL_KEY_layer_groups)
        cvl_text_append(name, "g%" PRId32, n[0]);
    if (key == CVL_KEY_layer_expand)
        cvl_text_append(name, "e%" PRId32, n[0]);
    if (key == CVL_KEY_layer_depth_multiplier)
        cvl_text_append(name, "dm%" PRId32, n[0]);
}

/* Names the item: "block2", or "square/ic64oc128" with the dimensions that vary. The forms of one
 * layer share its name. */
static enum cvl_status name_item(const struct expansion *x, const char *sweep_name,
                                 struct cvl_sweep_item *item)
{
    struct cvl_text name = {0};
    cvl_text_append(&name, "%s/%s", sweep_name, x->layer->name);
    bool varies = false;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (dimensions[i] == CVL_KEY_layer_forms || x->values[dimensions[i]].count < 2)
            continue;
        if (!varies)
            cvl_text_append(&name, "/");
        varies = true;
        append_dimension(x, dimensions[i], &name);
    }
    if (name.failed) {
        cvl_text_clear(&name);
        return cvl_sweep_out_of_memory(x->err);
    }
    enum cvl_status status = CVL_OK;
    const char *layer = name.data + strlen(sweep_name) + 1;
    if (strlen(layer) >= sizeof item->layer || name.length >= sizeof item->problem.name)
        status = cvl_sweep_fail(x->err, &x->layer->place, "layer", layer,
                                "a name of at most %zu bytes, and %zu with the sweep's before it",
                                sizeof item->layer - 1, sizeof item->problem.name - 1);
    cvl_copy(item->layer, sizeof item->layer, layer);
    cvl_copy(item->problem.name, sizeof item->problem.name, name.data);
    cvl_text_clear(&name);
    return status;
}

static enum cvl_status make_item(const struct expansion *x, const char *sweep_name,
                                 struct cvl_sweep_item *item)
{
    *item = (struct cvl_sweep_item){.count = (uint32_t)picked(x, CVL_KEY_layer_count)[0]};
    struct cvl_fault fault;
    if (make_problem(x, &item->problem, &fault))
        return refuse_problem(x, item->problem.form, &fault);
    if (picked(x, CVL_KEY_layer_bias)[0] != 0)
        item->bias_elements = (uint64_t)item->problem.oc;
    item->saves = (uint32_t)picked(x, CVL_KEY_layer_saves)[0];
    return name_item(x, sweep_name, item);
}

/* Makes room for the layer's items. */
static enum cvl_status reserve_items(const struct expansion *x, struct cvl_sweep *sweep)
{
    uint64_t count = 1;
    for (size_t i = 0; i < DIMENSION_COUNT && count <= CVL_SWEEP_ITEMS_MAX; i++)
        count *= x->values[dimensions[i]].count; /* both factors below 2^21 */
    if (count > CVL_SWEEP_ITEMS_MAX - sweep->item_count)
        return cvl_sweep_fail(x->err, &x->layer->place, "layer", x->layer->name,
                              "lists that make at most %d problems in all", CVL_SWEEP_ITEMS_MAX);
    void *items = realloc(sweep->items, (sweep->item_count + count) * sizeof *sweep->items);
    if (!items)
        return cvl_sweep_out_of_memory(x->err);
    sweep->items = items;
    return CVL_OK;
}

enum cvl_status cvl_sweep_expand(struct cvl_sweep *sweep, const struct cvl_sweep_document *document,
                                 const struct cvl_sweep_layer *layer, struct cvl_error *err)
{
    struct expansion x = {.document = document, .layer = layer, .err = err};
    enum cvl_status status = read_values(&x);
    if (status == CVL_OK)
        status = reserve_items(&x, sweep);
    for (bool more = status == CVL_OK; more; more = status == CVL_OK && next_pick(&x)) {
        status = make_item(&x, sweep->name, &sweep->items[sweep->item_count]);
        if (status == CVL_OK)
            sweep->item_count++;
    }
    clear_values(&x);
    return status;
}
