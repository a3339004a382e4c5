#include <criterion/criterion.h>

#include <convlens/problem.h>
#include <stdio.h>
#include <string.h>

#include "problem/problem_parts.h"
#include "random_problem.h"

static struct cvl_problem parse(const char *text)
{
    struct cvl_problem problem;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_OK, "%s: %s", text, err.text);
    return problem;
}

/* The text is refused with exactly this line. */
static void expect_refused(const char *text, const char *message)
{
    struct cvl_problem problem;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_BAD_INPUT, "%s", text);
    cr_assert_eq(err.status, CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, message);
}

static void expect_printed(const char *text, const char *printed)
{
    struct cvl_problem problem = parse(text);
    char again[CVL_PROBLEM_TEXT_BYTES];
    cr_assert_eq(cvl_problem_print(&problem, again, sizeof again), strlen(printed));
    cr_assert_str_eq(again, printed);
}

Test(problem, canonical_text_of_design)
{
    struct cvl_problem p = parse("separable:mb1ic64ih112oc128oh56kh3sh2ph0n\"mbv1/block2\"");
    const struct cvl_problem expected = {
        .form = CVL_SEPARABLE,
        .mb = 1,
        .g = 1,
        .ic = 64,
        .ih = 112,
        .iw = 112,
        .oc = 128,
        .oh = 56,
        .ow = 56,
        .kh = 3,
        .kw = 3,
        .sh = 2,
        .sw = 2,
    };
    cr_assert(cvl_problem_equal(&p, &expected));
    cr_assert_str_eq(p.name, "mbv1/block2");
    cr_assert_eq(cvl_problem_pad_bottom(&p), 1);
    cr_assert_eq(cvl_problem_pad_right(&p), 1);
    expect_printed("separable:mb1ic64ih112oc128oh56kh3sh2ph0n\"mbv1/block2\"",
                   "separable:mb1ic64ih112oc128oh56kh3sh2ph0n\"mbv1/block2\"");
}

Test(problem, missing_outputs_follow)
{
    expect_printed("separable:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2",
                   "separable:mb2ic5ih17iw23oc7oh9ow12kh3kw5sh2sw2ph1pw2");
    expect_printed("ic3ih224oc64kh3", "standard:mb1ic3ih224oc64oh222kh3ph0");
    expect_printed("ic1ih7oc2kh3dh1sh2", "standard:mb1ic1ih7oc2oh2kh3sh2ph0dh1");
}

Test(problem, parts_in_any_order)
{
    expect_printed("kh3_n\"a b\"_oc4_ih5_g2_ic6_sw2sh1ph1iw5kw3pw1",
                   "standard:mb1g2ic6ih5iw5oc4oh5ow3kh3kw3sh1sw2ph1pw1n\"a b\"");
    expect_printed("ic3_ih5_oc4_kh3_", "standard:mb1ic3ih5oc4oh3kh3ph0");
    expect_printed("ic9ih5oc4kh3ic3", "standard:mb1ic3ih5oc4oh3kh3ph0");
    expect_printed("ic3ih5oc4kh3nplain name", "standard:mb1ic3ih5oc4oh3kh3ph0n\"plain name\"");
}

Test(problem, form_follows_from_groups)
{
    cr_assert_eq(parse("g4ic4ih5oc4kh3").form, CVL_DEPTHWISE);
    cr_assert_eq(parse("g2ic4ih5oc4kh3").form, CVL_STANDARD);
    cr_assert_eq(parse("g4ic4ih5oc8kh3").form, CVL_DEPTHWISE);
    cr_assert_eq(parse("g4ic8ih5oc8kh3").form, CVL_STANDARD);
    cr_assert_eq(parse("ic1ih5oc1kh3").form, CVL_DEPTHWISE);
    cr_assert_eq(parse("ic1ih5oc8kh3").form, CVL_STANDARD);
    cr_assert_eq(parse("standard:g4ic4ih5oc4kh3").form, CVL_STANDARD);
    cr_assert_eq(parse("n\"x:y\"ic4ih5oc4kh3").form, CVL_STANDARD);
}

Test(problem, depthwise_prints_its_groups)
{
    expect_printed("depthwise:g1ic1ih5oc1kh3", "depthwise:mb1g1ic1ih5oc1oh3kh3ph0");
    expect_printed("g8ic8ih5oc8kh3", "depthwise:mb1g8ic8ih5oc8oh3kh3ph0");
}

