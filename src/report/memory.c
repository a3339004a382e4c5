/* Where the bytes of each row are: computed, counted and measured under every policy and at the end
 * of every stage, the rest of their difference with its reason, and pictures of what lives when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "report/grid.h"
#include "report/lines.h"
#include "report/writer.h"

enum {
    BAR_COLUMNS = 50,
    NAME_COLUMNS = 20,
    HEAD_STAGES = 12, /* of a row with very many stages (bands), this many are shown */
    TAIL_STAGES = 4,
    LIFE_COLUMNS = 60
};

static const char area[] = "report/memory";

static void print_figure(char *text, size_t size, uint64_t bytes)
{
    if (bytes == CVL_ABSENT)
        cvl_copy(text, size, "-");
    else
        cvl_print_bytes(text, size, bytes);
}

/* "+12.0 KiB"; a marked one gets an exclamation mark. */
static void print_rest(char *text, size_t size, const struct cvl_reconciled *r, int64_t bytes,
                       bool is_marked)
{
    char figure[24];
    if (!r->has_rest) {
        cvl_copy(text, size, "-");
        return;
    }
    cvl_print_bytes(figure, sizeof figure, (uint64_t)(bytes < 0 ? -bytes : bytes));
    (void)snprintf(text, size, "%s%s%s",
                   bytes > 0   ? "+"
                   : bytes < 0 ? "-"
                               : "",
                   figure, is_marked ? "!" : "");
}

static struct cvl_grid begin_grid(const struct cvl_report *report, const char *const *headings,
                                  size_t count)
{
    struct cvl_grid grid = cvl_grid_begin(report->stream, cvl_lines_utf8(report->terminal));
    for (size_t i = 0; i < count; i++)
        cvl_grid_column(&grid, headings[i], i == 0 ? CVL_GRID_CUT : CVL_GRID_RIGHT);
    return grid;
}

/* "direct", or in a network "block1: direct". */
static void print_stage(char *text, size_t size, const struct cvl_row *row, size_t stage)
{
    const struct cvl_row_stage *at = &row->stages[stage];
    const bool named = cvl_key_is_network(&row->key) && at->layer[0] != '\0';
    char full[CVL_LAYER_NAME_BYTES + sizeof at->name + 2];
    (void)snprintf(full, sizeof full, "%s%s%s", named ? at->layer : "", named ? ": " : "",
                   at->name);
    cvl_copy_safe(text, size, full);
}

/* The columns that policies and stages share. */
static void add_figures(struct cvl_grid *grid, const char *name, const struct cvl_reconciled *r)
{
    char text[32];
    cvl_grid_text(grid, name);
    cvl_grid_bytes(grid, r->computed_bytes);
    cvl_grid_bytes(grid, r->counted_bytes);
    cvl_grid_bytes(grid, r->measured_bytes);
    cvl_grid_bytes(grid, r->resident_bytes);
    print_rest(text, sizeof text, r, r->rest_bytes, false);
    cvl_grid_text(grid, text);
    print_rest(text, sizeof text, r, r->unexplained_bytes, r->is_marked);
    cvl_grid_text(grid, text);
}

static enum cvl_status put_policies(const struct cvl_report *report,
                                    const struct cvl_reconciled *of, struct cvl_error *err)
{
    static const char *const headings[] = {"policy",   "computed", "counted",    "measured",
                                           "resident", "rest",     "unexplained"};
    struct cvl_grid grid = begin_grid(report, headings, sizeof headings / sizeof headings[0]);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        add_figures(&grid, cvl_policy_name((enum cvl_policy)p), &of[p]);
    return cvl_grid_end(&grid, area, err);
}

/* "freed, arena: page rounding 12.0 KiB": policies of one reason together. */
static void put_reasons(const struct cvl_report *report, const struct cvl_reconciled *of)
{
    bool explained[CVL_POLICY_COUNT] = {false};
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        struct cvl_text text = {0};
        if (explained[p] || of[p].reason[0] == '\0')
            continue;
        for (unsigned q = p; q < CVL_POLICY_COUNT; q++) {
            if (strcmp(of[p].reason, of[q].reason) != 0)
                continue;
            explained[q] = true;
            cvl_text_append(&text, "%s%s", q > p ? ", " : "", cvl_policy_name((enum cvl_policy)q));
        }
        cvl_text_append(&text, ": %s", of[p].reason);
        cvl_lines_put(report->stream, &text, 4, report->failed);
    }
}

/* Of very many stages the first and the last are shown. */
static bool is_shown(const struct cvl_row *row, size_t stage)
{
    return row->stage_count <= HEAD_STAGES + TAIL_STAGES || stage < HEAD_STAGES ||
           stage >= row->stage_count - TAIL_STAGES;
}

