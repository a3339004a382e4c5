/* checker: oclgrind
 * A network on a device: verified against the host with guards, counted bytes held against computed
 * ones, and everything in its row that a layer's row has. */
#include <criterion/criterion.h>

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "chosen_device.h"
#include "own_sources.h"

#define HEAD "[sweep]\nname = net\nforms = separable, standard\n"
#define LAYERS                                                                                     \
    "[layer a]\nin = 3x9x7\nout = 8\nkernel = 3\nstride = 2\npad = same\nforms = standard\n"       \
    "[layer b]\nin = 8x5x4\nout = 8\nkernel = 3\npad = same\ncount = 2\n"                          \
    "[layer c]\nin = 8x5x4\nout = 13\nkernel = 3\nstride = 2\npad = same\n"

/* d can overwrite what it reads: after it comes e, before it p, whose input a residual keeps. */
#define PLAIN                                                                                      \
    "[sweep]\nname = net\n"                                                                        \
    "[layer a]\nin = 3x9x7\nout = 8\nkernel = 3\npad = same\nforms = standard\n"                   \
    "[layer p]\nin = 8x9x7\nout = 8\nkernel = 1\nforms = pointwise\n"                              \
    "[layer d]\nin = 8x9x7\nout = 8\nkernel = 3\npad = same\nforms = depthwise\n"                  \
    "[layer e]\nin = 8x9x7\nout = 5\nkernel = 1\nforms = pointwise\n"                              \
    "[network]\nforms = depthwise\n"

enum { WHAT_BYTES = 128 };

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
    scratch_remove();
}

TestSuite(network, .init = open_device, .fini = close_device);

static void read_text(const char *text)
{
    struct cvl_error err = {0};
    cvl_sweep_clear(&sweep);
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
}

static struct cvl_case case_of(const struct cvl_network *network, const char *lead,
                               enum cvl_layout layout, enum cvl_dtype dtype)
{
    return (struct cvl_case){network, cvl_variant_find(lead), .layout = layout, .dtype = dtype};
}

/* The row is the caller's. */
static struct cvl_row run(const struct cvl_case *item, const struct cvl_step_choice *choices)
{
    const struct cvl_run_options options = {.budget_s = 1e-6};
    struct cvl_row row;
    cvl_row_init(&row);
    (void)cvl_session_run_case(session, item, choices, &options, &row);
    return row;
}

/* --- what is in a row ------------------------------------------------------------------------- */

/* The network's name and form and what stands beside it, and the FLOPs of all its layers. */
static void expect_named(const struct cvl_row *row, const struct cvl_case *item, const char *what)
{
    const struct cvl_network *network = item->network;
    uint64_t flops = 0;
    for (size_t i = 0; i < network->step_count; i++)
        flops += network->steps[i].op.kind == CVL_OP_CONVOLUTION
                     ? cvl_problem_flops(&network->steps[i].problem, CVL_FORWARD)
                     : 0;
    cr_expect_str_eq(row->key.device, cvl_session_device(session)->id, "%s", what);
    cr_expect_str_eq(row->key.network, network->name, "%s", what);
    cr_expect_str_empty(row->key.layer, "%s", what);
    cr_expect_eq(row->key.problem.form, network->form, "%s", what);
    cr_expect_eq(row->key.layout, item->layout, "%s", what);
    cr_expect_eq(row->key.dtype, item->dtype, "%s", what);
    cr_expect_str_eq(row->key.variant, cvl_variant_name(item->variant), "%s", what);
    cr_expect_eq(row->roofline.flops, flops, "%s", what);
}

/* Raw samples of its time, and the times of its stages and layers where the event clock is good. */
static void expect_timed(const struct cvl_row *row, const char *what)
{
    const bool by_event = row->has_time && row->time.clock == CVL_CLOCK_EVENT;
    cr_assert(row->has_time && row->time.samples >= 1, "%s", what);
    cr_assert_eq(row->sample_count, row->time.samples, "%s", what);
    for (size_t i = 0; i < row->sample_count; i++)
        cr_expect(row->samples_s[i] >= 0.0 && isfinite(row->samples_s[i]), "%s", what);
    for (size_t i = 0; i < row->stage_count; i++)
        cr_expect_eq(isfinite(row->stages[i].time_s) != 0, by_event, "%s: stage %zu", what, i);
    for (size_t i = 0; i < row->layers_count; i++)
        cr_expect_eq(isfinite(row->layers[i].time_s) != 0, by_event, "%s: layer %zu", what, i);
}

