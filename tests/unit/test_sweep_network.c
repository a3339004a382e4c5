#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/sweep.h>

#include "scratch.h"

/* b halves the image and doubles the channels, c may come again and again. Lines 1 to 18. */
#define LAYERS                                                                                     \
    "[layer a]\nin = 3x8x8\nout = 4\nkernel = 3\npad = same\nforms = standard\n"                   \
    "[layer b]\nin = 4x8x8\nout = 8\nkernel = 3\nstride = 2\npad = same\n"                         \
    "[layer c]\nin = 8x4x4\nout = 8\nkernel = 3\npad = same\ncount = 2\n"

static struct cvl_sweep read_text(const char *text)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    return sweep;
}

static void expect_refused(const char *text, const char *message)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_BAD_INPUT, "%s", text);
    cr_expect_str_eq(err.text, message, "got %s", err.text);
    cr_assert_null(sweep.networks);
}

/* "a b c c" */
static void expect_steps(const struct cvl_network *network, const char *expected)
{
    char text[256] = "";
    for (size_t i = 0; i < network->step_count; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
                       network->steps[i].layer);
    }
    cr_expect_str_eq(text, expected);
}

Test(sweep_network, there_is_none_without_a_section)
{
    struct cvl_sweep sweep = read_text(LAYERS);
    cr_expect_eq(sweep.network_count, 0);
    cvl_sweep_clear(&sweep);
}

Test(sweep_network, an_empty_section_has_all_layers_in_both_forms)
{
    struct cvl_sweep sweep = read_text(LAYERS "[network]\n");
    cr_assert_eq(sweep.network_count, 2);
    const struct cvl_network *standard = &sweep.networks[0], *separable = &sweep.networks[1];
    cr_expect_eq(standard->form, CVL_STANDARD);
    cr_expect_eq(separable->form, CVL_SEPARABLE);
    cr_expect_str_eq(separable->name, "t");
    expect_steps(standard, "a b c c");
    expect_steps(separable, "a b c c");
    cr_expect_eq(separable->steps[0].problem.form, CVL_STANDARD, "a has no other");
    cr_expect_eq(separable->steps[3].problem.form, CVL_SEPARABLE);
    cr_expect_eq(separable->steps[3].repetition, 2);
    cr_expect_eq(separable->steps[3].repetitions, 2);
    cr_expect_eq(separable->residual_count, 0);
    cvl_sweep_clear(&sweep);
    cr_expect_null(sweep.networks);
}

Test(sweep_network, layers_and_forms_can_be_given)
{
    struct cvl_sweep sweep =
        read_text("[network]\nlayers = b, c*3 , c\nforms = separable\n" LAYERS);
    cr_assert_eq(sweep.network_count, 1);
    cr_expect_eq(sweep.networks[0].form, CVL_SEPARABLE);
    expect_steps(&sweep.networks[0], "b c c c c c");
    cvl_sweep_clear(&sweep);
}

Test(sweep_network, residuals_go_from_input_to_output)
{
    struct cvl_sweep sweep = read_text(
        LAYERS "[layer d]\nin = 8x4x4\nout = 8\nkernel = 1\n[network]\nresidual = c:d, c\n");
    const struct cvl_network *network = &sweep.networks[0];
    expect_steps(network, "a b c c d");
    static const struct cvl_residual expected[] = {{2, 4}, {2, 2}, {3, 3}};
    cr_assert_eq(network->residual_count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(network->residuals[i].from, expected[i].from, "%zu", i);
        cr_expect_eq(network->residuals[i].to, expected[i].to, "%zu", i);
    }
    cvl_sweep_clear(&sweep);
}

Test(sweep_network, each_batch_is_a_network)
{
    struct cvl_sweep sweep =
        read_text("[sweep]\nbatch = 1, 4\nforms = standard\n" LAYERS "[network]\n");
    cr_assert_eq(sweep.network_count, 2);
    cr_expect_str_eq(sweep.networks[0].name, "t/mb1");
    cr_expect_str_eq(sweep.networks[1].name, "t/mb4");
    for (size_t i = 0; i < sweep.networks[1].step_count; i++)
        cr_expect_eq(sweep.networks[1].steps[i].problem.mb, 4);
    cvl_sweep_clear(&sweep);
}

Test(sweep_network, what_does_not_connect_names_both_layers)
{
    expect_refused(LAYERS "[network]\nlayers = a, c\n",
                   "t.ini:14: in: got 8x4x4, expected 4x8x8, the output of a (t.ini:1), which "
                   "comes before c in [network]");
    expect_refused(
        LAYERS "[network]\nlayers = a, b*2\n",
        "t.ini:8: in: got 4x8x8, expected 8x4x4, the output of b itself: [network] has it "
        "2 times in a row");
    expect_refused(
        "[layer a]\nin = 3x8x8\nout = 4\nkernel = 3\nbatch = 2\n"
        "[layer b]\nin = 4x6x6\nout = 4\nkernel = 3\n[network]\n",
        "t.ini:6: layer: got b, expected batch 2, which the first layer of [network] has");
}

