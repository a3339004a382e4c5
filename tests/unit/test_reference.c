/* The reference in double, the check against it, halves, and .npy files. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "run/verify/check.h"
#include "run/verify/half.h"
#include "run/verify/npy.h"
#include "run/verify/reference.h"
#include "run/verify/tensors.h"
#include "scratch.h"

static struct cvl_tensors make(const char *text, enum cvl_dtype dtype)
{
    struct cvl_problem problem;
    struct cvl_tensors tensors;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_tensors_create(&problem, dtype, &tensors, &err), CVL_OK, "%s", err.text);
    return tensors;
}

/* The definition, written out: one output element of a standard convolution. */
static double naive(const struct cvl_problem *p, const float *x, const float *w, int n, int k,
                    int oh, int ow)
{
    int cg = p->ic / p->g, kg = p->oc / p->g;
    double sum = 0.0;
    for (int c = 0; c < cg; c++)
        for (int r = 0; r < p->kh; r++)
            for (int s = 0; s < p->kw; s++) {
                int ih = oh * p->sh - p->ph + r * (p->dh + 1);
                int iw = ow * p->sw - p->pw + s * (p->dw + 1);
                if (ih < 0 || ih >= p->ih || iw < 0 || iw >= p->iw)
                    continue;
                int channel = k / kg * cg + c;
                sum += (double)x[((n * p->ih + ih) * p->iw + iw) * p->ic + channel] *
                       (double)w[((k * cg + c) * p->kh + r) * p->kw + s];
            }
    return sum;
}

/* The definition of a transposed convolution, the other way round than the reference computes it:
 * each input pixel is multiplied into its window of the output. */
static void expect_scattered(const char *text)
{
    struct cvl_tensors t = make(text, CVL_F32);
    const struct cvl_problem *p = &t.problem;
    const int cg = p->ic / p->g, kg = p->oc / p->g;
    const size_t count = (size_t)cvl_problem_sizes(p).output_elements;
    double *sums = calloc(count, sizeof *sums);
    for (int at = 0; at < p->mb * p->ih * p->iw * p->ic; at++) {
        const int c = at % p->ic, iw = at / p->ic % p->iw, ih = at / p->ic / p->iw % p->ih;
        const int n = at / p->ic / p->iw / p->ih;
        for (int k = 0; k < kg; k++)
            for (int r = 0; r < p->kh; r++)
                for (int s = 0; s < p->kw; s++) {
                    const int oh = ih * p->sh - p->ph + r * (p->dh + 1);
                    const int ow = iw * p->sw - p->pw + s * (p->dw + 1);
                    if (oh < 0 || oh >= p->oh || ow < 0 || ow >= p->ow)
                        continue;
                    sums[((n * p->oh + oh) * p->ow + ow) * p->oc + c / cg * kg + k] +=
                        (double)t.input[at] *
                        (double)t.weights[((c * kg + k) * p->kh + r) * p->kw + s];
                }
    }
    for (size_t i = 0; i < count; i++)
        cr_assert_float_eq(t.output[i], sums[i], 1e-12, "%s: %zu", text, i);
    free(sums);
    cvl_tensors_clear(&t);
}

Test(reference, transposed)
{
    expect_scattered("transposed:mb2ic5ih4iw6oc3kh2kw2sh2sw2ph0pw0");
    expect_scattered("transposed:ic4ih5oc7kh3sh2ph1");
    expect_scattered("transposed:mb2g3ic6ih5iw4oc9kh4kw3sh2sw3ph1pw0");
    expect_scattered("transposed:ic4ih3oc5kh2sh3ph0");
    expect_scattered("transposed:ic2ih5oc3kh3ph2dh1");
    expect_scattered("transposed:ic2ih4iw5oc3oh9ow12kh3kw4sh2sw2ph0pw1");
}

static void expect_naive(const char *text)
{
    struct cvl_tensors t = make(text, CVL_F32);
    const struct cvl_problem *p = &t.problem;
    const double *got = t.output;
    for (int n = 0; n < p->mb; n++)
        for (int oh = 0; oh < p->oh; oh++)
            for (int ow = 0; ow < p->ow; ow++)
                for (int k = 0; k < p->oc; k++, got++)
                    cr_assert_float_eq(*got, naive(p, t.input, t.weights, n, k, oh, ow), 1e-12,
                                       "%s: n%d k%d h%d w%d", text, n, k, oh, ow);
    cvl_tensors_clear(&t);
}