/* Counted = computed under every policy, and nothing left behind. */
static void expect_bytes(const struct cvl_row *row, const char *what)
{
    cr_assert(row->has_computed && row->has_counted, "%s: counted bytes are missing", what);
    cr_expect_eq(row->counted.leaked_bytes, 0, "%s", what);
    for (int p = 0; p < CVL_POLICY_COUNT; p++) {
        cr_expect_neq(row->computed.peak_bytes[p], CVL_ABSENT, "%s %d", what, p);
        cr_expect_eq(row->counted.own_peak_bytes[p], row->computed.peak_bytes[p], "%s %d", what, p);
        cr_expect_geq(row->counted.peak_bytes[p], row->counted.own_peak_bytes[p], "%s %d", what, p);
    }
}

static void expect_stages(const struct cvl_row *row, const char *what)
{
    size_t moving = 0;
    for (size_t i = 0; i < row->layers_count; i++)
        moving += row->layers[i].live_bytes > 0;
    cr_assert_geq(row->stage_count, moving, "%s", what);
    for (size_t s = 0; s < row->stage_count; s++) {
        const struct cvl_row_stage *stage = &row->stages[s];
        cr_expect_str_not_empty(stage->layer, "%s %zu", what, s);
        cr_expect_neq(stage->peak_bytes, CVL_ABSENT, "%s %zu", what, s);
        if (row->counted.library_bytes == 0)
            cr_expect_eq(stage->live_bytes, stage->computed_bytes, "%s %zu", what, s);
        else
            cr_expect_geq(stage->live_bytes, stage->computed_bytes, "%s %zu", what, s);
    }
}

/* Each layer with its variant, its parameters where that has any, and the most that was counted
 * while it ran; the network's peak is that of some layer. */
static void expect_layers(const struct cvl_row *row, const struct cvl_case *item, const char *what)
{
    uint64_t max = 0;
    cr_assert_eq(row->layers_count, item->network->step_count, "%s", what);
    for (size_t i = 0; i < row->layers_count; i++) {
        const struct cvl_row_layer *layer = &row->layers[i];
        const uint64_t computed = layer->live_bytes + row->computed.weights_bytes;
        cr_expect_str_eq(layer->layer, item->network->steps[i].layer, "%s %zu", what, i);
        cr_expect_eq(layer->repetition, item->network->steps[i].repetition, "%s %zu", what, i);
        const bool is_op = item->network->steps[i].op.kind != CVL_OP_CONVOLUTION;
        cr_expect_eq(cvl_variant_find(layer->variant) == NULL, is_op, "%s %zu", what, i);
        cr_expect_eq(strcmp(layer->variant, "op") == 0, is_op, "%s %zu", what, i);
        if (layer->live_bytes == 0) { /* one that moves nothing */
            cr_expect(strcmp(layer->form, "reshape") == 0 || strcmp(layer->form, "concat") == 0,
                      "%s %zu", what, i);
            continue;
        }
        cr_assert_neq(layer->counted_peak_bytes, CVL_ABSENT, "%s %zu", what, i);
        if (row->counted.library_bytes == 0)
            cr_expect_eq(layer->counted_peak_bytes, computed, "%s %zu", what, i);
        else
            cr_expect_geq(layer->counted_peak_bytes, computed, "%s %zu", what, i);
        max = layer->counted_peak_bytes > max ? layer->counted_peak_bytes : max;
    }
    cr_expect_eq(max, row->counted.peak_bytes[CVL_FREED], "%s", what);
}

/* The timeline of each policy: what was made is destroyed, ours by name, and its highest point is
 * the counted peak. */
