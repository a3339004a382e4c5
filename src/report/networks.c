/* Tables of networks. */
#include "report/networks.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/groups.h"
#include "report/grid.h"
#include "report/levers.h"
#include "report/lines.h"

static const char area[] = "report/networks";

/* A column: what a network says under a heading, in which of the styles. */
struct column {
    const char *heading;
    bool planned, measured;
    void (*put)(struct cvl_grid *grid, const struct cvl_row *row);
    /* or, of a policy: */
    void (*put_peak)(struct cvl_grid *grid, const struct cvl_row *row, enum cvl_policy policy);
    enum cvl_policy policy;
};

static void put_network(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_text(grid, row->key.network);
}

static void put_form(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_text(grid, cvl_form_name(row->key.problem.form));
}

static void put_variant(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_text(grid, row->key.variant);
}

static void put_layout(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_cell(grid, "%s %s", cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype));
}

static void put_time(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_seconds(grid, row->has_time ? row->time.median_s : (double)NAN,
                     row->time.doubt[0] != '\0' ? "?" : "");
}

/* "block1", or "block1 +2" where two further layers reach the peak. */
static void put_peak_layer(struct cvl_grid *grid, const struct cvl_row *row)
{
    uint64_t peak = 0;
    size_t ties = 0;
    for (size_t i = 0; i < row->layers_count; i++) {
        const uint64_t live = row->layers[i].live_bytes;
        if (live == CVL_ABSENT || live < peak)
            continue;
        ties = live == peak ? ties + 1 : 0;
        peak = live;
    }
    if (ties == 0)
        cvl_grid_text(grid, row->computed.peak_layer);
    else
        cvl_grid_cell(grid, "%s +%zu", row->computed.peak_layer, ties);
}

#define EXACT(name, member)                                                                        \
    static void put_##name(struct cvl_grid *grid, const struct cvl_row *row)                       \
    {                                                                                              \
        cvl_grid_integer(grid, row->computed.member);                                              \
    }
EXACT(weights, weights_bytes)
EXACT(outputs, outputs_bytes)
#undef EXACT

/* The arena's figures leave the weights out: those that stay are added where the peaks have them.
 */
#define BESIDE_PEAKS(name, member)                                                                 \
    static void put_##name(struct cvl_grid *grid, const struct cvl_row *row)                       \
    {                                                                                              \
        const struct cvl_row_computed *computed = &row->computed;                                  \
        cvl_grid_integer(grid, computed->member + computed->peak_bytes[CVL_ARENA] -                \
                                   computed->peak_without_weights_bytes[CVL_ARENA]);               \
    }
BESIDE_PEAKS(bound, arena_lower_bound_bytes)
BESIDE_PEAKS(no_input, arena_without_input_bytes)
BESIDE_PEAKS(no_input_bound, arena_without_input_lower_bound_bytes)
#undef BESIDE_PEAKS

static void put_planned_peak(struct cvl_grid *grid, const struct cvl_row *row,
                             enum cvl_policy policy)
{
    cvl_grid_integer(grid, row->computed.peak_bytes[policy]);
}

static void put_measured_peak(struct cvl_grid *grid, const struct cvl_row *row,
                              enum cvl_policy policy)
{
    cvl_grid_bytes(grid, cvl_row_known_peak(row, policy));
}

