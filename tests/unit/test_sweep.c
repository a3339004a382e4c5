#include <criterion/criterion.h>

#include <convlens/sweep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

/* A layer that is right, in lines 1 to 4. */
#define LAYER "[layer a]\nin = 3x5x5\nout = 4\nkernel = 3\n"

static struct cvl_sweep read_text(const char *text)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "dir/t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    return sweep;
}

/* The text is refused with exactly this line, and leaves nothing allocated. */
static void expect_refused(const char *text, const char *message)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_BAD_INPUT, "%s", text);
    cr_assert_str_eq(err.text, message);
    cr_assert_null(sweep.items);
    cr_assert_eq(sweep.item_count, 0);
}

static void expect_item(const struct cvl_sweep *sweep, size_t index, const char *layer,
                        const char *text)
{
    char printed[CVL_PROBLEM_TEXT_BYTES];
    cr_assert_lt(index, sweep->item_count);
    cvl_problem_print(&sweep->items[index].problem, printed, sizeof printed);
    cr_assert_str_eq(sweep->items[index].layer, layer);
    cr_assert_str_eq(printed, text);
}

Test(sweep, defaults)
{
    struct cvl_sweep sweep = read_text(LAYER);
    cr_assert_str_eq(sweep.name, "t");
    cr_assert_eq(sweep.layout_count, 2);
    cr_assert_eq(sweep.layouts[0], CVL_NHWC);
    cr_assert_eq(sweep.layouts[1], CVL_NCHW);
    cr_assert_eq(sweep.dtype_count, 1);
    cr_assert_eq(sweep.dtypes[0], CVL_F32);
    cr_assert_eq(sweep.item_count, 2);
    expect_item(&sweep, 0, "a", "standard:mb1ic3ih5oc4oh3kh3ph0n\"t/a\"");
    expect_item(&sweep, 1, "a", "separable:mb1ic3ih5oc4oh3kh3ph0n\"t/a\"");
    cr_assert_eq(sweep.items[0].count, 1);
    cr_assert_eq(sweep.items[0].bias_elements, 0);
    cvl_sweep_clear(&sweep);
    cr_assert_null(sweep.items);
}

Test(sweep, every_key)
{
    struct cvl_sweep sweep = read_text("[sweep]\nname = net\nforms = separable\ndtype = f16, f32\n"
                                       "layout = nchw\nbatch = 2\n"
                                       "[layer a]\nin = 6x17x23\nout = 9\nkernel = 3x5\n"
                                       "stride = 2x1\npad = 1:0:2:1\ndilation = 0x1\ngroups = 3\n"
                                       "count = 7\nforms = standard\nbatch = 4\nbias = yes\n"
                                       "[layer b]\nin = 1x1x1\nout = 1\nkernel = 1\n");
    cr_assert_str_eq(sweep.name, "net");
    cr_assert_eq(sweep.dtype_count, 2);
    cr_assert_eq(sweep.dtypes[0], CVL_F16);
    cr_assert_eq(sweep.layout_count, 1);
    cr_assert_eq(sweep.layouts[0], CVL_NCHW);
    cr_assert_eq(sweep.item_count, 2);
    expect_item(&sweep, 0, "a",
                "standard:mb4g3ic6ih17iw23oc9oh8ow18kh3kw5sh2sw1ph1pw2dh0dw1n\"net/a\"");
    cr_assert_eq(sweep.items[0].count, 7);
    cr_assert_eq(sweep.items[0].bias_elements, 9);
    expect_item(&sweep, 1, "b", "separable:mb2ic1ih1oc1oh1kh1ph0n\"net/b\"");
    cvl_sweep_clear(&sweep);
}

static void expect_layer(const struct cvl_network *layer, const struct cvl_sweep_item *item)
{
    cr_assert_eq(layer->step_count, 1);
    cr_assert_eq(cvl_network_input(layer, 0, 0), CVL_NETWORK_INPUT);
    cr_assert_str_empty(layer->name);
    cr_assert(cvl_network_is_layer(layer));
    cr_assert_eq(layer->form, item->problem.form);
    cr_assert_str_eq(layer->steps[0].layer, item->layer);
    cr_assert_str_eq(layer->steps[0].problem.name, item->problem.name);
    cr_assert(cvl_problem_equal(&layer->steps[0].problem, &item->problem));
    cr_assert_eq(layer->steps[0].repetition, 1);
    cr_assert_eq(layer->steps[0].repetitions, item->count);
}

