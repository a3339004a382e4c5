#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/key.h>

#include "random_problem.h"

/* A key of training whose dimensions all differ. */
static struct cvl_key sample_key(void)
{
    return (struct cvl_key){
        .device = "0:1",
        .network = "net",
        .layer = "block 2",
        .problem = {CVL_INVERTED, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 1, 0,
                    "net/block 2"},
        .layout = CVL_NHWC,
        .dtype = CVL_F32,
        .passes = CVL_TRAINING,
        .optimizer = CVL_MOMENTUM,
        .variant = "inv_fused",
    };
}

/* `larger` differs from `key` in one part alone, in which it is the larger. */
static void expect_part(const struct cvl_key *key, const struct cvl_key *larger, unsigned part)
{
    cr_expect_lt(cvl_key_compare(key, larger, part), 0, "part %x", part);
    cr_expect_gt(cvl_key_compare(larger, key, part), 0, "part %x", part);
    cr_expect_lt(cvl_key_compare(key, larger, CVL_KEY_ALL), 0, "part %x", part);
    cr_expect_eq(cvl_key_compare(key, larger, CVL_KEY_ALL & ~part), 0, "part %x", part);
    const unsigned grouped = CVL_KEY_GROUP & part;
    cr_expect_eq(cvl_key_compare(key, larger, CVL_KEY_GROUP) != 0, grouped != 0, "part %x", part);
    for (unsigned parts = 0; parts <= CVL_KEY_ALL; parts++)
        cr_expect_eq(cvl_key_hash(key, parts) == cvl_key_hash(larger, parts), (parts & part) == 0,
                     "part %x of %x", part, parts);
}

Test(key, each_part_is_compared_by_itself)
{
    const struct cvl_key key = sample_key();
    struct cvl_key other = key;
    strcpy(other.device, "0:2");
    expect_part(&key, &other, CVL_KEY_DEVICE);
    other = key;
    strcpy(other.network, "nets");
    expect_part(&key, &other, CVL_KEY_NETWORK);
    other = key;
    strcpy(other.layer, "block 3");
    expect_part(&key, &other, CVL_KEY_LAYER);
    other = key;
    other.layout = CVL_NCHW;
    expect_part(&key, &other, CVL_KEY_LAYOUT);
    other = key;
    other.dtype = CVL_F16;
    expect_part(&key, &other, CVL_KEY_DTYPE);
    other = key;
    other.optimizer = CVL_ADAM;
    expect_part(&key, &other, CVL_KEY_PASSES);
    strcpy(other.variant, "zz");
    other.optimizer = key.optimizer;
    expect_part(&key, &other, CVL_KEY_VARIANT);
}

Test(key, forward_comes_before_training)
{
    const struct cvl_key training = sample_key();
    struct cvl_key forward = training;
    forward.passes = CVL_FORWARD;
    expect_part(&forward, &training, CVL_KEY_PASSES);
}

/* Every dimension that all forms have is of the geometry. */
Test(key, each_dimension_is_compared)
{
    const struct cvl_key key = sample_key();
    struct cvl_key other = key;
    int32_t *const dimensions[] = {
        &other.problem.mb, &other.problem.g,  &other.problem.ic, &other.problem.ih,
        &other.problem.iw, &other.problem.oc, &other.problem.oh, &other.problem.ow,
        &other.problem.kh, &other.problem.kw, &other.problem.sh, &other.problem.sw,
        &other.problem.ph, &other.problem.pw, &other.problem.dh, &other.problem.dw,
    };
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++) {
        ++*dimensions[i];
        expect_part(&key, &other, CVL_KEY_GEOMETRY);
        --*dimensions[i];
    }
    cr_expect_eq(cvl_key_compare(&key, &other, CVL_KEY_ALL), 0);
}

