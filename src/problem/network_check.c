/* Do the steps of a network fit together? */
#include "problem/network_check.h"

#include <inttypes.h>
#include <stdio.h>

#include "problem/shape.h"

static enum cvl_status refuse(const struct cvl_network *network, size_t step, const char *what,
                              struct cvl_error *err)
{
    return cvl_fail(err, CVL_BAD_INPUT, "network: %s: expected %s", network->steps[step].layer,
                    what);
}

/* Can `from` be repeated to `to`? */
static bool spreads(struct cvl_shape from, struct cvl_shape to)
{
    return (from.mb == to.mb || from.mb == 1) && (from.c == to.c || from.c == 1) &&
           (from.h == to.h || from.h == 1) && (from.w == to.w || from.w == 1);
}

/* Is each output of the pooling's windows over at least one row and column of the input? */
static bool pools(const struct cvl_op *op, struct cvl_shape in)
{
    const int64_t last_row = (int64_t)(op->out.h - 1) * op->sh - op->ph;
    const int64_t last_column = (int64_t)(op->out.w - 1) * op->sw - op->pw;
    return op->kh > 0 && op->kw > 0 && op->sh > 0 && op->sw > 0 && op->ph >= 0 && op->pw >= 0 &&
           op->ph < op->kh && op->pw < op->kw && last_row < in.h && last_column < in.w &&
           op->out.mb == in.mb && op->out.c == in.c &&
           (op->function == CVL_MAX || op->function == CVL_AVERAGE);
}

static bool concatenates(const struct cvl_network *network, size_t step)
{
    struct cvl_shape all = network->steps[step].op.out;
    int64_t channels = 0;
    for (size_t i = 0; i < cvl_network_input_count(network, step); i++) {
        struct cvl_shape one = cvl_network_shape(network, cvl_network_input(network, step, i));
        channels += one.c;
        one.c = all.c;
        if (!cvl_shape_equal(&one, &all))
            return false;
    }
    return channels == all.c;
}

/* Is `part` in `whole`, at the op's place? */
static bool slices(const struct cvl_op *op, const struct cvl_shape *part,
                   const struct cvl_shape *whole)
{
    return op->row >= 0 && op->column >= 0 && part->mb == whole->mb && part->c == whole->c &&
           (int64_t)op->row + part->h <= whole->h && (int64_t)op->column + part->w <= whole->w;
}

const char *cvl_op_fault(const struct cvl_network *network, size_t step)
{
    const struct cvl_op *op = &network->steps[step].op;
    const size_t count = cvl_network_input_count(network, step);
    const struct cvl_shape in = cvl_network_shape(network, cvl_network_input(network, step, 0));
    bool all_spread = true;
    if (op->out.mb < 1 || op->out.c < 1 || op->out.h < 1 || op->out.w < 1 || op->weights < 0 ||
        cvl_shape_elements(&op->out) > INT32_MAX)
        return "an output of 1 to 2147483647 elements";
    for (size_t i = 0; i < count; i++)
        all_spread &=
            spreads(cvl_network_shape(network, cvl_network_input(network, step, i)), op->out);
    switch (op->kind) {
    case CVL_OP_ADD:
    case CVL_OP_MULTIPLY:
        return count < 2     ? "two inputs or more"
               : !all_spread ? "inputs of the output's sizes, or of 1"
                             : NULL;
    case CVL_OP_ACTIVATION:
    case CVL_OP_NORM:
        return count == 1 && cvl_shape_equal(&in, &op->out) ? NULL
                                                            : "one input of the output's sizes";
    case CVL_OP_POOL:
        return count == 1 && pools(op, in) ? NULL : "one input, and windows that reach into it";
    case CVL_OP_CONCAT:
        return concatenates(network, step)
                   ? NULL
                   : "inputs of equal sizes but for their channels, which add up";
    case CVL_OP_RESIZE:
        return count == 1 && in.mb == op->out.mb && in.c == op->out.c
                   ? NULL
                   : "one input with as many channels as the output";
    case CVL_OP_RESHAPE:
        return count == 1 && in.mb == op->out.mb &&
                       cvl_shape_elements(&in) == cvl_shape_elements(&op->out)
                   ? NULL
                   : "one input with as many elements as the output";
    case CVL_OP_SLICE:
        return count == 1 && slices(op, &op->out, &in) ? NULL
                                                       : "one input that has all of the slice";
    case CVL_OP_UPDATE_SLICE: {
        const struct cvl_shape part =
            cvl_network_shape(network, cvl_network_input(network, step, count - 1));
        return count <= 2 && (count == 1 || cvl_shape_equal(&in, &op->out)) &&
                       slices(op, &part, &op->out)
                   ? NULL
                   : "an input of the output's sizes, and one that is a part of it";
    }
    default:
        return NULL;
    }
}