Test(reference, is_the_definition)
{
    expect_naive("mb2ic3ih7iw5oc4kh3kw3ph1pw1");
    expect_naive("mb1ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2");
    expect_naive("mb1ic2ih11oc3kh3ph2dh1");
    expect_naive("mb2g3ic6ih5oc9kh3ph1");
    expect_naive("depthwise:g5ic5ih8oc5kh3sh2ph1");
    expect_naive("pointwise:ic13ih5oc7kh1ph0");
    expect_naive("mb1ic3ih8oc2oh4kh3sh2ph0");
}

static void expect_two_parts(const char *text)
{
    struct cvl_tensors t = make(text, CVL_F32);
    struct cvl_problem dw = cvl_problem_part(&t.problem, CVL_DEPTHWISE);
    const struct cvl_problem *p = &t.problem;
    const double *got = t.output;
    for (int n = 0; n < p->mb; n++)
        for (int oh = 0; oh < p->oh; oh++)
            for (int ow = 0; ow < p->ow; ow++)
                for (int k = 0; k < p->oc; k++, got++) {
                    double sum = 0.0;
                    for (int c = 0; c < dw.oc; c++)
                        sum += naive(&dw, t.input, t.weights_dw, n, c, oh, ow) *
                               (double)t.weights_pw[k * dw.oc + c];
                    cr_assert_float_eq(*got, sum, 1e-12, "%s: n%d k%d h%d w%d", text, n, k, oh, ow);
                }
    cvl_tensors_clear(&t);
}

Test(reference, separable_is_its_two_parts)
{
    expect_two_parts("separable:mb2ic5ih7iw9oc6kh3kw3sh2sw2ph1pw1");
    expect_two_parts("separable:mb2ic5ih7iw9oc6kh3kw3sh2sw2ph1pw1dm3");
}

/* The expansion anew for each tap of each output. */
static double naive_inverted(const struct cvl_tensors *t, int n, int k, int oh, int ow)
{
    const struct cvl_problem *p = &t->problem;
    const struct cvl_problem expansion = cvl_problem_expansion(p);
    double sum = p->res ? t->input[((n * p->ih + oh) * p->iw + ow) * p->ic + k] : 0.0;
    for (int m = 0; m < p->mc; m++)
        for (int tap = 0; tap < p->kh * p->kw; tap++) {
            const int y = oh * p->sh - p->ph + tap / p->kw, x = ow * p->sw - p->pw + tap % p->kw;
            if (y >= 0 && y < p->ih && x >= 0 && x < p->iw)
                sum += naive(&expansion, t->input, t->weights_ex, n, m, y, x) *
                       (double)t->weights_dw[m * p->kh * p->kw + tap] *
                       (double)t->weights_pw[k * p->mc + m];
        }
    return sum;
}

Test(reference, inverted_is_its_three_parts)
{
    static const char *const texts[] = {"inverted:mb2ic5ih7iw9oc6kh3kw3sh2sw2ph1pw1mc8",
                                        "inverted:mb2ic4ih6iw5oc4kh3kw3ph1pw1mc9res1"};
    for (size_t i = 0; i < 2; i++) {
        struct cvl_tensors t = make(texts[i], CVL_F32);
        const struct cvl_problem *p = &t.problem;
        const double *got = t.output;
        for (int n = 0; n < p->mb; n++)
            for (int oh = 0; oh < p->oh; oh++)
                for (int ow = 0; ow < p->ow; ow++)
                    for (int k = 0; k < p->oc; k++, got++)
                        cr_assert_float_eq(*got, naive_inverted(&t, n, k, oh, ow), 1e-12,
                                           "n%d k%d h%d w%d", n, k, oh, ow);
        cvl_tensors_clear(&t);
    }
}

