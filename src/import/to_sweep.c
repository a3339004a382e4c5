/* Writes an import as a sweep file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/importer.h"
#include "problem/problem_parts.h"

/* inih reads lines of at most 199 bytes. */
enum { COMMENT_BYTES = 190 };

/* Appends a comment, cut where it is too long. */
static void append_comment(struct cvl_text *text, const char *comment)
{
    size_t length = strlen(comment);
    if (length > COMMENT_BYTES)
        for (length = COMMENT_BYTES; ((unsigned char)comment[length] & 0xC0) == 0x80;)
            length--;
    cvl_text_append(text, "# %.*s\n", (int)length, comment);
}

static void append_left_out(struct cvl_text *text, const struct cvl_import *import)
{
    if (import->left_out_count > 0)
        append_comment(text, "Left out:");
    for (size_t i = 0; i < import->left_out_count; i++) {
        const struct cvl_left_out *left_out = &import->left_out[i];
        char line[320], place[24] = "";
        if (left_out->line > 0)
            (void)snprintf(place, sizeof place, "line %u: ", left_out->line);
        (void)snprintf(line, sizeof line, "%6" PRIu32 "  %s (%s%s)", left_out->count,
                       left_out->reason, place, left_out->example);
        append_comment(text, line);
    }
}

static void append_dtypes(struct cvl_text *text, const struct cvl_import *import)
{
    bool any = false;
    for (int i = 0; i < CVL_DTYPE_COUNT; i++) {
        if (!import->dtypes[i])
            continue;
        cvl_text_append(text, "%s%s", any ? ", " : "dtype = ", cvl_dtype_name((enum cvl_dtype)i));
        any = true;
    }
    if (any)
        cvl_text_append(text, "\n");
}

static void append_pair(struct cvl_text *text, const char *key, int32_t rows, int32_t columns)
{
    cvl_text_append(text, "%s = %" PRId32, key, rows);
    if (columns != rows)
        cvl_text_append(text, "x%" PRId32, columns);
    cvl_text_append(text, "\n");
}

/* Appends the padding: the same on both sides where that gives the same output. */
static void append_pad(struct cvl_text *text, const struct cvl_problem *p)
{
    struct cvl_problem derived = *p;
    struct cvl_fault fault;
    if (!cvl_problem_derive_output(&derived, (struct cvl_padding_behind){p->ph, p->pw}, &fault) &&
        derived.oh == p->oh && derived.ow == p->ow) {
        if (p->ph != 0 || p->pw != 0)
            append_pair(text, "pad", p->ph, p->pw);
        return;
    }
    cvl_text_append(text, "pad = %" PRId32 ":%" PRId32 ":%" PRId32 ":%" PRId32 "\n", p->ph,
                    cvl_problem_pad_bottom(p), p->pw, cvl_problem_pad_right(p));
}

/* A dense layer with a window is asked for in its separable form too: that is our question. */
static bool has_separable_form(const struct cvl_problem *p)
{
    return p->form == CVL_STANDARD && p->g == 1 && (p->kh > 1 || p->kw > 1);
}

static void append_heading(struct cvl_text *text, const struct cvl_imported_layer *layer)
{
    const struct cvl_problem *p = &layer->problem;
    cvl_text_append(text, "\n[layer %s]\nforms = %s%s\n", layer->name, cvl_form_name(p->form),
                    has_separable_form(p) ? ", separable" : "");
}

static void append_layer(struct cvl_text *text, const struct cvl_imported_layer *layer)
{
    const struct cvl_problem *p = &layer->problem;
    cvl_text_append(text, "in = %" PRId32 "x%" PRId32 "x%" PRId32 "\nout = %" PRId32 "\n", p->ic,
                    p->ih, p->iw, p->oc);
    append_pair(text, "kernel", p->kh, p->kw);
    if (p->sh != 1 || p->sw != 1)
        append_pair(text, "stride", p->sh, p->sw);
    append_pad(text, p);
    if (p->dh != 0 || p->dw != 0)
        append_pair(text, "dilation", p->dh, p->dw);
    if (p->g != 1 && p->form != CVL_DEPTHWISE)
        cvl_text_append(text, "groups = %" PRId32 "\n", p->g);
    if (p->form == CVL_INVERTED)
        cvl_text_append(text, "expand = %" PRId32 "\nresidual = %s\n", p->mc / p->ic,
                        p->res ? "yes" : "no");
    if (p->dm)
        cvl_text_append(text, "depth_multiplier = %" PRId32 "\n", p->dm);
    if (p->mb != 1)
        cvl_text_append(text, "batch = %" PRId32 "\n", p->mb);
    if (layer->count != 1)
        cvl_text_append(text, "count = %" PRIu32 "\n", layer->count);
}

/* What a step reads, unless it is what the one before makes. Lists may go on in a second line. */
static void append_from(struct cvl_text *text, const struct cvl_network *network, size_t step)
{
    const size_t count = cvl_network_input_count(network, step);
    const uint32_t before = step > 0 ? (uint32_t)step - 1 : CVL_NETWORK_INPUT;
    if (count == 1 && cvl_network_input(network, step, 0) == before)
        return;
    for (size_t i = 0; i < count; i++) {
        const uint32_t input = cvl_network_input(network, step, i);
        cvl_text_append(text, "%s%s", i % 2 == 0 ? "from = " : ", ",
                        input == CVL_NETWORK_INPUT ? "input" : network->steps[input].layer);
        if (i % 2 == 1 || i + 1 == count)
            cvl_text_append(text, "\n");
    }
}

