#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "one_glob.h"
#include "sweep/cases.h"

static const char *const layers_text = "[sweep]\n"
                                       "name = s\n"
                                       "forms = standard, separable\n"
                                       "dtype = f32\n"
                                       "layout = nhwc, nchw\n"
                                       "[layer a]\n"
                                       "in = 8x6x6\n"
                                       "out = 4\n"
                                       "kernel = 3\n"
                                       "pad = same\n"
                                       "[layer it's]\n"
                                       "in = 4x5x5\n"
                                       "out = 4\n"
                                       "kernel = 3\n"
                                       "pad = 1\n";

#define LAYER(name) "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\n"
#define NET                                                                                        \
    "[sweep]\nname = net\nlayout = nhwc, nchw\n" LAYER("a") LAYER("b") "[network]\nresidual = "    \
                                                                       "a:b\n"

static struct cvl_sweep sweep;
static struct cvl_case *cases;
static size_t count;

static void read_text(const char *text, struct cvl_sweep *out)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", out, &err), CVL_OK, "%s", err.text);
}

static void read_layers(void)
{
    read_text(layers_text, &sweep);
}

static void read_net(void)
{
    read_text(NET, &sweep);
}

static void clear(void)
{
    free(cases);
    cases = NULL;
    cvl_sweep_clear(&sweep);
}

static enum cvl_status try_to_expand(const struct cvl_sweep *sweeps, size_t sweep_count,
                                     const struct cvl_case_filter *filter, struct cvl_error *err)
{
    free(cases);
    cases = NULL;
    count = 0;
    return cvl_cases_create(sweeps, sweep_count, filter, &cases, &count, err);
}

static void expand_all(const struct cvl_sweep *sweeps, size_t sweep_count,
                       const struct cvl_case_filter *filter)
{
    struct cvl_error err = {0};
    cr_assert_eq(try_to_expand(sweeps, sweep_count, filter, &err), CVL_OK, "%s", err.text);
}

static void expand(const struct cvl_case_filter *filter)
{
    expand_all(&sweep, 1, filter);
}

static void expect_refusal(const struct cvl_case_filter *filter, const char *expected)
{
    struct cvl_error err = {0};
    cr_expect_eq(try_to_expand(&sweep, 1, filter, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, expected);
}

/* How many variants compute a form. */
static size_t computing(enum cvl_form form)
{
    size_t number = 0;
    for (size_t v = 0; v < cvl_variant_count(); v++)
        number += cvl_variant_computes(cvl_variant_at(v), form);
    return number;
}

static size_t count_networks(void)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++)
        number += !cvl_network_is_layer(cases[i].network);
    return number;
}

static bool is_same_case(const struct cvl_case *a, const struct cvl_case *b)
{
    const struct cvl_key first = cvl_case_key(a, "0:0"), second = cvl_case_key(b, "0:0");
    return cvl_key_compare(&first, &second, CVL_KEY_ALL) == 0;
}

Test(cases, every_variant_of_the_form, .init = read_layers, .fini = clear)
{
    expand(&(struct cvl_case_filter){0});
    cr_expect_eq(count, 4 * (computing(CVL_STANDARD) + computing(CVL_SEPARABLE)));
}

Test(cases, filters, .init = read_layers, .fini = clear)
{
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("sep_*"),
                                     .layers = ONE_GLOB("a"),
                                     .layouts = {CVL_NCHW},
                                     .layout_count = 1,
                                     .dtypes = {CVL_F16},
                                     .dtype_count = 1});
    cr_expect_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(strncmp(cvl_variant_name(cases[i].variant), "sep_", 4), 0);
        cr_expect_str_eq(cases[i].network->steps[0].layer, "a");
        cr_expect_eq(cases[i].layout, CVL_NCHW);
        cr_expect_eq(cases[i].dtype, CVL_F16);
    }
}

static char *repro_of(const struct cvl_case *item)
{
    return cvl_case_repro(item, "0:0", "convlens run --network 'a b.ini'", "none", NULL);
}

/* Forward once, training with each optimizer; the command that repeats a case says which. */
Test(cases, passes_are_a_dimension, .init = read_layers, .fini = clear)
{
    static const char *const said[] = {"", " --passes training --optimizer momentum",
                                       " --passes training --optimizer adam"};
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("direct"),
                                     .layers = ONE_GLOB("a"),
                                     .layouts = {CVL_NHWC},
                                     .layout_count = 1,
                                     .passes = {CVL_FORWARD, CVL_TRAINING},
                                     .passes_count = 2,
                                     .optimizers = {CVL_MOMENTUM, CVL_ADAM},
                                     .optimizer_count = 2});
    cr_assert_eq(count, 3);
    for (size_t i = 0; i < 3; i++) {
        char *repro = repro_of(&cases[i]);
        const char *passes = strstr(repro, " --passes");
        cr_expect_str_eq(passes ? passes : "", said[i]);
        free(repro);
        for (size_t j = 0; j < 3; j++)
            cr_expect_eq(is_same_case(&cases[i], &cases[j]), i == j);
    }
    cr_expect_eq(cases[0].optimizer, CVL_SGD);
    char *forward = cvl_cases_identity(&cases[0], 1, "x");
    char *momentum = cvl_cases_identity(&cases[1], 1, "x");
    char *adam = cvl_cases_identity(&cases[2], 1, "x");
    cr_expect_str_neq(forward, momentum);
    cr_expect_str_neq(momentum, adam);
    free(forward);
    free(momentum);
    free(adam);
}