Test(reference, outputs_have_a_variance_of_about_one)
{
    static const char *const texts[] = {"ic64ih14oc64kh3ph1", "separable:ic64ih14oc64kh3ph1",
                                        "pointwise:ic256ih14oc64kh1", "ic3ih40oc32kh7ph3"};
    for (size_t i = 0; i < 4; i++) {
        struct cvl_tensors t = make(texts[i], CVL_F32);
        size_t count = cvl_extent_elements(cvl_output_extent(&t.problem));
        double squares = 0.0;
        for (size_t j = 0; j < count; j++)
            squares += t.output[j] * t.output[j];
        cr_expect(squares / (double)count > 0.6 && squares / (double)count < 1.5, "%s: %g",
                  texts[i], squares / (double)count);
        cvl_tensors_clear(&t);
    }
}

/* Small integers: every sum is exact, in whatever order and on however many threads. */
static void expect_exact(const char *text)
{
    struct cvl_tensors t = make(text, CVL_F32);
    const struct cvl_problem *p = &t.problem;
    const struct cvl_sizes sizes = cvl_problem_sizes(p);
    for (size_t i = 0; i < sizes.input_elements; i++)
        t.input[i] = (float)((int)(i * 7 % 19) - 9);
    for (size_t i = 0; i < sizes.weights_elements; i++)
        t.weights[i] = (float)((int)(i * 5 % 23) - 11);
    const struct cvl_reference_inputs inputs = {.input = t.input, .weights = t.weights};
    cr_assert_eq(cvl_reference_compute(p, &inputs, t.output, NULL), CVL_OK);
    const double *got = t.output;
    for (int n = 0; n < p->mb; n++)
        for (int oh = 0; oh < p->oh; oh++)
            for (int ow = 0; ow < p->ow; ow++)
                for (int k = 0; k < p->oc; k++, got++)
                    cr_assert_eq(*got, naive(p, t.input, t.weights, n, k, oh, ow),
                                 "%s: n%d k%d h%d w%d", text, n, k, oh, ow);
    cvl_tensors_clear(&t);
}

Test(reference, is_exact_where_sums_are)
{
    expect_exact("ic64ih15oc61kh3ph1");
    expect_exact("mb3g4ic20ih9iw10oc44kh3kw5sh2sw2ph1pw2dh1dw1");
    expect_exact("mb2ic3ih31oc8kh7sh2ph3");
    expect_exact("pointwise:mb2ic129ih5iw7oc17kh1kw1ph0pw0");
    expect_exact("depthwise:mb2g67ic67ih13oc67kh3sh2ph1");
}

static void count_up(void *user, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        ((unsigned char *)user)[i]++;
}

Test(parallel, every_number_once)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 64, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        unsigned char seen[1001] = {0};
        cvl_parallel_for(counts[i], count_up, seen);
        for (size_t j = 0; j < sizeof seen; j++)
            cr_assert_eq(seen[j], j < counts[i], "%zu of %zu", j, counts[i]);
    }
}

Test(reference, equal_every_time)
{
    struct cvl_tensors a = make("separable:ic5ih7oc6kh3ph1", CVL_F16);
    struct cvl_tensors b = make("separable:ic5ih7oc6kh3ph1", CVL_F16);
    size_t count = cvl_extent_elements(cvl_output_extent(&a.problem));
    cr_expect_arr_eq(a.output, b.output, count * sizeof *a.output);
    cvl_tensors_clear(&a);
    cvl_tensors_clear(&b);
}

/* Packs the reference itself as if a device had computed it. */
static void *pack_reference(const struct cvl_tensors *t, enum cvl_layout layout)
{
    struct cvl_extent extent = cvl_output_extent(&t->problem);
    size_t count = cvl_extent_elements(extent);
    float *narrow = malloc(count * sizeof *narrow);
    void *packed = malloc(count * cvl_dtype_bytes(t->dtype));
    cr_assert(narrow && packed);
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)t->output[i];
    cvl_pack_activations(narrow, extent, layout, t->dtype, packed);
    free(narrow);
    return packed;
}

enum { WRONG_BYTES = 160 };

/* Checks it as the output of a direct sum. */
static struct cvl_row_check check_direct(const struct cvl_tensors *t, enum cvl_layout layout,
                                         const void *output, char wrong[WRONG_BYTES])
{
    const double tolerance = cvl_check_tolerance(&t->problem, t->dtype, t->max_abs, 1.0);
    return cvl_check_output(t, layout, tolerance, output, wrong, WRONG_BYTES);
}

