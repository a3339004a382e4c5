#include <criterion/criterion.h>

#include <string.h>

#include <convlens/network.h>

/* Two layers, the second twice, and the sum of what the last two make; it owns nothing. */
struct sample {
    struct cvl_network_step steps[4];
    uint32_t inputs[2];
    struct cvl_network network;
};

static void make(struct sample *sample)
{
    *sample = (struct sample){
        .steps = {{.layer = "a", .repetition = 1, .repetitions = 1},
                  {.layer = "b", .repetition = 1, .repetitions = 2},
                  {.layer = "b", .repetition = 2, .repetitions = 2},
                  {.layer = "b/add",
                   .op = {.kind = CVL_OP_ADD, .out = {1, 4, 8, 8}},
                   .first_input = 0,
                   .input_count = 2}},
        .inputs = {2, 1},
        .network = {.name = "net", .form = CVL_SEPARABLE, .step_count = 4, .input_count = 2},
    };
    cr_assert_eq(cvl_problem_parse("ic3ih8oc4kh3ph1n\"net/a\"", &sample->steps[0].problem, NULL),
                 CVL_OK);
    for (int i = 1; i < 3; i++)
        cr_assert_eq(
            cvl_problem_parse("separable:ic4ih8oc4kh3ph1", &sample->steps[i].problem, NULL),
            CVL_OK);
    sample->network.steps = sample->steps;
    sample->network.inputs = sample->inputs;
}

Test(network, a_layer_has_no_name)
{
    struct sample sample;
    make(&sample);
    cr_expect_not(cvl_network_is_layer(&sample.network));
    sample.network.step_count = 1;
    cr_expect_not(cvl_network_is_layer(&sample.network), "a network of one step");
    sample.network.name[0] = '\0';
    cr_expect(cvl_network_is_layer(&sample.network));
}

static void change(struct sample *sample, int what)
{
    switch (what) {
    case 0:
        sample->network.form = CVL_STANDARD;
        break;
    case 1:
        sample->network.step_count--;
        break;
    case 2:
        sample->steps[3].op.function = CVL_RELU;
        break;
    case 3:
        sample->steps[2].problem.oc++;
        break;
    case 4:
        sample->steps[0].problem.form = CVL_INVERTED;
        break;
    case 5:
        sample->steps[1].layer[0] = 'c';
        break;
    case 6:
        sample->inputs[0] = 0;
        break;
    default:
        sample->steps[3].op.out.c++;
    }
}

Test(network, each_difference_counts)
{
    for (int what = 0; what < 8; what++) {
        struct sample a, b;
        make(&a);
        make(&b);
        cr_expect(cvl_network_equal(&a.network, &b.network));
        change(&b, what);
        cr_expect_not(cvl_network_equal(&a.network, &b.network), "change %d", what);
        cr_expect_not(cvl_network_equal(&b.network, &a.network), "change %d", what);
    }
}

Test(network, its_own_name_does_not_count)
{
    struct sample a, b;
    make(&a);
    make(&b);
    strcpy(b.network.name, "other");
    strcpy(b.steps[0].problem.name, "other/a");
    cr_expect(cvl_network_equal(&a.network, &b.network));
}

/* A copy shares nothing with what it is a copy of. */
Test(network, copies_are_apart)
{
    struct sample sample, before;
    struct cvl_network copy;
    struct cvl_error err = {0};
    make(&sample);
    make(&before);
    cr_assert_eq(cvl_network_copy(&sample.network, &copy, &err), CVL_OK, "%s", err.text);
    cr_expect(cvl_network_equal(&sample.network, &copy));
    for (int what = 3; what < 8; what++)
        change(&sample, what);
    cr_expect(cvl_network_equal(&before.network, &copy));
    cr_expect_str_eq(copy.name, "net");
    cr_expect_eq(copy.steps[2].repetition, 2);
    cr_expect_eq(copy.steps[2].repetitions, 2);
    cr_expect_str_eq(copy.steps[0].problem.name, "net/a");
    cvl_network_clear(&copy);
}

Test(network, copy_of_a_layer)
{
    struct sample sample;
    struct cvl_network copy;
    make(&sample);
    sample.network = (struct cvl_network){.steps = sample.steps, .step_count = 1};
    cr_assert_eq(cvl_network_copy(&sample.network, &copy, NULL), CVL_OK);
    cr_expect(cvl_network_equal(&sample.network, &copy));
    cr_expect(cvl_network_is_layer(&copy));
    cr_expect_eq(copy.input_count, 0);
    cvl_network_clear(&copy);
}

Test(network, clear)
{
    struct sample sample;
    struct cvl_network copy;
    make(&sample);
    cr_assert_eq(cvl_network_copy(&sample.network, &copy, NULL), CVL_OK);
    cvl_network_clear(&copy);
    cr_expect_null(copy.steps);
    cr_expect_null(copy.inputs);
    cr_expect_eq(copy.step_count, 0);
    cr_expect_eq(copy.input_count, 0);
    cr_expect_str_empty(copy.name);
    cvl_network_clear(&copy);
}

static void expect_shape(struct cvl_shape shape, int32_t c, int32_t h, int32_t w)
{
    cr_expect_eq(shape.mb, 1);
    cr_expect_eq(shape.c, c);
    cr_expect_eq(shape.h, h);
    cr_expect_eq(shape.w, w);
}

