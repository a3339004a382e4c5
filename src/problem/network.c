/* Networks: their tensors; copies, compares and clears them. */
#include <convlens/network.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "problem/shape.h"

bool cvl_network_is_layer(const struct cvl_network *network)
{
    return network->name[0] == '\0';
}

size_t cvl_network_input_count(const struct cvl_network *network, size_t step)
{
    assert(step < network->step_count);
    const size_t count = network->steps[step].input_count;
    return count > 0 ? count : 1;
}

uint32_t cvl_network_input(const struct cvl_network *network, size_t step, size_t index)
{
    assert(index < cvl_network_input_count(network, step));
    const struct cvl_network_step *reader = &network->steps[step];
    if (reader->input_count > 0)
        return network->inputs[reader->first_input + index];
    return step > 0 ? (uint32_t)step - 1 : CVL_NETWORK_INPUT;
}

struct cvl_shape cvl_network_shape(const struct cvl_network *network, uint32_t tensor)
{
    if (tensor == CVL_NETWORK_INPUT)
        return network->input.mb > 0 ? network->input : cvl_input_shape(&network->steps[0].problem);
    assert(tensor < network->step_count);
    const struct cvl_network_step *step = &network->steps[tensor];
    const struct cvl_problem *p = &step->problem;
    return step->op.kind != CVL_OP_CONVOLUTION ? step->op.out
                                               : (struct cvl_shape){p->mb, p->oc, p->oh, p->ow};
}

uint64_t cvl_shape_elements(const struct cvl_shape *shape)
{
    const int32_t sizes[4] = {shape->mb, shape->c, shape->h, shape->w};
    uint64_t elements = 1;
    for (int i = 0; i < 4; i++)
        if (__builtin_mul_overflow(elements, (uint64_t)sizes[i], &elements) || elements > INT64_MAX)
            return INT64_MAX;
    return elements;
}

size_t cvl_op_replaceable_inputs(const struct cvl_op *op, size_t inputs)
{
    switch (op->kind) {
    case CVL_OP_ADD:
    case CVL_OP_MULTIPLY:
    case CVL_OP_ACTIVATION:
    case CVL_OP_NORM:
        return inputs;
    case CVL_OP_UPDATE_SLICE: /* the last one is the part */
        return inputs - 1;
    default:
        return 0;
    }
}

uint32_t cvl_network_last_reader(const struct cvl_network *network, uint32_t tensor)
{
    for (size_t step = network->step_count; step-- > 0;)
        for (size_t i = 0; i < cvl_network_input_count(network, step); i++)
            if (cvl_network_input(network, step, i) == tensor)
                return (uint32_t)step;
    return CVL_NETWORK_INPUT;
}

enum cvl_status cvl_network_add_input(struct cvl_network *network, uint32_t tensor,
                                      struct cvl_error *err)
{
    assert(network->step_count > 0);
    struct cvl_network_step *step = &network->steps[network->step_count - 1];
    const size_t count = network->input_count;
    void *inputs = cvl_array_grow(network->inputs, count, sizeof *network->inputs);
    if (!inputs)
        return cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
    network->inputs = inputs;
    if (step->input_count == 0)
        step->first_input = (uint32_t)count;
    assert(step->first_input + step->input_count == count);
    network->inputs[network->input_count++] = tensor;
    step->input_count++;
    return CVL_OK;
}

struct cvl_network_totals cvl_step_totals(const struct cvl_op *op,
                                          const struct cvl_problem *problem, uint32_t weights_of)
{
    if (op->kind != CVL_OP_CONVOLUTION)
        return (struct cvl_network_totals){0};
    const struct cvl_sizes sizes = cvl_problem_sizes(problem);
    return (struct cvl_network_totals){
        .convolutions = problem->form == CVL_INVERTED    ? 3
                        : problem->form == CVL_SEPARABLE ? 2
                                                         : 1,
        .multiply_adds = sizes.macs,
        .weights = weights_of > 0 ? 0 : sizes.weights_elements,
    };
}

struct cvl_network_totals cvl_network_totals(const struct cvl_network *network)
{
    struct cvl_network_totals totals = {0};
    for (size_t i = 0; i < network->step_count; i++) {
        const struct cvl_network_step *step = &network->steps[i];
        const struct cvl_network_totals one =
            cvl_step_totals(&step->op, &step->problem, step->weights_of);
        totals.convolutions += one.convolutions;
        totals.multiply_adds += one.multiply_adds;
        totals.weights += one.weights;
    }
    return totals;
}

uint64_t cvl_network_flops(const struct cvl_network *network, enum cvl_passes passes)
{
    uint64_t flops = 0;
    for (size_t i = 0; i < network->step_count; i++)
        if (network->steps[i].op.kind == CVL_OP_CONVOLUTION)
            flops += cvl_problem_flops(&network->steps[i].problem, passes);
    return flops;
}

static bool are_equal_steps(const struct cvl_network *a, const struct cvl_network *b, size_t step)
{
    const struct cvl_network_step *x = &a->steps[step], *y = &b->steps[step];
    bool same = strcmp(x->layer, y->layer) == 0 && memcmp(&x->op, &y->op, sizeof x->op) == 0 &&
                x->weights_of == y->weights_of &&
                cvl_network_input_count(a, step) == cvl_network_input_count(b, step);
    if (same && x->op.kind == CVL_OP_CONVOLUTION)
        same = cvl_problem_equal(&x->problem, &y->problem);
    for (size_t i = 0; same && i < cvl_network_input_count(a, step); i++)
        same = cvl_network_input(a, step, i) == cvl_network_input(b, step, i);
    return same;
}

bool cvl_network_equal(const struct cvl_network *a, const struct cvl_network *b)
{
    bool same = a->form == b->form && a->step_count == b->step_count;
    for (size_t i = 0; same && i < a->step_count; i++)
        same = are_equal_steps(a, b, i);
    return same;
}

enum cvl_status cvl_network_copy(const struct cvl_network *network, struct cvl_network *out,
                                 struct cvl_error *err)
{
    assert(network->step_count > 0);
    *out = *network;
    size_t room = 1; /* as cvl_network_add_input has it */
    while (room <= network->input_count)
        room *= 2;
    out->steps = malloc(network->step_count * sizeof *out->steps);
    out->inputs = malloc(room * sizeof *out->inputs);
    if (!out->steps || !out->inputs) {
        cvl_network_clear(out);
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for a network of %zu layers",
                        network->step_count);
    }
    memcpy(out->steps, network->steps, network->step_count * sizeof *out->steps);
    if (network->input_count > 0)
        memcpy(out->inputs, network->inputs, network->input_count * sizeof *out->inputs);
    return CVL_OK;
}

void cvl_network_clear(struct cvl_network *network)
{
    free(network->steps);
    free(network->inputs);
    *network = (struct cvl_network){0};
}