/* What else a problem has: rows that differ in it compete with each other. */
Test(key, the_rest_of_a_problem_is_compared)
{
    const struct cvl_key key = sample_key();
    struct cvl_key other = key;
    other.problem.mc++;
    expect_part(&key, &other, CVL_KEY_PROBLEM);
    other = key;
    other.problem.res++;
    expect_part(&key, &other, CVL_KEY_PROBLEM);
    other = key;
    other.problem.dm++;
    expect_part(&key, &other, CVL_KEY_PROBLEM);
    other = key;
    strcpy(other.problem.name, "net/block 3");
    expect_part(&key, &other, CVL_KEY_PROBLEM);
    other = key;
    other.problem.form = CVL_STANDARD;
    expect_part(&other, &key, CVL_KEY_PROBLEM);
}

/* A part that comes first decides, whatever those after it say. */
Test(key, parts_are_compared_in_their_order)
{
    struct cvl_key small[9], large[9];
    for (int i = 0; i < 9; i++)
        small[i] = large[i] = sample_key();
    strcpy(large[0].device, "1:0");
    strcpy(large[1].network, "z");
    strcpy(large[2].layer, "z");
    large[3].problem.mb++;
    large[4].problem.mc++;
    large[5].layout = CVL_NCHW;
    large[6].dtype = CVL_F16;
    large[7].optimizer = CVL_ADAM;
    strcpy(large[8].variant, "z");
    for (int i = 0; i < 9; i++) {
        cr_expect_lt(cvl_key_compare(&small[i], &large[i], 1U << i), 0, "part %d", i);
        for (int j = i + 1; j < 9; j++)
            cr_expect_lt(cvl_key_compare(&large[j], &large[i], CVL_KEY_ALL), 0, "%d, %d", i, j);
    }
    cr_expect_eq(cvl_key_compare(&small[0], &large[0], 0), 0, "no part: all are equal");
}

static void expect_printed(const struct cvl_key *key, const char *expected)
{
    char text[CVL_KEY_TEXT_BYTES];
    struct cvl_key again;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_key_print(key, text, sizeof text), strlen(expected));
    cr_expect_str_eq(text, expected);
    cr_assert_eq(cvl_key_parse(text, &again, &err), CVL_OK, "%s: %s", text, err.text);
    cr_expect_eq(cvl_key_compare(key, &again, CVL_KEY_ALL), 0, "%s", text);
}

static struct cvl_key layer_key(const char *problem)
{
    struct cvl_key key = {.device = "0:0", .layer = "b", .variant = "direct", .dtype = CVL_F16};
    cr_assert_eq(cvl_problem_parse(problem, &key.problem, NULL), CVL_OK, "%s", problem);
    return key;
}

Test(key, texts)
{
    struct cvl_key key = layer_key("ic3ih8oc4kh3ph1n\"net/b\"");
    expect_printed(&key, "0:0 direct nhwc f16 forward "
                         "standard:mb1ic3ih8oc4oh8kh3ph1n\"net/b\" b");
    key.passes = CVL_TRAINING;
    key.layout = CVL_NCHW;
    expect_printed(&key, "0:0 direct nchw f16 training/sgd "
                         "standard:mb1ic3ih8oc4oh8kh3ph1n\"net/b\" b");
    key.optimizer = CVL_ADAM;
    key.dtype = CVL_F32;
    expect_printed(&key, "0:0 direct nchw f32 training/adam "
                         "standard:mb1ic3ih8oc4oh8kh3ph1n\"net/b\" b");
    key.layer[0] = '\0';
    expect_printed(&key, "0:0 direct nchw f32 training/adam "
                         "standard:mb1ic3ih8oc4oh8kh3ph1n\"net/b\" ");
}

Test(key, texts_of_networks)
{
    struct cvl_key key = {.device = "0:0",
                          .network = "mobilenet v1/mb4",
                          .problem.form = CVL_SEPARABLE,
                          .variant = "sep_fused"};
    cr_expect(cvl_key_is_network(&key));
    expect_printed(&key, "0:0 sep_fused nhwc f32 forward network:separable mobilenet v1/mb4");
    key.passes = CVL_TRAINING;
    key.optimizer = CVL_MOMENTUM;
    expect_printed(&key,
                   "0:0 sep_fused nhwc f32 training/momentum network:separable mobilenet v1/mb4");
    key = layer_key("ic3ih8oc4kh3");
    cr_expect_not(cvl_key_is_network(&key));
}