Test(problem, texts_that_are_refused)
{
    expect_refused("", "problem: got the end of the text, expected one of mb g ic ih iw oc oh ow "
                       "kh kw sh sw ph pw dh dw mc res dm with its number, or n\"name\"");
    expect_refused("ic3ih5oc4kh3xy5",
                   "problem: got xy5, expected one of mb g ic ih iw oc oh ow "
                   "kh kw sh sw ph pw dh dw mc res dm with its number, or n\"name\"");
    expect_refused("ic3ih5oc4kh-3",
                   "problem: got kh-3, expected kh with a number from 1 to 2147483647");
    expect_refused("ic3ih5oc4kh+3",
                   "problem: got kh+3, expected kh with a number from 1 to 2147483647");
    expect_refused("ic3ih5oc4kh",
                   "problem: got kh, expected kh with a number from 1 to 2147483647");
    expect_refused("ic3ih5oc4kh0",
                   "problem: got kh0, expected kh with a number from 1 to 2147483647");
    expect_refused("ic2147483648ih5oc4kh3",
                   "problem: got ic2147483648, expected ic with a number from 1 to 2147483647");
    expect_refused("ic99999999999999999999999999ih5oc4kh3",
                   "problem: got ic99999999999999999999999999, expected ic with a number from 1 to "
                   "2147483647");
    expect_refused("conv:ic3ih5oc4kh3", "problem: form: got conv, expected standard, depthwise, "
                                        "pointwise, separable, inverted or transposed");
    expect_refused("abcdefghijklmnop:ic3ih5oc4kh3", "problem: got abcdefghijklmnop, expected the "
                                                    "name of a form before the colon");
    expect_refused("ih5oc4kh3", "problem: ic: got none, expected ic with a number");
    expect_refused("ic3ih5oc4kh3pw1", "problem: iw: got none, expected iw with a number, as other "
                                      "parts of the width are given");
    expect_refused("ic3ih5iw5oc4kh3ow3", "problem: kw: got none, expected kw with a number, as "
                                         "other parts of the width are given");
    expect_refused("ic3oc4kh3", "problem: ih: got none, expected ih with a number");
    expect_refused("ic3oc4", "problem: ih: got none, expected ih with a number");
    expect_refused("ic3ih5oc4", "problem: kh: got none, expected kh with a number");
    expect_refused("ic3id2kd2oc4", "problem: id: got a depth, expected none, or id1 and kd1: "
                                   "convolutions of three dimensions are not supported");
    expect_refused("ic3id5ih5iw5oc4kd1kh1kw1",
                   "problem: id: got a depth, expected none, or id1 and kd1: convolutions of three "
                   "dimensions are not supported");
    expect_refused("ic3id5oc4", "problem: kd: got none, expected kd with a number, as other parts "
                                "of the depth are given");
    expect_refused("ic3id1kd1ih5kh3oc4",
                   "problem: iw: got none, expected iw with a number, as a depth and a height are "
                   "given");
    expect_refused("ic3ih9oc4oh2kh3", "problem: oh: got oh2 without ph, which makes the padding "
                                      "-2, expected ph with a number");
    expect_refused("ic3ih5oc4kh3n\"a",
                   "problem: got n\"a, expected a quote at the end of the name");
    expect_refused("ic3ih5oc4kh3n\"a\"n\"b\"", "problem: got n\"b\", expected only one name");
    expect_refused("ic3ih5oc4kh3n\"a\033[1m\"",
                   "problem: got n\"a\\x1b[1m\", expected a name of valid UTF-8 without quotes or "
                   "control characters");
    expect_refused("ic3ih5oc4kh3na\"b",
                   "problem: got na\"b, expected a name of valid UTF-8 without "
                   "quotes or control characters");
}

Test(problem, rubbish_is_refused)
{
    static const char *const texts[] = {
        "ic3ih5oc4kh3__", "_ic3ih5oc4kh3", "ic3__ih5oc4kh3",
        "ic3 ih5oc4kh3",  "IC3ih5oc4kh3",  "ic3ih5oc4kh3 ",
        ":ic3ih5oc4kh3",  "standard:",     "3",
        "ic3ih5oc4kh3.0", "\xff\xfe",      "ic3ih5oc4kh0x3",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cvl_problem problem;
        cr_assert_eq(cvl_problem_parse(texts[i], &problem, NULL), CVL_BAD_INPUT, "%s", texts[i]);
    }
}

Test(problem, shapes_that_are_refused)
{
    expect_refused("ic3ih3oc1kh9", "problem: kh: got kh9, expected a window of at most 3 rows; "
                                   "with its dilation it has 9");
    expect_refused("ic3ih9iw3oc1kh3kw3dw1dh1", "problem: kw: got kw3, expected a window of at most "
                                               "3 columns; with its dilation it has 5");
    expect_refused("g2ic3ih5oc4kh3",
                   "problem: g: got g2, expected a number that divides both ic and oc");
    expect_refused("ic3ih5oc4oh5kh3ph2147483647",
                   "problem: ph: got ph2147483647, expected at most 2147483647 rows, padding "
                   "included");
    expect_refused("ic3ih5iw5oc4oh3ow2147483647kh3kw3ph0pw1",
                   "problem: ow: got ow2147483647, expected at most 2147483645, so that the last "
                   "window ends within 2147483647 columns");
    expect_refused("depthwise:g3ic3ih5oc7kh3",
                   "problem: oc: got oc7, expected a multiple of ic in a depthwise problem");
    expect_refused("depthwise:ic3ih5oc3kh3",
                   "problem: g: got g1, expected g equal to ic in a depthwise problem");
    expect_refused("pointwise:ic3ih5iw5oc4kh1kw3",
                   "problem: kw: got kw3, expected a 1x1 kernel in a pointwise problem");
    expect_refused("separable:g3ic3ih5oc3kh3",
                   "problem: g: got g3, expected g1 in a separable problem");
    expect_refused("ic2147483647ih2147483647oc1kh1",
                   "problem: ic: got ic2147483647, expected tensors whose f32 bytes and "
                   "multiply-adds fit in 63 bits");
}