static void expect_timeline(const struct cvl_row *row, const char *what)
{
    uint64_t made[CVL_POLICY_COUNT] = {0}, gone[CVL_POLICY_COUNT] = {0}, top[CVL_POLICY_COUNT];
    memset(top, 0, sizeof top);
    for (size_t i = 0; i < row->allocation_count; i++) {
        const struct cvl_row_allocation *event = &row->allocations[i];
        if (strcmp(event->event, "create") == 0)
            made[event->policy] += event->bytes;
        if (strcmp(event->event, "destroy") == 0)
            gone[event->policy] += event->bytes;
        if (strcmp(event->owner, "own") == 0)
            cr_expect_str_not_empty(event->name, "%s: event %zu", what, i);
        if (event->live_bytes > top[event->policy])
            top[event->policy] = event->live_bytes;
    }
    for (int p = 0; p < CVL_POLICY_COUNT; p++) {
        cr_expect_gt(made[p], 0, "%s %d", what, p);
        cr_expect_eq(made[p], gone[p], "%s %d", what, p);
        cr_expect_eq(top[p], row->counted.peak_bytes[p], "%s %d", what, p);
    }
}

/* Every probe has figures or says why not; where one has, so has the row, and its stages. */
static void expect_probed(const struct cvl_row *row, const char *what)
{
    size_t answers = 0;
    cr_expect_gt(row->probe_count, 0, "%s: no probe was asked", what);
    for (size_t i = 0; i < row->probe_count; i++) {
        cr_expect_str_not_empty(row->probes[i].source, "%s", what);
        answers += row->probes[i].reason[0] == '\0';
    }
    if (answers == 0) {
        cr_expect_not(row->has_measured, "%s", what);
        cr_expect_str_not_empty(row->measured.reason, "%s", what);
        return;
    }
    cr_assert(row->has_measured, "%s", what);
    for (int p = 0; p < CVL_POLICY_COUNT; p++)
        cr_expect_neq(row->measured.peak_bytes[p], CVL_ABSENT, "%s %d", what, p);
    for (size_t s = 0; s < row->stage_count; s++)
        cr_expect_neq(row->stages[s].measured_bytes, CVL_ABSENT, "%s %zu", what, s);
}

static void expect_right(const struct cvl_row *row, const struct cvl_case *item, const char *what)
{
    cr_assert_eq(row->status, CVL_ROW_OK, "%s: %s", what, row->reason);
    cr_expect(row->has_check && row->check.passed && row->check.tolerance > 0.0, "%s", what);
    expect_named(row, item, what);
    expect_timed(row, what);
    expect_bytes(row, what);
    expect_stages(row, what);
    expect_layers(row, item, what);
    expect_timeline(row, what);
    expect_probed(row, what);
    cr_expect_neq(row->kernels.local_bytes, CVL_ABSENT, "%s", what);
    bool has_ops = false;
    for (size_t i = 0; i < item->network->step_count; i++)
        has_ops |= item->network->steps[i].op.kind != CVL_OP_CONVOLUTION;
    cr_expect_eq(strstr(row->build_options, "op.cl: -DHALF=") != NULL, has_ops, "%s: %s", what,
                 row->build_options);
}

static void run_right(const struct cvl_case *item)
{
    char what[WHAT_BYTES];
    (void)snprintf(what, sizeof what, "%s %s %s %s", cvl_variant_name(item->variant),
                   cvl_form_name(item->network->form), cvl_layout_name(item->layout),
                   cvl_dtype_name(item->dtype));
    struct cvl_row row = run(item, NULL);
    expect_right(&row, item, what);
    cvl_row_clear(&row);
}

/* Every layout and type that the leading variant computes in the networks that were read. */
static void run_led_by(const char *lead)
{
    size_t done = 0;
    for (size_t n = 0; n < sweep.network_count; n++)
        for (int i = 0; i < CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT; i++) {
            const struct cvl_case item =
                case_of(&sweep.networks[n], lead, (enum cvl_layout)(i / CVL_DTYPE_COUNT),
                        (enum cvl_dtype)(i % CVL_DTYPE_COUNT));
            if (!cvl_variant_computes(item.variant, item.network->form))
                continue;
            run_right(&item);
            done++;
        }
    cr_expect_geq(done, CVL_LAYOUT_COUNT * CVL_DTYPE_COUNT, "%s", lead);
}

/* --- networks --------------------------------------------------------------------------------- */

static void run_all(const char *text)
{
    read_text(text);
    run_led_by("sep_unfused");
    run_led_by("sep_banded");
    run_led_by("direct");
}

Test(network, layers_in_a_row)
{
    run_all(HEAD LAYERS "[network]\n");
}

/* Over each of two layers alone, and over both. */
Test(network, residuals)
{
    run_all(HEAD LAYERS "[network]\nresidual = b, b:b\n");
}