static enum cvl_status check_convolution(const struct cvl_network *network, size_t step,
                                         struct cvl_error *err)
{
    const struct cvl_problem *p = &network->steps[step].problem;
    const struct cvl_shape in = cvl_network_shape(network, cvl_network_input(network, step, 0));
    const struct cvl_shape wanted = cvl_input_shape(p);
    char what[160];
    if (cvl_network_input_count(network, step) == 1 && cvl_shape_equal(&in, &wanted))
        return CVL_OK;
    (void)snprintf(what, sizeof what,
                   "an input of %" PRId32 "x%" PRId32 "x%" PRId32 "x%" PRId32 ", got %" PRId32
                   "x%" PRId32 "x%" PRId32 "x%" PRId32,
                   wanted.mb, wanted.c, wanted.h, wanted.w, in.mb, in.c, in.h, in.w);
    return refuse(network, step, what, err);
}

/* Is the step whose weights it has before it, not one that has another's, and like it? */
static bool has_weights_of(const struct cvl_network *network, size_t step)
{
    const struct cvl_network_step *s = &network->steps[step];
    if (s->weights_of > step)
        return false;
    const struct cvl_network_step *owner = &network->steps[s->weights_of - 1];
    const struct cvl_problem *a = &owner->problem, *b = &s->problem;
    if (owner->weights_of > 0 || owner->op.kind != s->op.kind)
        return false;
    if (s->op.kind != CVL_OP_CONVOLUTION)
        return owner->op.weights == s->op.weights;
    return a->form == b->form && a->g == b->g && a->ic == b->ic && a->mc == b->mc &&
           a->dm == b->dm && a->oc == b->oc && a->kh == b->kh && a->kw == b->kw;
}

static enum cvl_status check_step(const struct cvl_network *network, size_t step,
                                  struct cvl_error *err)
{
    const struct cvl_network_step *s = &network->steps[step];
    if ((unsigned)s->op.kind >= CVL_OP_KIND_COUNT ||
        (unsigned)s->op.function >= CVL_FUNCTION_COUNT || s->input_count > CVL_STEP_INPUTS_MAX ||
        s->first_input + (uint64_t)s->input_count > network->input_count)
        return refuse(network, step, "an op that is known, with at most 64 inputs", err);
    for (size_t i = 0; i < s->input_count; i++) {
        const uint32_t input = cvl_network_input(network, step, i);
        if (input != CVL_NETWORK_INPUT && input >= step)
            return refuse(network, step, "inputs that are made before it", err);
    }
    if (s->weights_of > 0 && !has_weights_of(network, step))
        return refuse(network, step, "the weights of a step before it that has as many", err);
    if (s->op.kind == CVL_OP_CONVOLUTION)
        return check_convolution(network, step, err);
    const char *fault = cvl_op_fault(network, step);
    return fault ? refuse(network, step, fault, err) : CVL_OK;
}

enum cvl_status cvl_network_check(const struct cvl_network *network, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < network->step_count && status == CVL_OK; i++)
        status = check_step(network, i, err);
    return status;
}