/* A blank between quotes ends no word, and the layer's name is all that is left of the line. */
Test(key, names_with_blanks)
{
    struct cvl_key key = layer_key("ic3ih8oc4kh3n\" my net / b \"");
    strcpy(key.layer, " b 2  ");
    expect_printed(&key, "0:0 direct nhwc f16 forward "
                         "standard:mb1ic3ih8oc4oh6kh3ph0n\" my net / b \"  b 2  ");
    strcpy(key.layer, "network:standard x");
    expect_printed(&key, "0:0 direct nhwc f16 forward "
                         "standard:mb1ic3ih8oc4oh6kh3ph0n\" my net / b \" network:standard x");
}

static void random_key(struct cvl_random *random, struct cvl_key *key)
{
    static const char *const variants[] = {"direct", "sep_fused", "im2col_gemm"};
    *key = (struct cvl_key){.problem = random_problem(random)};
    (void)snprintf(key->device, sizeof key->device, "%d:%d", between(random, 0, 99),
                   between(random, 0, 99));
    (void)snprintf(key->variant, sizeof key->variant, "%s", variants[between(random, 0, 2)]);
    key->layout = (enum cvl_layout)cvl_random_below(random, CVL_LAYOUT_COUNT);
    key->dtype = (enum cvl_dtype)cvl_random_below(random, CVL_DTYPE_COUNT);
    key->passes = (enum cvl_passes)cvl_random_below(random, CVL_PASSES_COUNT);
    if (key->passes == CVL_TRAINING)
        key->optimizer = (enum cvl_optimizer)cvl_random_below(random, CVL_OPTIMIZER_COUNT);
    random_name(random, key->layer);
    if (cvl_random_below(random, 3) > 0)
        return;
    memcpy(key->network, key->layer, sizeof key->layer);
    key->problem = (struct cvl_problem){.form = key->problem.form};
    if (cvl_key_is_network(key))
        key->layer[0] = '\0';
    else
        *key = layer_key("ic3ih8oc4kh3"); /* the name drawn is empty */
}

Test(key, print_and_parse_invert_each_other)
{
    struct cvl_random random = {.state = 3};
    unsigned networks = 0;
    for (int i = 0; i < 20000; i++) {
        struct cvl_key key, again;
        char text[CVL_KEY_TEXT_BYTES], twice[CVL_KEY_TEXT_BYTES];
        struct cvl_error err = {0};
        random_key(&random, &key);
        networks += cvl_key_is_network(&key);
        cr_assert_lt(cvl_key_print(&key, text, sizeof text), sizeof text);
        cr_assert_eq(cvl_key_parse(text, &again, &err), CVL_OK, "%s: %s", text, err.text);
        cr_assert_eq(cvl_key_compare(&key, &again, CVL_KEY_ALL), 0, "%s", text);
        cr_assert_eq(cvl_key_is_network(&key), cvl_key_is_network(&again), "%s", text);
        (void)cvl_key_print(&again, twice, sizeof twice);
        cr_assert_str_eq(twice, text);
    }
    cr_expect_gt(networks, 1000);
}

/* Keys whose texts are equal are equal, and the order is one. */
Test(key, order_of_random_keys)
{
    struct cvl_random random = {.state = 4};
    for (int i = 0; i < 5000; i++) {
        struct cvl_key keys[3];
        char texts[2][CVL_KEY_TEXT_BYTES];
        for (int j = 0; j < 3; j++)
            random_key(&random, &keys[j]);
        for (int j = 0; j < 2; j++)
            (void)cvl_key_print(&keys[j], texts[j], sizeof texts[j]);
        const unsigned parts = (unsigned)cvl_random_below(&random, CVL_KEY_ALL + 1);
        const int ab = cvl_key_compare(&keys[0], &keys[1], parts);
        const int bc = cvl_key_compare(&keys[1], &keys[2], parts);
        const int ac = cvl_key_compare(&keys[0], &keys[2], parts);
        cr_assert_eq(ab > 0, cvl_key_compare(&keys[1], &keys[0], parts) < 0);
        cr_assert_not(ab <= 0 && bc <= 0 && ac > 0);
        cr_assert_eq(cvl_key_compare(&keys[0], &keys[1], CVL_KEY_ALL) == 0,
                     strcmp(texts[0], texts[1]) == 0);
    }
}