/* The last layer's output takes the sum; the first layer's input is the network's. */
Test(network, residuals_at_both_ends)
{
    read_text("[sweep]\nname = net\n"
              "[layer b]\nin = 8x5x4\nout = 8\nkernel = 3\npad = same\ncount = 3\n"
              "[network]\nresidual = b, b:b\n");
    run_led_by("direct");
}

Test(network, a_layer_in_place)
{
    read_text(PLAIN "residual = p\n");
    run_led_by("dw_inplace");
    const struct cvl_case item = case_of(&sweep.networks[0], "dw_inplace", CVL_NHWC, CVL_F32);
    struct cvl_row row = run(&item, NULL);
    cr_assert_eq(row.layers_count, 5);
    cr_expect_str_eq(row.layers[3].variant, "dw_inplace");
    /* input, a's and p's output, which d overwrites, and e's */
    cr_expect_eq(row.computed.outputs_bytes, 4 * 9 * 7 * (8 + 8 + 5));
    cvl_row_clear(&row);
}

/* Every kind of op with every function, several outputs, inputs that are read twice, sizes that are
 * repeated, windows that reach over the edges. `act` is kept, so that not all is in place. */
#define GRAPH                                                                                      \
    "[sweep]\nname = net\nforms = standard\nbatch = 2\n[network]\ninput = 3x10x7\n"                \
    "[op before]\ntype = pool\nkernel = 2x1\nstride = 1\n"                                         \
    "[layer stem]\nin = 3x9x7\nout = 5\nkernel = 3\npad = same\n"                                  \
    "[op act]\ntype = activation\nfunction = hard_swish\n"                                         \
    "[layer a]\nin = 5x9x7\nout = 4\nkernel = 3\npad = same\ncount = 2\n"                          \
    "[op a2]\ntype = layer\nlayer = a\nfrom = act\n"                                               \
    "[op relu]\ntype = activation\n"                                                               \
    "[op relu6]\ntype = activation\nfunction = relu6\nfrom = a2\n"                                 \
    "[op swish]\ntype = activation\nfunction = swish\nfrom = a2\n"                                 \
    "[op join]\ntype = concat\nfrom = a, relu, act\nfrom = relu6\n"                                \
    "[op squeeze]\ntype = pool\nfunction = average\nkernel = 9x7\n"                                \
    "[op gate]\ntype = activation\nfunction = sigmoid\n"                                           \
    "[op scaled]\ntype = multiply\nfrom = gate, join\n"                                            \
    "[op hard]\ntype = activation\nfunction = hard_sigmoid\nfrom = squeeze\n"                      \
    "[op pool]\ntype = pool\nfunction = average\nkernel = 3\nstride = 2\npad = 1\nfrom = scaled\n" \
    "[op pool2]\ntype = pool\nfunction = max\nkernel = 3x2\nstride = 2\npad = 1:2:1:0\n"           \
    "[op norm]\ntype = norm\nweights = 34\nfrom = pool\n"                                          \
    "[op up]\ntype = resize\nout = 17x9x7\n"                                                       \
    "[op sum]\ntype = add\nfrom = hard, up, scaled, up\n"                                          \
    "[op tanh]\ntype = activation\nfunction = tanh\nfrom = sum\n"                                  \
    "[op same]\ntype = reshape\nout = 17x7x9\n"                                                    \
    "[op flat]\ntype = reshape\nout = 1071x1x1\nfrom = sum\n"                                      \
    "[op copied]\ntype = activation\nfunction = none\n"                                            \
    "[op head]\ntype = matmul\nout = 10x1x1\nweights = 10710\n"                                    \
    "[op mean]\ntype = reduce\nout = 17x1x7\nfrom = sum\n"                                         \
    "[op cut]\ntype = slice\nat = 2x1\nout = 5x6x5\nfrom = act\n"                                  \
    "[op put]\ntype = update_slice\nat = 1x2\nfrom = act, cut\n"                                   \
    "[op again]\ntype = update_slice\nat = 3x0\nfrom = put, cut\n"                                 \
    "[op alone]\ntype = update_slice\nat = 4x3\nout = 5x12x9\nfrom = cut\n"                        \
    "[op rest]\ntype = other\nout = 3x5x7\nfrom = act, stem, flat\n"

