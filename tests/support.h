/* What each variant must compute (support.def), and whose refusal a reason is. */
#ifndef CVL_TESTS_SUPPORT_H
#define CVL_TESTS_SUPPORT_H

#include <criterion/criterion.h>

#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#include <convlens/result.h>

enum support_form {
    STANDARD = 1 << CVL_STANDARD,
    TRANSPOSED = 1 << CVL_TRANSPOSED,
    DEPTHWISE = 1 << CVL_DEPTHWISE,
    POINTWISE = 1 << CVL_POINTWISE,
    SEPARABLE = 1 << CVL_SEPARABLE,
    INVERTED = 1 << CVL_INVERTED
};

/* Layouts and data types: the bit of each pair. */
#define SUPPORT_PAIR(layout, dtype) (1 << ((layout)*CVL_DTYPE_COUNT + (dtype)))

enum support_pair {
    NOTHING = 0,
    NHWC_F32 = SUPPORT_PAIR(CVL_NHWC, CVL_F32),
    NHWC_F16 = SUPPORT_PAIR(CVL_NHWC, CVL_F16),
    NCHW_F32 = SUPPORT_PAIR(CVL_NCHW, CVL_F32),
    NCHW_F16 = SUPPORT_PAIR(CVL_NCHW, CVL_F16),
    EVERYTHING = NHWC_F32 | NHWC_F16 | NCHW_F32 | NCHW_F16
};

enum support_shape {
    ANY_SHAPE = 0,
    ONE_GROUP = 1 << 0,
    STRIDE_1 = 1 << 1,
    DENSE = 1 << 2,      /* no dilation */
    KERNEL_3 = 1 << 3,   /* 3x3 */
    EVEN_PADS = 1 << 4,  /* an output as large as equal pads before and after give */
    EQUAL_SIZE = 1 << 5, /* an output as large as the input */
    ONE_EACH = 1 << 8,   /* depthwise: one output channel for each input channel */
    REACHING = 1 << 7,   /* each window has a row and a column of the input */
    A_CPU = 1 << 6       /* no shape: the device */
};

struct support {
    const char *variant;
    int forms, pairs[CVL_PASSES_COUNT], needs;
};

#define CVL_SUPPORT(name, forms, forward, training, needs)                                         \
    static const struct support support_##name = {#name, forms, {forward, training}, needs};
#include "support.def"
#undef CVL_SUPPORT

/* A variant without a row in support.def does not compile here, and neither does a row too many. */
static const struct support *const supports[] = {
#define CVL_VARIANT(name) &support_##name,
#include "variants/variants.def"
#undef CVL_VARIANT
};

#define CVL_SUPPORT(...) +1
enum {
    SUPPORT_ROWS = 0
#include "support.def"
};
#undef CVL_SUPPORT

_Static_assert(sizeof supports / sizeof supports[0] == SUPPORT_ROWS,
               "support.def has a row of no variant");

static inline const struct support *support_find(const char *variant)
{
    for (size_t i = 0; i < sizeof supports / sizeof supports[0]; i++)
        if (strcmp(supports[i]->variant, variant) == 0)
            return supports[i];
    return NULL;
}

static inline bool support_pads_evenly(int in, int out, int kernel, int dilation, int stride,
                                       int pad)
{
    return (in + 2 * pad - (kernel - 1) * (dilation + 1) - 1) / stride + 1 == out;
}

static inline bool support_reaches(int in, int out, int kernel, int dilation, int stride, int pad)
{
    return pad < (kernel - 1) * (dilation + 1) + 1 && (out - 1) * stride - pad < in;
}

/* What a support_shape says of a problem: the bits that hold. */
static inline int support_shape_of(const struct cvl_problem *p)
{
    const bool even = support_pads_evenly(p->ih, p->oh, p->kh, p->dh, p->sh, p->ph) &&
                      support_pads_evenly(p->iw, p->ow, p->kw, p->dw, p->sw, p->pw);
    return (p->g == 1 ? ONE_GROUP : 0) | (p->sh == 1 && p->sw == 1 ? STRIDE_1 : 0) |
           (p->dh == 0 && p->dw == 0 ? DENSE : 0) | (p->kh == 3 && p->kw == 3 ? KERNEL_3 : 0) |
           (even ? EVEN_PADS : 0) | (p->oh == p->ih && p->ow == p->iw ? EQUAL_SIZE : 0) |
           (support_reaches(p->ih, p->oh, p->kh, p->dh, p->sh, p->ph) &&
                    support_reaches(p->iw, p->ow, p->kw, p->dw, p->sw, p->pw)
                ? REACHING
                : 0) |
           (p->oc == p->ic ? ONE_EACH : 0);
}

/* Is the case to be computed on a device of that type? */
static inline bool support_states(const struct support *support, const struct cvl_request *request,
                                  enum cvl_device_type type)
{
    const int has = support_shape_of(&request->problem) | (type == CVL_DEVICE_CPU ? A_CPU : 0);
    if (request->passes == CVL_TRAINING && request->problem.dm) /* a rule of training */
        return false;
    return (support->forms & (1 << request->problem.form)) != 0 &&
           (support->pairs[request->passes] & SUPPORT_PAIR(request->layout, request->dtype)) != 0 &&
           (support->needs & ~has) == 0;
}

/* Who refuses a case: the variant by a rule of its own, this device, or a build that lacks a
 * library. */
enum support_refusal { BY_RULE, BY_DEVICE, BY_BUILD };

static inline enum support_refusal support_refusal_of(const char *reason)
{
    static const char *const of_devices[] = {
        "*bytes of local memory; the device has *",
        "a work-item may loop * times; the device ends loops silently after *",
    };
    for (size_t i = 0; i < sizeof of_devices / sizeof of_devices[0]; i++)
        if (fnmatch(of_devices[i], reason, 0) == 0)
            return BY_DEVICE;
    return fnmatch("built without *", reason, 0) == 0 ? BY_BUILD : BY_RULE;
}

/* A row that is not ok is a refusal: of what is not stated by rule, of the rest by the device. */
static inline void support_expect_refusal(const struct cvl_row *row, bool stated, const char *what)
{
    const enum support_refusal refusal = support_refusal_of(row->reason);
    cr_expect_eq(row->status, CVL_ROW_UNSUPPORTED, "%s: %s: %s", what,
                 cvl_row_status_name(row->status), row->reason);
    cr_expect_str_not_empty(row->reason, "%s", what);
    if (stated)
        cr_expect_neq(refusal, BY_RULE, "%s is stated as computed: %s", what, row->reason);
    else
        cr_expect_eq(refusal, BY_RULE, "%s: %s", what, row->reason);
}

#endif
