/* checker: oclgrind
 * One test for each row of variants.def: every shape of the table, in both layouts and types,
 * through the passes that a real run goes through, held against what support.def states: what is
 * stated is right, what is not is refused. Shapes are tiny and prime. A checker, on which an
 * execution takes hundreds of times as long, makes the memory pass for the first of them only. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>

#include "as_cpu.h"
#include "chosen_device.h"
#include "support.h"

static const char *const shapes[] = {
    "ic3ih7iw5oc5kh3kw3ph1pw1",               /* remainders everywhere */
    "mb2ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2",     /* batch, oblong kernel, strides */
    "ic2ih11oc3kh3ph2dh1",                    /* dilation */
    "ic3ih8oc2oh4kh3sh2ph0",                  /* pads 0 before and 1 after */
    "mb2ic19ih10iw13oc37oh9ow13kh3kw3ph0pw1", /* stride 1, pads 0 above and 1 below */
    "mb2g3ic6ih5oc9kh3ph1",                   /* groups */
    "ic3ih9iw75oc19kh3kw3sh2sw2ph1pw1",       /* rows longer than two vectors */
    "mb2g2ic4ih7iw21oc74kh3kw3ph0pw0",        /* rows that jump, many outputs a group */
    "ic2ih16oc18kh3sh3ph1",                   /* a stride that no kernel is made for */
    "ic19ih6oc37kh1ph0",                      /* more channels than a vector */
    "depthwise:mb2g5ic5ih8oc5kh3sh2ph1",      /* */
    "depthwise:g17ic17ih7iw9oc17oh4ow5kh5kw5sh2sw2ph1pw1", /* asymmetric */
    "depthwise:mb2g3ic3ih17iw21oc3kh3kw3ph1pw1",           /* rows of a vector and a part */
    "depthwise:g3ic3ih19iw37oc3kh5kw5sh2sw2ph2pw2",        /* the same, every other column */
    "depthwise:g2ic2ih13iw18oc2kh3kw3ph2pw2dh1dw1",        /* dilation */
    "depthwise:g2ic2ih13iw23oc2kh3kw3sh3sw3ph1pw1",        /* a stride that no kernel is made for */
    "depthwise:mb2g33ic33ih9iw11oc33kh3kw3ph1pw1",   /* NHWC: tiles of two rows, a vector moved back
                                                      */
    "depthwise:g18ic18ih9oc18kh7ph3",                /* a window of many taps */
    "depthwise:g20ic20ih11oc20kh3ph2dh1",            /* dilation beside whole vectors */
    "depthwise:g3ic3ih7iw9oc3kh3kw3ph0pw0",          /* an output smaller than the input */
    "depthwise:mb2g5ic5ih6iw9oc5oh6ow9kh3kw3ph2pw0", /* pads 2 above and none below, 2 at the right
                                                      */
    "depthwise:mb2g17ic17ih9iw11oc34kh3kw3ph1pw1",   /* two outputs a channel, part of a vector */
    "depthwise:g16ic16ih8oc32kh3sh2ph1",             /* the same, whole vectors */
    "depthwise:g8ic8ih7oc32kh3ph1",                  /* four outputs a channel */
    "depthwise:mb2g5ic5ih7iw21oc15kh5kw5ph2pw2",     /* three, fewer than a vector */
    "depthwise:g7ic7ih9oc42kh3ph1",                  /* six, more than a vector */
    "depthwise:g5ic5ih7oc40kh3ph1",                  /* eight */
    "pointwise:mb2ic7ih5iw3oc11kh1kw1ph0pw0",        /* */
    "pointwise:ic33ih4oc17kh1sh2ph0",                /* stride */
    "separable:mb2ic5ih7iw9oc7kh3kw5sh2sw2ph1pw2",   /* */
    "separable:ic19ih9oc37kh3ph1",                   /* */
    "separable:mb2ic5ih9iw41oc7kh3kw3sh2sw2ph1pw1",  /* rows of a vector and a part */
    "separable:ic17ih6iw19oc5kh3kw3ph0pw0",          /* rows that jump */
    "separable:ic3ih8oc5oh4kh3sh2ph0",               /* asymmetric */
    "separable:mb2ic35ih9iw17oc41kh3kw3ph1pw1",      /* tiles of two rows, a vector moved back */
    "separable:ic32ih9iw11oc20kh3kw3ph1pw1dm2",      /* two channels of each, whole vectors */
    "separable:mb2ic17ih9iw13oc7kh3kw3sh2sw2ph1pw1dm2", /* the same, stride, part of a vector */
    "separable:mb2ic5ih7iw9oc11kh3kw5sh2sw1ph1pw2dm3",  /* three, fewer than a vector */
    "separable:ic9ih8oc5oh4kh3sh2ph0dm4",               /* four, asymmetric */
    "separable:ic1ih6iw19oc3kh3kw3ph0pw0dm8",           /* of one channel */
    "inverted:mb2ic5ih7iw9oc7kh3kw5sh2sw2ph1pw2mc11",   /* batch, oblong kernel, stride */
    "inverted:ic7ih9iw6oc7kh3kw3ph1pw1mc19res1",        /* residual, more channels than a vector */
    "inverted:mb2ic3ih13iw5oc3kh5kw5ph2pw2mc6res1",     /* residual and batch, bands of many rows */
    "inverted:ic3ih8oc5oh4kh3sh2ph0mc18",               /* pads 0 before and 1 after */
    "inverted:ic5ih11iw21oc18kh3kw3ph2pw2dh1dw1mc37",   /* dilation, a vector moved back */
    "inverted:ic17ih9oc20oh3kh3sh4ph1mc16",             /* rows that no window reads */
    "ic5ih6oc7kh3ph5",                                  /* windows of padding alone, on all sides */
    "mb2g2ic10ih3iw5oc6oh5ow9kh2kw3sh2sw1ph3pw4",       /* the same, groups and strides */
    "ic20ih3oc33kh7ph3",                                /* a kernel larger than the input */
    "ic5iw37oc19kw3pw1",                                /* one dimension */
    "depthwise:g19ic19ih5oc19kh3ph4",                   /* windows of padding alone */
    "depthwise:g3ic3ih4iw21oc3oh3ow13kh3kw3sh2sw2ph3pw4",  /* the same, strides */
    "depthwise:g18ic18ih2iw3oc18kh5kw7ph2pw3",             /* a kernel larger than the input */
    "depthwise:mb2g17ic17iw40oc17kw5pw2",                  /* one dimension */
    "pointwise:ic9iw33oc18kw1",                            /* one dimension */
    "separable:ic17ih4oc19kh3ph3",                         /* windows of padding alone */
    "separable:mb2ic5ih3iw6oc18oh4ow7kh3kw3sh2sw2ph4pw5",  /* the same, strides */
    "separable:ic7iw30oc18kw3pw1",                         /* one dimension */
    "inverted:ic5ih4oc7kh3ph3mc19",                        /* windows of padding alone */
    "inverted:ic7iw21oc7kw3pw1mc19res1",                   /* one dimension */
    "transposed:mb2ic5ih7iw9oc7kh2kw2sh2sw2ph0pw0",        /* each output of one window */
    "transposed:ic19ih6oc37kh3sh2ph1",                     /* an output of 11, more than a vector */
    "transposed:mb2ic5ih4iw6oc3oh9ow13kh3kw4sh2sw2ph0pw1", /* some outputs of no window, and cut off
                                                            */
    "transposed:mb2g3ic6ih5iw4oc9kh4kw4sh2sw2ph1pw1",      /* groups */
    "transposed:g18ic18ih5oc18kh4sh2ph1",                  /* a group a channel */
    "transposed:ic3ih5oc20kh3sh1ph2dh1",                   /* stride 1, dilation */
    "transposed:ic4ih3oc5kh2sh3ph0",                       /* gaps between the windows */
    "transposed:ic17ih4oc33kh1sh2ph0",                     /* one tap */
};