Test(problem, last_window_may_start_at_the_last_row)
{
    struct cvl_problem p = parse("ic1ih5oc1oh5kh3ph0");
    cr_assert_eq(cvl_problem_pad_bottom(&p), 2);
    p = parse("ic1ih5oc1oh1kh3sh2ph0");
    cr_assert_eq(cvl_problem_pad_bottom(&p), -2);
}

/* Problems by benchdnn's rules: what oneDNN 3's benchdnn makes of these texts, whose batch is 2
 * where they have none. */
static const struct {
    const char *text;
    int32_t mb, g, ih, iw, oh, ow, sh, sw, ph, pw;
} by_benchdnn[] = {
    {"mb1_ic16oc1_ih2oh1kh2sh1dh0ph0_iw100kw6sw1dw30pw48", 1, 1, 2, 100, 1, 41, 1, 1, 0, 48},
    {"ic64ih56oc64oh56kh3", 2, 1, 56, 56, 56, 56, 1, 1, 1, 1},
    {"ic16ih10oc16kh5ph7", 2, 1, 10, 10, 20, 20, 1, 1, 7, 7},
    {"ic16oc16ih10oh10kh3_iw15ow8kw1sw2pw0", 2, 1, 10, 15, 10, 8, 1, 2, 1, 0},
    {"ic16oc16_iw5kw3pw1", 2, 1, 1, 5, 1, 5, 1, 1, 0, 1},
    {"ic3ih224oc64oh112kh7sh2", 2, 1, 224, 224, 112, 112, 2, 2, 2, 2},
    {"ic3ih224oc64oh112kh7sh2ph3", 2, 1, 224, 224, 112, 112, 2, 2, 3, 3},
    {"ic8ih9oc8kh3sh2", 2, 1, 9, 9, 4, 4, 2, 2, 0, 0},
    {"ic8ih9oc8oh4kh3sh2", 2, 1, 9, 9, 4, 4, 2, 2, 0, 0},
    {"ic8ih10oc8oh5kh3sh2", 2, 1, 10, 10, 5, 5, 2, 2, 0, 0},
    {"ic8ih10oc8oh5kh2sh2", 2, 1, 10, 10, 5, 5, 2, 2, 0, 0},
    {"g4ic8ih9oc12kh3ph1", 2, 4, 9, 9, 9, 9, 1, 1, 1, 1},
    {"g8_ic8oc8_ih9iw11_kh3kw3_ph1pw1", 2, 8, 9, 11, 9, 11, 1, 1, 1, 1},
    {"mb16ic32ih14iw28oc32kh3kw5ph1pw2", 16, 1, 14, 28, 14, 28, 1, 1, 1, 2},
    {"ic32ih14iw28oc32oh14ow28kh3kw5", 2, 1, 14, 28, 14, 28, 1, 1, 1, 2},
    {"ic5ih7oc6kh3dh1", 2, 1, 7, 7, 3, 3, 1, 1, 0, 0},
    {"ic5ih7oc6oh7kh3dh1", 2, 1, 7, 7, 7, 7, 1, 1, 2, 2},
    {"ic5ih7oc6oh7kh3dh2", 2, 1, 7, 7, 7, 7, 1, 1, 3, 3},
    {"ic5iw7oc6kw3dw2", 2, 1, 1, 7, 1, 1, 1, 1, 0, 0},
    {"ic5iw7oc6ow7kw3dw2", 2, 1, 1, 7, 1, 7, 1, 1, 0, 3},
    {"ic5iw30oc6kw4sw3", 2, 1, 1, 30, 1, 9, 1, 3, 0, 0},
    {"ic5iw30oc6ow10kw4sw3", 2, 1, 1, 30, 1, 10, 1, 3, 0, 0},
    {"ic256id1ih1iw1oc10od1oh1ow1kd1kh1kw1", 2, 1, 1, 1, 1, 1, 1, 1, 0, 0},
    {"ic4id1oc4kd1", 2, 1, 1, 1, 1, 1, 1, 1, 0, 0},
    {"ic4id1oc4kd1od1", 2, 1, 1, 1, 1, 1, 1, 1, 0, 0},
    {"ic4ih5oc4kh1ph2", 2, 1, 5, 5, 9, 9, 1, 1, 2, 2},
    {"ic4ih1oc4kh3ph1", 2, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {"ic4ih1oc4kh3ph3", 2, 1, 1, 1, 5, 5, 1, 1, 3, 3},
    {"ic4ih3oc4kh9ph5sh4", 2, 1, 3, 3, 2, 2, 4, 4, 5, 5},
    {"ic4ih6oc4kh2ph0sh7", 2, 1, 6, 6, 1, 1, 7, 7, 0, 0},
    {"ic4ih6oc4kh2sh7ph6", 2, 1, 6, 6, 3, 3, 7, 7, 6, 6},
    {"ic4ih5oc4kh3pw0", 2, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"ic4ih5oc4kh3sw1", 2, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"ic4ih5oc4kh3dw0", 2, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"ic4ih5ic6oc4kh3", 2, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"ic4ih5oc4kh3mb3mb5", 5, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"mb7_ic4_oc4_ih5_oh3_kh3", 7, 1, 5, 5, 3, 3, 1, 1, 0, 0},
    {"ic12ih13oc16oh13kh4", 2, 1, 13, 13, 13, 13, 1, 1, 1, 1},
    {"ic12ih13oc16oh12kh4", 2, 1, 13, 13, 12, 12, 1, 1, 1, 1},
    {"ic12ih13oc16oh7kh4sh2", 2, 1, 13, 13, 7, 7, 2, 2, 1, 1},
    {"ic1ih1iw4000oc8oh1ow1000kh1kw400sh1sw4", 2, 1, 1, 4000, 1, 1000, 1, 4, 0, 198},
    {"g2mb1ic2ih40iw1oc2oh20ow1kh5kw1sh2sw1ph2pw0", 1, 2, 40, 1, 20, 1, 2, 1, 2, 0},
    {"ic2ih3iw4oc2kh3kw4oh1ow1", 2, 1, 3, 4, 1, 1, 1, 1, 0, 0},
    {"ic2ih3iw4oc2oh3ow4kh2kw2ph1pw1", 2, 1, 3, 4, 3, 4, 1, 1, 1, 1},
    {"ic2ih3iw4oc2oh3kh2kw2ph1", 2, 1, 3, 4, 3, 3, 1, 1, 1, 0},
    {"ic2ih3iw4oc2ow6kh2kw2", 2, 1, 3, 4, 2, 6, 1, 1, 0, 1},
    {"ic1ih20oc1oh20kh7dh2", 2, 1, 20, 20, 20, 20, 1, 1, 9, 9},
    {"ic1ih20oc1oh9kh7dh0sh2nname", 2, 1, 20, 20, 9, 9, 2, 2, 1, 1},
};

Test(problem, missing_parts_are_those_of_benchdnn)
{
    for (size_t i = 0; i < sizeof by_benchdnn / sizeof by_benchdnn[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "mb2%s", by_benchdnn[i].text);
        const struct cvl_problem p = parse(text);
        const int32_t got[] = {p.mb, p.g, p.ih, p.iw, p.oh, p.ow, p.sh, p.sw, p.ph, p.pw};
        cr_expect_arr_eq(got, &by_benchdnn[i].mb, sizeof got, "%s", text);
    }
}

Test(problem, width_of_its_own)
{
    const struct cvl_problem p = parse("mb1_ic16oc1_ih2oh1kh2sh1dh0ph0_iw100kw6sw1dw30pw48");
    cr_expect_eq(p.ow, 41);
    cr_expect_eq(cvl_problem_sizes(&p).macs, 7872);
    cr_expect_eq(cvl_problem_sizes(&p).output_elements * 4, 164);
}

/* Texts of earlier versions, which stores and documents hold. */
Test(problem, printed_texts_share_what_they_lack_with_the_height)
{
    static const char *const texts[][2] = {
        {"standard:mb1ic1ih1iw9oc1oh1ow5kh1kw3sh2ph0pw1",
         "standard:mb1ic1ih1iw9oc1oh1ow5kh1kw3sh2sw2ph0pw1"},
        {"separable:mb1ic7ih5iw17oc21oh5ow17kh3ph1",
         "separable:mb1ic7ih5iw17oc21oh5ow17kh3kw3ph1pw1"},
        {"standard:mb1ic3ih5oc4oh5kh3ph1", "standard:mb1ic3ih5oc4oh5kh3ph1"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cvl_problem p;
        struct cvl_error err = {0};
        char text[CVL_PROBLEM_TEXT_BYTES];
        cr_assert_eq(cvl_problem_read_printed(texts[i][0], &p, &err), CVL_OK, "%s", err.text);
        (void)cvl_problem_print(&p, text, sizeof text);
        cr_expect_str_eq(text, texts[i][1]);
    }
}

Test(problem, sizes_of_the_seed_example)
{
    struct cvl_problem p = parse("separable:ic3ih224oc512kh3");
    struct cvl_sizes s = cvl_problem_sizes(&p);
    cr_assert_eq(s.input_elements * 4, 602112);
    cr_assert_eq(s.intermediate_elements * 4, 591408);
    cr_assert_eq(s.output_elements * 4, 100933632);
    cr_assert_eq(s.weights_elements, 1563);
    cr_assert_eq(s.weights_dw_elements, 27);
    cr_assert_eq(s.weights_pw_elements, 1536);
    cr_assert_eq(s.macs, 77030892);
    p = parse("standard:ic3ih224oc64kh3");
    s = cvl_problem_sizes(&p);
    cr_assert_eq(s.intermediate_elements, 0);
    cr_assert_eq(s.weights_elements, 1728);
    cr_assert_eq(s.macs, 85162752);
    cr_assert_eq(s.im2col_elements * 4, 5322672);
}

Test(problem, sizes_with_groups)
{
    struct cvl_problem p = parse("mb2g3ic6ih9iw7oc9kh3kw3ph1pw1");
    struct cvl_sizes s = cvl_problem_sizes(&p);
    cr_assert_eq(s.weights_elements, 9 * 2 * 9);
    cr_assert_eq(s.macs, 2 * 9 * 9 * 7 * 2 * 9);
    cr_assert_eq(s.im2col_elements, 2 * 9 * 9 * 7);
}

Test(problem, parts_of_a_separable_problem)
{
    struct cvl_problem p = parse("separable:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2dh1dw1n\"x\"");
    struct cvl_problem depthwise = cvl_problem_part(&p, CVL_DEPTHWISE);
    struct cvl_problem pointwise = cvl_problem_part(&p, CVL_POINTWISE);
    cr_assert_eq(cvl_problem_check(&depthwise, NULL), CVL_OK);
    cr_assert_eq(cvl_problem_check(&pointwise, NULL), CVL_OK);
    struct cvl_sizes whole = cvl_problem_sizes(&p);
    struct cvl_sizes first = cvl_problem_sizes(&depthwise), second = cvl_problem_sizes(&pointwise);
    cr_assert_eq(first.macs + second.macs, whole.macs);
    cr_assert_eq(first.input_elements, whole.input_elements);
    cr_assert_eq(first.output_elements, whole.intermediate_elements);
    cr_assert_eq(second.input_elements, whole.intermediate_elements);
    cr_assert_eq(second.output_elements, whole.output_elements);
    cr_assert_eq(first.weights_elements, whole.weights_dw_elements);
    cr_assert_eq(second.weights_elements, whole.weights_pw_elements);
}

/* Multiply-adds of one convolution whose tap is inside the input, counted one by one. */
static uint64_t count_inside(const struct cvl_problem *p)
{
    uint64_t count = 0;
    for (int32_t o = 0; o < p->oh * p->ow; o++)
        for (int32_t k = 0; k < p->kh * p->kw; k++) {
            const int32_t y = o / p->ow * p->sh + k / p->kw * (p->dh + 1) - p->ph;
            const int32_t x = o % p->ow * p->sw + k % p->kw * (p->dw + 1) - p->pw;
            count += y >= 0 && y < p->ih && x >= 0 && x < p->iw;
        }
    return count * (uint64_t)p->mb * (uint64_t)p->oc * (uint64_t)(p->ic / p->g);
}

static uint64_t count_flops(const struct cvl_problem *p)
{
    const struct cvl_problem mirror = cvl_problem_mirror(p);
    if (p->form == CVL_TRANSPOSED)
        return 2 * count_inside(&mirror);
    const struct cvl_problem expansion = cvl_problem_expansion(p);
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    const struct cvl_problem pointwise = cvl_problem_part(p, CVL_POINTWISE);
    if (p->form != CVL_SEPARABLE && p->form != CVL_INVERTED)
        return 2 * count_inside(p);
    return 2 * (count_inside(&depthwise) + count_inside(&pointwise) +
                (p->form == CVL_INVERTED ? count_inside(&expansion) : 0));
}

Test(problem, flops_without_padding_are_those_counted_one_by_one)
{
    struct cvl_random random = {11};
    for (int i = 0; i < 3000; i++) {
        const struct cvl_problem p = random_problem(&random);
        char text[CVL_PROBLEM_TEXT_BYTES];
        (void)cvl_problem_print(&p, text, sizeof text);
        const uint64_t inside = cvl_problem_flops_without_padding(&p, CVL_FORWARD);
        cr_assert_eq(inside, count_flops(&p), "%s", text);
        cr_assert_leq(inside, cvl_problem_flops(&p, CVL_FORWARD), "%s", text);
        cr_assert_eq(cvl_problem_flops_without_padding(&p, CVL_TRAINING), 3 * inside, "%s", text);
    }
}

Test(problem, flops_without_padding_of_a_3x3_on_4x4)
{
    const struct cvl_problem p = parse("ic1ih4oc1kh3ph1");
    cr_assert_eq(cvl_problem_flops(&p, CVL_FORWARD), 2 * 16 * 9);
    cr_assert_eq(cvl_problem_flops_without_padding(&p, CVL_FORWARD), 2 * 10 * 10);
}

Test(problem, inverted_texts)
{
    struct cvl_problem p = parse("inverted:ic24ih56oc24kh3ph1mc144res1");
    cr_assert_eq(p.form, CVL_INVERTED);
    cr_assert_eq(p.mc, 144);
    cr_assert_eq(p.res, 1);
    expect_printed("inverted:res1mc144ic24ih56oc24kh3ph1n\"v2/b3\"",
                   "inverted:mb1ic24ih56oc24oh56kh3ph1mc144res1n\"v2/b3\"");
    expect_printed("inverted:ic3ih5oc4kh3mc7res0", "inverted:mb1ic3ih5oc4oh3kh3ph0mc7");
    expect_refused("inverted:ic3ih5oc4kh3",
                   "problem: mc: got mc0, expected mc of at least 1 in an inverted problem");
    expect_refused("inverted:g3ic3ih5oc3kh3mc6",
                   "problem: g: got g3, expected g1 in an inverted problem");
    expect_refused("inverted:ic3ih5oc3kh3ph1mc6res2",
                   "problem: res: got res2, expected res0 or res1");
    expect_refused(
        "inverted:ic3ih5oc4kh3ph1mc6res1",
        "problem: res: got res1, expected none: the input can only be added to an output "
        "of the same size");
    expect_refused("separable:ic3ih5oc4kh3mc6",
                   "problem: mc: got mc6, expected mc and res only in an inverted problem");
    expect_refused("ic3ih5oc3kh3ph1res1",
                   "problem: res: got res1, expected mc and res only in an inverted problem");
    struct cvl_problem other = p;
    other.mc = 145;
    cr_assert_not(cvl_problem_equal(&p, &other));
}

Test(problem, texts_with_a_depth_multiplier)
{
    const struct cvl_problem p = parse("separable:ic64ih56oc128kh3ph1dm2");
    cr_assert_eq(p.dm, 2);
    expect_printed("separable:dm4ic3ih5oc4kh3n\"a\"", "separable:mb1ic3ih5oc4oh3kh3ph0dm4n\"a\"");
    expect_printed("separable:ic3ih5oc4kh3dm1", "separable:mb1ic3ih5oc4oh3kh3ph0");
    expect_printed("ic3ih5oc4kh3dm1", "standard:mb1ic3ih5oc4oh3kh3ph0");
    expect_refused("separable:ic3ih5oc4kh3dm0",
                   "problem: got dm0, expected dm with a number from 1 to 2147483647");
    expect_refused("separable:ic3ih5oc4kh3dm",
                   "problem: got dm, expected dm with a number from 1 to 2147483647");
    expect_refused("separable:ic65536ih5oc4kh3dm32768",
                   "problem: dm: got dm32768, expected at most 2147483647 channels, ic times dm");
    expect_refused("ic3ih5oc4kh3dm2",
                   "problem: dm: got dm2, expected dm only in a separable problem; in a depthwise "
                   "one oc is ic times it");
    expect_refused("depthwise:g3ic3ih5oc6kh3dm2",
                   "problem: dm: got dm2, expected dm only in a separable problem; in a depthwise "
                   "one oc is ic times it");
    expect_refused("inverted:ic3ih5oc4kh3mc6dm2",
                   "problem: dm: got dm2, expected dm only in a separable problem; in a depthwise "
                   "one oc is ic times it");
    struct cvl_problem other = p;
    other.dm = 3;
    cr_assert_not(cvl_problem_equal(&p, &other));
}

/* No multiplier is 0, so that a problem has one value. */
Test(problem, a_depth_multiplier_of_1_made_by_hand)
{
    struct cvl_problem p = parse("separable:ic3ih5oc4kh3");
    struct cvl_error err = {0};
    p.dm = 1;
    cr_assert_eq(cvl_problem_check(&p, &err), CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, "problem: dm: got dm1, expected dm0 for one channel of each, or dm "
                               "of at least 2");
}

Test(problem, parts_of_a_separable_problem_with_a_multiplier)
{
    const struct cvl_problem p = parse("separable:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2dm3");
    const struct cvl_problem steps[] = {cvl_problem_part(&p, CVL_DEPTHWISE),
                                        cvl_problem_part(&p, CVL_POINTWISE)};
    const struct cvl_sizes whole = cvl_problem_sizes(&p);
    struct cvl_sizes size[2];
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(cvl_problem_check(&steps[i], NULL), CVL_OK);
        size[i] = cvl_problem_sizes(&steps[i]);
    }
    cr_expect_eq(cvl_problem_middle(&p), 15);
    cr_expect_eq(size[0].macs + size[1].macs, whole.macs);
    cr_expect_eq(whole.macs, 2 * 15 * 9 * 12 * 15 + 2 * 7 * 9 * 12 * 15);
    cr_expect_eq(size[0].input_elements, whole.input_elements);
    cr_expect_eq(size[0].output_elements, whole.intermediate_elements);
    cr_expect_eq(size[1].input_elements, whole.intermediate_elements);
    cr_expect_eq(whole.intermediate_elements, 2 * 15 * 9 * 12);
    cr_expect_eq(size[1].output_elements, whole.output_elements);
    cr_expect_eq(size[0].weights_elements, whole.weights_dw_elements);
    cr_expect_eq(size[1].weights_elements, whole.weights_pw_elements);
    cr_expect_eq(whole.weights_elements, 15 * 15 + 7 * 15);
}

Test(problem, parts_of_an_inverted_problem)
{
    struct cvl_problem p = parse("inverted:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2mc11");
    struct cvl_problem steps[] = {cvl_problem_expansion(&p), cvl_problem_part(&p, CVL_DEPTHWISE),
                                  cvl_problem_part(&p, CVL_POINTWISE)};
    struct cvl_sizes whole = cvl_problem_sizes(&p), size[3];
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(cvl_problem_check(&steps[i], NULL), CVL_OK);
        size[i] = cvl_problem_sizes(&steps[i]);
    }
    cr_assert_eq(size[0].macs + size[1].macs + size[2].macs, whole.macs);
    cr_assert_eq(size[0].input_elements, whole.input_elements);
    cr_assert_eq(size[0].output_elements, whole.expanded_elements);
    cr_assert_eq(size[1].input_elements, whole.expanded_elements);
    cr_assert_eq(size[1].output_elements, whole.intermediate_elements);
    cr_assert_eq(size[2].input_elements, whole.intermediate_elements);
    cr_assert_eq(size[2].output_elements, whole.output_elements);
    cr_assert_eq(size[0].weights_elements, whole.weights_ex_elements);
    cr_assert_eq(size[1].weights_elements, whole.weights_dw_elements);
    cr_assert_eq(size[2].weights_elements, whole.weights_pw_elements);
    cr_assert_eq(whole.weights_elements, 5 * 11 + 11 * 15 + 11 * 7);
}

