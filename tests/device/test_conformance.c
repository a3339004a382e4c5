/* checker: oclgrind
 * One test for each row of variants.def: every shape that the variant computes, in both layouts and
 * types, through the passes that a real run goes through. Shapes are tiny and prime. A checker, on
 * which an execution takes hundreds of times as long, makes the memory pass for the first of them
 * only. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/run.h>

#include "chosen_device.h"

static const char *const shapes[] = {
    "ic3ih7iw5oc5kh3ph1",                         /* remainders everywhere */
    "mb2ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2",         /* batch, oblong kernel, strides */
    "ic2ih11oc3kh3ph2dh1",                        /* dilation */
    "ic3ih8oc2oh4kh3sh2ph0",                      /* pads 0 before and 1 after */
    "mb2ic19ih10iw13oc37oh9ow13kh3ph0pw1",        /* stride 1, pads 0 above and 1 below */
    "mb2g3ic6ih5oc9kh3ph1",                       /* groups */
    "ic3ih9iw75oc19kh3sh2ph1",                    /* rows longer than two vectors */
    "mb2g2ic4ih7iw21oc74kh3ph0",                  /* rows that jump, many outputs a group */
    "ic2ih16oc18kh3sh3ph1",                       /* a stride that no kernel is made for */
    "ic19ih6oc37kh1ph0",                          /* more channels than a vector */
    "depthwise:mb2g5ic5ih8oc5kh3sh2ph1",          /* */
    "depthwise:g17ic17ih7iw9oc17oh4ow5kh5sh2ph1", /* asymmetric */
    "depthwise:mb2g3ic3ih17iw21oc3kh3ph1",        /* rows of a vector and a part */
    "depthwise:g3ic3ih19iw37oc3kh5sh2ph2",        /* the same, every other column */
    "depthwise:g2ic2ih13iw18oc2kh3ph2dh1",        /* dilation */
    "depthwise:g2ic2ih13iw23oc2kh3sh3ph1",        /* a stride that no kernel is made for */
    "depthwise:mb2g33ic33ih9iw11oc33kh3ph1",      /* NHWC: tiles of two rows, a vector moved back */
    "depthwise:g18ic18ih9oc18kh7ph3",             /* a window of many taps */
    "depthwise:g20ic20ih11oc20kh3ph2dh1",         /* dilation beside whole vectors */
    "depthwise:mb2g5ic5ih6iw9oc5oh6ow9kh3ph2pw0", /* pads 2 above and none below, 2 at the right */
    "pointwise:mb2ic7ih5iw3oc11kh1ph0",           /* */
    "pointwise:ic33ih4oc17kh1sh2ph0",             /* stride */
    "separable:mb2ic5ih7iw9oc7kh3kw5sh2ph1pw2",   /* */
    "separable:ic19ih9oc37kh3ph1",                /* */
    "separable:mb2ic5ih9iw41oc7kh3sh2ph1",        /* rows of a vector and a part */
    "separable:ic17ih6iw19oc5kh3ph0",             /* rows that jump */
    "separable:ic3ih8oc5oh4kh3sh2ph0",            /* asymmetric */
    "separable:mb2ic35ih9iw17oc41kh3ph1",         /* tiles of two rows, a vector moved back */
    "inverted:mb2ic5ih7iw9oc7kh3kw5sh2ph1pw2mc11", /* batch, oblong kernel, stride */
    "inverted:ic7ih9iw6oc7kh3ph1mc19res1",         /* residual, more channels than a vector */
    "inverted:mb2ic3ih13iw5oc3kh5ph2mc6res1",      /* residual and batch, bands of many rows */
    "inverted:ic3ih8oc5oh4kh3sh2ph0mc18",          /* pads 0 before and 1 after */
    "inverted:ic5ih11iw21oc18kh3ph2dh1mc37",       /* dilation, a vector moved back */
    "inverted:ic17ih9oc20oh3kh3sh4ph1mc16",        /* rows that no window reads */
};

/* sep_fused in tiles narrower than the output and in parts of the output channels. */
static const struct cvl_tuning narrow[] = {{"vec", 16},      {"pixels", 4},       {"vectors", 2},
                                           {"tile_rows", 2}, {"tile_columns", 7}, {"parts", 2},
                                           {"dw_rows", 2}};

/* inv_fused in strips of two rows and 16 channels in the middle at a time. */
static const struct cvl_tuning low[] = {{"tile_rows", 2}, {"middle", 16}, {"vectors", 1}};

