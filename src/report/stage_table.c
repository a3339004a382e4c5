/* The stages of each row: sizes of the launch, and build options. */
#include "report/stage_table.h"

#include <inttypes.h>

#include "base/text.h"
#include "base/text_set.h"
#include "report/grid.h"
#include "report/lines.h"

static void put_heading(FILE *stream, const struct cvl_row *row, bool *failed)
{
    struct cvl_text text = {0};
    cvl_text_append_safe(&text, cvl_key_is_network(&row->key) ? row->key.network : row->key.layer);
    cvl_text_append(&text, " %s %s %s %s%s", cvl_form_name(row->key.problem.form), row->key.variant,
                    cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                    cvl_key_passes_text(&row->key));
    (void)fputc('\n', stream);
    cvl_lines_put(stream, &text, CVL_LINES_CUT, failed);
}

static void add_launch(struct cvl_grid *grid, const struct cvl_row_stage *stage)
{
    cvl_grid_text(grid, stage->kernel);
    cvl_grid_text(grid, stage->global_size);
    cvl_grid_text(grid, stage->local_size);
    cvl_grid_integer(grid, stage->groups);
    cvl_grid_ratio(grid, stage->groups_per_unit, "");
    cvl_grid_integer(grid, stage->planned_local_bytes);
}

static enum cvl_status put_stages(FILE *stream, const struct cvl_row *row, struct cvl_error *err)
{
    static const char *const headings[] = {"~STAGE",  "~KERNEL", ">GLOBAL SIZE", ">LOCAL SIZE",
                                           ">GROUPS", ">A UNIT", ">LOCAL B"};
    const bool is_network = cvl_key_is_network(&row->key);
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    if (is_network)
        cvl_grid_column(&grid, "LAYER", CVL_GRID_CUT);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t s = 0; s < row->stage_count; s++) {
        const struct cvl_row_stage *stage = &row->stages[s];
        if (is_network)
            cvl_grid_text(&grid, stage->layer);
        cvl_grid_text(&grid, stage->name);
        if (stage->kernel[0] != '\0') {
            add_launch(&grid, stage);
            continue;
        }
        cvl_grid_cell(&grid, "(%s)", stage->kind);
        for (int i = 0; i < 5; i++)
            cvl_grid_text(&grid, "-");
    }
    return cvl_grid_end(&grid, "report/stages", err);
}

/* Each kernel with its options once. */
static void put_options(FILE *stream, const struct cvl_row *row, bool *failed)
{
    struct cvl_text_set lines = {0};
    for (size_t s = 0; s < row->stage_count; s++) {
        const struct cvl_row_stage *stage = &row->stages[s];
        struct cvl_text line = {0};
        if (stage->kernel[0] == '\0')
            continue;
        cvl_text_append_safe(&line, stage->kernel);
        cvl_text_append(&line, ": ");
        cvl_text_append_safe(&line, stage->options);
        if (!line.failed && cvl_text_set_add(&lines, line.data))
            cvl_lines_put(stream, &line, 2, failed);
        *failed |= line.failed;
        cvl_text_clear(&line);
    }
    *failed |= lines.failed;
    cvl_text_set_clear(&lines);
}

enum cvl_status cvl_stages_print(FILE *stream, const struct cvl_results *results,
                                 struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    bool failed = false;
    for (size_t i = 0; i < results->row_count && status == CVL_OK; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK)
            continue;
        put_heading(stream, row, &failed);
        status = put_stages(stream, row, err);
        put_options(stream, row, &failed);
    }
    return status == CVL_OK && failed ? cvl_fail(err, CVL_NO_MEMORY, "report/stages: out of memory")
                                      : status;
}