/* A text and what it is in full. */
static void expect_whole(const char *text, const char *whole)
{
    struct cvl_problem problem;
    struct cvl_error err = {0};
    char printed[CVL_PROBLEM_TEXT_BYTES];
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_OK, "%s: %s", text, err.text);
    (void)cvl_problem_print(&problem, printed, sizeof printed);
    cr_expect_str_eq(printed, whole, "%s", text);
}

/* Those of benchdnn's deconvolutions: windows lie in the output. */
Test(problem, missing_parts_of_a_transposed_problem)
{
    expect_whole("transposed:ic16ih7oc8kh3sh2", "transposed:mb1ic16ih7oc8oh15kh3sh2ph0");
    expect_whole("transposed:ic16ih7oc8kh3sh2ph1", "transposed:mb1ic16ih7oc8oh13kh3sh2ph1");
    expect_whole("transposed:ic16ih7oc8oh14kh4sh2", "transposed:mb1ic16ih7oc8oh14kh4sh2ph1");
    expect_whole("transposed:ic16ih7iw5oc8oh14ow11kh4kw3sh2sw2ph1pw0",
                 "transposed:mb1ic16ih7iw5oc8oh14ow11kh4kw3sh2sw2ph1pw0");
    expect_whole("transposed:g4ic16ih5oc8kh2dh1", "transposed:mb1g4ic16ih5oc8oh7kh2ph0dh1");
}