static struct cvl_session *open_session(void)
{
    struct cvl_device_facts device = chosen_device();
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_session_create(device.id, &session, &err), CVL_OK, "%s", err.text);
    return session;
}

/* A right answer and a time. */
static void expect_right(const struct cvl_row *row, const char *what)
{
    cr_expect(row->has_check && row->check.passed, "%s", what);
    cr_expect(row->has_time && row->time.median_s > 0.0 && row->time.samples >= 3, "%s", what);
}

/* Computed = counted, nothing left behind. */
static void expect_bytes(const struct cvl_row *row, const char *what)
{
    cr_assert(row->has_computed && row->has_counted, "%s: counted bytes are missing", what);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cr_expect_eq(row->computed.peak_bytes[p], row->counted.own_peak_bytes[p], "%s", what);
    cr_expect_eq(row->counted.leaked_bytes, 0, "%s", what);
    for (size_t s = 0; s < row->stage_count; s++)
        cr_expect_neq(row->stages[s].live_bytes, CVL_ABSENT, "%s", what);
}

static bool is_checker(struct cvl_session *session)
{
    return strstr(cvl_session_device(session)->platform, "grind") != NULL;
}

static bool run_one(struct cvl_session *session, const struct cvl_variant *variant,
                    const struct cvl_request *request, const char *shape, bool bytes)
{
    struct cvl_run_options options = {.budget_s = 0.001, .time_only = !bytes};
    struct cvl_row row;
    char what[256];
    (void)snprintf(what, sizeof what, "%s %s %s %s", cvl_variant_name(variant), shape,
                   cvl_layout_name(request->layout), cvl_dtype_name(request->dtype));
    cvl_row_init(&row);
    (void)cvl_session_run(session, variant, request, &options, &row);
    bool ok = row.status == CVL_ROW_OK;
    if (ok)
        expect_right(&row, what);
    if (ok && bytes)
        expect_bytes(&row, what);
    if (!ok)
        cr_expect(row.status == CVL_ROW_UNSUPPORTED && row.reason[0] != '\0', "%s: %s: %s", what,
                  cvl_row_status_name(row.status), row.reason);
    cvl_row_clear(&row);
    return ok;
}

static void check_variant(const char *name)
{
    const struct cvl_variant *variant = cvl_variant_find(name);
    struct cvl_session *session = open_session();
    size_t done = 0;
    cr_assert_not_null(variant);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        struct cvl_request request = {0};
        cr_assert_eq(cvl_problem_parse(shapes[s], &request.problem, NULL), CVL_OK, "%s", shapes[s]);
        if (!cvl_variant_computes(variant, request.problem.form))
            continue;
        for (unsigned layout = 0; layout < CVL_LAYOUT_COUNT; layout++)
            for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++) {
                request.layout = (enum cvl_layout)layout;
                request.dtype = (enum cvl_dtype)dtype;
                done += run_one(session, variant, &request, shapes[s],
                                done == 0 || !is_checker(session));
            }
    }
    cr_expect_gt(done, 0, "%s refused everything", name);
    cvl_session_destroy(&session);
}

Test(conformance, sep_fused_in_narrow_tiles)
{
    const char *shape = "separable:mb2ic7ih5iw17oc21kh3ph1";
    struct cvl_session *session = open_session();
    struct cvl_request request = {.tuning = narrow,
                                  .tuning_count = sizeof narrow / sizeof narrow[0]};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, NULL), CVL_OK);
    for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++) {
        request.dtype = (enum cvl_dtype)dtype;
        cr_expect(run_one(session, cvl_variant_find("sep_fused"), &request, shape, true));
    }
    cvl_session_destroy(&session);
}

Test(conformance, inv_fused_in_low_strips)
{
    const char *shape = "inverted:mb2ic7ih9iw17oc7kh3ph1mc53res1";
    struct cvl_session *session = open_session();
    struct cvl_request request = {.tuning = low, .tuning_count = sizeof low / sizeof low[0]};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, NULL), CVL_OK);
    for (unsigned i = 0; i < CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++) {
        request.layout = (enum cvl_layout)(i % CVL_LAYOUT_COUNT);
        request.dtype = (enum cvl_dtype)(i / CVL_LAYOUT_COUNT);
        cr_expect(run_one(session, cvl_variant_find("inv_fused"), &request, shape, i == 0));
    }
    cvl_session_destroy(&session);
}

#define CVL_VARIANT(name)                                                                          \
    Test(conformance, name)                                                                        \
    {                                                                                              \
        check_variant(#name);                                                                      \
    }
#include "variants/variants.def"