/* sep_fused in tiles narrower than the output and in parts of the output channels. */
static const struct cvl_tuning narrow[] = {{"vec", 16},      {"pixels", 4},       {"vectors", 2},
                                           {"tile_rows", 2}, {"tile_columns", 7}, {"parts", 2},
                                           {"dw_rows", 2}};

/* sep_fused with not all input channels in local memory at a time, where work-groups are large. */
static const struct cvl_tuning chunks[] = {{"chunk", 16}, {"tile_rows", 2}, {"tile_columns", 7}};

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

/* For measuring. An execution of more than five times as long is sampled once, others at least
 * three times. */
static const double budget_s = 0.001;

/* A right answer and a time. */
static void expect_right(const struct cvl_row *row, const char *what)
{
    const bool is_long = row->time.samples == 1 && row->time.host_median_s > 5.0 * budget_s;
    cr_expect(row->has_check && row->check.passed, "%s", what);
    cr_expect(row->has_time && row->time.median_s > 0.0, "%s", what);
    cr_expect_not(row->time.load < 0.0, "%s: %g", what, row->time.load);
    cr_expect(row->time.samples >= 3 || is_long, "%s: %u samples", what, row->time.samples);
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

enum { WHAT_BYTES = CVL_PROBLEM_TEXT_BYTES + 64 };

/* The device that is planned for, as cvl_run_options.as; NULL: the session's own. */
static char *as;

/* Runs a case; the row is the caller's. `what` names it in messages. */
static struct cvl_row run_case(struct cvl_session *session, const struct cvl_variant *variant,
                               const struct cvl_request *request, bool bytes, char what[WHAT_BYTES])
{
    struct cvl_run_options options = {.budget_s = budget_s, .time_only = !bytes, .as = as};
    char problem[CVL_PROBLEM_TEXT_BYTES];
    struct cvl_row row;
    (void)cvl_problem_print(&request->problem, problem, sizeof problem);
    (void)snprintf(what, WHAT_BYTES, "%s %s %s %s", cvl_variant_name(variant), problem,
                   cvl_layout_name(request->layout), cvl_dtype_name(request->dtype));
    cvl_row_init(&row);
    (void)cvl_session_run(session, variant, request, &options, &row);
    return row;
}

/* A case that must be computed. */
static void expect_computed(struct cvl_session *session, const char *variant,
                            const struct cvl_request *request, bool bytes)
{
    char what[WHAT_BYTES];
    struct cvl_row row = run_case(session, cvl_variant_find(variant), request, bytes, what);
    cr_expect_eq(row.status, CVL_ROW_OK, "%s: %s", what, row.reason);
    expect_right(&row, what);
    if (bytes)
        expect_bytes(&row, what);
    cvl_row_clear(&row);
}

/* What a variant did: the layouts and types in which it computed, and those in which the build
 * lacks something. */
struct outcome {
    int computed, lacking;
};

static void check_case(struct cvl_session *session, const struct support *support,
                       const struct cvl_request *request, bool bytes, struct outcome *outcome)
{
    char what[WHAT_BYTES];
    const bool stated =
        support_states(support, request, as ? CVL_DEVICE_CPU : cvl_session_device(session)->type);
    const int pair = SUPPORT_PAIR(request->layout, request->dtype);
    struct cvl_row row =
        run_case(session, cvl_variant_find(support->variant), request, bytes, what);
    if (row.status == CVL_ROW_OK) {
        cr_expect(stated, "%s is computed, and not stated", what);
        expect_right(&row, what);
        outcome->computed |= pair;
    } else {
        support_expect_refusal(&row, stated, what);
        outcome->lacking |= support_refusal_of(row.reason) == BY_BUILD ? pair : 0;
    }
    if (row.status == CVL_ROW_OK && bytes)
        expect_bytes(&row, what);
    cvl_row_clear(&row);
}

static void check_shape(struct cvl_session *session, const struct support *support,
                        const char *shape, struct outcome *outcome)
{
    struct cvl_request request = {0};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, NULL), CVL_OK, "%s", shape);
    for (unsigned i = 0; i < CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++) {
        request.layout = (enum cvl_layout)(i / CVL_DTYPE_COUNT);
        request.dtype = (enum cvl_dtype)(i % CVL_DTYPE_COUNT);
        check_case(session, support, &request, outcome->computed == 0 || !is_checker(session),
                   outcome);
    }
}