static void append_shape(struct cvl_text *text, const char *key, const struct cvl_shape *shape)
{
    cvl_text_append(text, "%s = %" PRId32 "x%" PRId32 "x%" PRId32 "\n", key, shape->c, shape->h,
                    shape->w);
}

/* The padding after the last row and column is what the output's sizes say. */
static void append_pool(struct cvl_text *text, const struct cvl_op *op, const struct cvl_shape *in)
{
    const int64_t bottom = (int64_t)(op->out.h - 1) * op->sh + op->kh - in->h - op->ph;
    const int64_t right = (int64_t)(op->out.w - 1) * op->sw + op->kw - in->w - op->pw;
    append_pair(text, "kernel", op->kh, op->kw);
    append_pair(text, "stride", op->sh, op->sw);
    if (op->ph != 0 || op->pw != 0 || bottom != 0 || right != 0)
        cvl_text_append(text, "pad = %" PRId32 ":%" PRId64 ":%" PRId32 ":%" PRId64 "\n", op->ph,
                        bottom, op->pw, right);
}

static void append_op(struct cvl_text *text, const struct cvl_network *network, size_t step)
{
    const struct cvl_op *op = &network->steps[step].op;
    const struct cvl_shape in = cvl_network_shape(network, cvl_network_input(network, step, 0));
    cvl_text_append(text, "type = %s\n", cvl_op_kind_name(op->kind));
    append_from(text, network, step);
    if (op->kind == CVL_OP_ACTIVATION || op->kind == CVL_OP_POOL)
        cvl_text_append(text, "function = %s\n", cvl_function_name(op->function));
    if (op->kind == CVL_OP_POOL)
        append_pool(text, op, &in);
    if (op->kind == CVL_OP_RESIZE || op->kind == CVL_OP_RESHAPE || op->kind == CVL_OP_MATMUL ||
        op->kind == CVL_OP_REDUCE || op->kind == CVL_OP_OTHER)
        append_shape(text, "out", &op->out);
    if (op->weights > 0)
        cvl_text_append(text, "weights = %" PRId32 "\n", op->weights);
}

/* The forms that a network is made in: as it is, and separable. */
static void append_forms(struct cvl_text *text, const struct cvl_import *import)
{
    const enum cvl_form first = import->layers[0].problem.form;
    bool is_dense = false, is_separable = false;
    for (size_t i = 0; i < import->layer_count; i++) {
        is_dense |= import->layers[i].problem.form == CVL_STANDARD;
        is_separable |= has_separable_form(&import->layers[i].problem);
    }
    cvl_text_append(text, "forms = %s%s\n", cvl_form_name(is_dense ? CVL_STANDARD : first),
                    is_separable ? ", separable" : "");
}

/* A layer that was there before is an op: the same shape once more. */
static void append_network(struct cvl_text *text, const struct cvl_import *import)
{
    const struct cvl_network *network = &import->network;
    cvl_text_append(text, "\n[network]\n");
    append_forms(text, import);
    append_shape(text, "input", &network->input);
    for (size_t step = 0; step < network->step_count; step++) {
        const size_t number = import->network_layers[step];
        const struct cvl_imported_layer *layer =
            number != SIZE_MAX ? &import->layers[number] : NULL;
        const bool is_first = layer && strcmp(layer->name, network->steps[step].layer) == 0;
        if (is_first)
            append_heading(text, layer);
        else
            cvl_text_append(text, "\n[op %s]\n", network->steps[step].layer);
        if (layer && !is_first)
            cvl_text_append(text, "type = layer\nlayer = %s\n", layer->name);
        if (layer)
            append_from(text, network, step);
        else
            append_op(text, network, step);
        if (is_first)
            append_layer(text, layer);
    }
}

enum cvl_status cvl_import_to_sweep(const struct cvl_import *import, char **text,
                                    struct cvl_error *err)
{
    struct cvl_text sweep = {0};
    char head[160], line[200];
    (void)snprintf(head, sizeof head, "%s: %zu different layers, read as %s", import->name,
                   import->layer_count, import->format);
    append_comment(&sweep, head);
    if (import->no_network[0] != '\0') {
        (void)snprintf(line, sizeof line, "No network: %s", import->no_network);
        append_comment(&sweep, line);
    }
    append_left_out(&sweep, import);
    cvl_text_append(&sweep, "[sweep]\nname = %s\n", import->name);
    append_dtypes(&sweep, import);
    if (import->network.step_count > 0)
        append_network(&sweep, import);
    for (size_t i = 0; i < import->layer_count && import->network.step_count == 0; i++) {
        append_heading(&sweep, &import->layers[i]);
        append_layer(&sweep, &import->layers[i]);
    }
    const bool failed = sweep.failed;
    *text = failed ? NULL : cvl_text_take(&sweep);
    cvl_text_clear(&sweep);
    return *text ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
}