Test(network, a_graph)
{
    read_text(GRAPH);
    run_led_by("direct");
    run_led_by("winograd_f2_staged");
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC, CVL_F32);
    struct cvl_row row = run(&item, NULL);
    uint64_t weights = 0, outputs = 0;
    for (size_t i = 0; i < row.layers_count; i++) {
        weights += row.layers[i].weights_bytes;
        outputs += strcmp(row.layers[i].variant, "op") != 0;
    }
    cr_expect_eq(outputs, 3, "convolutions");
    cr_expect_eq(weights, row.computed.weights_bytes);
    cvl_row_clear(&row);
}

/* Blocks whose tensors shrink and grow, patch by patch: the weights are there once. */
#define PATCHES                                                                                    \
    "[sweep]\nname = net\n[network]\nforms = inverted\n"                                           \
    "[layer a]\nin = 3x13x11\nout = 8\nkernel = 3\nstride = 2\npad = 1\nforms = standard\n"        \
    "[op act]\ntype = activation\nfunction = relu6\n"                                              \
    "[layer b]\nin = 8x7x6\nout = 5\nkernel = 3\npad = same\nforms = separable\n"                  \
    "[layer c]\nin = 5x7x6\nout = 5\nkernel = 3\npad = 1\nexpand = 3\nresidual = yes\n"            \
    "[layer d]\nin = 5x7x6\nout = 9\nkernel = 3\npad = 1\nexpand = 2\n"                            \
    "[layer e]\nin = 9x7x6\nout = 4\nkernel = 1\nforms = pointwise\n"

Test(network, patch_by_patch)
{
    const struct cvl_patches patches = {2, 2, "c"};
    struct cvl_patches_effect effect;
    struct cvl_error err = {0};
    read_text(PATCHES);
    cr_assert_eq(sweep.network_count, 1);
    cr_assert_eq(cvl_sweep_patch_networks(&sweep, &patches, 1, &effect, &err), CVL_OK, "%s",
                 err.text);
    cr_assert_eq(sweep.network_count, 2);
    run_led_by("inv_unfused");
    run_led_by("inv_fused");
    const struct cvl_case whole = case_of(&sweep.networks[0], "inv_unfused", CVL_NCHW, CVL_F32);
    const struct cvl_case parts = case_of(&sweep.networks[1], "inv_unfused", CVL_NCHW, CVL_F32);
    struct cvl_row first = run(&whole, NULL), second = run(&parts, NULL);
    cr_expect_eq(second.computed.weights_bytes, first.computed.weights_bytes);
    cr_expect_lt(second.computed.peak_bytes[CVL_FREED], first.computed.peak_bytes[CVL_FREED]);
    cvl_row_clear(&first);
    cvl_row_clear(&second);
}

/* Concats of concats, of what is made in place, and with the network's input. A channel has 32
 * pixels, 128 bytes or 64. `wide` sets the peak. */
#define JOINED(batch)                                                                              \
    "[sweep]\nname = net\nforms = standard\nbatch = " batch "\n[network]\ninput = 3x8x4\n"         \
    "[layer wide]\nin = 3x8x4\nout = 24\nkernel = 3\npad = same\n"                                 \
    "[layer narrow]\nin = 24x8x4\nout = 4\nkernel = 3\npad = same\n"                               \
    "[layer x0]\nin = 4x8x4\nout = 4\nkernel = 3\npad = same\n"                                    \
    "[layer x1]\nin = 4x8x4\nout = 4\nkernel = 3\npad = same\n"                                    \
    "[op c1]\ntype = concat\nfrom = x0, x1\n"                                                      \
    "[layer x2]\nin = 8x8x4\nout = 4\nkernel = 3\npad = same\n"                                    \
    "[op act]\ntype = activation\nfunction = tanh\n"                                               \
    "[op c2]\ntype = concat\nfrom = c1, act\n"                                                     \
    "[layer x3]\nin = 12x8x4\nout = 3\nkernel = 3\npad = same\n"                                   \
    "[op c3]\ntype = concat\nfrom = x3, c2\n"                                                      \
    "[op c4]\ntype = concat\nfrom = c3, input\n"                                                   \
    "[op after]\ntype = activation\n"                                                              \
    "[layer head]\nin = 18x8x4\nout = 5\nkernel = 3\npad = same\n"                                 \
    "[op pool]\ntype = pool\nkernel = 8x4\nfrom = after\n"                                         \
    "[layer p]\nin = 18x1x1\nout = 64\nkernel = 1\n"                                               \
    "[layer q]\nin = 18x1x1\nout = 32\nkernel = 1\nfrom = pool\n"                                  \
    "[op pixel]\ntype = concat\nfrom = p, q\n"