/* The measured ones where there is room for the policy among the results. */
#define PLANNED(ID, name, of_results, title, ...)                                                  \
    {.heading = ">" title, .planned = true, .put_peak = put_planned_peak, .policy = CVL_##ID},
#define MEASURED(ID, name, of_results, title, ...)                                                 \
    {.heading = ">" title,                                                                         \
     .measured = sizeof of_results > 1,                                                            \
     .put_peak = put_measured_peak,                                                                \
     .policy = CVL_##ID},

static const struct column columns[] = {
    {"~NETWORK", true, true, .put = put_network},
    {"FORM", true, true, .put = put_form},
    {"VARIANT", true, true, .put = put_variant},
    {"LAYOUT", true, true, .put = put_layout},
    {">TIME", .measured = true, .put = put_time},
    {">WEIGHTS B", .planned = true, .put = put_weights},
    {">OUTPUTS", .planned = true, .put = put_outputs},
    CVL_POLICY_LIST(PLANNED, ) /* clang-format off */
    {">BOUND", .planned = true, .put = put_bound},
    {">NO INPUT", .planned = true, .put = put_no_input},
    {">BOUND", .planned = true, .put = put_no_input_bound},
    CVL_POLICY_LIST(MEASURED, )
    {"~PEAK IN", true, true, .put = put_peak_layer}, /* clang-format on */
};

enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

static bool is_in(const struct column *column, enum cvl_networks_style style)
{
    return style == CVL_NETWORKS_PLANNED ? column->planned : column->measured;
}

static bool is_shown(const struct cvl_row *row, const char *device)
{
    return cvl_key_is_network(&row->key) && row->status == CVL_ROW_OK &&
           (!device || strcmp(row->key.device, device) == 0);
}

static void add_network(struct cvl_grid *grid, const struct cvl_row *row,
                        enum cvl_networks_style style)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (is_in(&columns[i], style) && columns[i].put)
            columns[i].put(grid, row);
        else if (is_in(&columns[i], style))
            columns[i].put_peak(grid, row, columns[i].policy);
}

enum cvl_status cvl_networks_print(FILE *stream, const struct cvl_results *results,
                                   const char *device, enum cvl_networks_style style, bool utf8,
                                   struct cvl_error *err)
{
    struct cvl_grid grid = cvl_grid_begin(stream, utf8);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (is_in(&columns[i], style))
            cvl_grid_columns(&grid, &columns[i].heading, 1);
    for (size_t i = 0; i < results->row_count; i++)
        if (is_shown(&results->rows[i], device))
            add_network(&grid, &results->rows[i], style);
    return cvl_grid_end(&grid, area, err);
}

/* The layers of a network, one a line. */
static enum cvl_status put_layers(FILE *stream, const struct cvl_row *row, struct cvl_error *err)
{
    static const char *const headings[] = {"~LAYER",     "FORM",      "VARIANT", ">TIME",
                                           ">WEIGHTS B", ">OUTPUT B", ">LIVE B"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < row->layers_count; i++) {
        const struct cvl_row_layer *layer = &row->layers[i];
        cvl_grid_text(&grid, layer->layer);
        cvl_grid_text(&grid, layer->form);
        cvl_grid_text(&grid, layer->variant);
        cvl_grid_seconds(&grid, layer->time_s, "");
        cvl_grid_integer(&grid, layer->weights_bytes);
        cvl_grid_integer(&grid, layer->output_bytes);
        cvl_grid_integer(&grid, layer->live_bytes);
    }
    return cvl_grid_end(&grid, area, err);
}

const char *cvl_weights_words(const struct cvl_results *results)
{
    return results->without_weights ? "weights left out" : "weights included";
}

static bool has_networks(const struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (cvl_key_is_network(&results->rows[i].key))
            return true;
    return false;
}

/* "mobilenet_v1 separable sep_fused nhwc f32" */
static void append_heading(struct cvl_text *text, const struct cvl_row *row)
{
    cvl_text_append(text, "%s %s %s %s %s", row->key.network, cvl_form_name(row->key.problem.form),
                    row->key.variant, cvl_layout_name(row->key.layout),
                    cvl_dtype_name(row->key.dtype));
}

static void put_refusals(FILE *stream, const struct cvl_results *results, bool *failed)
{
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        struct cvl_text text = {0};
        if (row->status == CVL_ROW_OK || !cvl_key_is_network(&row->key))
            continue;
        append_heading(&text, row);
        cvl_text_append(&text, ": %s", row->reason);
        cvl_lines_put(stream, &text, 4, failed);
    }
}

/* A table of layers for each network that is planned. */
static enum cvl_status put_networks(FILE *stream, const struct cvl_results *results, bool *failed,
                                    struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        struct cvl_text text = {0};
        if (row->status != CVL_ROW_OK || !cvl_key_is_network(&row->key))
            continue;
        append_heading(&text, row);
        (void)fputc('\n', stream);
        cvl_lines_put(stream, &text, CVL_LINES_CUT, failed);
        status = put_layers(stream, row, err);
    }
    return status;
}

enum cvl_status cvl_networks_print_plan(FILE *stream, const struct cvl_results *results,
                                        bool layers, struct cvl_error *err)
{
    bool failed = false;
    if (!has_networks(results))
        return CVL_OK;
    (void)fputc('\n', stream);
    cvl_lines_print(stream, &failed, 4,
                    "networks: bytes, %s; outputs with a buffer each, arenas beside their lower "
                    "bounds",
                    cvl_weights_words(results));
    enum cvl_status status =
        cvl_networks_print(stream, results, NULL, CVL_NETWORKS_PLANNED, true, err);
    put_refusals(stream, results, &failed);
    if (status == CVL_OK)
        status = cvl_levers_print(stream, results, NULL, true, err);
    if (status == CVL_OK && layers)
        status = put_networks(stream, results, &failed, err);
    if (status == CVL_OK && failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    return status;
}