/* Each item is a network of one step besides, whether the sweep has networks or not. */
Test(sweep, layers_are_networks_of_one_step)
{
    struct cvl_sweep sweep = read_text("[sweep]\nbatch = 1, 4\n" LAYER "count = 3\n"
                                       "[layer b]\nin = 4x3x3\nout = 4\nkernel = 1\n"
                                       "[network]\nlayers = a*1, b\n");
    cr_assert_eq(sweep.item_count, 8);
    cr_assert_eq(sweep.network_count, 4);
    for (size_t i = 0; i < sweep.item_count; i++)
        expect_layer(&sweep.layers[i], &sweep.items[i]);
    cvl_sweep_clear(&sweep);
    cr_assert_null(sweep.layers);
    cr_assert_null(sweep.networks);
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_from_problem("ic3ih5oc4kh3n\"net/b 2\"", &sweep, &err), CVL_OK, "%s",
                 err.text);
    cr_assert_str_eq(sweep.layers[0].steps[0].layer, "b 2");
    expect_layer(&sweep.layers[0], &sweep.items[0]);
    cvl_sweep_clear(&sweep);
}

/* A layer with `expand` is inverted alone, unless forms are named that hold it against others. */
Test(sweep, inverted)
{
    struct cvl_sweep sweep =
        read_text("[sweep]\nforms = standard, separable\n"
                  "[layer a]\nin = 4x5x5\nout = 4\nkernel = 3\npad = same\nexpand = 6\n"
                  "residual = yes\n"
                  "[layer b]\nin = 4x5x5\nout = 3\nkernel = 3\nexpand = 1..2*2\n"
                  "forms = standard, inverted\n");
    cr_assert_eq(sweep.item_count, 5);
    expect_item(&sweep, 0, "a", "inverted:mb1ic4ih5oc4oh5kh3ph1mc24res1n\"t/a\"");
    expect_item(&sweep, 1, "b/e1", "standard:mb1ic4ih5oc3oh3kh3ph0n\"t/b/e1\"");
    expect_item(&sweep, 2, "b/e1", "inverted:mb1ic4ih5oc3oh3kh3ph0mc4n\"t/b/e1\"");
    expect_item(&sweep, 4, "b/e2", "inverted:mb1ic4ih5oc3oh3kh3ph0mc8n\"t/b/e2\"");
    cvl_sweep_clear(&sweep);
    sweep = read_text("[sweep]\nforms = standard, inverted\n"
                      "[layer a]\nin = 4x5x5\nout = 4\nkernel = 3\nexpand = 6\n");
    cr_assert_eq(sweep.item_count, 2);
    cr_assert_eq(sweep.items[0].problem.form, CVL_STANDARD);
    cvl_sweep_clear(&sweep);
}

/* The other forms of a layer do without its multiplier. */
Test(sweep, depth_multiplier)
{
    struct cvl_sweep sweep =
        read_text("[sweep]\nforms = standard, separable\n"
                  "[layer a]\nin = 4x5x5\nout = 6\nkernel = 3\npad = same\n"
                  "depth_multiplier = 2\n"
                  "[layer b]\nin = 4x5x5\nout = 3\nkernel = 3\ndepth_multiplier = 1, 4\n"
                  "forms = separable\n");
    cr_assert_eq(sweep.item_count, 4);
    expect_item(&sweep, 0, "a", "standard:mb1ic4ih5oc6oh5kh3ph1n\"t/a\"");
    expect_item(&sweep, 1, "a", "separable:mb1ic4ih5oc6oh5kh3ph1dm2n\"t/a\"");
    expect_item(&sweep, 2, "b/dm1", "separable:mb1ic4ih5oc3oh3kh3ph0n\"t/b/dm1\"");
    expect_item(&sweep, 3, "b/dm4", "separable:mb1ic4ih5oc3oh3kh3ph0dm4n\"t/b/dm4\"");
    cvl_sweep_clear(&sweep);
}

Test(sweep, refused_depth_multiplier)
{
    expect_refused("[layer a]\nforms = standard, inverted\nexpand = 2\nin = 3x5x5\nout = 4\n"
                   "kernel = 3\ndepth_multiplier = 2\n",
                   "t.ini:7: depth_multiplier: got 2, expected 1, or separable among the forms "
                   "(layer a); the form depthwise takes its multiplier from out");
    expect_refused("[layer a]\nin = 3x5x5\nout = 4\nkernel = 3\ndepth_multiplier = 0\n",
                   "t.ini:5: depth_multiplier: got 0, expected 1 to 2147483647, a..b*2 or a..b+16");
    expect_refused("[layer a]\nin = 3x5x5\nout = 4\nkernel = 3\ndepth_multiplier = 2000000000\n",
                   "t.ini:5: depth_multiplier: got 2000000000, expected at most 2147483647 "
                   "channels, ic times dm (layer a, separable, dm2000000000)");
}

Test(sweep, refused_inverted)
{
    expect_refused("[layer a]\nforms = inverted\nin = 3x5x5\nout = 4\nkernel = 3\n",
                   "t.ini:1: expand: got none, expected mc of at least 1 in an inverted problem"
                   " (layer a, inverted, mc0)");
    expect_refused("[layer a]\nin = 3x5x5\nout = 4\nkernel = 3\nexpand = 0\n",
                   "t.ini:5: expand: got 0, expected none, or 1 to 2147483647, a..b*2 or a..b+16");
    expect_refused("[layer a]\nin = 3x5x5\nout = 4\nkernel = 3\nexpand = 2000000000\n",
                   "t.ini:5: expand: got 2000000000, expected at most 2147483647 channels in the "
                   "middle (layer a, inverted, mc6000000000)");
    expect_refused("[layer a]\nin = 3x5x5\nout = 3\nkernel = 3\nexpand = 2\nresidual = yes\n",
                   "t.ini:6: residual: got yes, expected none: the input can only be added to an "
                   "output of the same size (layer a, inverted, res1)");
}

