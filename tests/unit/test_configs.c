#include <criterion/criterion.h>

#include <convlens/sweep.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct cvl_sweep read_config(const char *name)
{
    char path[512];
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    (void)snprintf(path, sizeof path, "%s/configs/%s.ini", CONVLENS_SOURCE_DIR, name);
    cr_assert_eq(cvl_sweep_read(path, &sweep, &err), CVL_OK, "%s", err.text);
    cr_assert_str_eq(sweep.name, name);
    return sweep;
}

/* What a network of these layers costs. */
struct totals {
    uint64_t macs, parameters;
};

/* Sums each layer once: in the preferred form where it has it, else in the form that it has. */
static struct totals network(const struct cvl_sweep *sweep, enum cvl_form preferred)
{
    struct totals totals = {0};
    for (size_t i = 0; i < sweep->item_count; i++) {
        const struct cvl_sweep_item *item = &sweep->items[i];
        const struct cvl_sweep_item *next = i + 1 < sweep->item_count ? item + 1 : NULL;
        const struct cvl_sweep_item *last = i > 0 ? item - 1 : NULL;
        bool twin = (next && strcmp(next->layer, item->layer) == 0) ||
                    (last && strcmp(last->layer, item->layer) == 0);
        if (twin && item->problem.form != preferred)
            continue;
        struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
        totals.macs += sizes.macs * item->count;
        totals.parameters += (sizes.weights_elements + item->bias_elements) * item->count;
    }
    return totals;
}

/* A line of a golden table of layers. */
struct golden {
    char name[32], type[8], pad[8];
    int32_t c, h, w, k, r, stride, groups, p, q;
    uint64_t weights, macs;
};

static bool read_golden(FILE *file, struct golden *g)
{
    char line[256];
    if (!fgets(line, sizeof line, file))
        return false;
    int fields =
        sscanf(line,
               "%31[^,],%7[^,],%" SCNd32 ",%" SCNd32 ",%" SCNd32 ",%" SCNd32 ",%" SCNd32 ",%" SCNd32
               ",%7[^,],%" SCNd32 ",%" SCNd32 ",%" SCNd32 ",%" SCNu64 ",%" SCNu64,
               g->name, g->type, &g->c, &g->h, &g->w, &g->k, &g->r, &g->stride, g->pad, &g->groups,
               &g->p, &g->q, &g->weights, &g->macs);
    cr_assert_eq(fields, 14, "%s", line);
    return true;
}