Test(problem, sizes_of_a_transposed_problem)
{
    struct cvl_problem p;
    cr_assert_eq(cvl_problem_parse("transposed:mb2g2ic6ih5iw4oc8kh3kw2sh2sw2ph1pw0", &p, NULL),
                 CVL_OK);
    const struct cvl_sizes sizes = cvl_problem_sizes(&p);
    cr_expect_eq(p.oh, 9);
    cr_expect_eq(p.ow, 8);
    cr_expect_eq(sizes.weights_elements, 6 * 4 * 3 * 2);
    cr_expect_eq(sizes.macs, 2 * 5 * 4 * sizes.weights_elements, "input pixels x weights");
    cr_expect_eq(sizes.im2col_elements, 4 * 3 * 2 * 5 * 4);
    cr_expect_eq(cvl_problem_pad_bottom(&p), 1);
    cr_expect_eq(cvl_problem_pad_right(&p), 0);
    const struct cvl_problem mirror = cvl_problem_mirror(&p);
    const struct cvl_sizes of_mirror = cvl_problem_sizes(&mirror);
    cr_expect_eq(mirror.form, CVL_STANDARD);
    cr_expect_eq(of_mirror.macs, sizes.macs);
    cr_expect_eq(of_mirror.weights_elements, sizes.weights_elements);
    cr_expect_eq(cvl_problem_flops_without_padding(&p, CVL_FORWARD),
                 cvl_problem_flops_without_padding(&mirror, CVL_FORWARD));
    p.oh = 11; /* a row that no window reaches */
    cr_expect_eq(cvl_problem_check(&p, NULL), CVL_OK);
    cr_expect_eq(cvl_problem_pad_bottom(&p), -1);
}

