/* Compares, prints and parses the keys of rows. */
#include <convlens/key.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/text.h"
#include "problem/problem_parts.h"

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_parts(const struct cvl_problem *a, const struct cvl_problem *b, int first,
                         int end)
{
    int order = 0;
    for (int i = first; order == 0 && i < end; i++)
        order =
            compare_integers(cvl_part_get(a, (enum cvl_part)i), cvl_part_get(b, (enum cvl_part)i));
    return order;
}

static int compare_geometry(const struct cvl_key *a, const struct cvl_key *b)
{
    return compare_parts(&a->problem, &b->problem, 0, CVL_SHARED_PART_COUNT);
}

static int compare_problem(const struct cvl_key *a, const struct cvl_key *b)
{
    int order = compare_integers(a->problem.form, b->problem.form);
    if (order == 0)
        order = compare_parts(&a->problem, &b->problem, CVL_SHARED_PART_COUNT, CVL_PART_COUNT);
    return order != 0 ? order : strcmp(a->problem.name, b->problem.name);
}

static int compare_device(const struct cvl_key *a, const struct cvl_key *b)
{
    return strcmp(a->device, b->device);
}

static int compare_network(const struct cvl_key *a, const struct cvl_key *b)
{
    return strcmp(a->network, b->network);
}

static int compare_layer(const struct cvl_key *a, const struct cvl_key *b)
{
    return strcmp(a->layer, b->layer);
}

static int compare_layout(const struct cvl_key *a, const struct cvl_key *b)
{
    return compare_integers(a->layout, b->layout);
}

static int compare_dtype(const struct cvl_key *a, const struct cvl_key *b)
{
    return compare_integers(a->dtype, b->dtype);
}

static int compare_passes(const struct cvl_key *a, const struct cvl_key *b)
{
    const int order = compare_integers(a->passes, b->passes);
    return order != 0 ? order : compare_integers(a->optimizer, b->optimizer);
}

static int compare_variant(const struct cvl_key *a, const struct cvl_key *b)
{
    return strcmp(a->variant, b->variant);
}

static const struct {
    unsigned part;
    int (*compare)(const struct cvl_key *a, const struct cvl_key *b);
} comparisons[] = {
    {CVL_KEY_DEVICE, compare_device},   {CVL_KEY_NETWORK, compare_network},
    {CVL_KEY_LAYER, compare_layer},     {CVL_KEY_GEOMETRY, compare_geometry},
    {CVL_KEY_PROBLEM, compare_problem}, {CVL_KEY_LAYOUT, compare_layout},
    {CVL_KEY_DTYPE, compare_dtype},     {CVL_KEY_PASSES, compare_passes},
    {CVL_KEY_VARIANT, compare_variant},
};

int cvl_key_compare(const struct cvl_key *a, const struct cvl_key *b, unsigned parts)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof comparisons / sizeof comparisons[0]; i++)
        if (parts & comparisons[i].part)
            order = comparisons[i].compare(a, b);
    return order;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return cvl_hash(hash, text, strlen(text) + 1);
}

static uint64_t hash_parts(uint64_t hash, const struct cvl_problem *problem, int first, int end)
{
    for (int i = first; i < end; i++) {
        const int32_t value = cvl_part_get(problem, (enum cvl_part)i);
        hash = cvl_hash(hash, &value, sizeof value);
    }
    return hash;
}

static uint64_t hash_number(uint64_t hash, unsigned number)
{
    return cvl_hash(hash, &number, sizeof number);
}

uint64_t cvl_key_hash(const struct cvl_key *key, unsigned parts)
{
    uint64_t hash = hash_number(0, parts);
    if (parts & CVL_KEY_DEVICE)
        hash = hash_text(hash, key->device);
    if (parts & CVL_KEY_NETWORK)
        hash = hash_text(hash, key->network);
    if (parts & CVL_KEY_LAYER)
        hash = hash_text(hash, key->layer);
    if (parts & CVL_KEY_GEOMETRY)
        hash = hash_parts(hash, &key->problem, 0, CVL_SHARED_PART_COUNT);
    if (parts & CVL_KEY_PROBLEM) {
        hash = hash_number(hash, (unsigned)key->problem.form);
        hash = hash_parts(hash, &key->problem, CVL_SHARED_PART_COUNT, CVL_PART_COUNT);
        hash = hash_text(hash, key->problem.name);
    }
    if (parts & CVL_KEY_LAYOUT)
        hash = hash_number(hash, (unsigned)key->layout);
    if (parts & CVL_KEY_DTYPE)
        hash = hash_number(hash, (unsigned)key->dtype);
    if (parts & CVL_KEY_PASSES)
        hash = hash_number(hash_number(hash, (unsigned)key->passes), (unsigned)key->optimizer);
    return parts & CVL_KEY_VARIANT ? hash_text(hash, key->variant) : hash;
}