static FILE *open_golden(const char *name)
{
    char path[512], header[256];
    (void)snprintf(path, sizeof path, "%s/tests/golden/%s.csv", CONVLENS_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    cr_assert_not_null(fgets(header, sizeof header, file));
    return file;
}

static bool is_layer(const struct cvl_problem *p, const struct golden *g)
{
    struct cvl_problem expected = {
        .form = p->form,
        .mb = 1,
        .g = p->form == CVL_DEPTHWISE ? g->c : 1,
        .ic = g->c,
        .ih = g->h,
        .iw = g->w,
        .oc = g->k,
        .oh = g->p,
        .ow = g->q,
        .kh = g->r,
        .kw = g->r,
        .sh = g->stride,
        .sw = g->stride,
        .ph = p->ph,
        .pw = p->pw,
    };
    return cvl_problem_equal(p, &expected);
}

/* The part of an item's problem that computes a layer of this golden type. */
static struct cvl_problem part_for(const struct cvl_sweep_item *item, const char *type)
{
    if (item->problem.form == CVL_SEPARABLE && strcmp(type, "dw") == 0)
        return cvl_problem_part(&item->problem, CVL_DEPTHWISE);
    if (item->problem.form == CVL_SEPARABLE)
        return cvl_problem_part(&item->problem, CVL_POINTWISE);
    return item->problem;
}

/* Finds the golden layer among the items of the form, or of those that have no other (pointwise
 * layers and conv0), and checks its figures. `uses` counts the lines that each item stood for. */
static void expect_line(const struct cvl_sweep *sweep, const struct golden *g, enum cvl_form form,
                        uint32_t *uses)
{
    for (size_t i = 0; i < sweep->item_count; i++) {
        const struct cvl_sweep_item *item = &sweep->items[i];
        if (item->problem.form != form && item->problem.form != CVL_POINTWISE &&
            strcmp(item->layer, "conv0") != 0)
            continue;
        struct cvl_problem p = part_for(item, g->type);
        uint32_t limit = item->problem.form == CVL_SEPARABLE ? 2 * item->count : item->count;
        if (!is_layer(&p, g) || uses[i] == limit)
            continue;
        struct cvl_sizes sizes = cvl_problem_sizes(&p);
        cr_assert_eq(sizes.macs, g->macs, "%s", g->name);
        cr_assert_eq(sizes.weights_elements + item->bias_elements, g->weights, "%s", g->name);
        uses[i]++;
        return;
    }
    cr_assert_fail("%s is not in the sweep", g->name);
}

/* Every line of the table is a layer of the sweep, and every layer is there as often as its count
 * says. */
static void expect_table(const char *config, const char *table, enum cvl_form form)
{
    struct cvl_sweep sweep = read_config(config);
    uint32_t uses[128] = {0};
    cr_assert_lt(sweep.item_count, sizeof uses / sizeof uses[0]);
    FILE *file = open_golden(table);
    for (struct golden g; read_golden(file, &g);)
        if (strcmp(config, "vgg16") != 0 || strcmp(g.type, "fc") != 0)
            expect_line(&sweep, &g, form, uses);
    (void)fclose(file);
    for (size_t i = 0; i < sweep.item_count; i++) {
        const struct cvl_sweep_item *item = &sweep.items[i];
        if (uses[i] > 0)
            cr_assert_eq(uses[i], item->count * (item->problem.form == CVL_SEPARABLE ? 2 : 1), "%s",
                         item->layer);
        else
            cr_assert_neq(item->problem.form, form, "%s", item->layer);
    }
    cvl_sweep_clear(&sweep);
}

Test(configs, mobilenet_v1_totals)
{
    struct cvl_sweep sweep = read_config("mobilenet_v1");
    struct totals separable = network(&sweep, CVL_SEPARABLE);
    cr_assert_eq(separable.macs, 568740352);
    cr_assert_eq(separable.parameters, 4210088);
    struct totals standard = network(&sweep, CVL_STANDARD);
    cr_assert_eq(standard.macs, 4866269184 + 1024000); /* the convolutions, and the classifier */
    cvl_sweep_clear(&sweep);
}

Test(configs, vgg16_totals)
{
    struct cvl_sweep sweep = read_config("vgg16");
    cr_assert_eq(sweep.item_count, 2 * 13);
    cr_assert_eq(network(&sweep, CVL_STANDARD).macs, 15346630656);
    cr_assert_eq(network(&sweep, CVL_STANDARD).parameters, 14714688);
    cr_assert_eq(network(&sweep, CVL_SEPARABLE).macs, 1786917888); /* published: 1,786.92 M */
    cvl_sweep_clear(&sweep);
}

Test(configs, resnet50_totals)
{
    struct cvl_sweep sweep = read_config("resnet50");
    cr_assert_eq(network(&sweep, CVL_STANDARD).macs, 4089184256);
    cvl_sweep_clear(&sweep);
}

/* By the table of inverted residuals (t, c, n, s) in the paper. */
Test(configs, mobilenet_v2_separable_totals)
{
    struct cvl_sweep sweep = read_config("mobilenet_v2_separable");
    uint32_t blocks = 0;
    for (size_t i = 0; i < sweep.item_count; i++)
        blocks += sweep.items[i].count;
    cr_assert_eq(blocks, 17);
    cr_assert_eq(network(&sweep, CVL_SEPARABLE).macs, 138830720);
    cr_assert_eq(network(&sweep, CVL_SEPARABLE).parameters, 1027424);
    cvl_sweep_clear(&sweep);
}

/* The published figures: 3,504,872 weights are those of convolutions and classifier, its bias, and
 * scale and shift of a normalisation after each convolution's channels. */
Test(configs, mobilenet_v2_totals)
{
    struct cvl_sweep sweep = read_config("mobilenet_v2");
    uint64_t blocks = 0, residuals = 0, normalised = 0;
    for (size_t i = 0; i < sweep.item_count; i++) {
        const struct cvl_problem *p = &sweep.items[i].problem;
        const uint64_t count = sweep.items[i].count;
        const bool classifies = p->ih == 1;
        blocks += p->form == CVL_INVERTED || p->form == CVL_SEPARABLE ? count : 0;
        residuals += p->res ? count : 0;
        if (p->form == CVL_INVERTED)
            normalised += count * (uint64_t)(2 * p->mc + p->oc);
        else if (p->form == CVL_SEPARABLE)
            normalised += count * (uint64_t)(p->ic + p->oc);
        else
            normalised += classifies ? 0 : (uint64_t)p->oc;
    }
    const struct totals totals = network(&sweep, CVL_INVERTED);
    cr_assert_eq(blocks, 17);
    cr_assert_eq(residuals, 10);
    cr_assert_eq(normalised, 17056);
    cr_assert_eq(totals.macs, 300774272);
    cr_assert_eq(totals.parameters + 2 * normalised, 3504872);
    cvl_sweep_clear(&sweep);
}

Test(configs, mobilenet_v1_layers)
{
    expect_table("mobilenet_v1", "mobilenet_v1", CVL_SEPARABLE);
}

Test(configs, mobilenet_v1_twin_layers)
{
    expect_table("mobilenet_v1", "mobilenet_v1_fullconv", CVL_STANDARD);
}

Test(configs, resnet50_layers)
{
    expect_table("resnet50", "resnet50_v1.5", CVL_STANDARD);
}

Test(configs, vgg16_layers)
{
    expect_table("vgg16", "vgg16", CVL_STANDARD);
}

Test(configs, seed_counts_its_bias)
{
    static const struct {
        const char *layer;
        enum cvl_form form;
        uint64_t weights, with_bias, macs;
    } expected[] = {
        {"k64", CVL_STANDARD, 1728, 1792, 85162752},
        {"k64", CVL_SEPARABLE, 219, 283, 10793196},
        {"k512", CVL_STANDARD, 13824, 14336, 681302016},
        {"k512", CVL_SEPARABLE, 1563, 2075, 77030892},
    };
    struct cvl_sweep sweep = read_config("seed");
    cr_assert_eq(sweep.item_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sweep.item_count; i++) {
        struct cvl_sizes sizes = cvl_problem_sizes(&sweep.items[i].problem);
        cr_assert_str_eq(sweep.items[i].layer, expected[i].layer);
        cr_assert_eq(sweep.items[i].problem.form, expected[i].form);
        cr_assert_eq(sizes.weights_elements, expected[i].weights);
        cr_assert_eq(sizes.weights_elements + sweep.items[i].bias_elements, expected[i].with_bias);
        cr_assert_eq(sizes.macs, expected[i].macs);
    }
    cvl_sweep_clear(&sweep);
}

Test(configs, smoke_has_every_form_and_stays_small)
{
    struct cvl_sweep sweep = read_config("smoke");
    bool forms[CVL_FORM_COUNT] = {false};
    bool grouped = false, dilated = false, uneven = false;
    for (size_t i = 0; i < sweep.item_count; i++) {
        const struct cvl_problem *p = &sweep.items[i].problem;
        forms[p->form] = true;
        grouped |= p->form == CVL_STANDARD && p->g > 1;
        dilated |= p->dh > 0;
        uneven |= p->ph != cvl_problem_pad_bottom(p);
        cr_assert_lt(cvl_problem_sizes(p).macs, 4000000, "%s", sweep.items[i].layer);
    }
    for (int form = 0; form < CVL_FORM_COUNT; form++)
        cr_assert(forms[form], "%s", cvl_form_name((enum cvl_form)form));
    cr_assert(grouped && dilated && uneven);
    cr_assert_eq(sweep.layout_count, CVL_LAYOUT_COUNT);
    cr_assert_eq(sweep.dtype_count, CVL_DTYPE_COUNT);
    cvl_sweep_clear(&sweep);
}

Test(configs, sweep_channels_is_a_square)
{
    struct cvl_sweep sweep = read_config("sweep_channels");
    cr_assert_eq(sweep.item_count, 6 * 6 * 2);
    cr_assert_str_eq(sweep.items[0].layer, "square/ic16oc16");
    cr_assert_str_eq(sweep.items[71].layer, "square/ic512oc512");
    cvl_sweep_clear(&sweep);
}