static const char *const checked[] = {"ic9ih6iw7oc5kh3kw3ph1pw1", "separable:mb2ic33ih6oc17kh3ph1"};

Test(check, the_right_answer_passes_in_every_layout_and_type)
{
    for (size_t i = 0; i < 2; i++)
        for (unsigned layout = 0; layout < CVL_LAYOUT_COUNT; layout++)
            for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++) {
                struct cvl_tensors t = make(checked[i], (enum cvl_dtype)dtype);
                char wrong[WRONG_BYTES];
                void *output = pack_reference(&t, (enum cvl_layout)layout);
                struct cvl_row_check check =
                    check_direct(&t, (enum cvl_layout)layout, output, wrong);
                cr_expect(check.passed, "%s %u %u: %s", checked[i], layout, dtype, wrong);
                cr_expect_str_eq(wrong, "");
                free(output);
                cvl_tensors_clear(&t);
            }
}

Test(check, one_missing_product_does_not_pass)
{
    struct cvl_tensors t = make("ic512ih4oc3kh3ph1", CVL_F32);
    char wrong[WRONG_BYTES];
    float *output = pack_reference(&t, CVL_NHWC);
    output[7] += sqrtf(1.0f / 4608.0f); /* a product of typical size: the variance of 4608 is 1 */
    struct cvl_row_check check = check_direct(&t, CVL_NHWC, output, wrong);
    cr_expect_not(check.passed);
    cr_expect(strncmp(wrong, "n0 c1 h0 w2: got ", 17) == 0, "%s", wrong);
    free(output);
    cvl_tensors_clear(&t);
}

Test(check, a_nan_never_passes)
{
    for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++) {
        struct cvl_tensors t = make("ic3ih4oc3kh3ph1", (enum cvl_dtype)dtype);
        char wrong[WRONG_BYTES];
        void *output = pack_reference(&t, CVL_NCHW);
        memset(output, 0xFF,
               cvl_dtype_bytes((enum cvl_dtype)dtype)); /* what buffers are filled with */
        struct cvl_row_check check = check_direct(&t, CVL_NCHW, output, wrong);
        cr_expect_not(check.passed);
        cr_expect(isnan(check.max_abs_err));
        free(output);
        cvl_tensors_clear(&t);
    }
}

/* The tolerance that is given decides, and is what the check says. */
Test(check, the_tolerance_decides)
{
    struct cvl_tensors t = make("ic3ih4oc3kh3ph1", CVL_F32);
    char wrong[WRONG_BYTES];
    float *output = pack_reference(&t, CVL_NHWC);
    output[0] += 0.5F;
    struct cvl_row_check check = cvl_check_output(&t, CVL_NHWC, 0.51, output, wrong, sizeof wrong);
    cr_expect(check.passed, "%s", wrong);
    cr_expect_eq(check.tolerance, 0.51);
    cr_expect_float_eq(check.max_abs_err, 0.5, 1e-5);
    cr_expect_float_eq(check.max_rel_err, 0.5 / t.max_abs, 1e-5);
    check = cvl_check_output(&t, CVL_NHWC, 0.49, output, wrong, sizeof wrong);
    cr_expect_not(check.passed);
    free(output);
    cvl_tensors_clear(&t);
}

static struct cvl_problem problem_of(const char *text)
{
    struct cvl_problem problem;
    cr_assert_eq(cvl_problem_parse(text, &problem, NULL), CVL_OK, "%s", text);
    return problem;
}

/* By hand: 8 and the square root of what is summed, in millionths; half of the last place of f16
 * and of each intermediate. */
Test(check, tolerances)
{
    static const char direct[] = "ic16ih4oc3kh3ph1", inverted[] = "inverted:ic20ih4oc3kh3ph1mc71";
    struct cvl_problem problem = problem_of(direct);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F32, 3.0, 1.0), 20e-6, 1e-15);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F32, 8.0, 1.0), 40e-6, 1e-15);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F32, 8.0, 4.0), 160e-6, 1e-15);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F16, 4.0, 4.0), 80e-6 + 4.0 / 2048, 1e-15);
    problem = problem_of("g2ic32ih4oc4kh3ph1");
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F32, 1.0, 1.0), 20e-6, 1e-15);
    problem = problem_of("separable:ic7ih4oc3kh3ph1");
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F32, 1.0, 1.0), 12e-6, 1e-15);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F16, 1.0, 1.0), 12e-6 + 1.0 / 2048 + 2e-3,
                       1e-15);
    problem = problem_of(inverted);
    cr_expect_float_eq(cvl_check_tolerance(&problem, CVL_F16, 1.0, 1.0), 18e-6 + 1.0 / 2048 + 3e-3,
                       1e-15);
}

