/* A network on a device: verified against the host, counted bytes held against computed ones.
 *
 * checker: oclgrind */
#include <criterion/criterion.h>

#include <string.h>

#include <convlens/chains.h>
#include <convlens/run.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "chosen_device.h"

#define HEAD "[sweep]\nforms = separable, standard\n"
#define LAYERS                                                                                     \
    "[layer a]\nin = 3x9x7\nout = 8\nkernel = 3\nstride = 2\npad = same\nforms = standard\n"       \
    "[layer b]\nin = 8x5x4\nout = 8\nkernel = 3\npad = same\ncount = 2\n"                          \
    "[layer c]\nin = 8x5x4\nout = 13\nkernel = 3\nstride = 2\npad = same\n"

static struct cvl_session *session;
static struct cvl_sweep sweep;

static void open_device(void)
{
    const struct cvl_device_facts device = chosen_device();
    struct cvl_error err = {0};
    cr_assert_eq(cvl_session_create(device.id, &session, &err), CVL_OK, "%s", err.text);
}

static void close_device(void)
{
    cvl_sweep_clear(&sweep);
    cvl_session_destroy(&session);
}

static void read_text(const char *text)
{
    struct cvl_error err = {0};
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
}

static struct cvl_chain_row run(const struct cvl_network *chain, const char *lead,
                                enum cvl_layout layout, enum cvl_dtype dtype)
{
    const struct cvl_run_options options = {.budget_s = 1e-6};
    const struct cvl_device_facts *facts = cvl_session_device(session);
    struct cvl_chain_choice choices[16] = {{0}};
    struct cvl_chain_row row;
    cvl_chain_row_init(&row);
    for (size_t i = 0; i < chain->step_count; i++) {
        choices[i].variant =
            cvl_chain_choose(&chain->steps[i], cvl_variant_find(lead), layout, dtype, facts, NULL);
        cr_assert_not_null(choices[i].variant);
    }
    (void)cvl_session_run_chain(session, chain, choices, layout, dtype, &options, &row);
    return row;
}

static void expect_right(const struct cvl_chain_row *row, const char *what)
{
    cr_assert_eq(row->status, CVL_ROW_OK, "%s: %s", what, row->reason);
    cr_expect(row->has_check && row->check.passed, "%s", what);
    cr_expect(row->has_time && row->time.samples >= 1, "%s", what);
    cr_assert(row->has_counted, "%s: counted bytes are missing", what);
    cr_expect_eq(row->counted.leaked_bytes, 0, "%s", what);
    for (int p = 0; p < CVL_POLICY_COUNT; p++)
        cr_expect_eq(row->counted.own_peak_bytes[p], row->computed.peak_bytes[p], "%s %d", what, p);
    for (size_t i = 0; i < row->layer_count; i++)
        cr_expect_geq(row->layers[i].counted_peak_bytes,
                      row->layers[i].live_bytes + row->computed.weights_bytes, "%s %zu", what, i);
}

static void run_all(const char *text)
{
    static const char *const leads[] = {"sep_unfused", "sep_banded", "direct"};
    read_text(text);
    for (size_t v = 0; v < sizeof leads / sizeof leads[0]; v++)
        for (size_t c = 0; c < sweep.chain_count; c++)
            for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++)
                for (int dtype = 0; dtype <= (v == 0 ? CVL_F16 : CVL_F32); dtype++) {
                    if (!cvl_variant_computes(cvl_variant_find(leads[v]), sweep.chains[c].form))
                        continue;
                    struct cvl_chain_row row = run(&sweep.chains[c], leads[v],
                                                   (enum cvl_layout)layout, (enum cvl_dtype)dtype);
                    expect_right(&row, leads[v]);
                    cvl_chain_row_clear(&row);
                }
}

Test(chain, layers_in_a_row, .init = open_device, .fini = close_device)
{
    run_all(HEAD LAYERS "[chain]\n");
}

Test(chain, residuals, .init = open_device, .fini = close_device)
{
    run_all(HEAD LAYERS "[chain]\nresidual = b, b:b\n");
}

Test(chain, a_layer_in_place, .init = open_device, .fini = close_device)
{
    read_text("[layer a]\nin = 3x9x7\nout = 8\nkernel = 3\npad = same\nforms = standard\n"
              "[layer b]\nin = 8x9x7\nout = 8\nkernel = 3\npad = same\nforms = depthwise\n"
              "[layer c]\nin = 8x9x7\nout = 5\nkernel = 1\nforms = pointwise\n"
              "[chain]\nforms = depthwise\n");
    struct cvl_chain_row row = run(&sweep.chains[0], "dw_inplace", CVL_NHWC, CVL_F32);
    expect_right(&row, "dw_inplace");
    cr_expect_str_eq(row.layers[1].variant, "dw_inplace");
    cvl_chain_row_clear(&row);
}

Test(chain, a_wrong_residual_is_found, .init = open_device, .fini = close_device)
{
    /* The reference of a network that differs in its residual alone is not taken for this one's. */
    read_text(HEAD LAYERS "[chain]\nforms = standard\nresidual = b:b\n");
    struct cvl_chain_row with = run(&sweep.chains[0], "direct", CVL_NCHW, CVL_F32);
    expect_right(&with, "with");
    read_text(HEAD LAYERS "[chain]\nforms = standard\n");
    struct cvl_chain_row without = run(&sweep.chains[0], "direct", CVL_NCHW, CVL_F32);
    expect_right(&without, "without");
    cr_expect_gt(with.layers[2].live_bytes, without.layers[2].live_bytes);
    cvl_chain_row_clear(&with);
    cvl_chain_row_clear(&without);
}

Test(chain, a_limit_refuses_before_anything_is_allocated, .init = open_device, .fini = close_device)
{
    const struct cvl_run_options options = {.memory_limit_bytes = 100};
    struct cvl_chain_choice choices[16] = {{0}};
    struct cvl_chain_row row;
    cvl_chain_row_init(&row);
    read_text(HEAD LAYERS "[chain]\nforms = standard\n");
    for (size_t i = 0; i < sweep.chains[0].step_count; i++)
        choices[i].variant = cvl_variant_find("direct");
    cr_expect_eq(cvl_session_run_chain(session, &sweep.chains[0], choices, CVL_NHWC, CVL_F32,
                                       &options, &row),
                 CVL_OK);
    cr_expect_eq(row.status, CVL_ROW_SKIPPED);
    cr_expect_not(row.has_counted);
    cvl_chain_row_clear(&row);
}
