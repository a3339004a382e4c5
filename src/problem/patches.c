/* Patches of a network's first layers (Lin et al., MCUNetV2, 2021): reads them, and finds the step
 * that ends them. */
#include <convlens/network.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/patched_network.h"
#include "problem/shape.h"

/* Can a part of the output be made of a part of the input? */
static bool works_on_parts(const struct cvl_network_step *step)
{
    switch (step->op.kind) {
    case CVL_OP_CONVOLUTION:
        return step->problem.form != CVL_TRANSPOSED;
    case CVL_OP_ADD:
    case CVL_OP_MULTIPLY:
    case CVL_OP_ACTIVATION:
    case CVL_OP_POOL:
    case CVL_OP_CONCAT:
    case CVL_OP_NORM:
        return true;
    default:
        return false;
    }
}

/* Can the steps up to this one run patch by patch: does each of them, and does nothing after them
 * read what they make but for the last one's? */
static bool can_end(const struct cvl_network *network, uint32_t last)
{
    for (uint32_t step = 0; step <= last; step++) {
        const uint32_t reader = cvl_network_last_reader(network, step);
        const bool is_inner = reader != CVL_NETWORK_INPUT && reader <= last;
        if (!works_on_parts(&network->steps[step]) || (step < last && !is_inner))
            return false;
    }
    return true;
}

/* The most that lives at once within a step, beside what lives before it: what it makes, and what
 * stands between the parts of a separable or inverted convolution. */
static uint64_t live_within(const struct cvl_network_step *step, uint64_t made)
{
    if (step->op.kind != CVL_OP_CONVOLUTION)
        return made;
    const struct cvl_sizes sizes = cvl_problem_sizes(&step->problem);
    const uint64_t first = sizes.expanded_elements + sizes.intermediate_elements;
    const uint64_t second = sizes.intermediate_elements + made;
    return first > second ? first : second;
}

/* Does the step write over a tensor that nothing reads after it? */
static bool is_in_place(const struct cvl_network *network, uint32_t step,
                        const uint32_t *last_reader, const uint64_t *sizes, uint64_t made)
{
    const size_t count =
        cvl_op_replaceable_inputs(&network->steps[step].op, cvl_network_input_count(network, step));
    for (size_t i = 0; i < count; i++) {
        const uint32_t tensor = cvl_network_input(network, step, i);
        if (tensor != CVL_NETWORK_INPUT && last_reader[tensor] == step && sizes[tensor] == made)
            return true;
    }
    return false;
}

/* The most elements that live at once, each tensor freed after its last reader. */
static enum cvl_status find_peak(const struct cvl_network *network, uint64_t *out,
                                 struct cvl_error *err)
{
    const size_t count = network->step_count;
    uint32_t *last_reader = calloc(count, sizeof *last_reader);
    uint64_t *sizes = calloc(count, sizeof *sizes);
    const struct cvl_shape input = cvl_network_shape(network, CVL_NETWORK_INPUT);
    uint64_t live = cvl_shape_elements(&input);
    *out = live;
    for (uint32_t step = 0; last_reader && step < count; step++)
        last_reader[step] = CVL_NETWORK_INPUT;
    for (uint32_t step = 0; last_reader && sizes && step < count; step++)
        for (size_t i = 0; i < cvl_network_input_count(network, step); i++)
            if (cvl_network_input(network, step, i) != CVL_NETWORK_INPUT)
                last_reader[cvl_network_input(network, step, i)] = step;
    for (uint32_t step = 0; last_reader && sizes && step < count; step++) {
        const struct cvl_shape shape = cvl_network_shape(network, step);
        sizes[step] = cvl_shape_elements(&shape);
        const uint64_t within = is_in_place(network, step, last_reader, sizes, sizes[step])
                                    ? 0
                                    : live_within(&network->steps[step], sizes[step]);
        *out = live + within > *out ? live + within : *out;
        live += sizes[step];
        for (size_t i = 0; i < cvl_network_input_count(network, step); i++) {
            const uint32_t tensor = cvl_network_input(network, step, i);
            if (tensor == CVL_NETWORK_INPUT || last_reader[tensor] != step)
                continue;
            live -= sizes[tensor];
            sizes[tensor] = 0; /* it may be there twice */
        }
    }
    const bool found = last_reader && sizes;
    free(last_reader);
    free(sizes);
    return found ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
}

/* Appends the layers that can end the patches. */
static void list_ends(const struct cvl_network *network, char *text, size_t size)
{
    size_t used = 0;
    const char *before = "";
    text[0] = '\0';
    for (uint32_t step = 0; step < network->step_count && used < size; step++)
        if (can_end(network, step) && strcmp(network->steps[step].layer, before) != 0) {
            before = network->steps[step].layer;
            const int written =
                snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", before);
            used += written > 0 ? (size_t)written : 0;
        }
}