static void expect_partition(const struct cvl_sweep *sweeps, size_t sweep_count)
{
    size_t seen = 0;
    expand_all(sweeps, sweep_count, &(struct cvl_case_filter){0});
    struct cvl_case *whole = cases;
    const size_t whole_count = count;
    cases = NULL;
    for (uint32_t shard = 1; shard <= 3; shard++) {
        const struct cvl_case_filter filter = {.shard = shard, .shards = 3};
        struct cvl_error err = {0};
        if (try_to_expand(sweeps, sweep_count, &filter, &err) != CVL_OK)
            cr_assert_eq(count, 0, "%s", err.text); /* fewer groups than shards */
        for (size_t i = 0; i < count; i++) {
            size_t found = 0;
            for (size_t j = 0; j < whole_count; j++)
                found += is_same_case(&cases[i], &whole[j]);
            cr_expect_eq(found, 1);
        }
        seen += count;
    }
    cr_expect_eq(seen, whole_count);
    free(whole);
}

static bool is_compared(const struct cvl_case *a, const struct cvl_case *b)
{
    return a->layout == b->layout && a->dtype == b->dtype && a->passes == b->passes &&
           strcmp(a->network->steps[0].layer, b->network->steps[0].layer) == 0;
}

Test(cases, shards_are_a_partition, .init = read_layers, .fini = clear)
{
    expect_partition(&sweep, 1);
    expand(&(struct cvl_case_filter){0});
    struct cvl_case *whole = cases;
    cases = NULL;
    const size_t whole_count = count;
    expand(&(struct cvl_case_filter){.shard = 2, .shards = 3});
    for (size_t i = 0; i < count; i++) {
        size_t in_whole = 0, in_shard = 0;
        for (size_t j = 0; j < whole_count; j++)
            in_whole += is_compared(&cases[i], &whole[j]);
        for (size_t j = 0; j < count; j++)
            in_shard += is_compared(&cases[i], &cases[j]);
        cr_expect_eq(in_shard, in_whole, "rows that are compared stay together");
    }
    free(whole);
}

Test(cases, shards_of_networks_are_a_partition, .init = read_net, .fini = clear)
{
    expect_partition(&sweep, 1);
}

Test(cases, shards_of_what_is_asked_for_twice_are_a_partition, .init = read_net, .fini = clear)
{
    const struct cvl_sweep twice[2] = {sweep, sweep};
    expect_partition(twice, 2);
}

Test(cases, nothing_left_is_bad_input, .init = read_layers, .fini = clear)
{
    expect_refusal(&(struct cvl_case_filter){.variants = ONE_GLOB("warp")},
                   "--variant: no variant matches 'warp'; there are direct, im2col_gemm, "
                   "clblast_convgemm, dw_direct, pw_direct, pw_gemm, sep_unfused, "
                   "sep_unfused_gemm, sep_banded, sep_fused, winograd_f2, winograd_f4, dw_im2col, "
                   "implicit_gemm, dw_inplace, inv_unfused and 6 more");
    expect_refusal(&(struct cvl_case_filter){.layers = ONE_GLOB("b"), .shard = 7, .shards = 9},
                   "--layer: no layer matches 'b'; there are a, it's");
    expect_refusal(
        &(struct cvl_case_filter){
            .layers = ONE_GLOB("a"), .variants = ONE_GLOB("dw_direct"), .shard = 7, .shards = 9},
        "nothing to run is left by --layer 'a' --variant 'dw_direct' --shard 7/9");
    expect_refusal(&(struct cvl_case_filter){.networks_only = true},
                   "--network: no network is left; it needs a sweep file, and a variant of one of "
                   "the network's forms");
}

/* Layers and networks, both layouts, forward and training: no two rows of a run have one key. */
Test(cases, no_two_cases_have_one_key, .fini = clear)
{
    read_text("[sweep]\nname = net\nlayout = nhwc, nchw\npasses = forward, training\n" LAYER("a")
                  LAYER("b") "[network]\n",
              &sweep);
    expand(&(struct cvl_case_filter){0});
    cr_assert_gt(count_networks(), 0);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            cr_expect_eq(is_same_case(&cases[i], &cases[j]), i == j, "%zu %zu", i, j);
}