static void check_variant(const char *name)
{
    const struct support *support = support_find(name);
    struct cvl_session *session = open_session();
    struct outcome outcome = {0};
    if (support->needs & A_CPU)
        as = as_cpu(cvl_session_device(session));
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        check_shape(session, support, shapes[s], &outcome);
    cvl_session_destroy(&session);
    free(as);
    as = NULL;
    cr_expect_eq(support->pairs[CVL_FORWARD] & ~(outcome.computed | outcome.lacking), 0,
                 "%s: a layout or type is stated, and every case of it was refused", name);
    if (outcome.lacking)
        cr_skip_test("%s: this build lacks a library", name);
}

Test(conformance, sep_fused_in_narrow_tiles)
{
    static const char *const texts[] = {"separable:mb2ic7ih5iw17oc21kh3kw3ph1pw1",
                                        "separable:mb2ic20ih5iw17oc21kh3kw3ph1pw1dm2"};
    struct cvl_session *session = open_session();
    struct cvl_request request = {.tuning = narrow,
                                  .tuning_count = sizeof narrow / sizeof narrow[0]};
    for (unsigned i = 0; i < 2 * CVL_DTYPE_COUNT; i++) {
        cr_assert_eq(cvl_problem_parse(texts[i % 2], &request.problem, NULL), CVL_OK);
        request.dtype = (enum cvl_dtype)(i / 2);
        expect_computed(session, "sep_fused", &request, true);
    }
    cvl_session_destroy(&session);
}