/* Is it the step, or the sum that belongs to it? */
static bool is_of_layer(const struct cvl_network_step *step, const char *layer)
{
    const size_t length = strlen(layer);
    return strncmp(step->layer, layer, length) == 0 &&
           (step->layer[length] == '\0' || strcmp(step->layer + length, "/add") == 0);
}

/* The last step of the layer that can end the patches. */
static enum cvl_status find_layer(const struct cvl_network *network, const char *layer,
                                  uint32_t *out, struct cvl_error *err)
{
    char ends[240];
    for (uint32_t step = (uint32_t)network->step_count; step-- > 0;)
        if (is_of_layer(&network->steps[step], layer) && can_end(network, step)) {
            *out = step;
            return CVL_OK;
        }
    list_ends(network, ends, sizeof ends);
    return cvl_fail(err, CVL_BAD_INPUT, "patches: %s: %s: expected a layer that can end them: %s",
                    network->name, layer, ends[0] ? ends : "it has none");
}

/* The end that gives the least peak; of equal ones the one of fewest multiply-adds. */
static enum cvl_status find_best(const struct cvl_network *network,
                                 const struct cvl_patches *patches, uint32_t *out,
                                 struct cvl_error *err)
{
    uint64_t best_peak = UINT64_MAX, best_work = UINT64_MAX;
    struct cvl_error reason = {0};
    (void)snprintf(reason.text, sizeof reason.text,
                   "patches: %s: none of its first layers can run patch by patch", network->name);
    for (uint32_t step = 0; step < network->step_count; step++) {
        struct cvl_network tried;
        uint64_t peak;
        if (!can_end(network, step))
            continue;
        enum cvl_status status = cvl_patched_network_make(network, patches, step, &tried, &reason);
        if (status == CVL_NO_MEMORY)
            return cvl_fail(err, status, "%s", reason.text);
        if (status != CVL_OK)
            continue;
        status = find_peak(&tried, &peak, err);
        const uint64_t work = cvl_network_totals(&tried).multiply_adds;
        cvl_network_clear(&tried);
        if (status != CVL_OK)
            return status;
        if (peak > best_peak || (peak == best_peak && work >= best_work))
            continue;
        best_peak = peak;
        best_work = work;
        *out = step;
    }
    return best_peak == UINT64_MAX ? cvl_fail(err, CVL_BAD_INPUT, "%s", reason.text) : CVL_OK;
}

enum cvl_status cvl_network_patch(const struct cvl_network *network,
                                  const struct cvl_patches *patches, struct cvl_network *out,
                                  struct cvl_patches_effect *effect, struct cvl_error *err)
{
    uint32_t last;
    assert(network->step_count > 0 && patches->rows > 0 && patches->columns > 0);
    *out = (struct cvl_network){0};
    *effect = (struct cvl_patches_effect){0};
    enum cvl_status status = patches->layer[0] ? find_layer(network, patches->layer, &last, err)
                                               : find_best(network, patches, &last, err);
    if (status == CVL_OK)
        status = cvl_patched_network_make(network, patches, last, out, err);
    if (status == CVL_OK)
        status = find_peak(network, &effect->before_elements, err);
    if (status == CVL_OK)
        status = find_peak(out, &effect->after_elements, err);
    if (status != CVL_OK) {
        cvl_network_clear(out);
        return status;
    }
    cvl_copy(effect->layer, sizeof effect->layer, network->steps[last].layer);
    effect->before_multiply_adds = cvl_network_totals(network).multiply_adds;
    effect->after_multiply_adds = cvl_network_totals(out).multiply_adds;
    return CVL_OK;
}

enum cvl_status cvl_patches_parse(const char *text, struct cvl_patches *out, struct cvl_error *err)
{
    char head[24], safe[64];
    const char *colon = strchr(text, ':');
    const size_t length = colon ? (size_t)(colon - text) : strlen(text);
    *out = (struct cvl_patches){0};
    if (length < sizeof head && (!colon || (colon[1] && strlen(colon + 1) < sizeof out->layer))) {
        char *cross;
        int64_t rows, columns;
        memcpy(head, text, length);
        head[length] = '\0';
        cross = strchr(head, 'x');
        if (cross)
            *cross = '\0';
        if (cross && cvl_parse_i64(head, 1, 64, &rows) &&
            cvl_parse_i64(cross + 1, 1, 64, &columns) && rows * columns > 1) {
            out->rows = (int32_t)rows;
            out->columns = (int32_t)columns;
            cvl_copy(out->layer, sizeof out->layer, colon ? colon + 1 : "");
            return CVL_OK;
        }
    }
    cvl_copy_safe(safe, sizeof safe, text);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "patches: got %s, expected ROWSxCOLUMNS or ROWSxCOLUMNS:LAYER, of 1 to 64 rows "
                    "and columns and at least two patches, e.g. 4x4",
                    safe);
}