Test(cases, a_key_names_its_case, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("sep_fused"), .passes_count = 0});
    cr_assert_eq(count, 6);
    struct cvl_key key = cvl_case_key(&cases[1], "1:0");
    cr_expect_str_eq(key.device, "1:0");
    cr_expect_str_eq(key.network, "");
    cr_expect_str_eq(key.layer, "a");
    cr_expect(cvl_problem_equal(&key.problem, &sweep.networks[1].steps[0].problem));
    cr_expect_eq(key.layout, CVL_NCHW);
    cr_expect_str_eq(key.variant, "sep_fused");
    key = cvl_case_key(&cases[5], "1:0");
    cr_expect_str_eq(key.network, "net");
    cr_expect_str_eq(key.layer, "");
    cr_expect_eq(key.problem.form, CVL_SEPARABLE);
    cr_expect_eq(key.problem.ic, 0);
    cr_expect_eq(key.layout, CVL_NCHW);
}

Test(cases, repro_is_quoted_for_a_shell, .init = read_layers, .fini = clear)
{
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("direct"), .layers = ONE_GLOB("it's")});
    char *repro = repro_of(&cases[0]);
    cr_expect_str_eq(repro, "convlens run --problem "
                            "'standard:mb1ic4ih5oc4oh5kh3ph1n\"s/it'\\''s\"' --device 0:0 "
                            "--variant direct --layout nhwc --dtype f32 --tuning none");
    free(repro);
    repro = cvl_case_repro(&cases[0], "0:0", NULL, "chunk=64,pixels=7", "my gpu.json");
    cr_expect_not_null(strstr(repro, " --dtype f32 --tuning chunk=64,pixels=7 --as 'my gpu.json'"),
                       "%s", repro);
    free(repro);
}

Test(cases, repro_of_a_network_names_its_file, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("sep_fused"), .networks_only = true});
    char *repro =
        cvl_case_repro(&cases[1], "0:1", "convlens run --network 'a b.ini'", "2:vec=8", NULL);
    cr_expect_str_eq(repro, "convlens run --network 'a b.ini' --layer 'net' --device 0:1 "
                            "--variant sep_fused --layout nchw --dtype f32 --tuning 2:vec=8");
    free(repro);
}

Test(cases, identity_tells_lists_and_options_apart, .init = read_layers, .fini = clear)
{
    expand(&(struct cvl_case_filter){0});
    char *whole = cvl_cases_identity(cases, count, "budget 0.3");
    char *again = cvl_cases_identity(cases, count, "budget 0.3");
    char *shorter = cvl_cases_identity(cases, count - 1, "budget 0.3");
    char *longer_budget = cvl_cases_identity(cases, count, "budget 0.5");
    cr_expect_str_eq(whole, again);
    cr_expect_str_neq(whole, shorter);
    cr_expect_str_neq(whole, longer_budget);
    free(whole);
    free(again);
    free(shorter);
    free(longer_budget);
}

/* The text by which a store of before networks were cases resumes its runs. */
Test(cases, identity_is_that_of_stores_that_exist, .fini = clear)
{
    read_text("[sweep]\nname = net\nlayout = nhwc, nchw\npasses = forward, training\n"
              "optimizer = sgd, adam\n" LAYER("a") LAYER("b") "[network]\nresidual = a:b\n",
              &sweep);
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("direct")});
    cr_assert_eq(count, 14);
    char *all = cvl_cases_identity(cases, count, "budget 0.3 tuning none");
    cr_expect_str_eq(all, "12 cases 0c6c3fe635e12a99 budget 0.3 tuning none, 2 networks "
                          "c20429a723cf3b29");
    char *layers = cvl_cases_identity(cases, 12, "budget 0.3 tuning none");
    cr_expect_str_eq(layers, "12 cases 0c6c3fe635e12a99 budget 0.3 tuning none");
    free(all);
    free(layers);
}

Test(cases, identity_tells_networks_apart, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){.networks_only = true});
    char *none = cvl_cases_identity(cases, 0, "x");
    char *all = cvl_cases_identity(cases, count, "x");
    char *again = cvl_cases_identity(cases, count, "x");
    char *fewer = cvl_cases_identity(cases, count - 1, "x");
    sweep.networks[0].inputs[sweep.networks[0].input_count - 1] = 0;
    char *other = cvl_cases_identity(cases, count, "x");
    cr_expect_null(strstr(none, "network"), "%s", none);
    cr_expect_str_eq(all, again);
    cr_expect_str_neq(all, fewer);
    cr_expect_str_neq(all, other);
    free(none);
    free(all);
    free(again);
    free(fewer);
    free(other);
}