Test(network, tensors_have_makers_readers_and_sizes)
{
    struct sample sample;
    make(&sample);
    const struct cvl_network *network = &sample.network;
    cr_expect_eq(cvl_network_input(network, 0, 0), CVL_NETWORK_INPUT);
    cr_expect_eq(cvl_network_input(network, 2, 0), 1, "the step before");
    cr_expect_eq(cvl_network_input_count(network, 3), 2);
    cr_expect_eq(cvl_network_input(network, 3, 1), 1);
    cr_expect_eq(cvl_network_last_reader(network, CVL_NETWORK_INPUT), 0);
    cr_expect_eq(cvl_network_last_reader(network, 1), 3);
    cr_expect_eq(cvl_network_last_reader(network, 3), CVL_NETWORK_INPUT, "an output");
    expect_shape(cvl_network_shape(network, CVL_NETWORK_INPUT), 3, 8, 8);
    expect_shape(cvl_network_shape(network, 1), 4, 8, 8);
    expect_shape(cvl_network_shape(network, 3), 4, 8, 8);
    const struct cvl_shape large = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    cr_expect_eq(cvl_shape_elements(&large), INT64_MAX);
}

Test(network, totals_are_those_of_the_convolutions)
{
    struct sample sample;
    make(&sample);
    const struct cvl_network_totals totals = cvl_network_totals(&sample.network);
    cr_expect_eq(totals.convolutions, 1 + 2 + 2);
    cr_expect_eq(totals.weights, 4 * 3 * 9 + 2 * (4 * 9 + 4 * 4));
    cr_expect_eq(totals.multiply_adds, 64 * totals.weights, "each weight once a pixel");
    cr_expect_eq(cvl_network_flops(&sample.network, CVL_FORWARD), 2 * totals.multiply_adds);
}

/* The sum with another op in its place; NULL: it fits. */
static void expect_check(struct cvl_op op, uint32_t input_count, const char *fault)
{
    struct sample sample;
    struct cvl_error err = {0};
    make(&sample);
    sample.steps[3].op = op;
    sample.steps[3].input_count = input_count;
    const enum cvl_status status = cvl_network_check(&sample.network, &err);
    cr_expect_eq(status, fault ? CVL_BAD_INPUT : CVL_OK, "%s", err.text);
    cr_expect(!fault || strstr(err.text, fault), "%s", err.text);
}

Test(network, what_does_not_fit_is_found)
{
    const struct cvl_shape same = {1, 4, 8, 8}, vector = {1, 4, 1, 1}, both = {1, 8, 8, 8};
    expect_check((struct cvl_op){.kind = CVL_OP_ADD, .out = same}, 2, NULL);
    expect_check((struct cvl_op){.kind = CVL_OP_ADD, .out = same}, 1, "two inputs or more");
    expect_check((struct cvl_op){.kind = CVL_OP_ADD, .out = both}, 2, "of the output's sizes");
    expect_check((struct cvl_op){.kind = CVL_OP_ACTIVATION, .out = same}, 1, NULL);
    expect_check((struct cvl_op){.kind = CVL_OP_ACTIVATION, .out = vector}, 1, "one input");
    expect_check((struct cvl_op){.kind = CVL_OP_CONCAT, .out = both}, 2, NULL);
    expect_check((struct cvl_op){.kind = CVL_OP_CONCAT, .out = same}, 2, "which add up");
    expect_check((struct cvl_op){.kind = CVL_OP_RESIZE, .out = both}, 1, "as many channels");
    expect_check((struct cvl_op){.kind = CVL_OP_RESHAPE, .out = {1, 256, 1, 1}}, 1, NULL);
    expect_check((struct cvl_op){.kind = CVL_OP_RESHAPE, .out = vector}, 1, "as many elements");
    expect_check((struct cvl_op){.kind = CVL_OP_OTHER, .out = {1, 0, 1, 1}}, 1, "1 to 2147483647");
    expect_check((struct cvl_op){.kind = CVL_OP_OTHER, .out = {1, INT32_MAX, 2, 1}}, 1,
                 "1 to 2147483647");
    expect_check((struct cvl_op){.kind = CVL_OP_KIND_COUNT, .out = same}, 1, "an op that is known");
    struct cvl_op pool = {.kind = CVL_OP_POOL,
                          .function = CVL_MAX,
                          .out = {1, 4, 4, 4},
                          .kh = 3,
                          .kw = 3,
                          .sh = 2,
                          .sw = 2,
                          .ph = 1,
                          .pw = 1};
    expect_check(pool, 1, NULL);
    pool.function = CVL_RELU;
    expect_check(pool, 1, "windows that reach");
    pool.function = CVL_AVERAGE;
    pool.out.w = 6; /* the last window begins after the last column */
    expect_check(pool, 1, "windows that reach");
    pool.out.w = 4;
    pool.ph = 3;
    expect_check(pool, 1, "windows that reach");
}

Test(network, a_step_reads_what_is_made_before_it)
{
    struct sample sample;
    struct cvl_error err = {0};
    make(&sample);
    sample.inputs[1] = 3;
    cr_expect_eq(cvl_network_check(&sample.network, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "network: b/add: expected inputs that are made before it");
    make(&sample);
    sample.steps[1].problem.ic = 5;
    cr_expect_eq(cvl_network_check(&sample.network, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "network: b: expected an input of 1x5x8x8, got 1x4x8x8");
}
