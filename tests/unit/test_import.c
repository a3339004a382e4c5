/* Files of other programs, made into sweeps. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/import.h>
#include <convlens/sweep.h>

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

static struct cvl_error error;
static struct cvl_import imported;
static char folder[64];
static char path[96];

static void begin(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/convlens-import-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/some layers.txt", folder);
}

static void end(void)
{
    cvl_import_clear(&imported);
    (void)unlink(path);
    cr_assert_eq(rmdir(folder), 0);
}

TestSuite(import, .init = begin, .fini = end);

static void write_file(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

/* Imports a text; the format is detected. */
static void import(const char *text, const char *format)
{
    cvl_import_clear(&imported);
    write_file(text, strlen(text));
    cr_assert(cvl_import_is_one(path), "%s", text);
    cr_assert_eq(cvl_import_read(path, NULL, &imported, &error), CVL_OK, "%s", error.text);
    cr_assert_str_eq(imported.format, format);
    cr_assert_str_eq(imported.name, "some layers");
}

static void expect_layer(size_t index, const char *name, const char *problem, uint32_t count)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    cr_assert_lt(index, imported.layer_count);
    const struct cvl_imported_layer *layer = &imported.layers[index];
    (void)cvl_problem_print(&layer->problem, text, sizeof text);
    cr_expect_str_eq(text, problem);
    cr_expect_str_eq(layer->name, name);
    cr_expect_eq(layer->count, count, "%s", name);
}

static void expect_left_out(size_t index, const char *reason, unsigned line, uint32_t count)
{
    cr_assert_lt(index, imported.left_out_count);
    cr_expect_str_eq(imported.left_out[index].reason, reason);
    cr_expect_eq(imported.left_out[index].line, line, "%s", reason);
    cr_expect_eq(imported.left_out[index].count, count, "%s", reason);
}

/* The first network of the sweep, whose layers have the forms that the model has, is the import's.
 */
static void expect_same_network(const struct cvl_sweep *sweep, const char *text)
{
    const struct cvl_network *from = &imported.network, *to = &sweep->networks[0];
    cr_assert_gt(sweep->network_count, 0, "%s", text);
    cr_assert_eq(from->step_count, to->step_count, "%s", text);
    cr_expect_eq(memcmp(&from->input, &to->input, sizeof from->input), 0, "%s", text);
    for (size_t i = 0; i < from->step_count; i++) {
        const struct cvl_network_step *a = &from->steps[i], *b = &to->steps[i];
        cr_expect_str_eq(a->layer, b->layer);
        cr_expect_eq(memcmp(&a->op, &b->op, sizeof a->op), 0, "%s: %s", a->layer, text);
        cr_expect(a->op.kind != CVL_OP_CONVOLUTION || cvl_problem_equal(&a->problem, &b->problem),
                  "%s: %s", a->layer, text);
        cr_assert_eq(cvl_network_input_count(from, i), cvl_network_input_count(to, i), "%s: %s",
                     a->layer, text);
        for (size_t k = 0; k < cvl_network_input_count(from, i); k++)
            cr_expect_eq(cvl_network_input(from, i, k), cvl_network_input(to, i, k), "%s: %s",
                         a->layer, text);
    }
}

