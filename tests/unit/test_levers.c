#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/levers.h>

static struct cvl_row rows[8];
static struct cvl_results results = {.rows = rows};
static struct cvl_network_levers *networks;
static size_t count;

/* A row of a network whose peaks are 100 if all is kept, `freed` and `arena`. */
static struct cvl_row *add(enum cvl_form form, const char *variant, uint64_t freed, uint64_t arena)
{
    struct cvl_row *row = &rows[results.row_count++];
    cvl_row_init(row);
    row->status = CVL_ROW_OK;
    row->has_computed = true;
    (void)strcpy(row->key.device, "0:0");
    (void)strcpy(row->key.network, "net");
    (void)strcpy(row->key.variant, variant);
    row->key.problem.form = form;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        row->computed.peak_bytes[policy] = row->computed.peak_without_weights_bytes[policy] = 100;
    row->computed.peak_bytes[CVL_FREED] = freed;
    row->computed.peak_without_weights_bytes[CVL_FREED] = freed - 10;
    row->computed.peak_bytes[CVL_ARENA] = arena;
    return row;
}

static void find(void)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_levers_create(&results, &networks, &count, &err), CVL_OK, "%s", err.text);
}

static void clear(void)
{
    for (size_t i = 0; i < results.row_count; i++)
        cvl_row_clear(&rows[i]);
    results.row_count = 0;
    results.without_weights = false;
    free(networks);
}

TestSuite(levers, .fini = clear);

static void expect(size_t index, enum cvl_lever_kind kind, const struct cvl_row *row,
                   uint64_t peak_bytes, int64_t saved_bytes)
{
    cr_assert_lt(index, networks[0].lever_count);
    const struct cvl_lever *lever = &networks[0].levers[index];
    cr_expect_eq(lever->kind, kind, "%zu: %s", index, cvl_lever_name(lever->kind));
    cr_expect_eq(lever->row, row, "%zu", index);
    cr_expect_eq(lever->peak_bytes, peak_bytes, "%zu", index);
    cr_expect_eq(lever->saved_bytes, saved_bytes, "%zu", index);
}

Test(levers, of_each_kind_the_row_of_least_peak)
{
    struct cvl_row *unfused = add(CVL_SEPARABLE, "sep_unfused", 70, 71);
    struct cvl_row *base = add(CVL_STANDARD, "direct", 60, 62);
    (void)add(CVL_STANDARD, "winograd_f2", 90, 90);
    struct cvl_row *other = add(CVL_STANDARD, "implicit_gemm", 59, 60);
    struct cvl_row *fused = add(CVL_SEPARABLE, "sep_fused", 40, 40);
    struct cvl_row *banded = add(CVL_SEPARABLE, "sep_banded", 60, 60);
    struct cvl_row *half = add(CVL_STANDARD, "direct", 30, 31);
    half->key.dtype = CVL_F16;
    struct cvl_row *nchw = add(CVL_STANDARD, "im2col_gemm", 58, 58);
    nchw->key.layout = CVL_NCHW;
    find();
    cr_assert_eq(count, 3, "a base for each layout and type");
    cr_expect_eq(networks[0].base, base, "the standard form, direct where nothing is timed");
    cr_assert_eq(networks[0].lever_count, 8);
    expect(0, CVL_LEVER_FREE_EARLY, base, 60, 40);
    expect(1, CVL_LEVER_ARENA, base, 62, 38);
    expect(2, CVL_LEVER_TYPE, half, 30, 30);
    expect(3, CVL_LEVER_FUSE, fused, 40, 20);
    expect(4, CVL_LEVER_LAYOUT, nchw, 58, 2);
    expect(5, CVL_LEVER_VARIANT, other, 59, 1);
    expect(6, CVL_LEVER_BANDS, banded, 60, 0);
    expect(7, CVL_LEVER_FORM, unfused, 70, -10);
    cr_expect_float_eq(networks[0].levers[3].saved_percent, 100.0 / 3.0, 1e-9);
    cr_expect_not(networks[0].levers[3].has_time);
}

Test(levers, the_fastest_standard_row_is_compared_with)
{
    struct cvl_row *slow = add(CVL_STANDARD, "direct", 60, 60);
    struct cvl_row *fast = add(CVL_STANDARD, "implicit_gemm", 61, 61);
    slow->has_time = fast->has_time = true;
    slow->time.median_s = 2.0;
    fast->time.median_s = 1.0;
    find();
    cr_assert_eq(count, 1);
    cr_expect_eq(networks[0].base, fast);
    expect(2, CVL_LEVER_VARIANT, slow, 60, 1);
    cr_expect(networks[0].levers[2].has_time);
    cr_expect_float_eq(networks[0].levers[2].time.ratio, 0.5, 1e-9);
}

/* Computed on both sides, whatever a library was counted with. */
Test(levers, what_ops_in_place_save)
{
    struct cvl_row *base = add(CVL_STANDARD, "direct", 60, 60);
    base->computed.new_tensors_peak_bytes = 80;
    base->has_counted = true;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        base->counted.peak_bytes[policy] = base->computed.peak_bytes[policy] + 7;
    find();
    cr_assert_eq(networks[0].lever_count, 3);
    expect(2, CVL_LEVER_IN_PLACE, base, 60, 20);
    cr_expect_float_eq(networks[0].levers[2].saved_percent, 25.0, 1e-9);
    cr_expect_not(networks[0].levers[2].has_time);
    cr_expect_str_eq(cvl_lever_name(CVL_LEVER_IN_PLACE), "in_place");
}

Test(levers, what_ops_in_place_save_without_weights)
{
    struct cvl_row *base = add(CVL_STANDARD, "direct", 60, 60);
    base->computed.new_tensors_peak_bytes = 80;
    base->computed.peak_without_weights_bytes[CVL_ALL_LIVE] = 90;
    cvl_results_leave_out_weights(&results);
    find();
    expect(1, CVL_LEVER_IN_PLACE, base, 50, 20);
}

