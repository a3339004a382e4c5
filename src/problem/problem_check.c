/* Derives the sizes of a problem and finds what is wrong with one. */
#include "problem/problem_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const struct cvl_part_facts cvl_parts[CVL_PART_COUNT] = {
#define CVL_PART(name, min) {#name, min, offsetof(struct cvl_problem, name)},
#include "problem/problem_parts.def"
#undef CVL_PART
};

int32_t cvl_part_get(const struct cvl_problem *problem, enum cvl_part part)
{
    int32_t value;
    memcpy(&value, (const char *)problem + cvl_parts[part].offset, sizeof value);
    return value;
}

void cvl_part_set(struct cvl_problem *problem, enum cvl_part part, int32_t value)
{
    memcpy((char *)problem + cvl_parts[part].offset, &value, sizeof value);
}

/* One spatial axis of a problem. */
struct axis {
    int64_t input, output, window, stride, before;
    int width; /* 0: rows, 1: columns */
};

struct cvl_problem cvl_problem_of_windows(const struct cvl_problem *problem)
{
    return problem->form == CVL_TRANSPOSED ? cvl_problem_mirror(problem) : *problem;
}

static struct axis axis_of(const struct cvl_problem *problem, int width)
{
    const struct cvl_problem own = cvl_problem_of_windows(problem), *p = &own;
    int64_t taps = width ? p->kw : p->kh;
    int64_t gap = width ? p->dw : p->dh;
    return (struct axis){
        .input = width ? p->iw : p->ih,
        .output = width ? p->ow : p->oh,
        .window = (taps - 1) * (gap + 1) + 1,
        .stride = width ? p->sw : p->sh,
        .before = width ? p->pw : p->ph,
        .width = width,
    };
}

static const char *axis_unit(const struct axis *axis)
{
    return axis->width ? "columns" : "rows";
}

static bool fault_at(struct cvl_fault *fault, const struct cvl_problem *problem, enum cvl_part part)
{
    fault->part = cvl_parts[part].name;
    (void)snprintf(fault->got, sizeof fault->got, "%s%" PRId32, fault->part,
                   cvl_part_get(problem, part));
    return true;
}

/* The part for this axis, given the height: each width follows its height. */
static enum cvl_part on_axis(enum cvl_part height, const struct axis *axis)
{
    return (enum cvl_part)((int)height + axis->width);
}

static bool window_too_large(const struct cvl_problem *problem, const struct axis *axis,
                             int64_t limit, struct cvl_fault *fault)
{
    if (axis->window <= limit)
        return false;
    (void)snprintf(fault->expected, sizeof fault->expected,
                   "a window of at most %" PRId64 " %s; with its dilation it has %" PRId64, limit,
                   axis_unit(axis), axis->window);
    return fault_at(fault, problem, on_axis(CVL_PART_kh, axis));
}

/* The output of a transposed problem: what the windows cover, less what is cut off. */
static bool axis_derive_transposed(struct cvl_problem *problem, int width, int32_t after,
                                   struct cvl_fault *fault)
{
    const struct axis axis = axis_of(problem, width);
    const int64_t output = (axis.output - 1) * axis.stride + axis.window - axis.before - after;
    if (output >= 1 && output <= INT32_MAX) {
        cvl_part_set(problem, on_axis(CVL_PART_oh, &axis), (int32_t)output);
        return false;
    }
    (void)snprintf(fault->expected, sizeof fault->expected,
                   "padding that leaves 1 to %" PRId32 " output %s, got %" PRId64, INT32_MAX,
                   axis_unit(&axis), output);
    return fault_at(fault, problem, on_axis(CVL_PART_ph, &axis));
}

static bool axis_derive(struct cvl_problem *problem, int width, int32_t after,
                        struct cvl_fault *fault)
{
    if (problem->form == CVL_TRANSPOSED)
        return axis_derive_transposed(problem, width, after, fault);
    struct axis axis = axis_of(problem, width);
    int64_t padded = axis.input + axis.before + after;
    if (window_too_large(problem, &axis, padded, fault))
        return true;
    int64_t output = (padded - axis.window) / axis.stride + 1;
    if (output > INT32_MAX) {
        (void)snprintf(fault->expected, sizeof fault->expected,
                       "padding for at most %" PRId32 " output %s", INT32_MAX, axis_unit(&axis));
        return fault_at(fault, problem, on_axis(CVL_PART_ph, &axis));
    }
    cvl_part_set(problem, on_axis(CVL_PART_oh, &axis), (int32_t)output);
    return false;
}