static enum cvl_status put_stages(const struct cvl_report *report, const struct cvl_row *row,
                                  struct cvl_error *err)
{
    static const char *const headings[] = {"stage",    "computed", "counted",     "measured",
                                           "resident", "rest",     "unexplained", "private",
                                           "local",    "program"};
    struct cvl_grid grid = begin_grid(report, headings, sizeof headings / sizeof headings[0]);
    for (size_t s = 0; s < row->stage_count; s++) {
        char name[CVL_LAYER_NAME_BYTES];
        struct cvl_reconciled reconciled;
        if (!is_shown(row, s))
            continue;
        cvl_reconcile_stage(row, s, &reconciled);
        print_stage(name, sizeof name, row, s);
        add_figures(&grid, name, &reconciled);
        cvl_grid_bytes(&grid, row->stages[s].private_bytes);
        cvl_grid_bytes(&grid, row->stages[s].local_bytes);
        cvl_grid_bytes(&grid, row->stages[s].program_bytes);
    }
    return cvl_grid_end(&grid, area, err);
}

static uint64_t known(uint64_t bytes)
{
    return bytes == CVL_ABSENT ? 0 : bytes;
}

static uint64_t max_live(const struct cvl_row *row)
{
    uint64_t max = 0;
    for (size_t s = 0; s < row->stage_count; s++) {
        const struct cvl_row_stage *at = &row->stages[s];
        uint64_t bytes = known(at->live_bytes);
        bytes = known(at->measured_bytes) > bytes ? at->measured_bytes : bytes;
        max = bytes > max ? bytes : max;
    }
    return max;
}

static size_t scale(uint64_t bytes, uint64_t max, size_t columns)
{
    return max == 0 ? 0 : (size_t)((double)bytes / (double)max * (double)columns + 0.5);
}

/* Columns of a picture: `max`, or what a line has beside the name and the size. */
static size_t picture_columns(const struct cvl_report *report, size_t max)
{
    enum { BESIDE = 2 + NAME_COLUMNS + 14 };
    const size_t width = cvl_lines_width(report->stream);
    const size_t room = width > BESIDE + 10 ? width - BESIDE : 10;
    return room < max ? room : max;
}

/* '#' counted, '+' measured beyond it, '.' counted and not measured. */
static void put_bar(const struct cvl_report *report, const struct cvl_row *row, size_t stage,
                    uint64_t max)
{
    const struct cvl_row_stage *at = &row->stages[stage];
    char bar[BAR_COLUMNS + 1];
    char name[NAME_COLUMNS + 1], size[24];
    const size_t columns = picture_columns(report, BAR_COLUMNS);
    const size_t counted = scale(known(at->live_bytes), max, columns);
    const size_t measured =
        at->measured_bytes == CVL_ABSENT ? counted : scale(at->measured_bytes, max, columns);
    for (size_t i = 0; i < columns; i++)
        bar[i] = i < counted && i < measured ? '#' : i < measured ? '+' : i < counted ? '.' : ' ';
    bar[columns] = '\0';
    print_stage(name, sizeof name, row, stage);
    print_figure(size, sizeof size, at->live_bytes);
    (void)fprintf(report->stream, "  %-*s |%s| %s\n", NAME_COLUMNS, name, bar, size);
}

static void put_bars(const struct cvl_report *report, const struct cvl_row *row)
{
    const uint64_t max = max_live(row);
    if (max == 0)
        return;
    (void)fputs("Live at the end of each stage, freed: # counted, + measured beyond it, . counted "
                "but not measured\n",
                report->stream);
    for (size_t s = 0; s < row->stage_count; s++) {
        if (is_shown(row, s))
            put_bar(report, row, s, max);
        else if (s == HEAD_STAGES)
            (void)fprintf(report->stream, "  ... %zu more\n",
                          row->stage_count - HEAD_STAGES - TAIL_STAGES);
    }
}

/* The stage of the plan that is the row's first: load stages come before it. */
static uint32_t first_stage(const struct cvl_row *row)
{
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < row->allocation_count; i++)
        if (row->allocations[i].policy == CVL_FREED && row->allocations[i].stage < first)
            first = row->allocations[i].stage;
    return first;
}

/* The stage after which the object of that creation is released: of the same owner, name and size,
 * the next release that no earlier object has taken. Objects of one name do not overlap. */
static uint32_t last_stage(const struct cvl_row *row, size_t creation)
{
    const struct cvl_row_allocation *made = &row->allocations[creation];
    for (size_t i = creation + 1; i < row->allocation_count; i++) {
        const struct cvl_row_allocation *event = &row->allocations[i];
        if (event->policy == made->policy && strcmp(event->event, "release") == 0 &&
            event->bytes == made->bytes && strcmp(event->owner, made->owner) == 0 &&
            strcmp(event->name, made->name) == 0)
            return event->stage;
    }
    return UINT32_MAX;
}