Test(sweep, training)
{
    struct cvl_sweep sweep = read_text(LAYER);
    cr_assert_eq(sweep.passes_count, 1);
    cr_assert_eq(sweep.passes[0], CVL_FORWARD);
    cr_assert_eq(sweep.optimizer_count, 1);
    cr_assert_eq(sweep.optimizers[0], CVL_SGD);
    cr_assert_eq(sweep.items[0].saves, 2);
    cvl_sweep_clear(&sweep);
    sweep = read_text("[sweep]\npasses = training, forward\noptimizer = adam, momentum\nsaves = 1\n"
                      "[layer b]\nin = 1x1x1\nout = 1\nkernel = 1\nsaves = 0\n" LAYER);
    cr_assert_eq(sweep.passes_count, 2);
    cr_assert_eq(sweep.passes[0], CVL_TRAINING);
    cr_assert_eq(sweep.passes[1], CVL_FORWARD);
    cr_assert_eq(sweep.optimizer_count, 2);
    cr_assert_eq(sweep.optimizers[0], CVL_ADAM);
    cr_assert_eq(sweep.optimizers[1], CVL_MOMENTUM);
    cr_assert_eq(sweep.items[0].saves, 0);
    cr_assert_eq(sweep.items[2].saves, 1);
    cvl_sweep_clear(&sweep);
    expect_refused("[sweep]\npasses = backward\n" LAYER,
                   "t.ini:2: passes: got backward, expected forward or training");
    expect_refused("[sweep]\noptimizer = adam, adam\n" LAYER,
                   "t.ini:2: optimizer: got adam, adam, expected each value once");
    expect_refused("[sweep]\noptimizer = lion\n" LAYER,
                   "t.ini:2: optimizer: got lion, expected sgd, momentum or adam");
    expect_refused("[sweep]\nsaves = 4\n" LAYER "saves = 1\n",
                   "t.ini:2: saves: got 4, expected 0, 1, 2 or 3");
    expect_refused(LAYER "saves = 1, 2\n", "t.ini:5: saves: got 1, 2, expected one value");
}

Test(sweep, lists_and_ranges_name_what_varies)
{
    struct cvl_sweep sweep = read_text("[sweep]\nforms = standard, separable\n"
                                       "[layer sq]\nin = 16..64*2x28x28, 5x9x7\nout = 8..40+16\n"
                                       "kernel = 3\npad = same\n");
    cr_assert_eq(sweep.item_count, 4 * 3 * 2);
    expect_item(&sweep, 0, "sq/ic16ih28oc8",
                "standard:mb1ic16ih28oc8oh28kh3ph1n\"t/sq/ic16ih28oc8\"");
    expect_item(&sweep, 1, "sq/ic16ih28oc8",
                "separable:mb1ic16ih28oc8oh28kh3ph1n\"t/sq/ic16ih28oc8\"");
    expect_item(&sweep, 2, "sq/ic16ih28oc24",
                "standard:mb1ic16ih28oc24oh28kh3ph1n\"t/sq/ic16ih28oc24\"");
    expect_item(&sweep, 22, "sq/ic5ih9iw7oc40",
                "standard:mb1ic5ih9iw7oc40oh9ow7kh3kw3ph1pw1n\"t/sq/ic5ih9iw7oc40\"");
    cvl_sweep_clear(&sweep);
}

