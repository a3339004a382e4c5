#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "supervise/chain_protocol.h"

#define LAYER(name) "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\n"
#define NET                                                                                        \
    "[sweep]\nname = net\nlayout = nhwc, nchw\n" LAYER("a") LAYER("b") "[chain]\nresidual = a:b\n"

static struct cvl_sweep sweep;
static struct cvl_chain_case *cases;
static size_t count;

static void read_text(const char *text, struct cvl_sweep *out)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", out, &err), CVL_OK, "%s", err.text);
}

static void expand(const struct cvl_case_filter *filter)
{
    struct cvl_error err = {0};
    read_text(NET, &sweep);
    cr_assert_eq(cvl_chain_cases_create(&sweep, 1, filter, &cases, &count, &err), CVL_OK, "%s",
                 err.text);
}

static void clear(void)
{
    free(cases);
    cvl_sweep_clear(&sweep);
}

/* How many variants compute a form. */
static size_t computing(enum cvl_form form)
{
    size_t number = 0;
    for (size_t v = 0; v < cvl_variant_count(); v++)
        number += cvl_variant_computes(cvl_variant_at(v), form);
    return number;
}

Test(chain_cases, each_variant_of_the_form_leads_in_each_layout)
{
    expand(&(struct cvl_case_filter){0});
    cr_expect_eq(count, 2 * (computing(CVL_STANDARD) + computing(CVL_SEPARABLE)));
    for (size_t i = 0; i < count; i++)
        cr_expect(cvl_variant_computes(cases[i].variant, cases[i].chain->form));
    clear();
}

Test(chain_cases, filters_narrow_and_a_layer_alone_is_no_network)
{
    expand(&(struct cvl_case_filter){
        .variant_glob = "sep_f*", .layouts = {CVL_NCHW}, .layout_count = 1});
    cr_assert_eq(count, 1);
    cr_expect_str_eq(cvl_variant_name(cases[0].variant), "sep_fused");
    cr_expect_eq(cases[0].layout, CVL_NCHW);
    clear();
    expand(&(struct cvl_case_filter){.layer_glob = "*"});
    cr_expect_eq(count, 0);
    clear();
}

Test(chain_cases, shards_are_parts_of_the_whole)
{
    size_t total = 0;
    expand(&(struct cvl_case_filter){0});
    const size_t whole = count;
    clear();
    for (uint32_t shard = 1; shard <= 3; shard++) {
        expand(&(struct cvl_case_filter){.shard = shard, .shards = 3});
        total += count;
        clear();
    }
    cr_expect_eq(total, whole);
}

Test(chain_cases, one_network_twice_is_one_and_two_of_a_name_are_refused)
{
    struct cvl_sweep sweeps[2];
    struct cvl_error err = {0};
    const struct cvl_case_filter fused = {.variant_glob = "sep_fused"};
    read_text(NET, &sweeps[0]);
    read_text(NET, &sweeps[1]);
    cr_assert_eq(cvl_chain_cases_create(sweeps, 2, &fused, &cases, &count, &err), CVL_OK);
    cr_expect_eq(count, 2);
    free(cases);
    cvl_sweep_clear(&sweeps[1]);
    read_text("[sweep]\nname = net\n" LAYER("a") LAYER("b") "[chain]\n", &sweeps[1]);
    cr_expect_eq(cvl_chain_cases_create(sweeps, 2, &fused, &cases, &count, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "two different networks are called net; expected each sweep with a "
                               "[chain] to have a name of its own");
    cvl_sweep_clear(&sweeps[0]);
    cvl_sweep_clear(&sweeps[1]);
}

Test(chain_cases, a_variant_that_computes_nothing_leads_nothing)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_chain_choice choices[2];
    struct cvl_error err = {0};
    expand(&(struct cvl_case_filter){.variant_glob = "im2col_gemm"});
    cr_assert_eq(count, 2);
    for (size_t i = 0; i < count; i++) {
        enum cvl_status expected = cases[i].layout == CVL_NCHW ? CVL_OK : CVL_UNSUPPORTED;
        cr_expect_eq(cvl_chain_case_choose(&cases[i], &device, choices, &err), expected);
    }
    cr_expect_str_eq(err.text, "im2col_gemm computes none of the layers");
    clear();
}