static size_t count_copies(void)
{
    size_t count = 0;
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NCHW, CVL_F32);
    struct cvl_row row = run(&item, NULL);
    expect_right(&row, &item, "copies");
    for (size_t s = 0; s < row.stage_count; s++)
        count += strcmp(row.stages[s].name, "concat") == 0;
    cvl_row_clear(&row);
    return count;
}

Test(network, concats_that_copy_nothing)
{
    read_text(JOINED("1"));
    run_led_by("direct");
    if (cvl_session_device(session)->base_align_bytes <= 128)
        cr_expect_eq(count_copies(), 1, "the network's input");
}

Test(network, concats_of_several_images)
{
    read_text(JOINED("2"));
    cr_expect_eq(count_copies(), 10, "all");
}

/* A residual keeps what the layer would overwrite. */
Test(network, a_layer_in_place_of_what_is_kept_is_refused)
{
    read_text(PLAIN "residual = p, d\n");
    const struct cvl_case item = case_of(&sweep.networks[0], "dw_inplace", CVL_NHWC, CVL_F32);
    struct cvl_row row = run(&item, NULL);
    cr_expect_eq(row.status, CVL_ROW_UNSUPPORTED);
    cr_expect_str_eq(row.reason, "d: dw_inplace overwrites what it reads, which is kept");
    cr_expect_not(row.has_counted);
    cvl_row_clear(&row);
}

/* A library's own allocations are counted too. */
Test(network, a_library_in_a_layer)
{
    read_text(PLAIN "residual = p\n");
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NCHW, CVL_F32);
    struct cvl_step_choice choices[5];
    cr_assert_eq(cvl_case_choose(&item, cvl_session_device(session), choices, NULL), CVL_OK);
    choices[0].variant = cvl_variant_find("im2col_gemm");
    choices[1].variant = cvl_variant_find("pw_gemm");
    struct cvl_row row = run(&item, choices);
    if (fnmatch("*built without *", row.reason, 0) == 0) {
        cvl_row_clear(&row);
        cr_skip_test("this build lacks a library");
    }
    expect_right(&row, &item, "library");
    cr_expect_str_eq(row.layers[1].variant, "pw_gemm");
    cvl_row_clear(&row);
}

/* --- what it runs with ------------------------------------------------------------------------ */

/* The value of a parameter among "a=1,b=2"; -1: it is not there. */
static int value_in(const char *tuning, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = tuning; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return atoi(at + length + 1);
    }
    return -1;
}

/* Each layer runs with its own parameters; their kernels' options are the row's. */
Test(network, each_layer_has_its_own_tuning)
{
    const struct cvl_tuning first = {"pixels", 2}, second = {"pixels", 3};
    char options[2][32];
    read_text(HEAD LAYERS "[network]\nforms = standard\n");
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC, CVL_F32);
    struct cvl_step_choice choices[4];
    cr_assert_eq(cvl_case_choose(&item, cvl_session_device(session), choices, NULL), CVL_OK);
    choices[1].tuning = &first;
    choices[2].tuning = &second;
    choices[1].tuning_count = choices[2].tuning_count = 1;
    struct cvl_row row = run(&item, choices);
    expect_right(&row, &item, "tuned");
    cr_expect_eq(row.tuning_count, 0, "a network's layers have them");
    cr_expect_eq(value_in(row.layers[1].tuning, "pixels"), 2, "%s", row.layers[1].tuning);
    cr_expect_eq(value_in(row.layers[2].tuning, "pixels"), 3, "%s", row.layers[2].tuning);
    cr_expect_neq(value_in(row.layers[0].tuning, "pixels"), -1, "%s", row.layers[0].tuning);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(options[i], sizeof options[i], "PIXELS=%d", 2 + i);
        cr_expect_not_null(strstr(row.build_options, options[i]), "%s", row.build_options);
    }
    cvl_row_clear(&row);
}