Test(problem, transposed_texts_that_are_refused)
{
    struct cvl_problem p;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_problem_parse("transposed:ic3ih2oc4kh2ph2", &p, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "problem: ph: got ph2, expected padding that leaves 1 to 2147483647 "
                               "output rows, got -1");
    cr_expect_eq(cvl_problem_parse("transposed:g2ic3ih4oc4kh2", &p, &err), CVL_BAD_INPUT);
    cr_expect_eq(cvl_problem_parse("transposed:ic3ih1000000000oc1kh1sh3", &p, &err), CVL_BAD_INPUT);
}

Test(problem, equality_leaves_the_name_out)
{
    struct cvl_problem a = parse("ic3ih5oc4kh3n\"a\""), b = parse("ic3ih5oc4kh3n\"b\"");
    cr_assert(cvl_problem_equal(&a, &b));
    b.dw = 1;
    cr_assert_not(cvl_problem_equal(&a, &b));
    b = a;
    b.form = CVL_SEPARABLE;
    cr_assert_not(cvl_problem_equal(&a, &b));
}

Test(problem, print_cuts_as_snprintf_does)
{
    struct cvl_problem p = parse("ic3ih5oc4kh3");
    char text[9];
    cr_assert_eq(cvl_problem_print(&p, text, sizeof text),
                 strlen("standard:mb1ic3ih5oc4oh3kh3ph0"));
    cr_assert_str_eq(text, "standard");
}

