#include "report/grid.h"

#include <stdlib.h>

#include <libsmartcols.h>

struct cvl_grid {
    struct libscols_table *table;
    size_t count;
    bool failed;
};

struct cvl_grid *cvl_grid_create(const char *const *headings, size_t count, FILE *stream)
{
    struct cvl_grid *grid = calloc(1, sizeof *grid);
    if (!grid)
        return NULL;
    grid->count = count;
    grid->table = scols_new_table();
    if (!grid->table) {
        free(grid);
        return NULL;
    }
    (void)scols_table_set_stream(grid->table, stream);
    (void)scols_table_enable_maxout(grid->table, 0);
    (void)scols_table_set_termforce(grid->table, SCOLS_TERMFORCE_NEVER);
    (void)scols_table_set_column_separator(grid->table, "  ");
    for (size_t i = 0; i < count; i++) {
        bool right = headings[i][0] == '>';
        if (!scols_table_new_column(grid->table, headings[i] + right, 0,
                                    right ? SCOLS_FL_RIGHT : 0))
            grid->failed = true;
    }
    return grid;
}

void cvl_grid_add(struct cvl_grid *grid, const char *const *cells)
{
    struct libscols_line *line = scols_table_new_line(grid->table, NULL);
    grid->failed = grid->failed || !line;
    for (size_t i = 0; line && i < grid->count; i++)
        if (scols_line_set_data(line, i, cells[i]) != 0)
            grid->failed = true;
}

bool cvl_grid_print(struct cvl_grid **grid)
{
    bool printed = !(*grid)->failed && scols_print_table((*grid)->table) == 0;
    scols_unref_table((*grid)->table);
    free(*grid);
    *grid = NULL;
    return printed;
}
