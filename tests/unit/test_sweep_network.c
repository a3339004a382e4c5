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
    expect_steps(network, "a b c c/add c c/add d d/add");
    static const uint32_t expected[][2] = {{2, 1}, {4, 3}, {6, 1}};
    for (size_t i = 0; i < 3; i++) {
        const size_t sum = 3 + 2 * i;
        cr_expect_eq(network->steps[sum].op.kind, CVL_OP_ADD);
        cr_expect_eq(cvl_network_input(network, sum, 0), expected[i][0], "%zu", i);
        cr_expect_eq(cvl_network_input(network, sum, 1), expected[i][1], "%zu", i);
    }
    cr_expect_eq(cvl_network_input(network, 6, 0), 5, "d reads the sum");
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
                   "comes before it in [network]");
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
    expect_refused(LAYERS "[network]\nlayers = a, b, c*1023\n",
                   "t.ini:20: layers: got c, expected a network of at most 1024 layers, counts "
                   "included");
    expect_refused(LAYERS "[network]\nlayers = a, b, c*99999999999\n",
                   "t.ini:20: layers: got c*99999999999, expected the names of layers, with *N "
                   "after those that come N times in a row");
    expect_refused(LAYERS "[network]\nforms = pointwise\n",
                   "t.ini:19: forms: got none that its layers have, expected forms of which at "
                   "least one layer of the network is");
    expect_refused(LAYERS "[network]\ncolour = red\n",
                   "t.ini:20: colour: got an unknown key, expected one of layers, input, forms, "
                   "residual, patches");
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
    expect_refused(LAYERS "[network]\nlayers = a, b, c*1022\nresidual = c\n",
                   "t.ini:21: residual: got c, expected at most 1024 layers, ops and residuals "
                   "together, counts included");
    expect_refused(LAYERS "[network]\nresidual = q\n",
                   "t.ini:20: residual: got q, expected A:B or A, layers of [network] that it has "
                   "once, in this order");
}

/* A stem, an activation, two branches of one shape, their join, and what comes after it. */
#define GRAPH                                                                                      \
    "[sweep]\nforms = standard\n"                                                                  \
    "[layer stem]\nin = 3x8x8\nout = 4\nkernel = 3\npad = same\n"                                  \
    "[op act]\ntype = activation\nfunction = hard_swish\n"                                         \
    "[layer a]\nin = 4x8x8\nout = 4\nkernel = 3\npad = same\ncount = 2\n"                          \
    "[op a2]\ntype = layer\nlayer = a\nfrom = act\n"                                               \
    "[op join]\ntype = concat\nfrom = a\nfrom = a2\n"                                              \
    "[op pool]\ntype = pool\nfunction = average\nkernel = 3\nstride = 2\npad = 1\n"                \
    "[op flat]\ntype = reshape\nout = 128x1x1\n"                                                   \
    "[op head]\ntype = matmul\nout = 10x1x1\nweights = 1280\n[network]\n"

Test(sweep_network, a_graph)
{
    struct cvl_sweep sweep = read_text(GRAPH);
    cr_assert_eq(sweep.network_count, 1);
    const struct cvl_network *network = &sweep.networks[0];
    expect_steps(network, "stem act a a2 join pool flat head");
    cr_expect_eq(network->steps[1].op.function, CVL_HARD_SWISH);
    cr_expect_eq(cvl_network_input(network, 2, 0), 1);
    cr_expect_eq(cvl_network_input(network, 3, 0), 1);
    cr_expect(cvl_problem_equal(&network->steps[2].problem, &network->steps[3].problem));
    cr_assert_eq(cvl_network_input_count(network, 4), 2, "from goes on");
    cr_expect_eq(cvl_network_input(network, 4, 0), 2);
    cr_expect_eq(cvl_network_input(network, 4, 1), 3);
    cr_expect_eq(network->steps[4].op.out.c, 8);
    const struct cvl_op *pool = &network->steps[5].op;
    cr_expect(pool->kind == CVL_OP_POOL && pool->function == CVL_AVERAGE);
    cr_expect(pool->out.c == 8 && pool->out.h == 4 && pool->out.w == 4);
    cr_expect(pool->kh == 3 && pool->sw == 2 && pool->ph == 1);
    cr_expect_eq(network->steps[6].op.kind, CVL_OP_RESHAPE);
    cr_expect_eq(network->steps[7].op.weights, 1280);
    cr_expect_eq(cvl_network_check(network, NULL), CVL_OK);
    cr_expect_eq(cvl_network_totals(network).convolutions, 3);
    cvl_sweep_clear(&sweep);
}