Test(cases, what_is_asked_for_twice_is_a_case_once, .init = read_layers, .fini = clear)
{
    struct cvl_sweep twice[2] = {sweep, sweep};
    expand(&(struct cvl_case_filter){0});
    const size_t once = count;
    twice[0].layout_count = 1; /* the second has a layout more */
    expand_all(twice, 2, &(struct cvl_case_filter){0});
    cr_expect_eq(count, once);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_not(is_same_case(&cases[i], &cases[j]));
}

Test(cases, each_variant_of_a_networks_form_leads_in_each_layout, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){.networks_only = true});
    cr_expect_eq(count, 2 * (computing(CVL_STANDARD) + computing(CVL_SEPARABLE)));
    cr_expect_eq(count_networks(), count);
    for (size_t i = 0; i < count; i++)
        cr_expect(cvl_variant_computes(cases[i].variant, cases[i].network->form));
}

/* Layers first, in their order, and then the networks that they make. */
Test(cases, networks_come_after_layers, .init = read_net, .fini = clear)
{
    const size_t variants = computing(CVL_STANDARD) + computing(CVL_SEPARABLE);
    expand(&(struct cvl_case_filter){0});
    cr_expect_eq(count, 2 * 2 * variants + 2 * variants);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(cvl_network_is_layer(cases[i].network), i < 2 * 2 * variants, "%zu", i);
}

/* Training has single layers alone. */
Test(cases, networks_run_forward, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){
        .variants = ONE_GLOB("direct"), .passes = {CVL_TRAINING}, .passes_count = 1});
    cr_expect_eq(count_networks(), 2);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(cases[i].passes == CVL_FORWARD, !cvl_network_is_layer(cases[i].network));
}

Test(cases, filters_narrow_networks_and_a_layer_alone_is_none, .init = read_net, .fini = clear)
{
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("sep_f*"),
                                     .layouts = {CVL_NCHW},
                                     .layout_count = 1,
                                     .networks_only = true});
    cr_assert_eq(count, 1);
    cr_expect_str_eq(cvl_variant_name(cases[0].variant), "sep_fused");
    cr_expect_eq(cases[0].layout, CVL_NCHW);
    expand(&(struct cvl_case_filter){.layers = ONE_GLOB("*")});
    cr_expect_eq(count_networks(), 0);
}

Test(cases, a_network_that_is_there_twice_is_run_once, .init = read_net, .fini = clear)
{
    const struct cvl_case_filter fused = {.variants = ONE_GLOB("sep_fused"), .networks_only = true};
    struct cvl_sweep sweeps[2];
    struct cvl_error err = {0};
    read_text(NET, &sweeps[0]);
    read_text(NET, &sweeps[1]);
    expand_all(sweeps, 2, &fused);
    cr_expect_eq(count, 2);
    cvl_sweep_clear(&sweeps[1]);
    read_text("[sweep]\nname = net\n" LAYER("a") LAYER("b") "[network]\n", &sweeps[1]);
    cr_expect_eq(try_to_expand(sweeps, 2, &fused, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "two different networks are called net; expected each sweep with a "
                               "[network] to have a name of its own");
    cvl_sweep_clear(&sweeps[0]);
    cvl_sweep_clear(&sweeps[1]);
}

Test(cases, a_variant_that_computes_nothing_leads_nothing, .init = read_net, .fini = clear)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_step_choice choices[3]; /* with the sum */
    struct cvl_error err = {0};
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("im2col_gemm"), .networks_only = true});
    cr_assert_eq(count, 2);
    for (size_t i = 0; i < count; i++) {
        enum cvl_status expected = cases[i].layout == CVL_NCHW ? CVL_OK : CVL_UNSUPPORTED;
        cr_expect_eq(cvl_case_choose(&cases[i], &device, choices, &err), expected);
    }
    cr_expect_str_eq(err.text, "im2col_gemm computes none of the network's layers");
}

/* Of a file's networks, one for each batch, the command repeats its own. */
Test(cases, repro_of_a_network_names_it)
{
    read_text("[sweep]\nname = n*[et\nforms = separable\nbatch = 1, 2\n[network]\n"
              "[layer a]\nin = 8x5x4\nout = 8\nkernel = 3\n",
              &sweep);
    expand(&(struct cvl_case_filter){.variants = ONE_GLOB("sep_fused"), .networks_only = true});
    char *repro = repro_of(&cases[0]);
    cr_expect_not_null(strstr(repro, " --layer 'n\\*\\[et/mb1' "), "%s", repro);
    free(repro);
    expand(&(struct cvl_case_filter){.layers = ONE_GLOB("n\\*\\[et/mb2"), .networks_only = true});
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(cases[i].network->name, "n*[et/mb2");
    cr_expect_gt(count, 0);
    clear();
}
