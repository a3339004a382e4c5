/* A comparison as a table and as Markdown. */
#include "report/compare_formats.h"

#include <string.h>

#include "base/markdown.h"
#include "report/compare_documents.h"
#include "report/compare_lines.h"
#include "report/grid.h"
#include "report/lines.h"

enum { LAYER_BYTES = 28, KIND_BYTES = 40 };

static bool has_several_devices(const struct cvl_compared *compared)
{
    const struct cvl_results *results = compared->after;
    for (size_t i = 1; i < results->row_count; i++)
        if (strcmp(results->rows[0].key.device, results->rows[i].key.device) != 0)
            return true;
    return false;
}

/* Calls `put` for each line that is shown. */
static void for_each_line(const struct cvl_compared *compared, void *user,
                          void (*put)(void *user, const struct cvl_compare_line *line))
{
    for (size_t i = 0; i < compared->comparison->count; i++) {
        struct cvl_compare_line lines[CVL_COMPARE_LINES];
        const struct cvl_difference *item = &compared->comparison->items[i];
        const size_t count =
            cvl_compare_is_shown(compared, item) ? cvl_compare_lines(item, lines) : 0;
        for (size_t k = 0; k < count; k++)
            put(user, &lines[k]);
    }
}

/* --- table ---------------------------------------------------------------------------------------
 */

struct table {
    struct cvl_grid grid;
    bool has_device;
};

static void add_time(struct cvl_grid *grid, char *text)
{
    cvl_lines_plain(text, grid->micro);
    cvl_grid_text(grid, text);
}

static void add_line(void *user, const struct cvl_compare_line *line)
{
    struct table *table = user;
    char kind[KIND_BYTES], before[CVL_COMPARE_CELL_BYTES], after[CVL_COMPARE_CELL_BYTES];
    cvl_compare_kind(line->row, kind, sizeof kind);
    cvl_copy(before, sizeof before, line->before);
    cvl_copy(after, sizeof after, line->after);
    if (table->has_device)
        cvl_grid_text(&table->grid, line->row->key.device);
    cvl_grid_short_text(&table->grid, cvl_compare_subject(line->row), LAYER_BYTES);
    cvl_grid_text(&table->grid, line->row->key.variant);
    cvl_grid_text(&table->grid, kind);
    cvl_grid_cell(&table->grid, "%s%s", cvl_outcome_title(line->outcome), line->fails ? "!" : "");
    cvl_grid_text(&table->grid, line->what);
    add_time(&table->grid, before);
    add_time(&table->grid, after);
    cvl_grid_text(&table->grid, line->change);
}

static enum cvl_status put_grid(const struct cvl_compared *compared, FILE *stream,
                                struct cvl_error *err)
{
    struct table table = {cvl_grid_begin(stream, true), has_several_devices(compared)};
    static const char *const headings[] = {"LAYOUT", "OUTCOME", "WHAT", ">A", ">B", ">CHANGE"};
    if (table.has_device)
        cvl_grid_column(&table.grid, "DEVICE", CVL_GRID_LEFT);
    cvl_grid_column(&table.grid, "LAYER", CVL_GRID_CUT);
    cvl_grid_column(&table.grid, "VARIANT", CVL_GRID_LEFT);
    cvl_grid_columns(&table.grid, headings, sizeof headings / sizeof headings[0]);
    for_each_line(compared, &table, add_line);
    const bool is_empty = cvl_grid_is_empty(&table.grid);
    const enum cvl_status status = cvl_grid_end(&table.grid, "compare", err);
    if (status == CVL_OK && !is_empty)
        (void)fputc('\n', stream);
    return status;
}

static void put_source(FILE *stream, char letter, const char *name,
                       const struct cvl_results *results, bool *failed)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%c  %s, sweep %s", letter, name, results->sweep);
    if (results->started && results->started[0] != '\0')
        cvl_text_append(&text, ", run of %s", results->started);
    cvl_lines_put(stream, &text, CVL_LINES_CUT, failed);
}