Test(sweep, every_dimension_has_its_name)
{
    struct cvl_sweep sweep =
        read_text("[layer a]\nforms = standard\nin = 4x9x9\nout = 4\nkernel = 2, 3x2\n"
                  "stride = 1..2+1\npad = same, 0:0:0:0, 0:1:0:0\ndilation = 0..1+1\n"
                  "groups = 1..4*2\nbatch = 1, 2\n");
    cr_assert_eq(sweep.item_count, 2 * 2 * 2 * 3 * 2 * 3);
    cr_assert_str_eq(sweep.items[0].layer, "a/mb1kh2sh1psamedh0g1");
    cr_assert_str_eq(sweep.items[143].layer, "a/mb2kh3kw2sh2p0:1:0:0dh1g4");
    for (size_t i = 0; i < sweep.item_count; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(sweep.items[i].layer, sweep.items[j].layer);
    cvl_sweep_clear(&sweep);
}

Test(sweep, an_odd_row_of_padding_goes_last_or_first)
{
    struct cvl_sweep sweep =
        read_text("[sweep]\nname = t\n[layer a]\nforms = standard\nin = 4x8x8\nout = 4\n"
                  "kernel = 3\nstride = 2\npad = same, same_lower\n");
    expect_item(&sweep, 0, "a/psame", "standard:mb1ic4ih8oc4oh4kh3sh2ph0n\"t/a/psame\"");
    expect_item(&sweep, 1, "a/psame_lower",
                "standard:mb1ic4ih8oc4oh4kh3sh2ph1n\"t/a/psame_lower\"");
    cvl_sweep_clear(&sweep);
}

Test(sweep, paddings_are_told_apart)
{
    static const char *const names[] = {"a/psame",  "a/ph0",      "a/ph1",
                                        "a/ph1pw0", "a/p0:0:0:1", "a/p0:1:0:0"};
    struct cvl_sweep sweep =
        read_text("[layer a]\nforms = standard\nin = 4x9x9\nout = 4\nkernel = 2\n"
                  "pad = same, valid, 1, 1x0, 0:0:0:1, 0:1:0:0\n");
    cr_assert_eq(sweep.item_count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sweep.item_count; i++)
        cr_assert_str_eq(sweep.items[i].layer, names[i]);
    cvl_sweep_clear(&sweep);
}

Test(sweep, same_is_tensorflows)
{
    static const struct {
        const char *layer, *text;
    } cases[] = {
        {"in = 3x224x224\nkernel = 3\nstride = 2", "oh112kh3sh2ph0"},
        {"in = 3x113x113\nkernel = 3\nstride = 2", "oh57kh3sh2ph1"},
        {"in = 3x10x10\nkernel = 2", "oh10kh2ph0"},
        {"in = 3x10x10\nkernel = 3\ndilation = 1", "oh10kh3ph2dh1"},
        {"in = 3x10x10\nkernel = 1\nstride = 3", "oh4kh1sh3ph0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256], printed[CVL_PROBLEM_TEXT_BYTES];
        (void)snprintf(text, sizeof text, "[layer a]\n%s\nout = 1\npad = same\n", cases[i].layer);
        struct cvl_sweep sweep = read_text(text);
        cvl_problem_print(&sweep.items[0].problem, printed, sizeof printed);
        cr_assert(strstr(printed, cases[i].text), "%s is not in %s", cases[i].text, printed);
        cvl_sweep_clear(&sweep);
    }
}

Test(sweep, depthwise_takes_its_groups_from_the_channels)
{
    struct cvl_sweep sweep =
        read_text("[layer a]\nforms = depthwise\nin = 5x9x9\nout = 5\nkernel = 3\n");
    expect_item(&sweep, 0, "a", "depthwise:mb1g5ic5ih9oc5oh7kh3ph0n\"t/a\"");
    cvl_sweep_clear(&sweep);
}

Test(sweep, loose_writing_is_read)
{
    struct cvl_sweep sweep = read_text("\xEF\xBB\xBF; a comment\r\n# another\r\n\r\n"
                                       "  [ layer   a b ]  ; after\r\n\tin = 3x5x5 ; input\r\n"
                                       "    out:4\r\n  kernel=3\r\nforms = standard ,separable");
    cr_assert_eq(sweep.item_count, 2);
    expect_item(&sweep, 1, "a b", "separable:mb1ic3ih5oc4oh3kh3ph0n\"t/a b\"");
    cvl_sweep_clear(&sweep);
}

Test(sweep, refused_lines)
{
    expect_refused("", "t.ini: got an empty file, expected [sweep] or [layer NAME]");
    expect_refused("\n; nothing\n", "t.ini: got no layer, expected at least one [layer NAME]");
    expect_refused("[sweep]\nname = x\n",
                   "t.ini: got no layer, expected at least one [layer NAME]");
    expect_refused("in = 3x5x5\n",
                   "t.ini:1: in: got a key outside a section, expected [sweep], [network], "
                   "[layer NAME] or [op NAME] before it");
    expect_refused("\n[sweeps]\n",
                   "t.ini:2: got [sweeps], expected [sweep], [network], [layer NAME] or [op NAME]");
    expect_refused(
        "[layer a\n",
        "t.ini:1: got [layer a, expected [sweep], [network], [layer NAME] or [op NAME] alone on "
        "its line");
    expect_refused("[sweep] name = x\n",
                   "t.ini:1: got [sweep] name = x, expected [sweep], [network], "
                   "[layer NAME] or [op NAME] alone on its line");
    expect_refused("[layer]\n", "t.ini:1: layer: got nothing, expected a name of 1 to 63 bytes of "
                                "UTF-8 without quotes and slashes");
    expect_refused("[layer a/b]\n", "t.ini:1: layer: got a/b, expected a name of 1 to 63 bytes of "
                                    "UTF-8 without quotes and slashes");
    expect_refused(LAYER "hello world\n",
                   "t.ini:5: got hello world, expected key = value or [section]");
    expect_refused(LAYER "hello world",
                   "t.ini:5: got hello world, expected key = value or [section]");
    expect_refused(LAYER " = 4\n", "t.ini:5: got = 4, expected a key before the =");
    expect_refused(LAYER "\033[31mred = 1\n",
                   "t.ini:5: got binary data, expected a sweep file (INI text)");
    expect_refused(
        LAYER "colour = red\n",
        "t.ini:5: colour: got an unknown key, expected one of from, in, out, kernel, stride, "
        "pad, dilation, groups, expand, residual, depth_multiplier, count, forms, batch, saves, "
        "bias");
    expect_refused("[sweep]\nin = 3x5x5\n",
                   "t.ini:2: in: got an unknown key, expected one of name, forms, dtype, layout, "
                   "batch, passes, optimizer, saves, include");
    expect_refused(LAYER "out = 5\n",
                   "t.ini:5: out: got 5, expected the key once; it is in line 3 already");
    expect_refused(LAYER "[layer b]\nin = 1x1x1\nout = 1\nkernel = 1\n" LAYER,
                   "t.ini:9: layer: got a, expected a name of its own; t.ini:1 has it already");
}

Test(sweep, refused_values)
{
#define SHAPES "CxHxW, each from 1 to 2147483647; C may be a..b*2 or a..b+16"
    expect_refused("[layer a]\nout = 4\nkernel = 3\n",
                   "t.ini:1: in: got no such key, expected it in [layer a]: " SHAPES);
    expect_refused("[layer a]\nin = 3x5x5\nkernel = 3\n",
                   "t.ini:1: out: got no such key, expected it in [layer a]: "
                   "1 to 2147483647, a..b*2 or a..b+16");
    expect_refused("[layer a]\nin = 0x5x5\nout = 4\nkernel = 3\n",
                   "t.ini:2: in: got 0x5x5, expected " SHAPES);
    expect_refused("[layer a]\nin = -3x5x5\nout = 4\nkernel = 3\n",
                   "t.ini:2: in: got -3x5x5, expected " SHAPES);
    expect_refused("[layer a]\nin = 1099511627776x5x5\nout = 4\nkernel = 3\n",
                   "t.ini:2: in: got 1099511627776x5x5, expected " SHAPES);
    expect_refused(LAYER "pad =\n",
                   "t.ini:5: pad: got nothing, expected same, same_lower, valid, N, NxM or "
                   "top:bottom:left:right, each from 0 to 2147483647, bottom and right "
                   "also negative");
    expect_refused(LAYER "stride = 1,\n",
                   "t.ini:5: stride: got 1,, expected N or NxM, each from 1 to 2147483647; N alone "
                   "may be a..b*2 or a..b+16");
    expect_refused(LAYER "stride = 1..2*2, 2\n",
                   "t.ini:5: stride: got 1..2*2, 2, expected each value once");
    expect_refused(LAYER "count = 1, 2\n", "t.ini:5: count: got 1, 2, expected one value");
    expect_refused(LAYER "bias = maybe\n", "t.ini:5: bias: got maybe, expected yes or no");
    expect_refused("[sweep]\nforms = standart\n" LAYER,
                   "t.ini:2: forms: got standart, expected standard, depthwise, pointwise, "
                   "separable, inverted or transposed");
    expect_refused("[sweep]\nlayout = \xff\n" LAYER,
                   "t.ini:2: layout: got \\xff, expected nhwc or nchw");
    expect_refused("[sweep]\nname = a\"b\n" LAYER,
                   "t.ini:2: name: got a\"b, expected 1 to 63 bytes of UTF-8 without quotes and "
                   "slashes");
    expect_refused("[sweep]\nbatch = many\n" LAYER "batch = 2\n",
                   "t.ini:2: batch: got many, expected 1 to 2147483647, a..b*2 or a..b+16");
#undef SHAPES
}

Test(sweep, refused_ranges)
{
    static const char *const values[] = {
        "4..2*2",  "0..4*2",  "1..4*1", "1..4+0", "1..4", "1..4*", "..4*2", "1..*2",     "1..4-1",
        "1...4*2", "1..4*2x", "0x10",   "1e3",    "1 2",  "+1",    "*2",    "1..2..4*2", "1*2..4"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[128];
        struct cvl_sweep sweep;
        (void)snprintf(text, sizeof text, "[layer a]\nin = 3x5x5\nkernel = 3\nout = %s\n",
                       values[i]);
        cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, NULL), CVL_BAD_INPUT, "%s",
                     values[i]);
    }
}