/* A row of one layer at a batch. */
static struct cvl_row *add_batch(const char *network, uint64_t images, uint64_t freed,
                                 double median_s)
{
    struct cvl_row *row = add(CVL_STANDARD, "direct", freed, freed);
    (void)strcpy(row->key.network, network);
    row->layers = calloc(1, sizeof *row->layers);
    row->layers_count = 1;
    (void)strcpy(row->layers[0].layer, "a");
    row->layers[0].weights = 9;
    row->layers[0].multiply_adds = 100 * images;
    row->has_time = true;
    row->time.median_s = median_s;
    row->time.low_s = 0.9 * median_s;
    row->time.high_s = 1.1 * median_s;
    return row;
}

Test(levers, a_smaller_batch_as_often_as_it_takes)
{
    struct cvl_row *four = add_batch("net/mb4", 4, 50, 8.0);
    (void)add_batch("net/mb3", 3, 20, 1.0); /* does not divide */
    (void)add_batch("net/mb2", 2, 30, 3.0);
    struct cvl_row *one = add_batch("net/mb1", 1, 20, 1.0);
    (void)add_batch("met/mb1", 1, 1, 1.0);
    (void)add_batch("net", 1, 1, 1.0);
    find();
    cr_assert_eq(networks[0].base, four);
    cr_assert_eq(networks[0].lever_count, 3);
    expect(2, CVL_LEVER_BATCH, one, 20, 30);
    const struct cvl_lever *lever = &networks[0].levers[2];
    cr_expect_eq(lever->executions, 4);
    cr_expect_float_eq(lever->saved_percent, 60.0, 1e-9);
    cr_assert(lever->has_time);
    cr_expect_float_eq(lever->time.ratio, 2.0, 1e-9, "8 s beside 4 times 1 s");
    cr_expect_float_eq(lever->time.low, 7.2 / 4.4, 1e-9);
    cr_expect_float_eq(lever->time.high, 8.8 / 3.6, 1e-9);
    cr_expect_eq(lever->time.answer, CVL_TIME_FASTER);
    cr_expect_eq(networks[0].levers[0].executions, 1);
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < networks[i].lever_count; k++)
            if (networks[i].levers[k].kind == CVL_LEVER_BATCH)
                cr_expect(strcmp(networks[i].base->key.network, "net/mb2") == 0 ||
                          strcmp(networks[i].base->key.network, "net/mb3") == 0);
}

Test(levers, another_network_is_no_smaller_batch)
{
    (void)add_batch("net/mb4", 4, 50, 8.0);
    add_batch("net/mb2", 2, 30, 3.0)->key.dtype = CVL_F16;
    add_batch("net/mb1", 1, 20, 1.0)->layers[0].weights = 10;
    (void)strcpy(add_batch("net/mb1", 1, 20, 1.0)->layers[0].layer, "b");
    add_batch("net/mb1", 2, 20, 1.0);
    (void)strcpy(add_batch("net/mb1", 1, 20, 1.0)->key.variant, "implicit_gemm");
    find();
    cr_assert_eq(networks[0].lever_count, 2);
}

Test(levers, patches_of_the_same_network)
{
    struct cvl_row *base = add(CVL_STANDARD, "direct", 80, 82);
    struct cvl_row *patches = add(CVL_STANDARD, "direct", 30, 32);
    struct cvl_row *others = add(CVL_STANDARD, "winograd_f2", 20, 22);
    struct cvl_row *longer = add(CVL_STANDARD, "direct", 10, 12);
    (void)strcpy(patches->key.network, "net/p4x4:block");
    (void)strcpy(others->key.network, "net/p2x2:block");
    (void)strcpy(longer->key.network, "net/p4x4");
    find();
    cr_expect_eq(networks[0].base, base);
    cr_assert_eq(networks[0].lever_count, 3);
    expect(0, CVL_LEVER_PATCHES, patches, 30, 50);
    cr_expect_str_eq(cvl_lever_patches("net/p4x4:block", "net"), "4x4:block");
    cr_expect_null(cvl_lever_patches("net", "net"));
    cr_expect_null(cvl_lever_patches("other/p4x4:block", "net"));
}

Test(levers, layers_that_hold_the_peak_up)
{
    static const uint64_t live[] = {10, 50, 0, 30, 50, 20, CVL_ABSENT, 40, 5, 25, 35};
    static const char names[] =
        "abcdefghijd"; /* the last one is the fourth one again: 35, not 30 */
    static const size_t expected[] = {1, 4, 7, 10, 9};
    struct cvl_row *base = add(CVL_STANDARD, "direct", 60, 60);
    base->layers = calloc(11, sizeof *base->layers);
    base->layers_count = 11;
    for (size_t i = 0; i < 11; i++) {
        base->layers[i].live_bytes = live[i];
        base->layers[i].layer[0] = names[i];
    }
    find();
    cr_assert_eq(networks[0].layer_count, CVL_PEAK_LAYERS);
    for (size_t i = 0; i < CVL_PEAK_LAYERS; i++) {
        cr_expect_eq(networks[0].layers[i].layer, &base->layers[expected[i]], "%zu", i);
        cr_expect_eq(networks[0].layers[i].live_bytes, live[expected[i]] + 10, "%zu: weights", i);
    }
}

Test(levers, rows_that_failed_and_single_layers_take_no_part)
{
    add(CVL_STANDARD, "direct", 60, 60)->status = CVL_ROW_FAILED;
    add(CVL_STANDARD, "direct", 60, 60)->key.network[0] = '\0';
    find();
    cr_expect_eq(count, 0);
}
