/* Collects the graph of a model. */
#include "import/graph.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "import/collect.h"
#include "problem/network_check.h"

void cvl_import_no_network(struct cvl_import *import, const char *format, ...)
{
    char reason[sizeof import->no_network];
    va_list arguments;
    if (import->no_network[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    cvl_copy_safe(import->no_network, sizeof import->no_network, reason);
}

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
}

void cvl_import_graph_input(struct cvl_import *import, const struct cvl_shape *shape)
{
    if (import->network.input.mb > 0)
        cvl_import_no_network(import, "the model has several inputs");
    import->network.input = *shape;
}

/* A step without inputs. NULL: there is no network any more. */
static enum cvl_status add_step(struct cvl_import *import, size_t layer, const char *name,
                                uint32_t *made, struct cvl_error *err)
{
    struct cvl_network *network = &import->network;
    const size_t count = network->step_count;
    *made = 0;
    if (count + 1 > CVL_NETWORK_STEPS_MAX)
        cvl_import_no_network(import, "the model has more than %d steps", CVL_NETWORK_STEPS_MAX);
    if (import->no_network[0] != '\0')
        return CVL_OK;
    void *steps = cvl_array_grow(network->steps, count, sizeof *network->steps);
    network->steps = steps ? steps : network->steps;
    void *layers = cvl_array_grow(import->network_layers, count, sizeof *import->network_layers);
    import->network_layers = layers ? layers : import->network_layers;
    if (!steps || !layers)
        return out_of_memory(err);
    import->network_layers[count] = layer;
    network->steps[count] = (struct cvl_network_step){.repetition = 1, .repetitions = 1};
    *made = (uint32_t)network->step_count++;
    return cvl_import_take_name(import, name, network->steps[count].layer, err);
}

enum cvl_status cvl_import_graph_layer(struct cvl_import *import, size_t layer, const char *name,
                                       uint32_t input, uint32_t *made, struct cvl_error *err)
{
    assert(layer < import->layer_count);
    const struct cvl_imported_layer *own = &import->layers[layer];
    bool is_first = true;
    for (size_t i = 0; i < import->network.step_count; i++)
        is_first &= import->network_layers[i] != layer;
    enum cvl_status status = add_step(import, layer, is_first ? NULL : name, made, err);
    if (status != CVL_OK || import->no_network[0] != '\0')
        return status;
    struct cvl_network_step *step = &import->network.steps[*made];
    step->problem = own->problem;
    if (is_first)
        cvl_copy(step->layer, sizeof step->layer, own->name);
    return cvl_network_add_input(&import->network, input, err);
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Is the output that of a sum of these inputs, as a sweep file has it? */
static bool follows(const struct cvl_network *network, size_t step)
{
    const struct cvl_shape *out = &network->steps[step].op.out;
    struct cvl_shape all = {0};
    for (size_t i = 0; i < cvl_network_input_count(network, step); i++) {
        const struct cvl_shape one =
            cvl_network_shape(network, cvl_network_input(network, step, i));
        all = (struct cvl_shape){larger(all.mb, one.mb), larger(all.c, one.c), larger(all.h, one.h),
                                 larger(all.w, one.w)};
    }
    return all.mb == out->mb && all.c == out->c && all.h == out->h && all.w == out->w;
}

void cvl_import_settle_reduce(struct cvl_op *op, const struct cvl_shape *in, bool spans_image)
{
    const bool is_pool = spans_image && op->function != CVL_FUNCTION_NONE && op->out.h == 1 &&
                         op->out.w == 1 && op->out.mb == in->mb && op->out.c == in->c;
    if (!is_pool) {
        op->function = CVL_FUNCTION_NONE;
        return;
    }
    op->kind = CVL_OP_POOL;
    op->weights = 0;
    op->kh = in->h;
    op->kw = in->w;
    op->sh = op->sw = 1;
}

/* What the file says that does not fit moves bytes. */
static void settle(struct cvl_network *network, size_t step)
{
    struct cvl_op *op = &network->steps[step].op;
    const bool is_sum = op->kind == CVL_OP_ADD || op->kind == CVL_OP_MULTIPLY;
    if ((is_sum && !follows(network, step)) || cvl_op_fault(network, step))
        *op = (struct cvl_op){.kind = CVL_OP_OTHER, .out = op->out, .weights = op->weights};
}

enum cvl_status cvl_import_graph_op(struct cvl_import *import, const struct cvl_op *op,
                                    const char *name, const uint32_t *inputs, size_t input_count,
                                    uint32_t *made, struct cvl_error *err)
{
    struct cvl_network *network = &import->network;
    if (input_count > CVL_STEP_INPUTS_MAX)
        cvl_import_no_network(import, "%s has more than %d inputs", name, CVL_STEP_INPUTS_MAX);
    enum cvl_status status = add_step(import, CVL_IMPORT_OP, name, made, err);
    if (status != CVL_OK || import->no_network[0] != '\0')
        return status;
    network->steps[*made].op = *op;
    for (size_t i = 0; i < input_count && status == CVL_OK; i++)
        status = cvl_network_add_input(network, inputs[i], err);
    if (status != CVL_OK)
        return status;
    const struct cvl_shape in = cvl_network_shape(network, inputs[0]);
    if (in.mb != op->out.mb)
        cvl_import_no_network(import, "%s changes the batch", name);
    settle(network, *made);
    return CVL_OK;
}

/* An output that a step reads would be over with it. */
static enum cvl_status keep_outputs(struct cvl_import *import, uint32_t *outputs,
                                    size_t output_count, struct cvl_error *err)
{
    const size_t count = import->network.step_count;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < output_count && status == CVL_OK; i++) {
        bool is_read = false;
        for (size_t step = 0; step < count; step++)
            for (size_t k = 0; k < cvl_network_input_count(&import->network, step); k++)
                is_read |= cvl_network_input(&import->network, step, k) == outputs[i];
        const struct cvl_op view = {.kind = CVL_OP_RESHAPE,
                                    .out = cvl_network_shape(&import->network, outputs[i])};
        uint32_t made;
        if (!is_read)
            continue;
        status = cvl_import_graph_op(import, &view, "output", &outputs[i], 1, &made, err);
        if (import->no_network[0] != '\0')
            return status;
        outputs[i] = made;
    }
    return status;
}

/* Which steps some output needs; the last ones first. */
static void mark(const struct cvl_network *network, const uint32_t *outputs, size_t output_count,
                 bool *is_needed)
{
    for (size_t i = 0; i < output_count; i++)
        if (outputs[i] != CVL_NETWORK_INPUT)
            is_needed[outputs[i]] = true;
    for (size_t step = network->step_count; step-- > 0;)
        for (size_t i = 0; is_needed[step] && i < cvl_network_input_count(network, step); i++) {
            const uint32_t input = cvl_network_input(network, step, i);
            if (input != CVL_NETWORK_INPUT)
                is_needed[input] = true;
        }
}

/* Keeps the steps that are needed, under new numbers. */
static void compact(struct cvl_import *import, const bool *is_needed, uint32_t *number)
{
    struct cvl_network *network = &import->network;
    size_t kept = 0, inputs = 0;
    for (size_t step = 0; step < network->step_count; step++) {
        struct cvl_network_step own = network->steps[step];
        number[step] = (uint32_t)kept;
        if (!is_needed[step])
            continue;
        for (size_t i = 0; i < own.input_count; i++) {
            const uint32_t input = network->inputs[own.first_input + i];
            network->inputs[inputs + i] =
                input == CVL_NETWORK_INPUT ? CVL_NETWORK_INPUT : number[input];
        }
        own.first_input = (uint32_t)inputs;
        inputs += own.input_count;
        import->network_layers[kept] = import->network_layers[step];
        network->steps[kept++] = own;
    }
    network->step_count = kept;
    network->input_count = inputs;
}

static enum cvl_status drop_unneeded(struct cvl_import *import, const uint32_t *outputs,
                                     size_t output_count, struct cvl_error *err)
{
    const size_t count = import->network.step_count;
    bool *is_needed = calloc(count + 1, sizeof *is_needed);
    uint32_t *number = calloc(count + 1, sizeof *number);
    const bool allocated = is_needed && number;
    if (allocated) {
        mark(&import->network, outputs, output_count, is_needed);
        compact(import, is_needed, number);
    }
    free(is_needed);
    free(number);
    return allocated ? CVL_OK : out_of_memory(err);
}

/* A layer that the graph does not have, or not as often as the file, is dropped code. */
static void count_layers(struct cvl_import *import)
{
    for (size_t layer = 0; layer < import->layer_count; layer++) {
        uint32_t count = 0;
        for (size_t i = 0; i < import->network.step_count; i++)
            count += import->network_layers[i] == layer;
        if (count != import->layers[layer].count)
            cvl_import_no_network(import, "no output needs convolution %s",
                                  import->layers[layer].name);
    }
}

static enum cvl_status end(struct cvl_import *import, uint32_t *outputs, size_t output_count,
                           struct cvl_error *err)
{
    struct cvl_error why = {0};
    if (import->network.input.mb == 0) {
        cvl_import_no_network(import, "the model has no input");
        return CVL_OK;
    }
    enum cvl_status status = keep_outputs(import, outputs, output_count, err);
    if (status == CVL_OK && import->no_network[0] == '\0')
        status = drop_unneeded(import, outputs, output_count, err);
    if (status != CVL_OK || import->no_network[0] != '\0')
        return status;
    count_layers(import);
    if (import->network.step_count == 0)
        cvl_import_no_network(import, "the model has no output");
    else if (cvl_network_check(&import->network, &why) != CVL_OK)
        cvl_import_no_network(import, "%s", why.text);
    return CVL_OK;
}

/* What is in the network is not left out. */
static void drop_others(struct cvl_import *import)
{
    size_t kept = 0;
    for (size_t i = 0; i < import->left_out_count; i++)
        if (!import->left_out[i].is_other)
            import->left_out[kept++] = import->left_out[i];
    import->left_out_count = kept;
}

enum cvl_status cvl_import_graph_end(struct cvl_import *import, const uint32_t *outputs,
                                     size_t output_count, struct cvl_error *err)
{
    if (output_count > CVL_NETWORK_STEPS_MAX)
        cvl_import_no_network(import, "the model has more than %d outputs", CVL_NETWORK_STEPS_MAX);
    uint32_t *own = malloc((output_count + 1) * sizeof *own);
    if (!own)
        return out_of_memory(err);
    if (output_count > 0)
        memcpy(own, outputs, output_count * sizeof *own);
    const enum cvl_status status =
        import->no_network[0] == '\0' ? end(import, own, output_count, err) : CVL_OK;
    free(own);
    if (import->no_network[0] != '\0') {
        cvl_network_clear(&import->network);
        free(import->network_layers);
        import->network_layers = NULL;
    } else if (status == CVL_OK) {
        drop_others(import);
    }
    return status;
}
