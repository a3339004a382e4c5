/* What was planned, for people: the layers of the sweeps, and what each variant needs. */
#include "report/plan_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "report/grid.h"
#include "report/lines.h"
#include "report/networks.h"
#include "report/stage_table.h"
#include "result/row_index.h"

/* What is being printed. */
struct planned {
    FILE *stream;
    const struct cvl_results *results;
    const struct cvl_sweep *sweeps;
    size_t sweep_count;
    const struct cvl_row_index *layers; /* the rows by PLANNED_PARTS */
    bool *failed;                       /* memory ran out */
};

enum { PLANNED_PARTS = CVL_KEY_NETWORK | CVL_KEY_LAYER | CVL_KEY_GEOMETRY | CVL_KEY_PROBLEM };

static const char area[] = "plan";

static bool is_layer(const struct cvl_row *row)
{
    return !cvl_key_is_network(&row->key);
}

/* A layer is in the plan if one of its cases is. */
static bool is_planned(const struct planned *planned, const struct cvl_sweep_item *item)
{
    struct cvl_key key = {.problem = item->problem};
    cvl_copy(key.layer, sizeof key.layer, item->layer);
    return cvl_row_index_find(planned->layers, &key) != NULL;
}

static void add_layer(struct cvl_grid *grid, const struct cvl_sweep_item *item,
                      enum cvl_dtype dtype)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
    const uint64_t bytes = cvl_dtype_bytes(dtype);
    cvl_grid_text(grid, item->layer);
    cvl_grid_text(grid, cvl_form_name(item->problem.form));
    cvl_grid_integer(grid, item->count);
    cvl_grid_integer(grid, sizes.macs);
    cvl_grid_integer(grid, sizes.weights_elements);
    cvl_grid_integer(grid, item->bias_elements);
    cvl_grid_integer(grid, bytes * sizes.input_elements);
    cvl_grid_integer(grid, bytes * (sizes.expanded_elements + sizes.intermediate_elements));
    cvl_grid_integer(grid, bytes * sizes.output_elements);
}