Test(sweep_network, wrong_values_are_refused_with_their_line)
{
    expect_refused(LAYERS "[network]\nlayers = a, x\n",
                   "t.ini:20: layers: got x, expected the names of layers, with *N after those "
                   "that come N times in a row");
    expect_refused(LAYERS "[network]\nlayers = a, b*0\n",
                   "t.ini:20: layers: got b*0, expected the names of layers, with *N after those "
                   "that come N times in a row");
    expect_refused(LAYERS "[network]\nlayers =\n",
                   "t.ini:20: layers: got nothing, expected the names of layers, with *N after "
                   "those that come N times in a row");
    expect_refused(LAYERS "[network]\nlayers = a, b, c*511\n",
                   "t.ini:20: layers: got c, expected a network of at most 512 layers, counts "
                   "included");
    expect_refused(LAYERS "[network]\nlayers = a, b, c*99999999999\n",
                   "t.ini:20: layers: got c*99999999999, expected the names of layers, with *N "
                   "after those that come N times in a row");
    expect_refused(LAYERS "[network]\nforms = pointwise\n",
                   "t.ini:19: forms: got none that its layers have, expected forms of which at "
                   "least one layer of the network is");
    expect_refused(LAYERS "[network]\ncolour = red\n",
                   "t.ini:20: colour: got an unknown key, expected one of layers, forms, residual");
    expect_refused(LAYERS "[network]\nlayers = a\nlayers = b\n",
                   "t.ini:21: layers: got b, expected the key once; it is in line 20 already");
    expect_refused(
        "[layer a]\nin = 4..8*2x8x8\nout = 4\nkernel = 3\n[network]\n",
        "t.ini:1: layer: got a, expected one shape: [network] has it, and its lists make "
        "several");
}

Test(sweep_network, wrong_residuals_are_refused)
{
    expect_refused(LAYERS "[network]\nresidual = a:b\n",
                   "t.ini:20: residual: got a:b, expected layers where the input of the first, "
                   "3x8x8, has the shape of the output of the last, 8x4x4");
    expect_refused(
        LAYERS "[network]\nresidual = c:b\n",
        "t.ini:20: residual: got c:b, expected A:B or A, layers of [network] that it has "
        "once, in this order");
    expect_refused(LAYERS "[network]\nresidual = c, c\n",
                   "t.ini:20: residual: got c, expected each residual once");
    expect_refused(LAYERS "[network]\nlayers = a, b, c, c\nresidual = c\n",
                   "t.ini:21: residual: got c, expected A:B or A, layers of [network] that it has "
                   "once, in this order");
    expect_refused(LAYERS "[network]\nresidual = q\n",
                   "t.ini:20: residual: got q, expected A:B or A, layers of [network] that it has "
                   "once, in this order");
}

TestSuite(sweep_read_network, .init = scratch_make, .fini = scratch_remove);

/* Where a network is wanted, a file without the section is one of all its layers. */
Test(sweep_read_network, all_layers_make_one_without_a_section)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    scratch_write("net.ini", LAYERS);
    cr_assert_eq(cvl_sweep_read(scratch_path("net.ini"), &sweep, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(sweep.network_count, 0);
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_read_network(scratch_path("net.ini"), &sweep, &err), CVL_OK, "%s",
                 err.text);
    cr_assert_eq(sweep.network_count, 2);
    cr_expect_str_eq(sweep.networks[0].name, "net");
    expect_steps(&sweep.networks[0], "a b c c");
    cvl_sweep_clear(&sweep);
}

/* A section that is there is as it says. */
Test(sweep_read_network, a_section_is_kept_to)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    scratch_write("net.ini", LAYERS "[network]\nlayers = b, c*3\nforms = separable\n");
    cr_assert_eq(cvl_sweep_read_network(scratch_path("net.ini"), &sweep, &err), CVL_OK, "%s",
                 err.text);
    cr_assert_eq(sweep.network_count, 1);
    expect_steps(&sweep.networks[0], "b c c c");
    cvl_sweep_clear(&sweep);
}

/* Layers that do not connect are no network, but still layers. */
Test(sweep_read_network, layers_that_do_not_connect)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    scratch_write("net.ini", "[layer a]\nin = 3x8x8\nout = 4\nkernel = 1\n"
                             "[layer b]\nin = 5x8x8\nout = 4\nkernel = 1\n");
    cr_assert_eq(cvl_sweep_read(scratch_path("net.ini"), &sweep, &err), CVL_OK, "%s", err.text);
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_read_network(scratch_path("net.ini"), &sweep, &err), CVL_BAD_INPUT);
    cr_expect_not_null(
        strstr(err.text, "net.ini:6: in: got 5x8x8, expected 4x8x8, the output of a"), "%s",
        err.text);
    cr_expect_null(sweep.items);
    cr_expect_null(sweep.layers);
    cr_expect_null(sweep.networks);
}