bool cvl_problem_derive_output(struct cvl_problem *problem, struct cvl_padding_behind after,
                               struct cvl_fault *fault)
{
    return axis_derive(problem, 0, after.h, fault) || axis_derive(problem, 1, after.w, fault);
}

/* As many outputs as strides fit; `odd`: rows of an odd padding that go first: 0 in TensorFlow's
 * SAME and ONNX's SAME_UPPER, 1 in SAME_LOWER. */
static void pad_same_axis(int32_t input, int64_t window, int32_t stride, int32_t odd,
                          int32_t *output, int32_t *before)
{
    *output = (int32_t)(((int64_t)input - 1) / stride + 1);
    int64_t total = (int64_t)(*output - 1) * stride + window - input;
    /* A window beyond 31 bits is refused by the check that follows. */
    *before = total <= 0 || window > INT32_MAX ? 0 : (int32_t)((total + odd) / 2);
}

/* TensorFlow's: the convolution the other way round has this output as its input. */
static void pad_same_transposed(struct cvl_problem *p, int32_t odd)
{
    const int64_t oh = (int64_t)p->ih * p->sh, ow = (int64_t)p->iw * p->sw;
    struct cvl_problem mirror;
    p->oh = oh > INT32_MAX ? INT32_MAX : (int32_t)oh;
    p->ow = ow > INT32_MAX ? INT32_MAX : (int32_t)ow;
    mirror = cvl_problem_mirror(p);
    cvl_problem_pad_same(&mirror, odd);
    p->ph = mirror.ph;
    p->pw = mirror.pw;
}

void cvl_problem_pad_same(struct cvl_problem *p, int32_t odd)
{
    if (p->form == CVL_TRANSPOSED) {
        pad_same_transposed(p, odd);
        return;
    }
    int64_t rows = ((int64_t)p->kh - 1) * ((int64_t)p->dh + 1) + 1;
    int64_t columns = ((int64_t)p->kw - 1) * ((int64_t)p->dw + 1) + 1;
    pad_same_axis(p->ih, rows, p->sh, odd, &p->oh, &p->ph);
    pad_same_axis(p->iw, columns, p->sw, odd, &p->ow, &p->pw);
}

static bool range_fault(const struct cvl_problem *problem, struct cvl_fault *fault)
{
    for (int part = 0; part < CVL_PART_COUNT; part++) {
        if (cvl_part_get(problem, (enum cvl_part)part) >= cvl_parts[part].min)
            continue;
        (void)snprintf(fault->expected, sizeof fault->expected, "%" PRId32 " to %" PRId32,
                       cvl_parts[part].min, INT32_MAX);
        return fault_at(fault, problem, (enum cvl_part)part);
    }
    return false;
}

/* Rejects positions beyond 31 bits, which is what kernels compute in. */
static bool axis_fault(const struct cvl_problem *problem, int width, struct cvl_fault *fault)
{
    struct axis axis = axis_of(problem, width);
    if (window_too_large(problem, &axis, INT32_MAX, fault))
        return true;
    if (axis.input + axis.before > INT32_MAX) {
        (void)snprintf(fault->expected, sizeof fault->expected,
                       "at most %" PRId32 " %s, padding included", INT32_MAX, axis_unit(&axis));
        return fault_at(fault, problem, on_axis(CVL_PART_ph, &axis));
    }
    const int64_t limit = (INT32_MAX - axis.window) / axis.stride + 1;
    if (axis.output > limit) {
        (void)snprintf(fault->expected, sizeof fault->expected,
                       "at most %" PRId64 ", so that the last window ends within %" PRId32 " %s",
                       limit, INT32_MAX, axis_unit(&axis));
        return fault_at(fault, problem, on_axis(CVL_PART_oh, &axis));
    }
    return false;
}

bool cvl_problem_is_depthwise(const struct cvl_problem *p)
{
    return p->g == p->ic && (p->oc == p->ic || (p->ic > 1 && p->oc % p->ic == 0));
}

static bool axis_reaches(const struct cvl_problem *problem, int width)
{
    const struct axis axis = axis_of(problem, width);
    return axis.before < axis.window && (axis.output - 1) * axis.stride - axis.before < axis.input;
}

bool cvl_problem_windows_reach(const struct cvl_problem *problem)
{
    return axis_reaches(problem, 0) && axis_reaches(problem, 1);
}

