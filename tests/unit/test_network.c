#include <criterion/criterion.h>

#include <string.h>

#include <convlens/network.h>

/* Two layers, the second twice, with a residual; it owns nothing. */
struct sample {
    struct cvl_network_step steps[3];
    struct cvl_residual residuals[2];
    struct cvl_network network;
};

static void make(struct sample *sample)
{
    *sample = (struct sample){
        .steps = {{"a", 1, 1, {.form = CVL_STANDARD}}, {"b", 1, 2, {0}}, {"b", 2, 2, {0}}},
        .residuals = {{1, 2}, {2, 2}},
        .network = {.name = "net", .form = CVL_SEPARABLE, .step_count = 3, .residual_count = 2},
    };
    cr_assert_eq(cvl_problem_parse("ic3ih8oc4kh3ph1n\"net/a\"", &sample->steps[0].problem, NULL),
                 CVL_OK);
    for (int i = 1; i < 3; i++)
        cr_assert_eq(
            cvl_problem_parse("separable:ic4ih8oc4kh3ph1", &sample->steps[i].problem, NULL),
            CVL_OK);
    sample->network.steps = sample->steps;
    sample->network.residuals = sample->residuals;
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
        sample->network.residual_count--;
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
        sample->residuals[0].from--;
        break;
    default:
        sample->residuals[1].to++;
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
    cr_expect_eq(copy.residual_count, 0);
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
    cr_expect_null(copy.residuals);
    cr_expect_eq(copy.step_count, 0);
    cr_expect_eq(copy.residual_count, 0);
    cr_expect_str_empty(copy.name);
    cvl_network_clear(&copy);
}