Test(key, print_cuts_as_snprintf_does)
{
    struct cvl_key key = layer_key("ic3ih8oc4kh3");
    char text[12];
    cr_expect_eq(cvl_key_print(&key, text, sizeof text),
                 strlen("0:0 direct nhwc f16 forward standard:mb1ic3ih8oc4oh6kh3ph0 b"));
    cr_expect_str_eq(text, "0:0 direct ");
}

Test(key, longest_text_fits)
{
    struct cvl_key key = {
        .problem = {CVL_SEPARABLE, INT32_MIN,     INT32_MIN + 1,
                    INT32_MIN,     INT32_MIN,     INT32_MIN + 1,
                    INT32_MIN,     INT32_MIN,     INT32_MIN + 1,
                    INT32_MIN,     INT32_MIN + 1, INT32_MIN,
                    INT32_MIN + 1, INT32_MIN,     INT32_MIN + 1,
                    INT32_MIN,     INT32_MIN + 1, INT32_MIN,
                    INT32_MIN,     INT32_MIN,     ""},
        .passes = CVL_TRAINING,
        .optimizer = CVL_MOMENTUM,
    };
    memset(key.device, 'd', sizeof key.device - 1);
    memset(key.layer, 'l', sizeof key.layer - 1);
    memset(key.variant, 'v', sizeof key.variant - 1);
    memset(key.problem.name, 'n', sizeof key.problem.name - 1);
    char text[CVL_KEY_TEXT_BYTES];
    const size_t length = cvl_key_print(&key, text, sizeof text);
    cr_assert_lt(length, sizeof text);
    cr_expect_eq(text[length - 1], 'l');
}

static void expect_refused(const char *text, const char *message)
{
    struct cvl_key key;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_key_parse(text, &key, &err), CVL_BAD_INPUT, "%s", text);
    cr_expect_str_eq(err.text, message, "%s: got %s", text, err.text);
}

#define EXPECTED ": expected DEVICE VARIANT LAYOUT TYPE PASSES PROBLEM LAYER"

Test(key, bad_texts_are_refused)
{
    expect_refused("", "key: a word is missing or too long" EXPECTED);
    expect_refused("0:0 direct nhwc f32 forward", "key: a word is missing or too long" EXPECTED);
    expect_refused("0:0  direct nhwc f32 forward ic3ih8oc4kh3 b",
                   "key: a word is missing or too long" EXPECTED);
    expect_refused(" 0:0 direct nhwc f32 forward ic3ih8oc4kh3 b",
                   "key: a word is missing or too long" EXPECTED);
    expect_refused("0:0 direct NHWC f32 forward ic3ih8oc4kh3 b",
                   "layout: got NHWC, expected nhwc or nchw");
    expect_refused("0:0 direct nhwc f64 forward ic3ih8oc4kh3 b",
                   "dtype: got f64, expected f32 or f16");
    expect_refused("0:0 direct nhwc f32 backward ic3ih8oc4kh3 b",
                   "passes: got backward, expected forward or training");
    expect_refused("0:0 direct nhwc f32 training/sdg ic3ih8oc4kh3 b",
                   "optimizer: got sdg, expected sgd, momentum or adam");
    expect_refused("0:0 direct nhwc f32 training ic3ih8oc4kh3 b", "key: passes" EXPECTED);
    expect_refused("0:0 direct nhwc f32 forward/sgd ic3ih8oc4kh3 b", "key: passes" EXPECTED);
    expect_refused("0:0 direct nhwc f32 forward ic3ih8oc4 b",
                   "problem: kh: got none, expected kh with a number");
    expect_refused("0:0 direct nhwc f32 forward network:round net",
                   "form: got round, expected standard, depthwise, pointwise, separable, "
                   "inverted or transposed");
    expect_refused("0:0 direct nhwc f32 forward network:standard ", "key: name" EXPECTED);
    expect_refused("0:0 direct nhwc f32 forward network:standard", "key: name" EXPECTED);
}