Test(sweep, refused_problems_name_their_key)
{
    expect_refused("[layer a]\nin = 3x3x3\nout = 1\nkernel = 9\n",
                   "t.ini:4: kernel: got 9, expected a window of at most 3 rows; with its dilation "
                   "it has 9 (layer a, standard, kh9)");
    expect_refused(LAYER "pad = 2147483647\n",
                   "t.ini:5: pad: got 2147483647, expected padding for at most 2147483647 output "
                   "rows (layer a, standard, ph2147483647)");
    expect_refused(LAYER "pad = 0:-3:0:0\n",
                   "t.ini:4: kernel: got 3, expected a window of at most 2 rows; with its dilation "
                   "it has 3 (layer a, standard, kh3)");
    expect_refused(
        LAYER "forms = depthwise\n",
        "t.ini:3: out: got 4, expected a multiple of ic in a depthwise problem (layer a, "
        "depthwise, oc4)");
    expect_refused(LAYER "forms = pointwise\n",
                   "t.ini:4: kernel: got 3, expected a 1x1 kernel in a pointwise problem (layer a, "
                   "pointwise, kh3)");
    expect_refused(
        "[layer a]\nin = 4x5x5\nout = 4\nkernel = 3\ngroups = 2\n",
        "t.ini:5: groups: got 2, expected g1 in a separable problem (layer a, separable, "
        "g2)");
    expect_refused(
        "[layer a]\nin = 2147483647x2147483647x2147483647\nout = 1\nkernel = 1\n",
        "t.ini:2: in: got 2147483647x2147483647x2147483647, expected tensors whose f32 bytes "
        "and multiply-adds fit in 63 bits (layer a, standard, ic2147483647)");
}