Test(chain_cases, identity_tells_networks_apart)
{
    expand(&(struct cvl_case_filter){0});
    char *none = cvl_chain_cases_identity(strdup("x"), cases, 0);
    char *all = cvl_chain_cases_identity(strdup("x"), cases, count);
    char *again = cvl_chain_cases_identity(strdup("x"), cases, count);
    char *fewer = cvl_chain_cases_identity(strdup("x"), cases, count - 1);
    sweep.chains[0].residuals[0].to = 0;
    char *other = cvl_chain_cases_identity(strdup("x"), cases, count);
    cr_expect_str_eq(none, "x");
    cr_expect_str_eq(all, again);
    cr_expect_str_neq(all, fewer);
    cr_expect_str_neq(all, other);
    free(none);
    free(all);
    free(again);
    free(fewer);
    free(other);
    clear();
}

Test(chain_cases, a_task_comes_back)
{
    const struct cvl_tuning tuning[] = {{"vec", 8}};
    struct cvl_chain_task task;
    struct cvl_error err = {0};
    expand(&(struct cvl_case_filter){.variant_glob = "sep_fused"});
    const struct cvl_chain_choice choices[2] = {
        {.variant = cvl_variant_find("sep_fused"), .tuning = tuning, .tuning_count = 1},
        {.variant = cvl_variant_find("sep_banded")}};
    char *line = cvl_chain_task_write(&cases[0], choices);
    cr_assert_not_null(line);
    cr_assert_eq(cvl_chain_task_read(line, &task, &err), CVL_OK, "%s", err.text);
    cr_expect_str_eq(task.chain.name, "net");
    cr_expect_eq(task.chain.form, CVL_SEPARABLE);
    cr_expect_eq(task.lead, cases[0].variant);
    cr_expect_eq(task.layout, cases[0].layout);
    cr_assert_eq(task.chain.step_count, 2);
    cr_expect_str_eq(task.chain.steps[1].layer, "b");
    cr_expect(cvl_problem_equal(&task.chain.steps[1].problem, &cases[0].chain->steps[1].problem));
    cr_expect_eq(task.choices[1].variant, choices[1].variant);
    cr_assert_eq(task.choices[0].tuning_count, 1);
    cr_expect_eq(task.choices[0].tuning[0].value, 8);
    cr_assert_eq(task.chain.residual_count, 1);
    cr_expect_eq(task.chain.residuals[0].from, 0);
    cr_expect_eq(task.chain.residuals[0].to, 1);
    cvl_chain_task_clear(&task);
    free(line);
    clear();
}

Test(chain_cases, damaged_tasks_are_refused)
{
    static const char *const lines[] = {
        "",
        "{}",
        "{\"chain\":\"x\",\"form\":\"square\"}",
        "{\"chain\":\"x\",\"form\":\"standard\",\"layout\":\"nhwc\",\"dtype\":\"f32\",\"lead\":"
        "\"direct\",\"steps\":[],\"residuals\":[]}",
        "{\"chain\":\"x\",\"form\":\"standard\",\"layout\":\"nhwc\",\"dtype\":\"f32\",\"lead\":"
        "\"direct\",\"steps\":[7],\"residuals\":[]}",
        "{\"chain\":\"x\",\"form\":\"standard\",\"layout\":\"nhwc\",\"dtype\":\"f32\",\"lead\":"
        "\"direct\",\"steps\":[{\"problem\":\"ic4ih4oc4kh1\",\"variant\":\"direct\",\"tuning\":{}}]"
        ","
        "\"residuals\":[[0,1]]}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct cvl_chain_task task;
        struct cvl_error err = {0};
        cr_expect_eq(cvl_chain_task_read(lines[i], &task, &err), CVL_BAD_INPUT, "%zu", i);
        cvl_chain_task_clear(&task);
    }
}