/* A network may have the errors of all its layers; no factor is one of 1. */
Test(check, tolerance_of_a_plan)
{
    struct cvl_plan_step steps[] = {
        {.problem = problem_of("ic16ih4oc3kh3ph1")},
        {.problem = problem_of("ic16ih4oc3kh3ph1"), .tolerance_factor = 4.0},
        {.problem = problem_of("separable:ic7ih4oc3kh3ph1"), .tolerance_factor = 1.0},
    };
    struct cvl_plan plan = {.dtype = CVL_F32, .step_count = 1, .steps = steps};
    cr_expect_float_eq(cvl_check_plan_tolerance(&plan, 1.0), 20e-6, 1e-15);
    plan.step_count = 3;
    cr_expect_float_eq(cvl_check_plan_tolerance(&plan, 1.0), 112e-6, 1e-15);
}

Test(half, every_half_survives_the_way_there_and_back)
{
    for (uint32_t bits = 0; bits <= 0xFFFF; bits++) {
        float value = cvl_half_to_float((uint16_t)bits);
        if (isnan(value))
            cr_assert(isnan(cvl_half_to_float(cvl_half_from_float(value))));
        else
            cr_assert_eq(cvl_half_from_float(value), bits, "%04x", bits);
    }
}

Test(half, rounds_to_nearest_even)
{
    cr_expect_eq(cvl_half_from_float(1.0f + 0x1p-11f), 0x3C00, "a tie goes to the even one");
    cr_expect_eq(cvl_half_from_float(1.0f + 0x3p-11f), 0x3C02);
    cr_expect_eq(cvl_half_from_float(1.0f + 0x1p-11f + 0x1p-20f), 0x3C01);
    cr_expect_eq(cvl_half_from_float(65519.0f), 0x7BFF, "the largest half");
    cr_expect_eq(cvl_half_from_float(65520.0f), 0x7C00, "infinity");
    cr_expect_eq(cvl_half_from_float(-0x1p-25f), 0x8000, "a tie below the smallest");
    cr_expect_eq(cvl_half_from_float(0x1.8p-25f), 0x0001);
    cr_expect_eq(cvl_half_from_float(0x1.ffcp-15f + 0x1p-25f), 0x0400, "up into the normal ones");
}

TestSuite(npy, .init = scratch_make, .fini = scratch_remove);

Test(npy, header_and_values)
{
    const char *path = scratch_path("x.npy");
    const float values[] = {1, 2, 3, 4, 5, 6};
    const size_t shape[] = {1, 2, 3};
    cr_assert_eq(cvl_npy_write(path, values, shape, 3, NULL), CVL_OK);
    unsigned char bytes[512];
    FILE *file = fopen(path, "rb");
    size_t count = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    size_t header = 10u + bytes[8] + 256u * bytes[9];
    cr_expect_arr_eq(bytes, "\x93NUMPY\x01\x00", 8);
    cr_expect_eq(header % 64, 0);
    cr_expect_eq(bytes[header - 1], '\n');
    cr_expect_eq(count, header + sizeof values);
    bytes[header - 1] = '\0';
    cr_expect(strstr((char *)bytes + 10, "'descr': '<f4', 'fortran_order': False, "
                                         "'shape': (1,2,3,)"));
    cr_expect_arr_eq(bytes + header, values, sizeof values);
}

Test(npy, a_folder_that_is_not_there_is_named)
{
    const float value = 1;
    const size_t shape[] = {1};
    struct cvl_error err = {0};
    cr_expect_eq(cvl_npy_write(scratch_path("missing/x.npy"), &value, shape, 1, &err), CVL_IO);
    cr_expect(strstr(err.text, "/missing/x.npy: No such file"), "%s", err.text);
}