Test(problem, print_and_parse_invert_each_other)
{
    struct cvl_random random = {.state = 1};
    for (int i = 0; i < 20000; i++) {
        struct cvl_problem problem = random_problem(&random), again;
        char text[CVL_PROBLEM_TEXT_BYTES], twice[CVL_PROBLEM_TEXT_BYTES];
        struct cvl_error err = {0};
        cr_assert_eq(cvl_problem_check(&problem, &err), CVL_OK, "%d: %s", i, err.text);
        cvl_problem_print(&problem, text, sizeof text);
        cr_assert_eq(cvl_problem_read_printed(text, &again, &err), CVL_OK, "%s: %s", text,
                     err.text);
        cr_assert(cvl_problem_equal(&problem, &again), "%s", text);
        cr_assert_eq(cvl_problem_parse(text, &again, &err), CVL_OK, "%s: %s", text, err.text);
        cr_assert(cvl_problem_equal(&problem, &again), "%s", text);
        cr_assert_str_eq(again.name, problem.name);
        cvl_problem_print(&again, twice, sizeof twice);
        cr_assert_str_eq(twice, text);
    }
}

Test(problem, longest_text_fits)
{
    struct cvl_problem problem = {
        CVL_SEPARABLE, INT32_MIN,     INT32_MIN + 1,
        INT32_MIN,     INT32_MIN,     INT32_MIN + 1,
        INT32_MIN,     INT32_MIN,     INT32_MIN + 1,
        INT32_MIN,     INT32_MIN + 1, INT32_MIN,
        INT32_MIN + 1, INT32_MIN,     INT32_MIN + 1,
        INT32_MIN,     INT32_MIN + 1, INT32_MIN,
        INT32_MIN,     INT32_MIN,     "",
    };
    memset(problem.name, 'n', sizeof problem.name - 1);
    char text[CVL_PROBLEM_TEXT_BYTES];
    size_t length = cvl_problem_print(&problem, text, sizeof text);
    cr_assert_lt(length, sizeof text);
    cr_assert_eq(text[length - 1], '"');
}

