/* Two devices, row by row. */
#include "report/side_by_side.h"

#include <string.h>

#include "base/text.h"
#include "model/groups.h"

/* The same case on another device, ok; NULL: there is none. */
static const struct cvl_row *find_twin(const struct cvl_row_index *by_key,
                                       const struct cvl_row *row, const char *device)
{
    struct cvl_key key = row->key;
    cvl_copy(key.device, sizeof key.device, device);
    const struct cvl_row *twin = cvl_row_index_find(by_key, &key);
    return twin && twin->status == CVL_ROW_OK ? twin : NULL;
}

static void add_columns(const char *first, const char *second, struct cvl_grid *grid)
{
    const char *const names[] = {"layer", "variant", first, second, first, second, "x first"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cvl_grid_column(grid, names[i], i < 2 ? CVL_GRID_CUT : CVL_GRID_RIGHT);
}

static const char *mark_of(const struct cvl_row *row)
{
    return row->time.doubt[0] != '\0' ? "?" : "";
}

static void add_pair(const struct cvl_row *a, const struct cvl_row *b, struct cvl_grid *grid)
{
    const double a_s = cvl_row_time_s(a, b), b_s = cvl_row_time_s(b, a);
    const bool is_network = cvl_key_is_network(&a->key);
    cvl_grid_cell(grid, "%s %s %s%s", is_network ? a->key.network : a->key.layer,
                  cvl_layout_name(a->key.layout), cvl_dtype_name(a->key.dtype),
                  cvl_key_passes_text(&a->key));
    cvl_grid_text(grid, a->key.variant);
    cvl_grid_bytes(grid, cvl_row_known_peak(a, CVL_FREED));
    cvl_grid_bytes(grid, cvl_row_known_peak(b, CVL_FREED));
    cvl_grid_seconds(grid, a_s, mark_of(a));
    cvl_grid_seconds(grid, b_s, mark_of(b));
    cvl_grid_ratio(grid, a_s / b_s, *mark_of(a) != '\0' ? mark_of(a) : mark_of(b));
}

void cvl_side_by_side_fill(const struct cvl_results *results, const struct cvl_row_index *by_key,
                           const char *first, const char *second, struct cvl_grid *grid)
{
    add_columns(first, second, grid);
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK || strcmp(row->key.device, first) != 0)
            continue;
        const struct cvl_row *twin = find_twin(by_key, row, second);
        if (twin)
            add_pair(row, twin, grid);
    }
}