static bool expect(struct cvl_fault *fault, const struct cvl_problem *problem, enum cvl_part part,
                   const char *expected)
{
    cvl_copy(fault->expected, sizeof fault->expected, expected);
    return fault_at(fault, problem, part);
}

static bool pointwise_fault(const struct cvl_problem *p, struct cvl_fault *fault)
{
    if (p->kh != 1 || p->kw != 1)
        return expect(fault, p, p->kh != 1 ? CVL_PART_kh : CVL_PART_kw,
                      "a 1x1 kernel in a pointwise problem");
    if (p->ph != 0 || p->pw != 0)
        return expect(fault, p, p->ph != 0 ? CVL_PART_ph : CVL_PART_pw,
                      "no padding in a pointwise problem");
    return p->g != 1 && expect(fault, p, CVL_PART_g, "g1 in a pointwise problem");
}

static bool inverted_fault(const struct cvl_problem *p, struct cvl_fault *fault)
{
    if (p->g != 1)
        return expect(fault, p, CVL_PART_g, "g1 in an inverted problem");
    if (p->mc < 1)
        return expect(fault, p, CVL_PART_mc, "mc of at least 1 in an inverted problem");
    if (p->res > 1)
        return expect(fault, p, CVL_PART_res, "res0 or res1");
    const bool alike = p->ic == p->oc && p->ih == p->oh && p->iw == p->ow;
    return p->res && !alike &&
           expect(fault, p, CVL_PART_res,
                  "none: the input can only be added to an output of the same size");
}

static bool separable_fault(const struct cvl_problem *p, struct cvl_fault *fault)
{
    if (p->g != 1)
        return expect(fault, p, CVL_PART_g, "g1 in a separable problem");
    if (p->dm == 1)
        return expect(fault, p, CVL_PART_dm, "dm0 for one channel of each, or dm of at least 2");
    if ((int64_t)p->ic * p->dm <= INT32_MAX)
        return false;
    (void)snprintf(fault->expected, sizeof fault->expected,
                   "at most %" PRId32 " channels, ic times dm", INT32_MAX);
    return fault_at(fault, p, CVL_PART_dm);
}

/* Rejects parts that only the inverted or the separable form has. */
static bool stray_fault(const struct cvl_problem *p, struct cvl_fault *fault)
{
    if (p->form != CVL_INVERTED && (p->mc != 0 || p->res != 0))
        return expect(fault, p, p->mc ? CVL_PART_mc : CVL_PART_res,
                      "mc and res only in an inverted problem");
    return p->form != CVL_SEPARABLE && p->dm != 0 &&
           expect(fault, p, CVL_PART_dm,
                  "dm only in a separable problem; in a depthwise one oc is ic times it");
}

static bool form_fault(const struct cvl_problem *p, struct cvl_fault *fault)
{
    switch (p->form) {
    case CVL_STANDARD:
    case CVL_TRANSPOSED:
        if (p->ic % p->g != 0 || p->oc % p->g != 0)
            return expect(fault, p, CVL_PART_g, "a number that divides both ic and oc");
        return false;
    case CVL_DEPTHWISE:
        if (p->oc % p->ic != 0)
            return expect(fault, p, CVL_PART_oc, "a multiple of ic in a depthwise problem");
        return p->g != p->ic &&
               expect(fault, p, CVL_PART_g, "g equal to ic in a depthwise problem");
    case CVL_POINTWISE:
        return pointwise_fault(p, fault);
    case CVL_SEPARABLE:
        return separable_fault(p, fault);
    case CVL_INVERTED:
        return inverted_fault(p, fault);
    case CVL_FORM_COUNT:
        break;
    }
    *fault = (struct cvl_fault){"form", "an unknown form", "a form of enum cvl_form"};
    return true;
}

static uint64_t product(const int32_t *factors, size_t count, bool *overflow)
{
    uint64_t result = 1;
    for (size_t i = 0; i < count; i++)
        *overflow |= __builtin_mul_overflow(result, (uint64_t)factors[i], &result);
    return result;
}

#define PRODUCT(overflow, ...)                                                                     \
    product((const int32_t[]){__VA_ARGS__},                                                        \
            sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t), overflow)

static uint64_t sum(const uint64_t *terms, size_t count, bool *overflow)
{
    uint64_t result = 0;
    for (size_t i = 0; i < count; i++)
        *overflow |= __builtin_add_overflow(result, terms[i], &result);
    return result;
}