Test(sweep, expansion_is_bounded)
{
    expect_refused(
        "[layer a]\nin = 1..1000+1x3x3\nout = 1..1001+1\nkernel = 1\n",
        "t.ini:1: layer: got a, expected lists that make at most 1000000 problems in all");
    expect_refused("[layer a]\nin = 1x3x3\nout = 1..2000000000+1\nkernel = 1\n",
                   "t.ini:3: out: got 1..2000000000+1, expected at most 1000000 values");
    expect_refused(
        LAYER "[layer b]\nforms = standard\nin = 1..1000+1x3x3\nout = 1..1000+1\n"
              "kernel = 1\n",
        "t.ini:5: layer: got b, expected lists that make at most 1000000 problems in all");
}

Test(sweep, names_have_room_or_are_refused)
{
    char text[512], message[512], name[64];
    memset(name, 'n', sizeof name - 1);
    name[63] = '\0';
    (void)snprintf(text, sizeof text,
                   "[layer %s]\nin = 3x5x5\nout = 4\nkernel = 1, 3\nforms = standard\n", name);
    (void)snprintf(message, sizeof message,
                   "t.ini:1: layer: got %s/kh1, expected a name of at most 63 bytes, and 95 with "
                   "the sweep's before it",
                   name);
    expect_refused(text, message);
}

/* A sweep's name, a slash and a layer's name have 95 bytes of room. */
Test(sweep, names_that_fill_their_room)
{
    char text[512], name[64];
    memset(name, 'n', sizeof name - 1);
    name[63] = '\0';
    for (int length = 31; length <= 32; length++) {
        (void)snprintf(text, sizeof text, "[sweep]\nname = %.*s\n[layer %s]\n%s", length, name,
                       name, strchr(LAYER, '\n') + 1);
        struct cvl_sweep sweep;
        enum cvl_status status = cvl_sweep_read_text(text, "t.ini", &sweep, NULL);
        cr_assert_eq(status, length == 31 ? CVL_OK : CVL_BAD_INPUT);
        if (status == CVL_OK)
            cr_assert_eq(strlen(sweep.items[0].problem.name), 95);
        cvl_sweep_clear(&sweep);
    }
}

Test(sweep, lines_that_inih_would_cut_are_refused)
{
    char text[400] = LAYER "; ";
    size_t length = strlen(text);
    memset(text + length, 'c', 197);
    struct cvl_sweep sweep = read_text(text); /* 199 bytes in the last line */
    cvl_sweep_clear(&sweep);
    text[length + 197] = 'c';
    expect_refused(text, "t.ini:5: got a line of 200 bytes, expected at most 199");
}

Test(sweep, problem_from_text)
{
    struct cvl_sweep sweep;
    cr_assert_eq(cvl_sweep_from_problem("ic3ih5oc4kh3", &sweep, NULL), CVL_OK);
    cr_assert_str_eq(sweep.name, "problem");
    cr_assert_eq(sweep.layout_count, 2);
    cr_assert_eq(sweep.dtype_count, 1);
    expect_item(&sweep, 0, "problem", "standard:mb1ic3ih5oc4oh3kh3ph0");
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_from_problem("ic3ih5oc4kh3n\"net/a/ic3\"", &sweep, NULL), CVL_OK);
    expect_item(&sweep, 0, "a/ic3", "standard:mb1ic3ih5oc4oh3kh3ph0n\"net/a/ic3\"");
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_from_problem("ic3", &sweep, NULL), CVL_BAD_INPUT);
    cr_assert_null(sweep.items);
}

/* A folder of files, removed with clean_up. */
struct folder {
    char path[64];
};

static struct folder make_folder(void)
{
    struct folder folder = {"/tmp/convlens_sweep_XXXXXX"};
    cr_assert_not_null(mkdtemp(folder.path));
    cr_assert_eq(chdir(folder.path), 0);
    return folder;
}