Test(problem, random_bytes_never_parse_into_nonsense)
{
    static const char alphabet[] = "mbgichwokspdn0123456789_:\"standrepwuv-";
    struct cvl_random random = {.state = 2};
    for (int i = 0; i < 20000; i++) {
        char text[40];
        size_t length = cvl_random_below(&random, sizeof text);
        for (size_t at = 0; at < length; at++)
            text[at] = alphabet[cvl_random_below(&random, sizeof alphabet - 1)];
        text[length] = '\0';
        struct cvl_problem problem;
        if (cvl_problem_parse(text, &problem, NULL) == CVL_OK)
            cr_assert_eq(cvl_problem_check(&problem, NULL), CVL_OK, "%s", text);
    }
}

Test(problem, names_of_forms_layouts_and_types)
{
    enum cvl_form form;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    for (int i = 0; i < CVL_FORM_COUNT; i++) {
        cr_assert_eq(cvl_form_parse(cvl_form_name((enum cvl_form)i), &form, NULL), CVL_OK);
        cr_assert_eq((int)form, i);
    }
    cr_assert_eq(cvl_layout_parse("nchw", &layout, NULL), CVL_OK);
    cr_assert_eq(layout, CVL_NCHW);
    cr_assert_eq(cvl_dtype_parse("f16", &dtype, NULL), CVL_OK);
    cr_assert_eq(dtype, CVL_F16);
    cr_assert_eq(cvl_dtype_bytes(CVL_F32), 4);
    cr_assert_eq(cvl_dtype_bytes(CVL_F16), 2);

    struct cvl_error err = {0};
    cr_assert_eq(cvl_layout_parse("NHWC", &layout, &err), CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, "layout: got NHWC, expected nhwc or nchw");
    cr_assert_eq(cvl_dtype_parse("", &dtype, &err), CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, "dtype: got nothing, expected f32 or f16");
}

Test(problem, check_refuses_values_made_by_hand)
{
    struct cvl_problem p = parse("ic3ih5oc4kh3");
    struct cvl_error err = {0};
    p.oh = 0;
    cr_assert_eq(cvl_problem_check(&p, &err), CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, "problem: oh: got oh0, expected 1 to 2147483647");
    p = parse("ic3ih5oc4kh3");
    p.form = CVL_FORM_COUNT;
    cr_assert_eq(cvl_problem_check(&p, NULL), CVL_BAD_INPUT);
    p = parse("ic3ih5oc4kh3");
    (void)snprintf(p.name, sizeof p.name, "a\"b");
    cr_assert_eq(cvl_problem_check(&p, NULL), CVL_BAD_INPUT);
}