static enum cvl_status put_layers(const struct planned *planned, enum cvl_dtype dtype,
                                  struct cvl_error *err)
{
    static const char *const headings[] = {"~LAYER",   "FORM",       ">COUNT",
                                           ">MACS",    ">WEIGHTS",   ">BIAS",
                                           ">INPUT B", ">BETWEEN B", ">OUTPUT B"};
    struct cvl_grid grid = cvl_grid_begin(planned->stream, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    (void)fprintf(planned->stream,
                  "layers: multiply-adds and weights in elements, tensors in bytes (%s)\n",
                  cvl_dtype_name(dtype));
    for (size_t s = 0; s < planned->sweep_count; s++)
        for (size_t i = 0; i < planned->sweeps[s].item_count; i++)
            if (is_planned(planned, &planned->sweeps[s].items[i]))
                add_layer(&grid, &planned->sweeps[s].items[i], dtype);
    return cvl_grid_end(&grid, area, err);
}

/* The item that stands for its layer in a network of that form: the only one of that form, or the
 * layer's first where it has none. A layer's items follow each other.
 * @param next receives the next layer's first item; NULL: lists make several of the form */
static const struct cvl_sweep_item *find_for_layer(const struct cvl_sweep *sweep, size_t first,
                                                   enum cvl_form form, size_t *next)
{
    const struct cvl_sweep_item *items = sweep->items, *found = &items[first];
    size_t of_form = 0;
    for (*next = first;
         *next < sweep->item_count && strcmp(items[*next].layer, items[first].layer) == 0; ++*next)
        if (items[*next].problem.form == form && of_form++ == 0)
            found = &items[*next];
    return of_form <= 1 ? found : NULL;
}

/* Of networks with every layer in the form that has it, and else in its first. */
static void put_total(const struct planned *planned, enum cvl_form form)
{
    uint64_t macs = 0, weights = 0, biases = 0;
    bool has_form = false;
    for (size_t s = 0; s < planned->sweep_count; s++)
        for (size_t i = 0, next; i < planned->sweeps[s].item_count; i = next) {
            const struct cvl_sweep_item *item = find_for_layer(&planned->sweeps[s], i, form, &next);
            if (!item || !is_planned(planned, item))
                continue;
            struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
            has_form |= item->problem.form == form;
            macs += item->count * sizes.macs;
            weights += item->count * sizes.weights_elements;
            biases += item->count * item->bias_elements;
        }
    if (has_form)
        cvl_lines_print(planned->stream, planned->failed, 4,
                        "total, layers %s where they can be: %" PRIu64 " multiply-adds, %" PRIu64
                        " weights, %" PRIu64 " with biases",
                        cvl_form_name(form), macs, weights, weights + biases);
}

static void add_row(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_text(grid, row->key.layer);
    cvl_grid_text(grid, cvl_form_name(row->key.problem.form));
    cvl_grid_text(grid, row->key.variant);
    cvl_grid_cell(grid, "%s%s", cvl_layout_name(row->key.layout), cvl_key_passes_text(&row->key));
    cvl_grid_integer(grid, row->computed.weights_bytes);
    cvl_grid_integer(grid, row->computed.workspace_bytes);
    cvl_grid_integer(grid, row->computed.load_peak_bytes);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cvl_grid_integer(grid, row->computed.peak_bytes[p]);
}

static enum cvl_status put_rows(const struct planned *planned, struct cvl_error *err)
{
    static const char *const headings[] = {"~LAYER",     "FORM",       "VARIANT", "LAYOUT",
                                           ">WEIGHTS B", ">WORKSPACE", ">LOADING"};
    struct cvl_grid grid = cvl_grid_begin(planned->stream, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cvl_grid_column(&grid, cvl_policy_title((enum cvl_policy)p), CVL_GRID_RIGHT);
    (void)fprintf(planned->stream,
                  "\nvariants: bytes; peaks while weights are loaded and by policy, %s\n",
                  cvl_weights_words(planned->results));
    for (size_t i = 0; i < planned->results->row_count; i++) {
        const struct cvl_row *row = &planned->results->rows[i];
        if (row->status == CVL_ROW_OK && is_layer(row))
            add_row(&grid, row);
    }
    return cvl_grid_end(&grid, area, err);
}

static void put_refusals(const struct planned *planned)
{
    const char *title = "\nnot supported, or skipped:\n";
    for (size_t i = 0; i < planned->results->row_count; i++) {
        const struct cvl_row *row = &planned->results->rows[i];
        if (row->status == CVL_ROW_OK || !is_layer(row))
            continue;
        (void)fputs(title, planned->stream);
        cvl_lines_print(planned->stream, planned->failed, 4, "%s %s %s %s%s: %s", row->key.layer,
                        row->key.variant, cvl_layout_name(row->key.layout),
                        cvl_dtype_name(row->key.dtype), cvl_key_passes_text(&row->key),
                        row->reason);
        title = "";
    }
}

/* What a person should know of stages: how often a kernel reads its weights. */
static void put_notes(const struct planned *planned)
{
    const char *title = "\nnotes:\n";
    for (size_t i = 0; i < planned->results->row_count; i++) {
        const struct cvl_row *row = &planned->results->rows[i];
        for (size_t s = 0; is_layer(row) && s < row->stage_count; s++) {
            if (row->stages[s].note[0] == '\0')
                continue;
            (void)fputs(title, planned->stream);
            cvl_lines_print(planned->stream, planned->failed, 4, "%s %s %s %s: %s", row->key.layer,
                            row->key.variant, cvl_layout_name(row->key.layout), row->stages[s].name,
                            row->stages[s].note);
            title = "";
        }
    }
}

/* NULL: there is none. */
static const struct cvl_row *first_layer(const struct planned *planned)
{
    for (size_t i = 0; i < planned->results->row_count; i++)
        if (is_layer(&planned->results->rows[i]))
            return &planned->results->rows[i];
    return NULL;
}

static enum cvl_status put_single_layers(const struct planned *planned, bool details,
                                         struct cvl_error *err)
{
    const struct cvl_row *first = first_layer(planned);
    if (!first)
        return CVL_OK;
    enum cvl_status status = put_layers(planned, first->key.dtype, err);
    put_total(planned, CVL_STANDARD);
    put_total(planned, CVL_SEPARABLE);
    put_total(planned, CVL_INVERTED);
    if (status == CVL_OK)
        status = put_rows(planned, err);
    put_refusals(planned);
    if (details)
        put_notes(planned);
    return status;
}

enum cvl_status cvl_plan_print(FILE *stream, const struct cvl_results *results,
                               const struct cvl_sweep *sweeps, size_t sweep_count, bool details,
                               struct cvl_error *err)
{
    bool failed = false;
    struct cvl_row_index layers;
    const struct planned planned = {stream, results, sweeps, sweep_count, &layers, &failed};
    enum cvl_status status =
        cvl_row_index_create(results->rows, results->row_count, PLANNED_PARTS, &layers, err);
    if (status == CVL_OK)
        status = put_single_layers(&planned, details, err);
    cvl_row_index_clear(&layers);
    if (status == CVL_OK && failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "plan: out of memory");
    if (status == CVL_OK)
        status = cvl_networks_print_plan(stream, results, details, err);
    return status == CVL_OK && details ? cvl_stages_print(stream, results, err) : status;
}