static void write_bytes(const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static void write_file(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void clean_up(const struct folder *folder, const char *const *names)
{
    for (; *names; names++)
        cr_assert_eq(unlink(*names), 0, "%s", *names);
    cr_assert_eq(rmdir(folder->path), 0);
}

static void expect_file_refused(const char *path, const char *message)
{
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read(path, &sweep, &err), CVL_BAD_INPUT, "%s", path);
    cr_assert_str_eq(err.text, message);
    cr_assert_null(sweep.items);
}

Test(sweep, files_that_are_refused)
{
    struct folder folder = make_folder();
    write_bytes("rubbish",
                "\x7f"
                "ELF\x02\x01\x01\0\0\0",
                10);
    write_bytes("nul", LAYER "count = 1\0", sizeof LAYER + 9);
    write_file("empty", "");
    write_file("x\033[2J.ini", "[x]\n");
    expect_file_refused("rubbish", "rubbish:1: got binary data, expected a sweep file (INI text)");
    expect_file_refused("nul", "nul:5: got binary data, expected a sweep file (INI text)");
    expect_file_refused("empty", "empty: got an empty file, expected [sweep] or [layer NAME]");
    expect_file_refused(".", ".: got a directory, expected a sweep file (INI text)");
    expect_file_refused("none.ini", "none.ini: got \"No such file or directory\", expected a sweep "
                                    "file (INI text)");
    expect_file_refused("/dev/zero", "/dev/zero: got more than 4 MiB, expected a sweep file (INI "
                                     "text)");
    expect_file_refused(
        "x\033[2J.ini",
        "x\\x1b[2J.ini:1: got [x], expected [sweep], [network], [layer NAME] or [op NAME]");
    clean_up(&folder, (const char *[]){"rubbish", "nul", "empty", "x\033[2J.ini", NULL});
}

Test(sweep, a_file_names_its_sweep)
{
    struct folder folder = make_folder();
    struct cvl_sweep sweep;
    write_file("a \"b\"\t.ini", LAYER);
    cr_assert_eq(cvl_sweep_read("./a \"b\"\t.ini", &sweep, NULL), CVL_OK);
    cr_assert_str_eq(sweep.name, "a _b_\\x09");
    cr_assert_eq(cvl_problem_check(&sweep.items[0].problem, NULL), CVL_OK);
    cvl_sweep_clear(&sweep);
    clean_up(&folder, (const char *[]){"a \"b\"\t.ini", NULL});
}

Test(sweep, included_files_come_first_and_give_way)
{
    struct folder folder = make_folder();
    struct cvl_sweep sweep;
    char path[128];
    write_file("common.ini", "[sweep]\nname = common\nforms = depthwise\nlayout = nchw\n"
                             "[layer c]\nin = 4x5x5\nout = 4\nkernel = 3\n");
    write_file("main.ini", "[sweep]\nforms = standard\ninclude = common.ini\n" LAYER);
    (void)snprintf(path, sizeof path, "%s/main.ini", folder.path);
    cr_assert_eq(chdir("/"), 0); /* relative to the file, not to the process */
    cr_assert_eq(cvl_sweep_read(path, &sweep, NULL), CVL_OK);
    cr_assert_eq(chdir(folder.path), 0);
    cr_assert_str_eq(sweep.name, "main");
    cr_assert_eq(sweep.layout_count, 1);
    cr_assert_eq(sweep.layouts[0], CVL_NCHW);
    cr_assert_eq(sweep.item_count, 2);
    expect_item(&sweep, 0, "c", "standard:mb1ic4ih5oc4oh3kh3ph0n\"main/c\"");
    expect_item(&sweep, 1, "a", "standard:mb1ic3ih5oc4oh3kh3ph0n\"main/a\"");
    cvl_sweep_clear(&sweep);
    clean_up(&folder, (const char *[]){"common.ini", "main.ini", NULL});
}

Test(sweep, of_two_included_files_the_later_wins)
{
    struct folder folder = make_folder();
    struct cvl_sweep sweep;
    write_file("one", "[sweep]\nlayout = nhwc\n");
    write_file("two", "[sweep]\nlayout = nchw\n");
    write_file("main", "[sweep]\ninclude = one, two\n" LAYER);
    cr_assert_eq(cvl_sweep_read("main", &sweep, NULL), CVL_OK);
    cr_assert_eq(sweep.layout_count, 1);
    cr_assert_eq(sweep.layouts[0], CVL_NCHW);
    cvl_sweep_clear(&sweep);
    clean_up(&folder, (const char *[]){"one", "two", "main", NULL});
}

Test(sweep, includes_that_are_refused)
{
    struct folder folder = make_folder();
    write_file("self", "[sweep]\ninclude = self\n" LAYER);
    write_file("one", "[sweep]\ninclude = two\n" LAYER);
    write_file("two", "[sweep]\n\ninclude = one\n");
    write_file("missing", "[sweep]\ninclude = none\n" LAYER);
    write_file("twin", "[sweep]\ninclude = part\n" LAYER);
    write_file("part", LAYER);
    write_file("blank", "[sweep]\ninclude = part,\n");
    expect_file_refused("self", "self:2: include: got self, expected a file that does not include "
                                "this one");
    expect_file_refused("one", "two:3: include: got one, expected a file that does not include "
                               "this one");
    expect_file_refused("missing", "missing:2: include: got none, expected a file that can be read "
                                   "(none: got \"No such file or directory\", expected a sweep "
                                   "file (INI text))");
    expect_file_refused("twin", "twin:3: layer: got a, expected a name of its own; part:1 has it "
                                "already");
    expect_file_refused("blank", "blank:2: include: got part,, expected the path of a sweep file");
    clean_up(&folder,
             (const char *[]){"self", "one", "two", "missing", "twin", "part", "blank", NULL});
}

Test(sweep, includes_have_a_depth)
{
    struct folder folder = make_folder();
    const char *names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};
    for (size_t i = 0; i < 9; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "[sweep]\ninclude = %s\n", names[i + 1]);
        write_file(names[i], text);
    }
    write_file("9", LAYER);
    struct cvl_sweep sweep;
    cr_assert_eq(cvl_sweep_read("1", &sweep, NULL), CVL_OK);
    cvl_sweep_clear(&sweep);
    expect_file_refused("0", "8:2: include: got 9, expected at most 8 files inside each other");
    clean_up(&folder, names);
}

