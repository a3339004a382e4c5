/* What training a sweep's networks needs, for people. */
#include "report/training_table.h"

#include <inttypes.h>

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
static void say_totals(FILE *stream, const struct pair *pair, uint64_t batch)
{
    uint64_t bytes, twin;
    if (cvl_training_total(&pair->separable, batch, &bytes) &&
        cvl_training_total(&pair->standard, batch, &twin))
        (void)fprintf(stream, "%s %" PRIu64 " bytes against %" PRIu64, batch > 1 ? " there" : ":",
                      bytes, twin);
}

static void say_border(FILE *stream, const struct pair *pair)
{
    const uint64_t border = cvl_training_border(&pair->separable, &pair->standard);
    (void)fprintf(stream, "%s: the separable network needs more than its standard twin ",
                  cvl_optimizer_name(pair->optimizer));
    if (border == 0)
        (void)fprintf(stream, "in no batch");
    else if (border == 1)
        (void)fprintf(stream, "in every batch");
    else
        (void)fprintf(stream, "from batch %" PRIu64 " on,", border);
    say_totals(stream, pair, border ? border : 1);
    (void)fprintf(stream, "\n");
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

enum cvl_status cvl_training_print(FILE *stream, const struct cvl_sweep *sweep,
                                   enum cvl_dtype dtype, struct cvl_error *err)
{
    static const char *const headings[] = {"~LAYERS",    "OPTIMIZER",    ">SAVED B/IMAGE",
                                           ">WEIGHTS B", ">GRADIENTS B", ">OPTIMIZER B"};
    struct pair pairs[CVL_OPTIMIZER_COUNT];
    bool fits = true;
    char name[CVL_SWEEP_NAME_BYTES];
    cvl_copy_safe(name, sizeof name, sweep->name);
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < sweep->optimizer_count && fits; i++) {
        pairs[i].optimizer = sweep->optimizers[i];
        fits = add_networks(&grid, sweep, dtype, &pairs[i]);
    }
    (void)fprintf(stream, "\ntraining %s (%s), all layers\n", name, cvl_dtype_name(dtype));
    const enum cvl_status status = cvl_grid_end(&grid, "plan", err);
    if (status != CVL_OK)
        return status;
    if (!fits)
        return overflow(sweep, err);
    if (has_form(sweep, CVL_SEPARABLE) && has_form(sweep, CVL_STANDARD))
        for (size_t i = 0; i < sweep->optimizer_count; i++)
            say_border(stream, &pairs[i]);
    return CVL_OK;
}