static void put_life(const struct cvl_report *report, const struct cvl_row *row, size_t creation,
                     uint32_t first)
{
    const struct cvl_row_allocation *made = &row->allocations[creation];
    const size_t room = picture_columns(report, LIFE_COLUMNS);
    const size_t columns = row->stage_count < room ? row->stage_count : room;
    const uint32_t last = last_stage(row, creation);
    char life[LIFE_COLUMNS + 1], name[NAME_COLUMNS + 1], size[24];
    for (size_t c = 0; c < columns; c++) {
        /* the stages that a column stands for: more than one where there are very many */
        const size_t begin = c * row->stage_count / columns + first;
        const size_t end = (c + 1) * row->stage_count / columns + first;
        life[c] = made->stage < end && last >= begin ? '#' : '.';
    }
    life[columns] = '\0';
    cvl_copy_safe(name, sizeof name, made->name[0] != '\0' ? made->name : made->owner);
    cvl_print_bytes(size, sizeof size, made->bytes);
    (void)fprintf(report->stream, "  %-*s %9s |%s|\n", NAME_COLUMNS, name, size, life);
}

/* Weights that stay were made before the pass. */
static void put_lives(const struct cvl_report *report, const struct cvl_row *row)
{
    const uint32_t first = first_stage(row);
    const uint64_t weights = row->computed.weights_bytes;
    char size[24];
    if (first == UINT32_MAX)
        return;
    (void)fputs("Buffers, freed: # lives in the stage\n", report->stream);
    for (size_t i = 0; i < row->allocation_count; i++)
        if (row->allocations[i].policy == CVL_FREED && row->allocations[i].bytes > 0 &&
            strcmp(row->allocations[i].event, "create") == 0)
            put_life(report, row, i, first);
    if (weights == CVL_ABSENT || weights == 0)
        return;
    cvl_print_bytes(size, sizeof size, weights);
    (void)fprintf(report->stream, "  %-*s %9s  throughout\n", NAME_COLUMNS, "weights", size);
}

static void put_probe(const struct cvl_report *report, const struct cvl_row_measured *probe,
                      const char *measured)
{
    struct cvl_text text = {0};
    char step[24];
    print_figure(step, sizeof step, probe->resolution_bytes);
    cvl_text_append(&text, "%s: %s, steps of %s", probe->source, probe->scope, step);
    if (probe->reason[0] != '\0')
        cvl_text_append(&text, "; %s", probe->reason);
    else if (strcmp(probe->source, measured) == 0)
        cvl_text_append(&text, "; shown as measured");
    else if (probe->peak_bytes[CVL_FREED] != CVL_ABSENT) {
        print_figure(step, sizeof step, probe->peak_bytes[CVL_FREED]);
        cvl_text_append(&text, "; freed peaks at %s", step);
    }
    if (probe->kept_bytes != CVL_ABSENT && probe->kept_bytes > 0) {
        print_figure(step, sizeof step, probe->kept_bytes);
        cvl_text_append(&text, "; %s kept when all is released", step);
    }
    if (probe->note[0] != '\0')
        cvl_text_append(&text, "; %s", probe->note);
    cvl_lines_put(report->stream, &text, 2, report->failed);
}

static void put_heading(const struct cvl_report *report, const struct cvl_row *row)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s %s %s %s%s %s%s", row->key.device,
                    cvl_key_is_network(&row->key) ? row->key.network : row->key.layer,
                    cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                    cvl_key_passes_text(&row->key), row->key.variant,
                    cvl_row_is_reconciled(row) ? "" : ": bytes that nothing explains");
    cvl_lines_put(report->stream, &text, CVL_LINES_CUT, report->failed);
    for (size_t i = 0; i < row->probe_count; i++)
        put_probe(report, &row->probes[i], row->measured.source);
    if (!row->has_measured && row->measured.reason[0] != '\0')
        cvl_lines_wrap(report->stream, row->measured.reason, 2);
}

static enum cvl_status memory_row(const struct cvl_report *report, size_t index,
                                  struct cvl_error *err)
{
    const struct cvl_row *row = &report->results->rows[index];
    struct cvl_reconciled of[CVL_POLICY_COUNT];
    if (!row->has_computed || row->stage_count == 0)
        return CVL_OK;
    put_heading(report, row);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cvl_reconcile(row, (enum cvl_policy)p, &of[p]);
    enum cvl_status status = put_policies(report, of, err);
    put_reasons(report, of);
    if (status == CVL_OK)
        status = put_stages(report, row, err);
    put_bars(report, row);
    put_lives(report, row);
    (void)fputc('\n', report->stream);
    return status;
}

static enum cvl_status memory_end(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    size_t compared = 0, marked = 0;
    (void)err;
    for (size_t i = 0; i < results->row_count; i++) {
        compared += results->rows[i].has_counted && results->rows[i].has_measured;
        marked += !cvl_row_is_reconciled(&results->rows[i]);
    }
    (void)fprintf(
        report->stream,
        "%zu of %zu rows counted and measured; in %zu of them more than 1 MiB and 5 %% of "
        "the bytes is unexplained%s\n",
        compared, results->row_count, marked, marked ? " (marked !)" : "");
    return CVL_OK;
}

const struct cvl_writer cvl_writer_memory = {
    .name = "memory",
    .summary = "computed, counted and measured bytes by policy and stage, with pictures",
    .row = memory_row,
    .end = memory_end,
};
