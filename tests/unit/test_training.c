#include <criterion/criterion.h>

#include <stdio.h>

#include <convlens/model.h>

static struct cvl_sweep read_text(const char *text)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    return sweep;
}

static struct cvl_training_bytes bytes_of(const struct cvl_sweep *sweep, enum cvl_form form,
                                          enum cvl_dtype dtype, enum cvl_optimizer optimizer)
{
    struct cvl_training_bytes bytes;
    cr_assert(cvl_training_bytes(sweep, form, dtype, optimizer, &bytes));
    return bytes;
}

static struct cvl_sweep read_mobilenet(void)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(
        cvl_sweep_read(CONVLENS_SOURCE_DIR "/configs/mobilenet_v1_training.ini", &sweep, &err),
        CVL_OK, "%s", err.text);
    return sweep;
}

/* 27 convolution outputs of 20,170,752 bytes, twice; the twin has no depthwise ones. */
Test(training, mobilenet_saves)
{
    struct cvl_sweep sweep = read_mobilenet();
    struct cvl_training_bytes separable = bytes_of(&sweep, CVL_SEPARABLE, CVL_F32, CVL_ADAM);
    struct cvl_training_bytes standard = bytes_of(&sweep, CVL_STANDARD, CVL_F32, CVL_ADAM);
    cr_expect_eq(separable.saved_bytes, 40341504);
    cr_expect_eq(separable.saved_bytes, 2 * 20170752);
    cr_expect_eq(standard.saved_bytes, 24887296);
    cr_expect_eq(separable.weights_bytes, 4 * (4210088 - 1000), "all but the classifier's bias");
    cr_expect_eq(standard.weights_bytes, 4 * (28257120 + 1024000));
    cr_expect_eq(separable.gradients_bytes, separable.weights_bytes);
    cr_expect_eq(separable.optimizer_bytes, 2 * separable.weights_bytes);
    cvl_sweep_clear(&sweep);
}

/* On one side of the border the separable network needs no more, on the other it does. */
static void expect_border(enum cvl_optimizer optimizer, uint64_t border)
{
    struct cvl_sweep sweep = read_mobilenet();
    struct cvl_training_bytes separable = bytes_of(&sweep, CVL_SEPARABLE, CVL_F32, optimizer);
    struct cvl_training_bytes standard = bytes_of(&sweep, CVL_STANDARD, CVL_F32, optimizer);
    uint64_t below, twin_below, at, twin_at;
    cr_expect_eq(cvl_training_border(&separable, &standard), border);
    cr_assert(cvl_training_total(&separable, border - 1, &below));
    cr_assert(cvl_training_total(&standard, border - 1, &twin_below));
    cr_assert(cvl_training_total(&separable, border, &at));
    cr_assert(cvl_training_total(&standard, border, &twin_at));
    cr_expect_leq(below, twin_below);
    cr_expect_gt(at, twin_at);
    cvl_sweep_clear(&sweep);
}

Test(training, mobilenet_border_with_adam)
{
    expect_border(CVL_ADAM, 26);
}

Test(training, mobilenet_border_with_momentum)
{
    expect_border(CVL_MOMENTUM, 20);
}

Test(training, mobilenet_border_with_sgd)
{
    expect_border(CVL_SGD, 13);
}

/* Two parameters for each channel that is normalised, 21,888 and 11,968 of them (4,960 channels
 * apart), would move the border by a hundredth of a batch. */
Test(training, normalisation_does_not_move_the_border)
{
    struct cvl_sweep sweep = read_mobilenet();
    struct cvl_training_bytes separable = bytes_of(&sweep, CVL_SEPARABLE, CVL_F32, CVL_ADAM);
    struct cvl_training_bytes standard = bytes_of(&sweep, CVL_STANDARD, CVL_F32, CVL_ADAM);
    separable.weights_bytes += 4 * 21888;
    separable.gradients_bytes += 4 * 21888;
    separable.optimizer_bytes += 8 * 21888;
    standard.weights_bytes += 4 * 11968;
    standard.gradients_bytes += 4 * 11968;
    standard.optimizer_bytes += 8 * 11968;
    cr_expect_eq(cvl_training_border(&separable, &standard), 26);
    cvl_sweep_clear(&sweep);
}

static const char layer[] = "[layer a]\nin = 4x8x8\nout = 6\nkernel = 3\npad = same\n";

