#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/sweep.h>

#include "base/random.h"

static struct cvl_sweep sweep;

static void read_text(const char *text)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(sweep.network_count, 1);
}

static void clear(void)
{
    cvl_sweep_clear(&sweep);
}

TestSuite(network_order, .fini = clear);

static struct cvl_network_order order_best(void)
{
    struct cvl_network_order order;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_network_order_best(&sweep.networks[0], &order, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_network_check(&sweep.networks[0], &err), CVL_OK, "%s", err.text);
    return order;
}

static void expect_steps(const char *expected)
{
    char text[512] = "";
    for (size_t i = 0; i < sweep.networks[0].step_count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, sweep.networks[0].steps[i].layer);
    }
    cr_expect_str_eq(text, expected);
}

#define POINT(name, from, in, out)                                                                 \
    "[layer " name "]\nfrom = " from "\nin = " #in "x4x4\nout = " #out "\nkernel = 1\n"
#define HEAD "[sweep]\nforms = pointwise\n[network]\n"

/* Two branches that grow and shrink again: the one that is begun is finished first. */
Test(network_order, branches_one_after_the_other)
{
    read_text(HEAD POINT("stem", "input", 1, 2) POINT("a1", "stem", 2, 50)
                  POINT("b1", "stem", 2, 40) POINT("a2", "a1", 50, 1)
                      POINT("b2", "b1", 40, 1) "[op sum]\ntype = add\nfrom = a2, b2\n");
    const struct cvl_network_order order = order_best();
    cr_expect(order.is_exact);
    cr_expect_eq(order.before_elements, 16 * (2 + 50 + 40), "the stem, a1 and b1");
    cr_expect_eq(order.after_elements, 16 * (2 + 1 + 50), "the stem, b2 and a1");
    expect_steps("stem b1 b2 a1 a2 sum");
    cr_expect_eq(cvl_network_input(&sweep.networks[0], 3, 0), 0);
    cr_expect_eq(cvl_network_input(&sweep.networks[0], 5, 0), 4);
    cr_expect_eq(cvl_network_input(&sweep.networks[0], 5, 1), 2);
}

/* What is as good already stays as it is, names of repetitions included. */
Test(network_order, a_chain_stays_as_it_is)
{
    read_text(HEAD "[layer a]\nin = 4x4x4\nout = 4\nkernel = 1\ncount = 3\n");
    const struct cvl_network_order order = order_best();
    cr_expect(order.is_exact);
    cr_expect_eq(order.before_elements, order.after_elements);
    cr_expect_eq(order.after_elements, 2 * 64);
    expect_steps("a a a");
}

/* An op in place needs no tensor of its own, unless its input is needed after it. */
Test(network_order, ops_in_place)
{
    read_text(HEAD POINT("stem", "input", 1, 8) "[op act]\ntype = activation\n" POINT(
        "a", "act", 8, 8) "[op sum]\ntype = add\nfrom = a, act\n");
    const struct cvl_network_order order = order_best();
    cr_expect_eq(order.after_elements, 16 * (8 + 8));
}

/* The peak of an order, counted step by step without the code under test. */
static uint64_t count_peak(const struct cvl_network *network)
{
    uint64_t peak = 0;
    for (uint32_t now = 0; now < network->step_count; now++) {
        uint64_t live = 0;
        for (uint32_t t = 0; t <= now + 1; t++) {
            const uint32_t tensor = t == 0 ? CVL_NETWORK_INPUT : t - 1;
            const uint32_t last = cvl_network_last_reader(network, tensor);
            const struct cvl_shape shape = cvl_network_shape(network, tensor);
            if (last == CVL_NETWORK_INPUT || last >= now)
                live += cvl_shape_elements(&shape);
        }
        peak = live > peak ? live : peak;
    }
    return peak;
}

/* Every order of the steps from `at` on that is possible. */
static void try_all(struct cvl_network *network, const struct cvl_network *from, uint32_t *number,
                    size_t at, uint64_t *best)
{
    if (at == from->step_count) {
        const uint64_t peak = count_peak(network);
        *best = peak < *best ? peak : *best;
        return;
    }
    for (uint32_t step = 0; step < from->step_count; step++) {
        bool ready = number[step] == UINT32_MAX;
        for (size_t i = 0; i < cvl_network_input_count(from, step); i++) {
            const uint32_t input = cvl_network_input(from, step, i);
            ready &= input == CVL_NETWORK_INPUT || number[input] != UINT32_MAX;
        }
        if (!ready)
            continue;
        const size_t inputs = network->input_count;
        number[step] = (uint32_t)at;
        network->steps[at] = from->steps[step];
        network->steps[at].input_count = 0;
        network->step_count = at + 1;
        for (size_t i = 0; i < cvl_network_input_count(from, step); i++) {
            const uint32_t input = cvl_network_input(from, step, i);
            cr_assert_eq(cvl_network_add_input(
                             network, input == CVL_NETWORK_INPUT ? input : number[input], NULL),
                         CVL_OK);
        }
        try_all(network, from, number, at + 1, best);
        network->input_count = inputs;
        network->step_count = at;
        number[step] = UINT32_MAX;
    }
}

/* Random graphs of convolutions and sums over concatenated channels: no order needs less. */
Test(network_order, no_order_needs_less)
{
    struct cvl_random random = {5};
    for (int n = 0; n < 200; n++) {
        struct cvl_network network = {.input = {1, 3, 1, 1}}, copy, tried;
        const size_t steps = 2 + cvl_random_below(&random, 6);
        uint64_t best = UINT64_MAX;
        uint32_t number[8];
        network.steps = calloc(steps, sizeof *network.steps);
        for (size_t i = 0; i < steps; i++) {
            struct cvl_network_step *step = &network.steps[network.step_count++];
            step->op.kind = CVL_OP_OTHER;
            step->op.out = (struct cvl_shape){1, 1 + (int32_t)cvl_random_below(&random, 30), 1, 1};
            step->layer[0] = (char)('a' + i);
            for (uint64_t k = 1 + cvl_random_below(&random, 3); k > 0; k--) {
                const uint64_t input = cvl_random_below(&random, i + 1);
                cr_assert_eq(cvl_network_add_input(
                                 &network, input == i ? CVL_NETWORK_INPUT : (uint32_t)input, NULL),
                             CVL_OK);
            }
            number[i] = UINT32_MAX;
        }
        cr_assert_eq(cvl_network_copy(&network, &copy, NULL), CVL_OK);
        cr_assert_eq(cvl_network_copy(&network, &tried, NULL), CVL_OK);
        tried.step_count = tried.input_count = 0;
        try_all(&tried, &network, number, 0, &best);
        struct cvl_network_order order;
        cr_assert_eq(cvl_network_order_best(&copy, &order, NULL), CVL_OK);
        cr_expect(order.is_exact);
        cr_expect_eq(order.before_elements, count_peak(&network), "%d", n);
        cr_expect_eq(order.after_elements, best, "%d: %zu steps", n, steps);
        cr_expect_eq(count_peak(&copy), best, "%d", n);
        cvl_network_clear(&network);
        cvl_network_clear(&copy);
        cvl_network_clear(&tried);
    }
}
