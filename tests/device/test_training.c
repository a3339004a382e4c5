/* checker: oclgrind
 * A step of training, one test for each row of variants.def: what support.def states to train does,
 * on tiny and prime shapes, with each optimizer, through the passes that a real run goes through:
 * activated tensors, gradients, weights and state against the reference in double, computed =
 * counted; the rest is refused. A checker, on which an execution takes hundreds of times as long,
 * sees every other shape, and makes the memory pass for a variant's first only. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/run.h>

#include "chosen_device.h"
#include "support.h"

static const char *const shapes[] = {
    "mb2ic3ih7iw5oc5kh3kw3ph1pw1",                         /* remainders everywhere */
    "mb2ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2",                  /* batch, oblong kernel, strides */
    "ic2ih11oc3kh3ph2dh1",                                 /* dilation */
    "ic3ih8oc2oh4kh3sh2ph0",                               /* pads 0 before and 1 after */
    "mb2ic19ih10iw13oc37oh9ow13kh3kw3ph0pw1",              /* more channels than a vector */
    "mb2g3ic6ih5oc9kh3ph1",                                /* groups */
    "ic2ih16oc18kh2sh3ph0",                                /* pixels that no window covers */
    "mb2g2ic64ih5iw7oc18kh3kw3ph1pw1",                     /* whole blocks of channels */
    "ic33ih5iw7oc35kh1kw1ph0pw0",                          /* one tap */
    "depthwise:mb2g5ic5ih8oc5kh3sh2ph1",                   /* */
    "depthwise:g17ic17ih7iw9oc17oh4ow5kh5kw5sh2sw2ph1pw1", /* asymmetric */
    "depthwise:g2ic2ih13iw18oc2kh3kw3ph2pw2dh1dw1",        /* dilation */
    "depthwise:mb2g33ic33ih9iw11oc33kh3kw3ph1pw1",         /* vectors and a part */
    "pointwise:mb2ic7ih5iw3oc11kh1kw1ph0pw0",              /* */
    "pointwise:ic33ih5oc17kh1sh2ph0",                      /* stride */
    "pointwise:mb3ic17ih2oc65kh1ph0",                      /* */
    "separable:mb2ic5ih7iw9oc7kh3kw5sh2sw2ph1pw2",         /* */
    "separable:mb3ic19ih5oc37kh3ph1",                      /* */
    "separable:ic3ih8oc5oh4kh3sh2ph0",                     /* asymmetric */
    "separable:mb2ic5ih7oc6kh3ph1dm2",                     /* two channels of each */
    "inverted:mb2ic5ih7iw9oc5kh3kw3ph1pw1mc11res1",        /* */
};

static struct cvl_session *open_session(void)
{
    struct cvl_device_facts device = chosen_device();
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_session_create(device.id, &session, &err), CVL_OK, "%s", err.text);
    return session;
}

static bool is_checker(struct cvl_session *session)
{
    return strstr(cvl_session_device(session)->platform, "grind") != NULL;
}

static void expect_bytes(const struct cvl_row *row, const char *what)
{
    cr_assert(row->has_counted, "%s: counted bytes are missing", what);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cr_expect_eq(row->computed.peak_bytes[p], row->counted.own_peak_bytes[p], "%s", what);
    cr_expect_eq(row->counted.leaked_bytes, 0, "%s", what);
}

static void expect_right(const struct cvl_row *row, const struct cvl_request *request,
                         const char *what)
{
    cr_expect(row->has_check && row->check.passed && row->check.tolerance > 0.0, "%s", what);
    cr_expect(row->key.passes == CVL_TRAINING && row->key.optimizer == request->optimizer, "%s",
              what);
    cr_expect_gt(row->computed.saved_bytes, 0, "%s", what);
}

/* @return was it computed? */
static bool run_one(struct cvl_session *session, const struct support *support,
                    const struct cvl_request *request, const char *shape, bool bytes)
{
    struct cvl_run_options options = {.budget_s = 0.001, .time_only = !bytes};
    struct cvl_row row;
    char what[256];
    const bool stated = support_states(support, request, cvl_session_device(session)->type);
    (void)snprintf(what, sizeof what, "%s %s %s %s %s", support->variant, shape,
                   cvl_layout_name(request->layout), cvl_dtype_name(request->dtype),
                   cvl_optimizer_name(request->optimizer));
    cvl_row_init(&row);
    (void)cvl_session_run(session, cvl_variant_find(support->variant), request, &options, &row);
    const bool is_ok = row.status == CVL_ROW_OK;
    cr_expect(stated || !is_ok, "%s is computed, and not stated", what);
    if (is_ok)
        expect_right(&row, request, what);
    else
        support_expect_refusal(&row, stated, what);
    if (is_ok && bytes)
        expect_bytes(&row, what);
    cvl_row_clear(&row);
    return is_ok;
}

static void check_variant(const char *name)
{
    const struct support *support = support_find(name);
    struct cvl_session *session = open_session();
    size_t done = 0;
    int computed = 0;
    const size_t step = is_checker(session) ? 2 : 1;
    for (size_t i = 0; i < CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++)
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s += step) {
            struct cvl_request request = {.passes = CVL_TRAINING,
                                          .layout = (enum cvl_layout)(i / CVL_DTYPE_COUNT),
                                          .dtype = (enum cvl_dtype)(i % CVL_DTYPE_COUNT),
                                          .optimizer =
                                              (enum cvl_optimizer)(done % CVL_OPTIMIZER_COUNT)};
            cr_assert_eq(cvl_problem_parse(shapes[s], &request.problem, NULL), CVL_OK);
            if (!run_one(session, support, &request, shapes[s], done == 0 || !is_checker(session)))
                continue;
            done++;
            computed |= SUPPORT_PAIR(request.layout, request.dtype);
        }
    cvl_session_destroy(&session);
    cr_expect_eq(support->pairs[CVL_TRAINING] & ~computed, 0,
                 "%s: a layout or type is stated, and every case of it was refused", name);
}

#define CVL_VARIANT(name)                                                                          \
    Test(training, name)                                                                           \
    {                                                                                              \
        check_variant(#name);                                                                      \
    }
#include "variants/variants.def"