/* Ops that read the network's input, and a branch from it. */
Test(sweep_network, a_graph_that_begins_with_ops)
{
    struct cvl_sweep sweep = read_text(
        "[network]\ninput = 3x16x16\n[op half]\ntype = pool\n"
        "[layer a]\nin = 3x8x8\nout = 3\nkernel = 1\nforms = pointwise\n"
        "[op up]\ntype = resize\nout = 3x16x16\n[op gate]\ntype = multiply\nfrom = input, up\n"
        "[sweep]\nforms = pointwise\nbatch = 2\n");
    const struct cvl_network *network = &sweep.networks[0];
    expect_steps(network, "half a up gate");
    cr_expect_eq(cvl_network_input(network, 0, 0), CVL_NETWORK_INPUT);
    cr_expect_eq(network->steps[0].op.function, CVL_MAX);
    cr_expect_eq(network->steps[0].op.out.h, 8);
    cr_expect_eq(cvl_network_input(network, 3, 0), CVL_NETWORK_INPUT);
    cr_expect_eq(network->input.mb, 2);
    cr_expect_eq(network->input.w, 16);
    cr_expect_eq(network->steps[3].op.out.mb, 2);
    cvl_sweep_clear(&sweep);
}

#define STEM "[sweep]\nforms = standard\n[layer a]\nin = 3x8x8\nout = 4\nkernel = 1\n"

Test(sweep_network, wrong_graphs_are_refused_with_their_line)
{
    expect_refused(STEM "[op x]\nfrom = a\n[network]\n",
                   "t.ini:7: type: got no such key, expected it in [op x]: layer, add, multiply, "
                   "activation, pool, concat, resize, reshape, slice, update_slice, norm, matmul, "
                   "reduce or other");
    expect_refused(STEM "[op x]\ntype = addd\n[network]\n",
                   "t.ini:8: type: got addd, expected layer, add, multiply, activation, pool, "
                   "concat, resize, reshape, slice, update_slice, norm, matmul, reduce or other");
    expect_refused(STEM "[op x]\ntype = add\nfrom = a, b\n[network]\n",
                   "t.ini:9: from: got b, expected input, or the names of layers and ops that come "
                   "before it in the network");
    expect_refused(STEM "[op x]\ntype = add\nfrom = x, a\n[network]\n",
                   "t.ini:9: from: got x, expected input, or the names of layers and ops that come "
                   "before it in the network");
    expect_refused(STEM "[op x]\ntype = add\n[network]\n",
                   "t.ini:7: op: got x, expected two inputs or more");
    expect_refused(STEM "[op x]\ntype = add\nkernel = 2\n[network]\n",
                   "t.ini:9: kernel: got 2, expected no such key: type add has none");
    expect_refused(STEM "[op x]\ntype = activation\nfunction = max\n[network]\n",
                   "t.ini:9: function: got max, expected a function of one number, for an "
                   "activation");
    expect_refused(STEM "[op x]\ntype = pool\nkernel = 9\n[network]\n",
                   "t.ini:7: op: got x, expected windows that fit into the input "
                   "with its padding");
    expect_refused(STEM "[op x]\ntype = slice\nout = 1x1x1\nat = 99x0\n[network]\n",
                   "t.ini:7: op: got x, expected one input that has all of the slice");
    expect_refused(STEM "[network]\npatches = 4x4, 1x1\n",
                   "t.ini:8: patches: got 1x1, expected ROWSxCOLUMNS or ROWSxCOLUMNS:LAYER, each "
                   "from 1 to 64, at least two patches");
    expect_refused(STEM "[op x]\ntype = resize\n[network]\n",
                   "t.ini:7: out: got no such key, expected it in [op x]: channels x height x "
                   "width of its output");
    expect_refused(STEM "[op x]\ntype = reshape\nout = 9x1x1\n[network]\n",
                   "t.ini:7: op: got x, expected one input with as many elements as the output");
    expect_refused(STEM "[op x]\ntype = layer\n[network]\n",
                   "t.ini:7: layer: got no such key, expected the name of a layer");
    expect_refused(STEM "[op x]\ntype = layer\nlayer = b\n[network]\n",
                   "t.ini:9: layer: got b, expected the name of a layer");
    expect_refused(STEM "[op x]\ntype = layer\nlayer = a\nfrom = input\n[network]\n",
                   "t.ini:3: count: got 1, expected as often as the network has layer a: once "
                   "here, and in each [op] with layer = a");
    expect_refused(STEM "[op a]\ntype = add\n", "t.ini:7: op: got a, expected a name of its own; "
                                                "t.ini:3 has it already");
    expect_refused(STEM "[op input]\n", "t.ini:7: op: got input, expected another name: this one "
                                        "is the network's input");
    expect_refused(STEM "[layer b]\nin = 4x9x9\nout = 4\nkernel = 1\nfrom = a\n[network]\n",
                   "t.ini:8: in: got 4x9x9, expected 4x8x8, the output of a (t.ini:3), which it "
                   "reads");
    expect_refused(STEM "[network]\ninput = 3x9x9\n",
                   "t.ini:4: in: got 3x8x8, expected 3x9x9, the input of [network]");
    expect_refused("[op x]\ntype = pool\n" STEM "[network]\n",
                   "t.ini:9: input: got no such key, expected it in [network]: CxHxW, which x "
                   "reads");
    expect_refused(STEM "[op x]\ntype = pool\nfrom = input\n[network]\nlayers = x\n",
                   "t.ini:11: layers: got ops alone, expected at least one layer");
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