/* Few small files that include each other many times would be read more than a billion times. */
Test(sweep, includes_are_counted)
{
    struct folder folder = make_folder();
    const char *names[] = {"0", "1", "2", "3", "4", "5", "6", "7", NULL};
    for (size_t i = 0; i < 8; i++) {
        char text[256] = "[sweep]\ninclude = ";
        for (size_t k = 0; i < 7 && k < 20; k++) {
            strcat(text, k > 0 ? "," : "");
            strcat(text, names[i + 1]);
        }
        write_file(names[i], i < 7 ? strcat(text, "\n") : "[sweep]\nname = last\n");
    }
    struct cvl_error err = {0};
    struct cvl_sweep sweep;
    cr_expect_eq(cvl_sweep_read("0", &sweep, &err), CVL_BAD_INPUT);
    cr_expect(strstr(err.text, "include: got 7, expected at most 1000 files in all"), "%s",
              err.text);
    clean_up(&folder, names);
}

/* A pipe that nobody writes to, and a device without an end. */
Test(sweep, includes_are_plain_files)
{
    struct folder folder = make_folder();
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    write_file("main", "[sweep]\ninclude = pipe\n" LAYER);
    write_file("zeros", "[sweep]\ninclude = /dev/zero\n" LAYER);
    expect_file_refused("main",
                        "main:2: include: got pipe, expected a file that can be read (pipe: "
                        "got a pipe or a device, expected a sweep file (INI text))");
    expect_file_refused("zeros",
                        "zeros:2: include: got /dev/zero, expected a file that can be read "
                        "(/dev/zero: got a pipe or a device, expected a sweep file (INI "
                        "text))");
    clean_up(&folder, (const char *[]){"pipe", "main", "zeros", NULL});
}

/* Whatever the bytes, a sweep is read whole or refused with one line. */
Test(sweep, mangled_files_end_well)
{
    static const char whole[] =
        "[sweep]\nname = n\nforms = standard, separable\ndtype = f16\nlayout = nchw\nbatch = 2\n"
        "[layer a]\nin = 4..8*2x9x9\nout = 8\nkernel = 3x1\nstride = 2\npad = 1:0:0:0\n"
        "dilation = 0, 1\ncount = 2\nbias = yes\n";
    struct cvl_random random = {.state = 3};
    for (int i = 0; i < 3000; i++) {
        char text[sizeof whole];
        memcpy(text, whole, sizeof whole);
        for (uint64_t left = 1 + cvl_random_below(&random, 4); left > 0; left--)
            text[cvl_random_below(&random, sizeof whole - 1)] =
                "\n=[];:,x.*+0129az\t \xff"[cvl_random_below(&random, 20)];
        struct cvl_sweep sweep;
        struct cvl_error err = {0};
        enum cvl_status status = cvl_sweep_read_text(text, "t.ini", &sweep, &err);
        if (status == CVL_OK) {
            cr_assert_gt(sweep.item_count, 0);
        } else {
            cr_assert_eq(status, CVL_BAD_INPUT);
            cr_assert_eq(strncmp(err.text, "t.ini", 5), 0, "%s", err.text);
            cr_assert(strstr(err.text, ": got ") && strstr(err.text, ", expected "), "%s",
                      err.text);
            cr_assert_null(strchr(err.text, '\n'));
        }
        cvl_sweep_clear(&sweep);
    }
}

Test(sweep, documentation_has_every_key)
{
    FILE *file = fopen(CONVLENS_SOURCE_DIR "/docs/sweep-files.md", "r");
    cr_assert_not_null(file);
    static char text[65536];
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    size_t count = 0;
    for (const char *help; (help = cvl_sweep_key_help(count)); count++)
        cr_assert(strstr(text, help), "not in docs/sweep-files.md: %s", help);
    cr_assert_gt(count, 10);
}
