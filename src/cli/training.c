/* Totals of training, printed. */
#include "cli/training.h"

#include <inttypes.h>
#include <stdio.h>

#include <convlens/model.h>

#include "base/text.h"
#include "report/grid.h"

/* The separable network and its twin, with one optimizer. */
struct pair {
    enum cvl_optimizer optimizer;
    struct cvl_training_bytes standard, separable;
};

static bool has_form(const struct cvl_sweep *sweep, enum cvl_form form)
{
    for (size_t i = 0; i < sweep->item_count; i++)
        if (sweep->items[i].problem.form == form)
            return true;
    return false;
}

static bool is_trained(const struct cvl_sweep *sweep)
{
    for (size_t i = 0; i < sweep->passes_count; i++)
        if (sweep->passes[i] == CVL_TRAINING)
            return true;
    return false;
}

static void add_network(struct cvl_grid *grid, const char *form, const char *optimizer,
                        const struct cvl_training_bytes *bytes)
{
    cvl_grid_text(grid, form);
    cvl_grid_text(grid, optimizer);
    cvl_grid_integer(grid, bytes->saved_bytes);
    cvl_grid_integer(grid, bytes->weights_bytes);
    cvl_grid_integer(grid, bytes->gradients_bytes);
    cvl_grid_integer(grid, bytes->optimizer_bytes);
}

/* "in batch 26 1132344556 bytes against 1130000000" */
static void say_totals(const struct pair *pair, uint64_t batch)
{
    uint64_t bytes, twin;
    if (cvl_training_total(&pair->separable, batch, &bytes) &&
        cvl_training_total(&pair->standard, batch, &twin))
        (void)printf("%s %" PRIu64 " bytes against %" PRIu64, batch > 1 ? " there" : ":", bytes,
                     twin);
}

static void say_border(const struct pair *pair)
{
    const uint64_t border = cvl_training_border(&pair->separable, &pair->standard);
    (void)printf("%s: the separable network needs more than its standard twin ",
                 cvl_optimizer_name(pair->optimizer));
    if (border == 0)
        (void)printf("in no batch");
    else if (border == 1)
        (void)printf("in every batch");
    else
        (void)printf("from batch %" PRIu64 " on,", border);
    say_totals(pair, border ? border : 1);
    (void)printf("\n");
}

static enum cvl_status overflow(const struct cvl_sweep *sweep, struct cvl_error *err)
{
    return cvl_fail(err, CVL_BAD_INPUT, "%s: training needs more bytes than 64 bits count",
                    sweep->name);
}

/* The networks that the sweep has with one optimizer, to the grid and as a pair. */
static bool add_networks(struct cvl_grid *grid, const struct cvl_sweep *sweep, enum cvl_dtype dtype,
                         struct pair *pair)
{
    const char *optimizer = cvl_optimizer_name(pair->optimizer);
    if (!cvl_training_bytes(sweep, CVL_STANDARD, dtype, pair->optimizer, &pair->standard) ||
        !cvl_training_bytes(sweep, CVL_SEPARABLE, dtype, pair->optimizer, &pair->separable))
        return false;
    bool separable = has_form(sweep, CVL_SEPARABLE);
    if (!separable || has_form(sweep, CVL_STANDARD))
        add_network(grid, separable ? "standard" : "as given", optimizer, &pair->standard);
    if (separable)
        add_network(grid, "separable", optimizer, &pair->separable);
    return true;
}

static enum cvl_status print_sweep(const struct cvl_sweep *sweep, enum cvl_dtype dtype,
                                   struct cvl_error *err)
{
    static const char *const headings[] = {"LAYERS",     "OPTIMIZER",    ">SAVED B/IMAGE",
                                           ">WEIGHTS B", ">GRADIENTS B", ">OPTIMIZER B"};
    struct pair pairs[CVL_OPTIMIZER_COUNT];
    bool fits = true;
    char name[CVL_SWEEP_NAME_BYTES];
    cvl_copy_safe(name, sizeof name, sweep->name);
    struct cvl_grid grid = cvl_grid_begin(stdout, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < sweep->optimizer_count && fits; i++) {
        pairs[i].optimizer = sweep->optimizers[i];
        fits = add_networks(&grid, sweep, dtype, &pairs[i]);
    }
    (void)printf("\ntraining %s (%s), all layers\n", name, cvl_dtype_name(dtype));
    const enum cvl_status status = cvl_grid_end(&grid, "plan", err);
    if (status != CVL_OK)
        return status;
    if (!fits)
        return overflow(sweep, err);
    if (has_form(sweep, CVL_SEPARABLE) && has_form(sweep, CVL_STANDARD))
        for (size_t i = 0; i < sweep->optimizer_count; i++)
            say_border(&pairs[i]);
    return CVL_OK;
}

enum cvl_status cvl_print_training(const struct cvl_options *options,
                                   const struct cvl_inputs *inputs, struct cvl_error *err)
{
    const struct cvl_case_filter *filter = &options->filter;
    enum cvl_status status = CVL_OK;
    for (size_t s = 0; s < inputs->sweep_count; s++) {
        const struct cvl_sweep *sweep = &inputs->sweeps[s];
        const enum cvl_dtype *dtypes = filter->dtype_count ? filter->dtypes : sweep->dtypes;
        size_t count = filter->dtype_count ? filter->dtype_count : sweep->dtype_count;
        for (size_t d = 0; d < count && is_trained(sweep) && status == CVL_OK; d++)
            status = print_sweep(sweep, dtypes[d], err);
    }
    return status;
}