Test(conformance, sep_fused_in_chunks)
{
    static const char *const texts[] = {"separable:mb2ic36ih7iw9oc41kh3kw3ph1pw1",
                                        "separable:ic35ih9iw17oc21kh3kw3sh2sw2ph1pw1",
                                        "separable:mb2ic18ih7iw9oc41kh3kw3ph1pw1dm2",
                                        "separable:mb2ic11ih9iw17oc21kh3kw3sh2sw2ph1pw1dm3"};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    struct cvl_session *session = open_session();
    struct cvl_request request = {.tuning = chunks,
                                  .tuning_count = sizeof chunks / sizeof chunks[0]};
    for (unsigned i = 0; i < TEXTS * CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++) {
        cr_assert_eq(cvl_problem_parse(texts[i % TEXTS], &request.problem, NULL), CVL_OK);
        request.layout = (enum cvl_layout)(i / TEXTS % CVL_LAYOUT_COUNT);
        request.dtype = (enum cvl_dtype)(i / TEXTS / CVL_LAYOUT_COUNT);
        expect_computed(session, "sep_fused", &request, i == 0);
    }
    cvl_session_destroy(&session);
}

Test(conformance, inv_fused_in_low_strips)
{
    const char *shape = "inverted:mb2ic7ih9iw17oc7kh3kw3ph1pw1mc53res1";
    struct cvl_session *session = open_session();
    struct cvl_request request = {.tuning = low, .tuning_count = sizeof low / sizeof low[0]};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, NULL), CVL_OK);
    for (unsigned i = 0; i < CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++) {
        request.layout = (enum cvl_layout)(i % CVL_LAYOUT_COUNT);
        request.dtype = (enum cvl_dtype)(i / CVL_LAYOUT_COUNT);
        expect_computed(session, "inv_fused", &request, i == 0);
    }
    cvl_session_destroy(&session);
}

#define CVL_VARIANT(name)                                                                          \
    Test(conformance, name)                                                                        \
    {                                                                                              \
        check_variant(#name);                                                                      \
    }
#include "variants/variants.def"