Test(training, one_layer)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%scount = 3\n", layer);
    struct cvl_sweep sweep = read_text(text);
    struct cvl_training_bytes standard = bytes_of(&sweep, CVL_STANDARD, CVL_F32, CVL_MOMENTUM);
    struct cvl_training_bytes separable = bytes_of(&sweep, CVL_SEPARABLE, CVL_F16, CVL_SGD);
    cr_expect_eq(standard.saved_bytes, 3 * 2 * 4 * 6 * 64);
    cr_expect_eq(standard.weights_bytes, 3 * 4 * 6 * 4 * 9);
    cr_expect_eq(standard.optimizer_bytes, standard.weights_bytes);
    cr_expect_eq(separable.saved_bytes, 3 * 2 * 2 * (4 + 6) * 64);
    cr_expect_eq(separable.weights_bytes, 3 * 2 * (4 * 9 + 4 * 6));
    cr_expect_eq(separable.optimizer_bytes, 0);
    cvl_sweep_clear(&sweep);
}

/* `saves` of [sweep], and a layer's own. */
Test(training, what_a_convolution_saves)
{
    char text[256];
    (void)snprintf(text, sizeof text, "[sweep]\nsaves = 1\n%s%s", layer,
                   "[layer b]\nin = 6x1x1\nout = 5\nkernel = 1\nsaves = 0\n");
    struct cvl_sweep sweep = read_text(text);
    cr_expect_eq(bytes_of(&sweep, CVL_STANDARD, CVL_F32, CVL_SGD).saved_bytes, 4 * 6 * 64);
    cr_expect_eq(bytes_of(&sweep, CVL_SEPARABLE, CVL_F32, CVL_SGD).saved_bytes, 4 * 10 * 64);
    cvl_sweep_clear(&sweep);
}

/* An image is an image, whatever the batches of the sweep; other lists make layers. */
Test(training, batches_count_once)
{
    char text[256];
    (void)snprintf(text, sizeof text, "[sweep]\nbatch = 2, 8\n%s", layer);
    struct cvl_sweep one = read_text(layer), several = read_text(text);
    for (unsigned form = 0; form < CVL_FORM_COUNT; form++) {
        struct cvl_training_bytes a = bytes_of(&one, (enum cvl_form)form, CVL_F32, CVL_ADAM);
        struct cvl_training_bytes b = bytes_of(&several, (enum cvl_form)form, CVL_F32, CVL_ADAM);
        cr_expect_eq(memcmp(&a, &b, sizeof a), 0);
    }
    cvl_sweep_clear(&one);
    cvl_sweep_clear(&several);
    struct cvl_sweep wide =
        read_text("[layer a]\nin = 4x8x8\nout = 6, 7\nkernel = 3\npad = same\n");
    cr_expect_eq(bytes_of(&wide, CVL_STANDARD, CVL_F32, CVL_SGD).saved_bytes, 2 * 4 * 13 * 64);
    cvl_sweep_clear(&wide);
}

Test(training, borders)
{
    struct cvl_training_bytes little = {.saved_bytes = 10, .weights_bytes = 5};
    struct cvl_training_bytes much = {.saved_bytes = 10, .weights_bytes = 6};
    cr_expect_eq(cvl_training_border(&little, &little), 0, "never more than itself");
    cr_expect_eq(cvl_training_border(&little, &much), 0);
    cr_expect_eq(cvl_training_border(&much, &little), 1);
    little.saved_bytes = 11;
    cr_expect_eq(cvl_training_border(&little, &much), 2, "equal in batch 1");
    much.weights_bytes = 5;
    cr_expect_eq(cvl_training_border(&little, &much), 1);
}

Test(training, what_64_bits_do_not_hold_is_refused)
{
    struct cvl_training_bytes bytes;
    uint64_t total;
    struct cvl_sweep sweep = read_text("[layer a]\nin = 1x65536x65536\nout = 1\n"
                                       "kernel = 1\nforms = standard\ncount = 2147483647\n");
    cr_expect_not(cvl_training_bytes(&sweep, CVL_STANDARD, CVL_F32, CVL_SGD, &bytes));
    bytes = (struct cvl_training_bytes){.saved_bytes = UINT64_MAX / 2};
    cr_expect(cvl_training_total(&bytes, 2, &total));
    cr_expect_not(cvl_training_total(&bytes, 3, &total));
    cvl_sweep_clear(&sweep);
}