bool cvl_key_is_network(const struct cvl_key *key)
{
    return key->network[0] != '\0';
}

size_t cvl_key_print(const struct cvl_key *key, char *text, size_t size)
{
    char problem[CVL_PROBLEM_TEXT_BYTES];
    const bool trains = key->passes == CVL_TRAINING;
    if (cvl_key_is_network(key))
        (void)snprintf(problem, sizeof problem, "network:%s", cvl_form_name(key->problem.form));
    else
        (void)cvl_problem_print(&key->problem, problem, sizeof problem);
    const int length = snprintf(text, size, "%s %s %s %s %s%s%s %s %s", key->device, key->variant,
                                cvl_layout_name(key->layout), cvl_dtype_name(key->dtype),
                                cvl_passes_name(key->passes), trains ? "/" : "",
                                trains ? cvl_optimizer_name(key->optimizer) : "", problem,
                                cvl_key_is_network(key) ? key->network : key->layer);
    return length > 0 ? (size_t)length : 0;
}

/* Takes the next word of a line; a blank between quotes does not end it.
 * @return false if the word is empty or does not fit */
static bool take_word(const char **text, char *word, size_t size)
{
    assert(size > 0);
    size_t length = 0;
    for (bool quoted = false; (*text)[length] != '\0'; length++) {
        quoted ^= (*text)[length] == '"';
        if ((*text)[length] == ' ' && !quoted)
            break;
    }
    if (length == 0 || length >= size)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length;
    *text += **text == ' ';
    return true;
}

static enum cvl_status refuse(struct cvl_error *err, const char *what)
{
    return cvl_fail(err, CVL_BAD_INPUT,
                    "key: %s: expected DEVICE VARIANT LAYOUT TYPE PASSES PROBLEM LAYER", what);
}

static enum cvl_status parse_passes(char *word, struct cvl_key *out, struct cvl_error *err)
{
    char *slash = strchr(word, '/');
    if (slash)
        *slash = '\0';
    const enum cvl_status status = cvl_passes_parse(word, &out->passes, err);
    if (status != CVL_OK)
        return status;
    if ((out->passes == CVL_TRAINING) != (slash != NULL))
        return refuse(err, "passes");
    return slash ? cvl_optimizer_parse(slash + 1, &out->optimizer, err) : CVL_OK;
}

/* Parses the problem and the layer's name, or a network's form and name. */
static enum cvl_status parse_subject(const char *word, const char *name, struct cvl_key *out,
                                     struct cvl_error *err)
{
    static const char prefix[] = "network:";
    const bool is_network = strncmp(word, prefix, strlen(prefix)) == 0;
    char *target = is_network ? out->network : out->layer;
    const size_t size = is_network ? sizeof out->network : sizeof out->layer;
    if (strlen(name) >= size || (is_network && *name == '\0'))
        return refuse(err, "name");
    cvl_copy(target, size, name);
    return is_network ? cvl_form_parse(word + strlen(prefix), &out->problem.form, err)
                      : cvl_problem_read_printed(word, &out->problem, err);
}

enum cvl_status cvl_key_parse(const char *text, struct cvl_key *out, struct cvl_error *err)
{
    char layout[16], dtype[16], passes[32], problem[CVL_PROBLEM_TEXT_BYTES];
    *out = (struct cvl_key){0};
    if (!take_word(&text, out->device, sizeof out->device) ||
        !take_word(&text, out->variant, sizeof out->variant) ||
        !take_word(&text, layout, sizeof layout) || !take_word(&text, dtype, sizeof dtype) ||
        !take_word(&text, passes, sizeof passes) || !take_word(&text, problem, sizeof problem))
        return refuse(err, "a word is missing or too long");
    enum cvl_status status = cvl_layout_parse(layout, &out->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(dtype, &out->dtype, err);
    if (status == CVL_OK)
        status = parse_passes(passes, out, err);
    return status == CVL_OK ? parse_subject(problem, text, out, err) : status;
}

const char *cvl_key_passes_text(const struct cvl_key *key)
{
    static const char *const texts[CVL_OPTIMIZER_COUNT] = {
        [CVL_SGD] = " training sgd",
        [CVL_MOMENTUM] = " training momentum",
        [CVL_ADAM] = " training adam",
    };
    return key->passes == CVL_FORWARD ? "" : texts[key->optimizer];
}