Test(network, a_limit_refuses_before_anything_is_allocated)
{
    const struct cvl_run_options options = {.memory_limit_bytes = 100};
    struct cvl_row row;
    cvl_row_init(&row);
    read_text(HEAD LAYERS "[network]\nforms = standard\n");
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC, CVL_F32);
    cr_expect_eq(cvl_session_run_case(session, &item, NULL, &options, &row), CVL_OK);
    cr_expect_eq(row.status, CVL_ROW_SKIPPED);
    cr_expect_not(row.has_counted);
    cvl_row_clear(&row);
}

/* A search verifies and times, and asks for no bytes. */
Test(network, time_alone)
{
    const struct cvl_run_options options = {.budget_s = 1e-6, .time_only = true};
    struct cvl_row row;
    cvl_row_init(&row);
    read_text(HEAD LAYERS "[network]\nforms = standard\n");
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC, CVL_F32);
    cr_expect_eq(cvl_session_run_case(session, &item, NULL, &options, &row), CVL_OK);
    cr_expect_eq(row.status, CVL_ROW_OK, "%s", row.reason);
    cr_expect(row.has_check && row.check.passed);
    expect_timed(&row, "time alone");
    cr_expect_not(row.has_counted || row.has_measured);
    cr_expect_eq(row.allocation_count, 0);
    cvl_row_clear(&row);
}

/* --- what is found ---------------------------------------------------------------------------- */

Test(network, a_wrong_residual_is_found)
{
    /* The reference of a network that differs in its residual alone is not taken for this one's. */
    read_text(HEAD LAYERS "[network]\nforms = standard\nresidual = b:b\n");
    const struct cvl_case with = case_of(&sweep.networks[0], "direct", CVL_NCHW, CVL_F32);
    run_right(&with);
    struct cvl_sweep first = sweep;
    sweep = (struct cvl_sweep){0};
    read_text(HEAD LAYERS "[network]\nforms = standard\n");
    const struct cvl_case without = case_of(&sweep.networks[0], "direct", CVL_NCHW, CVL_F32);
    run_right(&without);
    run_right(&with);
    cvl_sweep_clear(&first);
}

/* Runs a network of residuals with an op.cl that differs in one place. */
static struct cvl_row run_with_residual(const char *right, const char *wrong,
                                        const char *network_text)
{
    own_sources_make();
    own_sources_change("op.cl", right, wrong);
    read_text(network_text);
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC, CVL_F32);
    return run(&item, NULL);
}

/* One float past its end: of the output, and of a tensor that only layers see. */
static void expect_past_the_end(const char *network_text, const char *maker)
{
    char reason[WHAT_BYTES];
    struct cvl_row row = run_with_residual(
        "load(b + i)), out + i);",
        "load(b + i)), out + i), out[count] = i == count - 1 ? 1.0f : out[count];", network_text);
    (void)snprintf(reason, sizeof reason, "%s wrote 0 bytes past the end of its b buffer (%d",
                   maker, 8 * 5 * 4 * 4);
    cr_expect_eq(row.status, CVL_ROW_WRONG_ANSWER, "%s", row.reason);
    cr_expect_eq(strncmp(row.reason, reason, strlen(reason)), 0, "%s", row.reason);
    cr_expect_not(row.has_counted || row.has_time);
    cvl_row_clear(&row);
}

Test(network, a_write_past_the_end_of_the_output_is_found)
{
    expect_past_the_end("[sweep]\nname = net\n[layer b]\nin = 8x5x4\nout = 8\nkernel = 3\n"
                        "pad = same\n[network]\nresidual = b\n",
                        "op");
}

Test(network, a_write_past_the_end_between_layers_is_found)
{
    expect_past_the_end(HEAD LAYERS "[network]\nforms = standard\nresidual = b:b\n", "direct");
}

/* The residual is not added. */
Test(network, a_wrong_sum_is_found)
{
    struct cvl_row row =
        run_with_residual("load(b + i)", "0.0f * load(b + i)",
                          HEAD LAYERS "[network]\nforms = standard\nresidual = b:b\n");
    cr_expect_eq(row.status, CVL_ROW_WRONG_ANSWER, "%s", row.reason);
    cr_expect_eq(strncmp(row.reason, "verify: ", 8), 0, "%s", row.reason);
    cr_expect(row.has_check && !row.check.passed);
    cr_expect_gt(row.check.max_abs_err, row.check.tolerance);
    cvl_row_clear(&row);
}