/* The sweep that is written has the same problems, and the same network. */
static void expect_same_sweep(void)
{
    char *text = NULL;
    struct cvl_sweep sweep;
    cr_assert_eq(cvl_import_to_sweep(&imported, &text, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(cvl_sweep_read_text(text, "imported.ini", &sweep, &error), CVL_OK, "%s\n%s",
                 error.text, text);
    size_t i = 0;
    for (size_t at = 0; at < sweep.item_count; at++) {
        const struct cvl_imported_layer *layer = &imported.layers[i];
        if (at > 0 && strcmp(sweep.items[at].layer, sweep.items[at - 1].layer) == 0) {
            cr_expect_eq(sweep.items[at].problem.form, CVL_SEPARABLE); /* of the layer before */
            continue;
        }
        cr_assert_lt(i++, imported.layer_count, "%s", text);
        cr_expect(cvl_problem_equal(&sweep.items[at].problem, &layer->problem), "%s: %s",
                  layer->name, text);
        cr_expect_str_eq(sweep.items[at].layer, layer->name);
        cr_expect_eq(sweep.items[at].count, layer->count);
    }
    cr_expect_eq(i, imported.layer_count, "%s", text);
    if (imported.network.step_count > 0)
        expect_same_network(&sweep, text);
    cvl_sweep_clear(&sweep);
    free(text);
}

Test(import, benchdnn_batch_file)
{
    import("# shapes of a network\n"
           "--dir=FWD_B --dt=f32\n"
           "\n"
           "ic64ih56oc64oh56kh3n\"net:conv1*2\"   # a comment\n"
           "mb1g8ic8ih9oc8kh3ph1nnet/dw ic16ih8oc32kh1\n"
           "ic64ih56oc64oh56kh3ph1n\"again\"\n"
           "ic4id8oc4kd3 ic4id6oc4kd3\n"
           "--mb=5\n"
           "ic4iw30oc4kw3\n"
           "--reset --batch=missing\n"
           "ic4iw30oc4kw3 rubbish--deconv\n"
           "--deconv ic4ih5oc4kh3\n"
           "--ip ic4oc4\n",
           "benchdnn");
    cr_assert_eq(imported.layer_count, 5);
    expect_layer(0, "net_conv1_2", "standard:mb2ic64ih56oc64oh56kh3ph1", 2);
    expect_layer(1, "net.dw", "depthwise:mb1g8ic8ih9oc8oh9kh3ph1", 1);
    expect_layer(2, "mb2ic16ih8oc32oh8kh1ph0", "pointwise:mb2ic16ih8oc32oh8kh1ph0", 1);
    expect_layer(3, "mb5ic4ih1iw30oc4oh1ow28kh1kw3ph0pw0",
                 "standard:mb5ic4ih1iw30oc4oh1ow28kh1kw3ph0pw0", 1);
    expect_layer(4, "mb2ic4ih1iw30oc4oh1ow28kh1kw3ph0pw0",
                 "standard:mb2ic4ih1iw30oc4oh1ow28kh1kw3ph0pw0", 1);
    expect_left_out(0, "the option --dir is ignored", 2, 1);
    expect_left_out(1, "the option --dt is ignored", 2, 1);
    expect_left_out(2,
                    "id: got a depth, expected none, or id1 and kd1: convolutions of three "
                    "dimensions are not supported",
                    7, 2);
    expect_left_out(3, "a batch file that is not read: No such file or directory", 10, 1);
    cr_expect_eq(imported.left_out[4].line, 11);
    expect_left_out(5, "transposed convolutions are not supported", 12, 1);
    expect_left_out(6, "no convolution, but a problem of --ip", 13, 1);
    cr_assert_eq(imported.left_out_count, 7);
    expect_same_sweep();
}

/* A file that takes itself in again and again is read once. */
Test(import, batch_files_that_include_themselves)
{
    import("ic4ih5oc4kh3\n"
           "--batch=some\n" /* a blank ends the name: no such file */
           "--batch=/dev/null --batch=.\n",
           "benchdnn");
    expect_left_out(0, "a batch file that is not read: No such file or directory", 2, 1);
    expect_left_out(1, "a batch file that is not read: it is no plain file", 3, 2);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/loop", folder);
    static const char loop[] = "ic4ih5oc4kh3 --batch=loop --batch=./loop --batch=loop\n";
    write_file(loop, strlen(loop));
    cvl_import_clear(&imported);
    cr_assert_eq(cvl_import_read(path, NULL, &imported, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(imported.layers[0].count, 1);
    expect_left_out(0, "a batch file that is not read: it includes itself", 1, 3);
}

/* MIOpen's defaults stand where an option is missing. */
Test(import, miopen_driver_lines)
{
    import(
        "./bin/MIOpenDriver conv -n 128 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1 -u 1 -v 1 -l 1 "
        "-j 1 -g 1\n"
        "MIOpenDriver conv -n 16 -c 3 -H 224 -W 224 -k 64 -y 7 -x 7 -p 3 -q 3 -u 2 -v 2 -F 1 -t 1\n"
        "conv --batchsize 4 --in_channels=32 --in_h 28 --in_w 14 --out_channels 32 --fil_h 3 "
        "--fil_w 5 --pad_h 1 --pad_w 2 --group_count 32\n"
        "MIOpen(HIP): Command [LogCmdConvolution] ./bin/MIOpenDriver convfp16 -n 2 -c 256 -H 7 -W "
        "7 "
        "-k 512 -y 1 -x 1 -u 2 -v 2 -m conv -b 0 -I NCHW\n"
        "conv -n 1 -c 8 -H 9 -W 9 -k 8 -y 3 -x 3 -l 2 -j 2\n"
        "conv -n 1 -c 8 -H 9 -W 9 -k 8 -y 3 -x 3 -p 7 -q 7 -z valid\n"
        "conv -n 1 -c 8 -H 9 -W 10 -k 8 -y 3 -x 2 -u 2 -v 2 -z same\n"
        "conv -n 1 -c 8 -H 9 -W 9 -k 8 -_ 3 --in_d 1 --fil_d 1\n"
        "conv\n"
        "# a comment\n"
        "conv -n 1 -c 16 -H 9 -W 9 -k 8 -y 3 -x 3 -g 4 -p 0 -q 0\n"
        "conv -n 1 -c 8 -H 9 -W 9 -k 8 -m trans\n"
        "conv -n 1 -_ 3\n"
        "convbfp16 -n 1\n"
        "conv -n x\n"
        "conv -n\n"
        "conv -n 1 -c 9 -g 2\n"
        "pool -n 1\n",
        "miopen");
    cr_assert_eq(imported.layer_count, 9);
    expect_layer(0, "mb128ic64ih56oc64oh56kh3ph1", "standard:mb128ic64ih56oc64oh56kh3ph1", 1);
    expect_layer(1, "mb16ic3ih224oc64oh112kh7sh2ph3", "standard:mb16ic3ih224oc64oh112kh7sh2ph3", 1);
    expect_layer(2, "mb4g32ic32ih28iw14oc32oh28ow14kh3kw5ph1pw2",
                 "depthwise:mb4g32ic32ih28iw14oc32oh28ow14kh3kw5ph1pw2", 1);
    expect_layer(3, "mb2ic256ih7oc512oh4kh1sh2ph0", "pointwise:mb2ic256ih7oc512oh4kh1sh2ph0", 1);
    expect_layer(4, "mb1ic8ih9oc8oh5kh3ph0dh1", "standard:mb1ic8ih9oc8oh5kh3ph0dh1", 1);
    expect_layer(5, "mb1ic8ih9oc8oh7kh3ph0", "standard:mb1ic8ih9oc8oh7kh3ph0", 2);
    expect_layer(6, "mb1ic8ih9iw10oc8oh5ow5kh3kw2sh2sw2ph1pw0",
                 "standard:mb1ic8ih9iw10oc8oh5ow5kh3kw2sh2sw2ph1pw0", 1);
    expect_layer(7, "mb100ic3ih32oc32oh30kh3ph0", "standard:mb100ic3ih32oc32oh30kh3ph0", 1);
    expect_layer(8, "mb1g4ic16ih9oc8oh7kh3ph0", "standard:mb1g4ic16ih9oc8oh7kh3ph0", 1);
    cr_expect(imported.dtypes[CVL_F32] && imported.dtypes[CVL_F16]);
    expect_same_sweep();
}

Test(import, deepbench_tuples_and_tables)
{
    import("// w, h, c, n, k, s, r\n"
           "    std::make_tuple(700, 161, 1, 4, 32, 20, 5, 0, 0, 2, 2),\n"
           "    std::make_tuple(7, 7, 2048, 8, 512, 1, 1, 3, 3, 2, 2)\n"
           "    std::make_tuple(7, 7),\n"
           "| Input Size | Filter Size | # of Filters | Padding (h, w) | Stride (h, w) | Time |\n"
           "|---|---|---|---|---|---|\n"
           "| W = 341, H = 79, C = 32, N = 4 | R = 5, S = 10 | 32 | 0,0 | 2,2 | 0.29 |\n"
           "| W = 700, H = 161, C = 1, N = 4 | R = 5, S = 20 | 32 | 0, 0 | 2, 2 | 1.53 |\n"
           "| W = 5, H = 5, C = 1, N = 4 | R = 5, S = 5 | x |\n",
           "deepbench");
    cr_assert_eq(imported.layer_count, 3);
    expect_layer(0, "mb4ic1ih161iw700oc32oh79ow341kh5kw20sh2sw2ph0pw0",
                 "standard:mb4ic1ih161iw700oc32oh79ow341kh5kw20sh2sw2ph0pw0", 2);
    expect_layer(1, "mb8ic2048ih7oc512oh7kh1sh2ph3", "standard:mb8ic2048ih7oc512oh7kh1sh2ph3", 1);
    expect_layer(2, "mb4ic32ih79iw341oc32oh38ow166kh5kw10sh2sw2ph0pw0",
                 "standard:mb4ic32ih79iw341oc32oh38ow166kh5kw10sh2sw2ph0pw0", 1);
    expect_left_out(0, "a tuple that has not 11 numbers", 4, 1);
    expect_left_out(1, "a row without all its numbers", 9, 1);
    expect_same_sweep();
}

/* A line that is too long is left out whole: a part of it would be another problem. */
Test(import, lines_that_are_too_long_are_left_out)
{
    char text[6000];
    (void)snprintf(text, sizeof text, "make_tuple(9, 9, 4, 1, 4, 3, 3, 1, 1, 1, 1)\n%5000s%s\n",
                   "make_tuple(", "8, 8, 4, 1, 4, 3, 3, 1, 1, 1, 1)");
    memset(strchr(text, '\n') + 1, 'x', 4900);
    import(text, "deepbench");
    cr_assert_eq(imported.layer_count, 1);
    expect_left_out(0, "a line of more than 4095 bytes", 2, 1);
}

Test(import, csv_with_a_heading_of_sizes)
{
    import("\xEF\xBB\xBFname;note;ic;ih;oc;kh;sh;ph;count;form\r\n"
           "first;\"a; b\";3;224;64;7;2;3;;\r\n"
           "\"has \"\"quotes\"\"\";;64;56;64;3;;1;4;separable\r\n"
           "'=1+1;;64;56;64;3;;1;1;\r\n"
           "bad;;6x;56;64;3;;1;1;\r\n"
           "bad;;64;56;;3;;1;1;\r\n",
           "csv");
    cr_assert_eq(imported.layer_count, 3);
    expect_layer(0, "first", "standard:mb1ic3ih224oc64oh112kh7sh2ph3", 1);
    expect_layer(1, "has _quotes_", "separable:mb1ic64ih56oc64oh56kh3ph1", 4);
    expect_layer(2, "_1+1", "standard:mb1ic64ih56oc64oh56kh3ph1", 1);
    expect_left_out(0, "a size that is no number", 5, 1);
    expect_left_out(1, "oc: got none, expected oc with a number", 6, 1);
    expect_same_sweep();
}

Test(import, csv_with_depth_multipliers)
{
    import("form,ic,ih,oc,kh,ph,dm,name\n"
           "separable,32,56,64,3,1,2,a\n"
           "separable,32,56,64,3,1,1,b\n"
           "separable,32,56,64,3,1,,b\n"
           "standard,32,56,64,3,1,2,c\n"
           "separable,32,56,64,3,1,0,d\n",
           "csv");
    cr_assert_eq(imported.layer_count, 2);
    expect_layer(0, "a", "separable:mb1ic32ih56oc64oh56kh3ph1dm2", 1);
    expect_layer(1, "b", "separable:mb1ic32ih56oc64oh56kh3ph1", 2);
    expect_left_out(0,
                    "dm: got dm2, expected dm only in a separable problem; in a depthwise one oc "
                    "is ic times it",
                    5, 1);
    expect_left_out(1, "got dm0, expected dm with a number from 1 to 2147483647", 6, 1);
    expect_same_sweep();
}

Test(import, csv_with_a_column_of_problems)
{
    import("device,problem,layer\n"
           "cpu,\"inverted:mb1ic16ih8oc16oh8kh3ph1mc96res1n\"\"net/b\"\"\",b\n"
           "cpu,inverted:mb1ic16ih8oc16oh8kh3ph1mc97,c\n"
           "cpu,,network\n",
           "csv");
    cr_assert_eq(imported.layer_count, 1);
    expect_layer(0, "b", "inverted:mb1ic16ih8oc16oh8kh3ph1mc96res1", 1);
    expect_left_out(0, "mc is no multiple of ic", 3, 1);
    expect_left_out(1, "a row without a problem", 4, 1);
    expect_same_sweep();
}

Test(import, names_are_made_fit_for_a_sweep)
{
    import("ic1ih5oc1kh3n[a];#=\"\n"
           "ic1ih5oc1kh2n/features/conv1/Conv\n"
           "ic1ih5oc1kh1n/features/conv1/Conv\n"
           "ic2ih5oc1kh3n\xff\xfe\n"
           "ic2ih5oc1kh4naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaa\n"
           "ic2ih5oc1kh5naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaa\n",
           "benchdnn");
    cr_assert_eq(imported.layer_count, 4);
    cr_expect_str_eq(imported.layers[0].name, "features.conv1.Conv");
    cr_expect_str_eq(imported.layers[1].name, "features.conv1.Conv_2");
    cr_expect_eq(strlen(imported.layers[2].name), 55);
    cr_expect_str_eq(imported.layers[3].name + 55, "_4");
    cr_expect_eq(imported.left_out_count, 2);
    expect_same_sweep();
}

/* U+0090 is valid UTF-8, but no name: libFuzzer found it. */
Test(import, names_with_control_characters_of_two_bytes)
{
    import("ic,ih,oc,kh,name\n3,5,4,3,a\xc2\x90z\n", "csv");
    cr_assert_eq(imported.layer_count, 1);
    cr_expect_str_eq(imported.layers[0].name, "a__z");
    expect_same_sweep();
}

/* Puts one of the small models of make_models.py where the tests' file is; the caller frees it. */
static char *take_model(const char *name, size_t *size)
{
    char from[512];
    (void)snprintf(from, sizeof from, "%s/tests/unit/models/%s", CONVLENS_SOURCE_DIR, name);
    struct cvl_text bytes = {0};
    cr_assert_eq(cvl_file_read(from, &bytes), 0, "%s", from);
    *size = bytes.length;
    write_file(bytes.data, bytes.length);
    return cvl_text_take(&bytes);
}

static enum cvl_status read_with_shape(const char *shape)
{
    const struct cvl_import_options options = {.shapes = &shape, .shape_count = shape ? 1 : 0};
    cvl_import_clear(&imported);
    return cvl_import_read(path, &options, &imported, &error);
}

Test(import, onnx_model_with_a_shape_that_is_computed)
{
    size_t size;
    free(take_model("small.onnx", &size));
    cr_assert_eq(read_with_shape("x=2x3x33x32"), CVL_OK, "%s", error.text);
    cr_expect_str_eq(imported.format, "onnx");
    cr_assert_eq(imported.layer_count, 4);
    expect_layer(0, "first.Conv", "standard:mb2ic3ih33iw32oc8oh17ow16kh3kw3sh2sw2ph1pw1", 1);
    expect_layer(1, "depthwise", "depthwise:mb2g8ic8ih17iw16oc8oh9ow8kh3kw3sh2sw2ph1pw0", 1);
    expect_layer(2, "pointwise", "pointwise:mb1ic8ih18oc16oh18kh1ph0", 1);
    expect_layer(3, "transposed", "transposed:mb1ic16ih18oc4oh36kh2sh2ph0", 1);
    expect_left_out(0, "Clip is no convolution", 0, 1);
    cr_expect_str_eq(imported.no_network, "network: pointwise: expected an input of 1x8x18x18, got "
                                          "2x1296x1x1"); /* what is computed is for one image */
    expect_same_sweep();
    cr_assert_eq(read_with_shape("3x3x9x8"), CVL_OK, "%s", error.text);
    cr_expect_eq(imported.layers[0].problem.mb, 3);
}

Test(import, onnx_shapes_that_are_wrong)
{
    size_t size;
    free(take_model("small.onnx", &size));
    cr_expect_eq(read_with_shape(NULL), CVL_BAD_INPUT);
    cr_expect_str_eq(error.text, "the input 'x' has the shape 1x3x?x?: expected --shape "
                                 "'x=1x3x224x224', with a number for each size");
    cr_expect_eq(read_with_shape("y=1x3x9x9"), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "--shape"), "%s", error.text);
    cr_expect_eq(read_with_shape("x=1x3xax9"), CVL_BAD_INPUT);
    cr_expect_str_eq(error.text, "--shape: x: got '1x3xax9', expected sizes such as 1x3x224x224");
    cr_expect_eq(read_with_shape("x=1x4x9x9"), CVL_OK, "%s",
                 error.text); /* the first does not fit */
    cr_expect_str_eq(imported.left_out[0].reason,
                     "weights that do not fit the channels of the input");
}

static void expect_step(size_t index, const char *name, enum cvl_op_kind kind, int input)
{
    const struct cvl_network *network = &imported.network;
    cr_assert_lt(index, network->step_count);
    cr_expect_str_eq(network->steps[index].layer, name);
    cr_expect_eq(network->steps[index].op.kind, kind, "%s", name);
    cr_expect_eq(cvl_network_input(network, index, 0), (uint32_t)input, "%s", name);
}

/* graph.onnx: what make_models.py says of it. */
Test(import, onnx_model_with_branches)
{
    size_t size;
    free(take_model("graph.onnx", &size));
    cr_assert_eq(read_with_shape(NULL), CVL_OK, "%s", error.text);
    cr_expect_str_empty(imported.no_network);
    cr_expect_eq(imported.left_out_count, 0, "all of it is in the network");
    cr_expect_eq(imported.layer_count, 2);
    const struct cvl_network *network = &imported.network;
    cr_assert_eq(network->step_count, 16,
                 "neither the node that nothing needs, nor a split's half");
    expect_step(0, "stem", CVL_OP_CONVOLUTION, -1);
    expect_step(1, "bn", CVL_OP_NORM, 0);
    expect_step(2, "act", CVL_OP_ACTIVATION, 1);
    expect_step(3, "squeeze", CVL_OP_POOL, 2);
    expect_step(4, "gate", CVL_OP_ACTIVATION, 3);
    expect_step(5, "scale", CVL_OP_MULTIPLY, 2);
    expect_step(6, "left", CVL_OP_CONVOLUTION, 5);
    expect_step(7, "right", CVL_OP_CONVOLUTION, 2);
    expect_step(8, "sum", CVL_OP_ADD, 6);
    expect_step(9, "join", CVL_OP_CONCAT, 6);
    expect_step(10, "pool", CVL_OP_POOL, 9);
    expect_step(11, "split", CVL_OP_OTHER, 10);
    expect_step(12, "shift", CVL_OP_NORM, 11);
    expect_step(13, "flat", CVL_OP_RESHAPE, 12);
    expect_step(14, "head", CVL_OP_MATMUL, 13);
    expect_step(15, "output", CVL_OP_RESHAPE, 8);
    cr_expect_eq(network->steps[1].op.weights, 4 * 8);
    cr_expect_eq(network->steps[2].op.function, CVL_HARD_SWISH);
    cr_expect_eq(network->steps[3].op.kh, 8);
    cr_expect_eq(network->steps[3].op.function, CVL_AVERAGE);
    cr_expect_eq(cvl_network_input_count(network, 9), 3);
    cr_expect_eq(network->steps[9].op.out.c, 24);
    cr_expect_eq(network->steps[10].op.out.h, 4, "the last window is not whole");
    cr_expect_eq(network->steps[12].op.weights, 8);
    cr_expect_eq(network->steps[13].op.out.c, 96);
    cr_expect_eq(network->steps[14].op.weights, 960);
    cr_expect_eq(imported.network_layers[7], 1);
    cr_expect_eq(imported.network_layers[8], SIZE_MAX);
    expect_same_sweep();
    cr_assert_eq(read_with_shape("3x3x16x12"), CVL_OK, "%s", error.text);
    cr_assert_eq(imported.network.step_count, 16, "%s", imported.no_network);
    cr_expect_eq(imported.network.steps[13].op.out.mb, 3);
    expect_same_sweep();
}

Test(import, tflite_model)
{
    size_t size;
    free(take_model("small.tflite", &size));
    cr_assert_eq(read_with_shape(NULL), CVL_OK, "%s", error.text);
    cr_expect_str_eq(imported.format, "tflite");
    cr_assert_eq(imported.layer_count, 5);
    expect_layer(0, "first.conv", "standard:mb1ic3ih33iw32oc8oh17ow16kh3kw3sh2sw2ph1pw0", 1);
    expect_layer(1, "depthwise", "depthwise:mb1g8ic8ih17iw16oc8oh17ow16kh3kw3ph2pw2dh1dw1", 1);
    expect_layer(2, "pointwise", "pointwise:mb1ic8ih17iw16oc16oh17ow16kh1kw1ph0pw0", 1);
    expect_layer(3, "multiplied", "depthwise:mb1g8ic8ih17iw16oc16oh15ow14kh3kw3ph0pw0", 1);
    expect_left_out(0, "RELU is no convolution", 0, 1);
    expect_layer(4, "transposed", "transposed:mb1ic16ih17iw16oc4oh33ow32kh3kw3sh2sw2ph1pw0", 1);
    cr_expect_eq(imported.left_out_count, 1);
    cr_expect_str_eq(imported.no_network, "the model has no input");
    expect_same_sweep();
    cr_expect_eq(read_with_shape("1x2"), CVL_BAD_INPUT);
}

/* Zeros around an image are the convolution's own; what else reads them keeps the operator. */
Test(import, tflite_graph)
{
    size_t size;
    const struct cvl_network *network = &imported.network;
    free(take_model("graph.tflite", &size));
    cr_assert_eq(read_with_shape(NULL), CVL_OK, "%s", error.text);
    cr_assert_eq(imported.layer_count, 3);
    expect_layer(0, "stem", "standard:mb1ic3ih17iw14oc8oh8ow7kh3kw3sh2sw2ph0pw1", 1);
    expect_layer(1, "excite", "pointwise:mb1ic8ih1oc8oh1kh1ph0", 1);
    expect_layer(2, "depthwise", "depthwise:mb1g8ic8ih8iw7oc8oh8ow7kh3kw3ph1pw1", 1);
    cr_expect_eq(cvl_problem_pad_bottom(&imported.layers[0].problem), 0,
                 "the last row of padding is not read");
    cr_assert_eq(network->step_count, 12, "%s", imported.no_network);
    expect_step(0, "stem", CVL_OP_CONVOLUTION, -1);
    expect_step(1, "sigmoid", CVL_OP_ACTIVATION, 0);
    expect_step(2, "swish", CVL_OP_MULTIPLY, 0);
    expect_step(3, "squeeze", CVL_OP_POOL, 2);
    expect_step(4, "excite", CVL_OP_CONVOLUTION, 3);
    expect_step(5, "gate", CVL_OP_ACTIVATION, 4);
    expect_step(6, "scale", CVL_OP_MULTIPLY, 2);
    expect_step(7, "pad_twice", CVL_OP_OTHER, 6);
    expect_step(8, "depthwise", CVL_OP_CONVOLUTION, 6);
    expect_step(9, "relu", CVL_OP_ACTIVATION, 7);
    expect_step(10, "mean", CVL_OP_POOL, 8);
    expect_step(11, "rows_mean", CVL_OP_REDUCE, 8);
    cr_expect_eq(network->steps[3].op.kh, 8);
    cr_expect_eq(network->steps[3].op.kw, 7);
    cr_expect_eq(network->steps[3].op.function, CVL_AVERAGE);
    cr_expect_eq(network->steps[10].op.out.c, 8);
    expect_same_sweep();
}

/* Its layer is there once, so no network has it twice. */
Test(import, a_convolution_has_one_output)
{
    size_t size;
    free(take_model("two_outputs.tflite", &size));
    cr_assert_eq(read_with_shape(NULL), CVL_OK, "%s", error.text);
    cr_assert_eq(imported.layer_count, 1);
    cr_expect_str_eq(imported.no_network, "first (CONV_2D) has several outputs");
    expect_same_sweep();
}

/* Mirrored rows, and ones, are no padding of ours. */
Test(import, onnx_padding)
{
    size_t size;
    const struct cvl_network *network = &imported.network;
    free(take_model("padded.onnx", &size));
    cr_assert_eq(read_with_shape(NULL), CVL_OK, "%s", error.text);
    cr_assert_eq(imported.layer_count, 3);
    expect_layer(0, "stem", "standard:mb1ic3ih17iw14oc8oh8ow7kh3kw3sh2sw2ph0pw1", 1);
    expect_layer(1, "second", "standard:mb1ic8ih10iw9oc8oh8ow7kh3kw3ph0pw0", 1);
    expect_layer(2, "third", "standard:mb1ic8ih10iw9oc8oh4ow4kh3kw3sh2sw2ph0pw0", 1);
    cr_assert_eq(network->step_count, 7, "%s", imported.no_network);
    expect_step(0, "stem", CVL_OP_CONVOLUTION, -1);
    expect_step(1, "mirrored", CVL_OP_OTHER, 0);
    expect_step(2, "second", CVL_OP_CONVOLUTION, 1);
    expect_step(3, "ones", CVL_OP_OTHER, 2);
    expect_step(4, "third", CVL_OP_CONVOLUTION, 3);
    expect_step(5, "over_images", CVL_OP_POOL, 4);
    expect_step(6, "over_channels", CVL_OP_REDUCE, 4);
    cr_expect_eq(network->steps[5].op.kh, 4);
    cr_expect_eq(network->steps[5].op.function, CVL_AVERAGE);
    expect_same_sweep();
}

/* Cut off anywhere, with bytes changed and moved: an error or a sound sweep. */
Test(import, damaged_models_make_sound_sweeps_or_none)
{
    static const char *const names[] = {"small.onnx", "small.tflite", "graph.onnx", "graph.tflite",
                                        "padded.onnx"};
    static const char *const shapes[] = {"x=1x3x33x32", NULL, NULL, NULL, NULL};
    struct cvl_random random = {.state = 9};
    for (int i = 0; i < 5; i++) {
        size_t size, sound = 0;
        char *model = take_model(names[i], &size), *copy = malloc(size);
        for (int n = 0; n < 4000; n++) {
            memcpy(copy, model, size);
            for (uint64_t changes = cvl_random_below(&random, 8); changes > 0; changes--)
                copy[cvl_random_below(&random, size)] = (char)cvl_random_below(&random, 256);
            write_file(copy, n % 4 == 0 ? cvl_random_below(&random, size) : size);
            const enum cvl_status status = read_with_shape(shapes[i]);
            cr_assert(status == CVL_OK || status == CVL_BAD_INPUT, "%s", error.text);
            if (status == CVL_OK)
                expect_same_sweep();
            sound += status == CVL_OK;
        }
        cr_expect_gt(sound, 400, "%s: %zu", names[i], sound);
        free(model);
        free(copy);
    }
}

/* A sweep has no padding that is less than nothing, but for rows that are not read. */
Test(import, rows_that_are_not_read_stay_unread)
{
    import("ic4ih9oc4oh3kh3ph0 ic4ih9iw9oc4oh4ow9kh3kw3sh1sw1ph0pw2 ic4ih9oc4oh20kh3ph0\n",
           "benchdnn");
    cr_assert_eq(imported.layer_count, 3);
    cr_expect_eq(cvl_problem_pad_bottom(&imported.layers[0].problem), -4);
    expect_same_sweep();
}

Test(import, formats_can_be_named)
{
    static const char text[] = "make_tuple(9, 9, 4, 1, 4, 3, 3, 1, 1, 1, 1) mb1ic4ih5oc4kh3\n";
    write_file(text, strlen(text));
    cr_assert_eq(cvl_import_read(path, &(struct cvl_import_options){.format = "benchdnn"},
                                 &imported, &error),
                 CVL_OK, "%s", error.text);
    cr_expect_eq(imported.layers[0].problem.ih, 5);
    cvl_import_clear(&imported);
    cr_expect_eq(
        cvl_import_read(path, &(struct cvl_import_options){.format = "benchdn"}, &imported, &error),
        CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "did you mean 'benchdnn'"), "%s", error.text);
}

static void expect_refused(const char *bytes, size_t size, const char *message)
{
    write_file(bytes, size);
    cr_expect_eq(cvl_import_read(path, NULL, &imported, &error), CVL_BAD_INPUT, "%s", bytes);
    cr_expect_not_null(strstr(error.text, message), "%s", error.text);
    cvl_import_clear(&imported);
}

Test(import, what_is_no_list_of_layers_is_refused)
{
    expect_refused("", 0, "got an empty file");
    expect_refused("hello\n", 6, "got an unknown format, expected onnx");
    expect_refused("\0\0\0\0", 4, "got an unknown format");
    expect_refused("ic4id8oc4kd3", 12,
                   "three dimensions are not supported), expected at least one");
    cr_expect_eq(cvl_import_read(folder, NULL, &imported, &error), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "got a directory"), "%s", error.text);
    cr_expect_eq(cvl_import_read("/nonexistent", NULL, &imported, &error), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
}

Test(import, a_sweep_is_none)
{
    static const char sweep[] = "# mb1ic4ih5oc4kh3\n\n[sweep]\nname = ic4ih5oc4kh3\n";
    write_file(sweep, strlen(sweep));
    cr_expect_not(cvl_import_is_one(path));
    cr_expect_not(cvl_import_is_one("-"));
    cr_expect_not(cvl_import_is_one("/dev/null"));
}

/* Whatever is read, the sweep that is made of it can be read. */
Test(import, damaged_files_make_sound_sweeps_or_none)
{
    static const char *const seeds[] = {
        "mb1ic4ih5oc4kh3n\"a\" --mb=3 ic4iw5oc4kw3ph0 # c\n--batch=x\ng2ic4ih5oc4kh3dh1_ph9sh2\n",
        "MIOpenDriver conv -n 1 -c 4 -H 9 -W 9 -k 8 -y 3 -x 3 -z same -u 2\nconvfp16 --in_h=5 -g "
        "3\n",
        "std::make_tuple(9, 9, 4, 1, 4, 3, 3, 1, 1, 1, 1),\n| W = 5, H = 5, C = 1, N = 4 | R = 5, "
        "S = 5 "
        "| 8 | 0,0 | 2,2 |\n",
        "ic,ih,oc,kh,name,count,form\n4,9,8,3,\"a,\"\"b\",2,standard\n4,9,4,3,'=x,1,inverted\n",
    };
    struct cvl_random random = {.state = 5};
    size_t sound = 0;
    for (int i = 0; i < 4000; i++) {
        char text[512];
        cvl_copy(text, sizeof text, seeds[i % 4]);
        const size_t length = strlen(text);
        for (uint64_t changes = cvl_random_below(&random, 6); changes > 0; changes--)
            text[cvl_random_below(&random, length)] = (char)cvl_random_below(&random, 256);
        write_file(text, length - (i % 5 == 0 ? cvl_random_below(&random, length) : 0));
        const enum cvl_status status = cvl_import_read(path, NULL, &imported, &error);
        cr_assert(status == CVL_OK || status == CVL_BAD_INPUT, "%s", error.text);
        if (status == CVL_OK)
            expect_same_sweep();
        sound += status == CVL_OK;
        cvl_import_clear(&imported);
    }
    cr_expect_gt(sound, 1000);
}