/* Adds the sizes of the steps of a separable or an inverted problem. */
static void add_steps(struct cvl_sizes *s, const struct cvl_problem *p, bool *overflow)
{
    const int32_t channels = cvl_problem_middle(p);
    uint64_t expansion = 0;
    if (p->form == CVL_INVERTED) {
        s->expanded_elements = PRODUCT(overflow, p->mb, p->mc, p->ih, p->iw);
        s->weights_ex_elements = PRODUCT(overflow, p->mc, p->ic);
        expansion = PRODUCT(overflow, p->mb, p->mc, p->ih, p->iw, p->ic);
    }
    s->intermediate_elements = PRODUCT(overflow, p->mb, channels, p->oh, p->ow);
    s->weights_dw_elements = PRODUCT(overflow, channels, p->kh, p->kw);
    s->weights_pw_elements = PRODUCT(overflow, p->oc, channels);
    const uint64_t depthwise = PRODUCT(overflow, p->mb, channels, p->oh, p->ow, p->kh, p->kw);
    const uint64_t pointwise = PRODUCT(overflow, p->mb, p->oc, p->oh, p->ow, channels);
    s->weights_elements = sum(
        (const uint64_t[]){s->weights_ex_elements, s->weights_dw_elements, s->weights_pw_elements},
        3, overflow);
    s->macs = sum((const uint64_t[]){expansion, depthwise, pointwise}, 3, overflow);
}

static struct cvl_sizes sizes_of(const struct cvl_problem *p, bool *overflow)
{
    int32_t icg = p->ic / p->g;
    struct cvl_sizes s = {
        .input_elements = PRODUCT(overflow, p->mb, p->ic, p->ih, p->iw),
        .output_elements = PRODUCT(overflow, p->mb, p->oc, p->oh, p->ow),
        .im2col_elements = PRODUCT(overflow, icg, p->kh, p->kw, p->oh, p->ow),
    };
    if (p->form == CVL_SEPARABLE || p->form == CVL_INVERTED) {
        add_steps(&s, p, overflow);
        return s;
    }
    const bool transposed = p->form == CVL_TRANSPOSED;
    s.weights_elements = PRODUCT(overflow, p->oc, icg, p->kh, p->kw);
    s.macs = PRODUCT(overflow, p->mb, p->oc, transposed ? p->ih : p->oh, transposed ? p->iw : p->ow,
                     icg, p->kh, p->kw);
    if (transposed) /* col2im's: what all windows add up */
        s.im2col_elements = PRODUCT(overflow, p->oc / p->g, p->kh, p->kw, p->ih, p->iw);
    return s;
}

struct cvl_sizes cvl_problem_sizes(const struct cvl_problem *problem)
{
    bool overflow = false;
    return sizes_of(problem, &overflow);
}

/* Everything together must fit in 63 bits; sums of bytes and FLOPs elsewhere rely on this. */
static bool size_fault(const struct cvl_problem *problem, struct cvl_fault *fault)
{
    bool overflow = false;
    struct cvl_sizes s = sizes_of(problem, &overflow);
    const uint64_t tensors[] = {s.input_elements,  s.expanded_elements, s.intermediate_elements,
                                s.output_elements, s.weights_elements,  s.im2col_elements};
    const uint64_t all = sum(tensors, sizeof tensors / sizeof tensors[0], &overflow);
    if (!overflow && all <= INT64_MAX / sizeof(float) && s.macs <= INT64_MAX / 2)
        return false;
    return expect(fault, problem, CVL_PART_ic,
                  "tensors whose f32 bytes and multiply-adds fit in 63 bits");
}

bool cvl_name_is_clean(const char *name)
{
    return cvl_is_safe(name) && !strchr(name, '"');
}

static bool name_fault(const struct cvl_problem *problem, struct cvl_fault *fault)
{
    if (memchr(problem->name, '\0', sizeof problem->name) && cvl_name_is_clean(problem->name))
        return false;
    *fault = (struct cvl_fault){"n", "an invalid name",
                                "at most 95 bytes of UTF-8 without quotes or control characters"};
    return true;
}

bool cvl_problem_fault(const struct cvl_problem *problem, struct cvl_fault *fault)
{
    return range_fault(problem, fault) || stray_fault(problem, fault) ||
           form_fault(problem, fault) || axis_fault(problem, 0, fault) ||
           axis_fault(problem, 1, fault) || size_fault(problem, fault) ||
           name_fault(problem, fault);
}