static void put_note(FILE *stream, const struct cvl_comparison *comparison, size_t index,
                     bool *failed)
{
    const struct cvl_difference *item = &comparison->items[index];
    const struct cvl_row *row = item->after ? item->after : item->before;
    struct cvl_text text = {0};
    char kind[KIND_BYTES];
    if (cvl_compare_is_first(comparison, index)) {
        cvl_text_append(&text, "%s: ", cvl_compare_subject(row));
        cvl_compare_problem(item, &text);
        cvl_lines_put(stream, &text, 4, failed);
    }
    if (item->reason[0] == '\0')
        return;
    cvl_compare_kind(row, kind, sizeof kind);
    cvl_text_append(&text, "%s %s %s: %s", cvl_compare_subject(row), row->key.variant, kind,
                    item->reason);
    cvl_lines_put(stream, &text, 4, failed);
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_compared *compared = subject;
    const struct cvl_comparison *comparison = compared->comparison;
    struct cvl_text counts = {0};
    bool failed = false;
    put_source(stream, 'A', compared->before_name, compared->before, &failed);
    put_source(stream, 'B', compared->after_name, compared->after, &failed);
    (void)fputc('\n', stream);
    const enum cvl_status status = put_grid(compared, stream, err);
    if (status != CVL_OK)
        return status;
    for (size_t i = 0; i < comparison->count; i++)
        if (cvl_compare_is_shown(compared, &comparison->items[i]))
            put_note(stream, comparison, i, &failed);
    cvl_compare_counts(comparison, &counts);
    cvl_lines_put(stream, &counts, 4, &failed);
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "compare: out of memory") : CVL_OK;
}

/* --- Markdown ------------------------------------------------------------------------------------
 */

static void put_cell(FILE *stream, const char *text)
{
    (void)fputs(" ", stream);
    cvl_markdown_code(stream, text);
    (void)fputs(" |", stream);
}

static void put_line(void *user, const struct cvl_compare_line *line)
{
    FILE *stream = user;
    char kind[KIND_BYTES];
    cvl_compare_kind(line->row, kind, sizeof kind);
    (void)fputs("|", stream);
    put_cell(stream, cvl_compare_subject(line->row));
    put_cell(stream, line->row->key.variant);
    (void)fprintf(stream, " %s |", kind);
    (void)fprintf(stream, line->fails ? " **%s** |" : " %s |", cvl_outcome_title(line->outcome));
    (void)fprintf(stream, " %s | %s | %s | %s |\n", line->what, line->before, line->after,
                  line->change);
}

static void put_markdown_note(FILE *stream, const struct cvl_comparison *comparison, size_t index,
                              bool *failed)
{
    const struct cvl_difference *item = &comparison->items[index];
    const struct cvl_row *row = item->after ? item->after : item->before;
    struct cvl_text text = {0};
    char kind[KIND_BYTES];
    if (cvl_compare_is_first(comparison, index)) {
        cvl_compare_problem(item, &text);
        *failed |= text.failed;
        (void)fputs("- ", stream);
        cvl_markdown_code(stream, cvl_compare_subject(row));
        (void)fprintf(stream, ": %s\n", text.data ? text.data : "");
        cvl_text_clear(&text);
    }
    if (item->reason[0] == '\0')
        return;
    cvl_compare_kind(row, kind, sizeof kind);
    (void)fputs("- ", stream);
    cvl_markdown_code(stream, cvl_compare_subject(row));
    (void)fputs(" ", stream);
    cvl_markdown_code(stream, row->key.variant);
    (void)fprintf(stream, " %s: ", kind);
    cvl_markdown_code(stream, item->reason);
    (void)fputc('\n', stream);
}

static enum cvl_status write_markdown(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_compared *compared = subject;
    const struct cvl_comparison *comparison = compared->comparison;
    struct cvl_text counts = {0};
    bool failed = false, any = false;
    cvl_compare_counts(comparison, &counts);
    failed |= counts.failed;
    (void)fputs("**convlens compare** A: ", stream);
    cvl_markdown_code(stream, compared->before_name);
    (void)fputs(", B: ", stream);
    cvl_markdown_code(stream, compared->after_name);
    (void)fprintf(stream, "\n\n%s\n", counts.data ? counts.data : "");
    cvl_text_clear(&counts);
    for (size_t i = 0; i < comparison->count && !any; i++)
        any = cvl_compare_is_shown(compared, &comparison->items[i]);
    if (any)
        (void)fputs("\n| layer | variant | layout | outcome | what | A | B | change |\n"
                    "|---|---|---|---|---|--:|--:|--:|\n",
                    stream);
    for_each_line(compared, stream, put_line);
    if (any)
        (void)fputc('\n', stream);
    for (size_t i = 0; i < comparison->count; i++)
        if (cvl_compare_is_shown(compared, &comparison->items[i]))
            put_markdown_note(stream, comparison, i, &failed);
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "compare: out of memory") : CVL_OK;
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"markdown", write_markdown},
    {"json", cvl_compare_write_json},
    {"junit", cvl_compare_write_junit},
};

const struct cvl_formats cvl_compare_formats = CVL_FORMATS(formats);