/* Quotes are around a problem's name, and never within. */
Test(key, quotes_are_refused_as_a_problem_refuses_them)
{
    expect_refused("0:0 direct nhwc f32 forward ic3ih8oc4kh3n\"a b c",
                   "problem: got n\"a b c, expected a quote at the end of the name");
    expect_refused(
        "0:0 direct nhwc f32 forward ic3ih8oc4kh3n\"a\"b\" c",
        "problem: got b\" , expected one of mb g ic ih iw oc oh ow kh kw sh sw ph pw dh dw "
        "mc res dm with its number, or n\"name\"");
    expect_refused(
        "0:0 direct nhwc f32 forward ic3ih8oc4kh3n\"a\tb\" c",
        "problem: got n\"a\\x09b\", expected a name of valid UTF-8 without quotes or control "
        "characters");
}

/* What does not fit is refused rather than cut. */
Test(key, names_that_are_too_long)
{
    char word[CVL_LAYER_NAME_BYTES + 1] = "", text[256];
    memset(word, 'x', CVL_LAYER_NAME_BYTES);
    (void)snprintf(text, sizeof text, "%.24s direct nhwc f32 forward ic3ih8oc4kh3 b", word);
    expect_refused(text, "key: a word is missing or too long" EXPECTED);
    (void)snprintf(text, sizeof text, "0:0 %.32s nhwc f32 forward ic3ih8oc4kh3 b", word);
    expect_refused(text, "key: a word is missing or too long" EXPECTED);
    (void)snprintf(text, sizeof text, "0:0 direct nhwc f32 forward ic3ih8oc4kh3 %s", word);
    expect_refused(text, "key: name" EXPECTED);
    (void)snprintf(text, sizeof text, "0:0 direct nhwc f32 forward network:standard %s", word);
    expect_refused(text, "key: name" EXPECTED);
    struct cvl_key key;
    (void)snprintf(text, sizeof text, "%.23s %.31s nhwc f32 forward ic3ih8oc4kh3 %.63s", word, word,
                   word);
    cr_expect_eq(cvl_key_parse(text, &key, NULL), CVL_OK);
    cr_expect_eq(strlen(key.device) + strlen(key.variant) + strlen(key.layer), 23 + 31 + 63);
}

/* Any text at all is refused, or is a key. */
Test(key, random_changes_never_parse_into_nonsense)
{
    static const char alphabet[] = "0 :\"nhwcf32/trainigkd\\";
    struct cvl_random random = {.state = 5};
    unsigned parsed = 0;
    for (int i = 0; i < 20000; i++) {
        struct cvl_key key, again;
        char text[CVL_KEY_TEXT_BYTES];
        random_key(&random, &key);
        size_t length = cvl_key_print(&key, text, sizeof text);
        for (int changes = between(&random, 1, 3); changes > 0; changes--)
            text[cvl_random_below(&random, length)] =
                alphabet[cvl_random_below(&random, sizeof alphabet - 1)];
        if (cvl_key_parse(text, &key, NULL) != CVL_OK)
            continue;
        parsed++;
        cr_assert(cvl_key_is_network(&key) || cvl_problem_check(&key.problem, NULL) == CVL_OK, "%s",
                  text);
        (void)cvl_key_print(&key, text, sizeof text);
        cr_assert_eq(cvl_key_parse(text, &again, NULL), CVL_OK, "%s", text);
        cr_assert_eq(cvl_key_compare(&key, &again, CVL_KEY_ALL), 0, "%s", text);
    }
    cr_expect_gt(parsed, 100);
}

Test(key, what_people_read_of_the_passes)
{
    struct cvl_key key = layer_key("ic3ih8oc4kh3");
    cr_expect_str_empty(cvl_key_passes_text(&key));
    key.passes = CVL_TRAINING;
    cr_expect_str_eq(cvl_key_passes_text(&key), " training sgd");
    key.optimizer = CVL_MOMENTUM;
    cr_expect_str_eq(cvl_key_passes_text(&key), " training momentum");
    key.optimizer = CVL_ADAM;
    cr_expect_str_eq(cvl_key_passes_text(&key), " training adam");
}
