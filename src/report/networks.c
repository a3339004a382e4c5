/* Tables of networks. */
#include "report/networks.h"

#include <inttypes.h>
#include <string.h>

#include <libsmartcols.h>

#include "base/text.h"
#include "report/lines.h"

enum { CELL_BYTES = 80 };

/* A column: what a network says under a heading, in which of the styles. */
struct column {
    const char *heading;
    bool right, planned, measured;
    void (*print)(const struct cvl_row *row, char *cell);
};

static void print_exact(char *cell, uint64_t bytes)
{
    if (bytes == CVL_ABSENT)
        cvl_copy(cell, CELL_BYTES, "-");
    else
        (void)snprintf(cell, CELL_BYTES, "%" PRIu64, bytes);
}

/* What was counted, or computed where nothing was. */
static void print_peak(const struct cvl_row *row, enum cvl_policy policy, char *cell)
{
    const uint64_t counted = row->has_counted ? row->counted.peak_bytes[policy] : CVL_ABSENT;
    const uint64_t bytes = counted == CVL_ABSENT ? row->computed.peak_bytes[policy] : counted;
    if (bytes == CVL_ABSENT)
        cvl_copy(cell, CELL_BYTES, "-");
    else
        cvl_print_bytes(cell, CELL_BYTES, bytes);
}

static void print_network(const struct cvl_row *row, char *cell)
{
    cvl_copy_safe(cell, CELL_BYTES, row->key.network);
}

static void print_form(const struct cvl_row *row, char *cell)
{
    cvl_copy(cell, CELL_BYTES, cvl_form_name(row->key.problem.form));
}

static void print_variant(const struct cvl_row *row, char *cell)
{
    cvl_copy_safe(cell, CELL_BYTES, row->key.variant);
}

static void print_layout(const struct cvl_row *row, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%s %s", cvl_layout_name(row->key.layout),
                   cvl_dtype_name(row->key.dtype));
}

static void print_time(const struct cvl_row *row, char *cell)
{
    cvl_print_seconds(cell, CELL_BYTES, row->has_time ? row->time.median_s : (double)NAN);
    if (row->time.doubt[0] != '\0')
        (void)strcat(cell, "?");
}

static void print_peak_layer(const struct cvl_row *row, char *cell)
{
    cvl_copy_safe(cell, CELL_BYTES, row->computed.peak_layer);
}

#define EXACT(name, member)                                                                        \
    static void print_##name(const struct cvl_row *row, char *cell)                                \
    {                                                                                              \
        print_exact(cell, row->computed.member);                                                   \
    }
EXACT(weights, weights_bytes)
EXACT(outputs, outputs_bytes)
EXACT(all_live, peak_without_weights_bytes[CVL_ALL_LIVE])
EXACT(freed, peak_without_weights_bytes[CVL_FREED])
EXACT(pinned, peak_without_weights_bytes[CVL_FREED_PINNED])
EXACT(arena, peak_without_weights_bytes[CVL_ARENA])
EXACT(bound, arena_lower_bound_bytes)
EXACT(no_input, arena_without_input_bytes)
EXACT(no_input_bound, arena_without_input_lower_bound_bytes)
#undef EXACT

#define SCALED(name, policy)                                                                       \
    static void print_scaled_##name(const struct cvl_row *row, char *cell)                         \
    {                                                                                              \
        print_peak(row, policy, cell);                                                             \
    }
SCALED(all_live, CVL_ALL_LIVE)
SCALED(freed, CVL_FREED)
SCALED(arena, CVL_ARENA)
#undef SCALED

static const struct column columns[] = {
    {"NETWORK", false, true, true, print_network},
    {"FORM", false, true, true, print_form},
    {"VARIANT", false, true, true, print_variant},
    {"LAYOUT", false, true, true, print_layout},
    {"TIME", true, false, true, print_time},
    {"WEIGHTS B", true, true, false, print_weights},
    {"OUTPUTS", true, true, false, print_outputs},
    {"ALL LIVE", true, true, false, print_all_live},
    {"FREED", true, true, false, print_freed},
    {"PINNED", true, true, false, print_pinned},
    {"ARENA", true, true, false, print_arena},
    {"BOUND", true, true, false, print_bound},
    {"NO INPUT", true, true, false, print_no_input},
    {"BOUND", true, true, false, print_no_input_bound},
    {"ALL LIVE", true, false, true, print_scaled_all_live},
    {"FREED", true, false, true, print_scaled_freed},
    {"ARENA", true, false, true, print_scaled_arena},
    {"PEAK IN", false, true, true, print_peak_layer},
};

enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

static struct libscols_table *make_table(FILE *stream)
{
    struct libscols_table *table = scols_new_table();
    if (!table)
        return NULL;
    (void)scols_table_set_stream(table, stream);
    (void)scols_table_enable_noencoding(table, 1); /* cells are safe already */
    (void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    (void)scols_table_set_column_separator(table, "  ");
    return table;
}

static bool is_in(const struct column *column, enum cvl_networks_style style)
{
    return style == CVL_NETWORKS_PLANNED ? column->planned : column->measured;
}

static int add_network(struct libscols_table *table, const struct cvl_row *row,
                       enum cvl_networks_style style, bool utf8)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    size_t number = 0;
    int failed = line ? 0 : -1;
    for (size_t i = 0; !failed && i < COLUMN_COUNT; i++) {
        char cell[CELL_BYTES];
        if (!is_in(&columns[i], style))
            continue;
        columns[i].print(row, cell);
        cvl_lines_plain(cell, utf8);
        failed = scols_line_set_data(line, number++, cell);
    }
    return failed;
}

static bool is_shown(const struct cvl_row *row, const char *device)
{
    return cvl_key_is_network(&row->key) && row->status == CVL_ROW_OK &&
           (!device || strcmp(row->key.device, device) == 0);
}

int cvl_networks_print(FILE *stream, const struct cvl_results *results, const char *device,
                       enum cvl_networks_style style, bool utf8)
{
    struct libscols_table *table = make_table(stream);
    int failed = table ? 0 : -1;
    for (size_t i = 0; !failed && i < COLUMN_COUNT; i++)
        if (is_in(&columns[i], style))
            failed = !scols_table_new_column(table, columns[i].heading, 0,
                                             columns[i].right ? SCOLS_FL_RIGHT : 0);
    for (size_t i = 0; !failed && i < results->row_count; i++)
        if (is_shown(&results->rows[i], device))
            failed = add_network(table, &results->rows[i], style, utf8);
    if (!failed && scols_table_get_nlines(table) > 0)
        failed = scols_print_table(table);
    scols_unref_table(table);
    return failed ? -1 : 0;
}

static int add_layer(struct libscols_table *table, const struct cvl_row_layer *layer, bool utf8)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    char cells[7][CELL_BYTES];
    cvl_copy_safe(cells[0], CELL_BYTES, layer->layer);
    cvl_copy(cells[1], CELL_BYTES, cvl_form_name(layer->form));
    cvl_copy_safe(cells[2], CELL_BYTES, layer->variant);
    cvl_print_seconds(cells[3], CELL_BYTES, layer->time_s);
    cvl_lines_plain(cells[3], utf8);
    print_exact(cells[4], layer->weights_bytes);
    print_exact(cells[5], layer->output_bytes);
    print_exact(cells[6], layer->live_bytes);
    int failed = line ? 0 : -1;
    for (size_t i = 0; !failed && i < 7; i++)
        failed = scols_line_set_data(line, i, cells[i]);
    return failed;
}

int cvl_network_layers_print(FILE *stream, const struct cvl_row *row, bool utf8)
{
    static const char *const headings[] = {"LAYER",     "FORM",     "VARIANT", "TIME",
                                           "WEIGHTS B", "OUTPUT B", "LIVE B"};
    struct libscols_table *table = make_table(stream);
    int failed = table ? 0 : -1;
    for (size_t i = 0; !failed && i < 7; i++)
        failed = !scols_table_new_column(table, headings[i], 0, i >= 3 ? SCOLS_FL_RIGHT : 0);
    for (size_t i = 0; !failed && i < row->layers_count; i++)
        failed = add_layer(table, &row->layers[i], utf8);
    if (!failed)
        failed = scols_print_table(table);
    scols_unref_table(table);
    return failed ? -1 : 0;
}
