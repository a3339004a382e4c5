/* The fields of row.def, each declared once: none is lost on its way through JSON, the store and
 * CSV.
 */
/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"
#include "fixture_store.h"
#include "report/metric.h"
#include "result/row_json.h"
#include "store/columns.h"

TestSuite(row_fields, .init = make_folder, .fini = remove_folder);

static unsigned number; /* of the field that was filled last */
static bool
    has_last_choice; /* are names filled with the last of their values, or with the first? */

/* Each fills a member with a value of its own, or, where there is another, compares with it. */
static void visit_text(char *at, const char *other, size_t size, const char *name)
{
    if (other)
        cr_expect_str_eq(at, other, "%s", name);
    else
        (void)snprintf(at, size, "t%u", ++number);
}

static void visit_owned(char **at, char *const *other, const char *name)
{
    if (other)
        cr_expect(*at && *other && strcmp(*at, *other) == 0, "%s: %s, %s", name, *at ? *at : "none",
                  *other ? *other : "none");
    else
        cr_assert_gt(asprintf(at, "owned %u", ++number), 0);
}

static void visit_bool(bool *at, const bool *other, const char *name)
{
    if (other)
        cr_expect_eq(*at, *other, "%s", name);
    else
        *at = true;
}

static void visit_u32(uint32_t *at, const uint32_t *other, const char *name)
{
    if (other)
        cr_expect_eq(*at, *other, "%s", name);
    else
        *at = (1u << 30) + ++number;
}

/* Beyond 32 bits. */
static void visit_u64(uint64_t *at, const uint64_t *other, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (other)
            cr_expect_eq(at[i], other[i], "%s %zu", name, i);
        else
            at[i] = (1ull << 40) + ++number;
}

static void visit_real(double *at, const double *other, const char *name)
{
    if (other)
        cr_expect_eq(*at, *other, "%s: %.17g, %.17g", name, *at, *other);
    else
        *at = ++number + 0.1;
}

static void visit_choice(void *at, const void *other, unsigned count, const char *name)
{
    const unsigned value = has_last_choice ? count - 1 : 0;
    if (other)
        cr_expect_eq(memcmp(at, other, sizeof value), 0, "%s", name);
    else
        memcpy(at, &value, sizeof value);
}

enum {
    COUNT_row_status = CVL_ROW_STATUS_COUNT,
    COUNT_tuning_source = CVL_TUNING_SOURCE_COUNT,
    COUNT_clock = CVL_CLOCK_COUNT,
    COUNT_form = CVL_FORM_COUNT,
    COUNT_policy = CVL_POLICY_COUNT,
};

/* A member of the struct `a`, and of `b` where there is one. */
#define OTHER(member)             (b ? &b->member : NULL)
#define VISIT_TEXT(size, member)  visit_text(a->member, b ? b->member : NULL, size, #member);
#define VISIT_NOTE(size, member)  VISIT_TEXT(size, member)
#define VISIT_OWNED(arg, member)  visit_owned(&a->member, OTHER(member), #member);
#define VISIT_BOOL(arg, member)   visit_bool(&a->member, OTHER(member), #member);
#define VISIT_U32(arg, member)    visit_u32(&a->member, OTHER(member), #member);
#define VISIT_U64(arg, member)    visit_u64(&a->member, OTHER(member), 1, #member);
#define VISIT_REAL(arg, member)   visit_real(&a->member, OTHER(member), #member);
#define VISIT_CHOICE(arg, member) visit_choice(&a->member, OTHER(member), COUNT_##arg, #member);
#define VISIT_POLICIES(arg, member)                                                                \
    visit_u64(a->member, b ? b->member : NULL, CVL_POLICY_COUNT, #member);
#define VISIT(kind, arg, member, ...) VISIT_##kind(arg, member)

static void visit_head(struct cvl_row *a, const struct cvl_row *b)
{
#define CVL_ROW_HEAD(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_time(struct cvl_row_time *a, const struct cvl_row_time *b)
{
#define CVL_ROW_TIME(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_computed(struct cvl_row_computed *a, const struct cvl_row_computed *b)
{
#define CVL_ROW_COMPUTED(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_counted(struct cvl_row_counted *a, const struct cvl_row_counted *b)
{
#define CVL_ROW_COUNTED(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_measured(struct cvl_row_measured *a, const struct cvl_row_measured *b)
{
#define CVL_ROW_MEASURED(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_kernels(struct cvl_row_kernels *a, const struct cvl_row_kernels *b)
{
#define CVL_ROW_KERNELS(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_check(struct cvl_row_check *a, const struct cvl_row_check *b)
{
#define CVL_ROW_CHECK(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_roofline(struct cvl_row_roofline *a, const struct cvl_row_roofline *b)
{
#define CVL_ROW_ROOFLINE(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_layer(struct cvl_row_layer *a, const struct cvl_row_layer *b)
{
#define CVL_ROW_LAYER(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_stage(struct cvl_row_stage *a, const struct cvl_row_stage *b)
{
#define CVL_ROW_STAGE(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

static void visit_allocation(struct cvl_row_allocation *a, const struct cvl_row_allocation *b)
{
#define CVL_ROW_ALLOCATION(...) VISIT(__VA_ARGS__)
#include <convlens/row.def>
}

/* Fills `a`, or compares it with `b`; the lists of both are made already. */
static void visit_row(struct cvl_row *a, const struct cvl_row *b)
{
    visit_head(a, b);
    visit_time(&a->time, b ? &b->time : NULL);
    visit_computed(&a->computed, b ? &b->computed : NULL);
    visit_counted(&a->counted, b ? &b->counted : NULL);
    visit_measured(&a->measured, b ? &b->measured : NULL);
    visit_kernels(&a->kernels, b ? &b->kernels : NULL);
    visit_check(&a->check, b ? &b->check : NULL);
    visit_roofline(&a->roofline, b ? &b->roofline : NULL);
    for (size_t i = 0; i < a->probe_count; i++)
        visit_measured(&a->probes[i], b ? &b->probes[i] : NULL);
    for (size_t i = 0; i < a->layers_count; i++)
        visit_layer(&a->layers[i], b ? &b->layers[i] : NULL);
    for (size_t i = 0; i < a->stage_count; i++)
        visit_stage(&a->stages[i], b ? &b->stages[i] : NULL);
    for (size_t i = 0; i < a->allocation_count; i++)
        visit_allocation(&a->allocations[i], b ? &b->allocations[i] : NULL);
}

/* A row of which no field is as cvl_row_init leaves it; each has a value of its own. */
static void make_row(struct cvl_row *row, bool is_network, bool last_choice)
{
    if (is_network)
        fixture_row_network(row);
    else
        fixture_row_full(row);
    row->key.problem.name[0] = '\0'; /* no quotes in the text */
    row->key.passes = CVL_TRAINING;
    row->key.optimizer = CVL_ADAM;
    if (is_network)
        strcpy(row->key.network, "net");
    free(row->repro);
    free(row->build_options);
    number = 0;
    has_last_choice = last_choice;
    visit_row(row, NULL);
}

static void expect_equal(struct cvl_row *a, const struct cvl_row *b)
{
    cr_expect_eq(cvl_key_compare(&a->key, &b->key, CVL_KEY_ALL), 0);
    cr_assert_eq(a->probe_count, b->probe_count);
    cr_assert_eq(a->layers_count, b->layers_count);
    cr_assert_eq(a->stage_count, b->stage_count);
    cr_assert_eq(a->allocation_count, b->allocation_count);
    cr_assert_eq(a->sample_count, b->sample_count);
    visit_row(a, b);
}

/* Macros of row.def that expanded to nothing would let the other tests pass. */
Test(row_fields, each_part_has_fields)
{
    struct cvl_row row;
    fixture_row_network(&row);
    const struct {
        const char *name;
        const struct cvl_fields *fields;
        size_t least;
    } parts[] = {
        {"head", &cvl_row_head_fields, 6},
        {"time", &cvl_row_time_fields, 10},
        {"computed", &cvl_row_computed_fields, 18},
        {"counted", &cvl_row_counted_fields, 5},
        {"measured", &cvl_row_measured_fields, 10},
        {"kernels", &cvl_row_kernels_fields, 3},
        {"check", &cvl_row_check_fields, 4},
        {"roofline", &cvl_row_roofline_fields, 7},
        {"layer", &cvl_row_layer_fields, 10},
        {"stage", &cvl_row_stage_fields, 15},
        {"allocation", &cvl_row_allocation_fields, 8},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_geq(parts[i].fields->count, parts[i].least, "%s", parts[i].name);
    number = 0;
    free(row.repro);
    free(row.build_options);
    visit_row(&row, NULL);
    cr_expect_geq(number, 150);
    cvl_row_clear(&row);
}

static void through_json(bool is_network, bool last_choice)
{
    struct cvl_row row, back;
    make_row(&row, is_network, last_choice);
    char *json = cvl_row_to_json(&row, true);
    cr_assert_not_null(json);
    cr_assert_eq(cvl_row_from_json(json, &back, &error), CVL_OK, "%s", error.text);
    expect_equal(&row, &back);
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(row_fields, every_field_comes_back_from_json)
{
    for (int i = 0; i < 4; i++)
        through_json(i & 1, i & 2);
}

static void through_store(bool is_network, bool last_choice)
{
    struct cvl_row row;
    bool resumed;
    make_row(&row, is_network, last_choice);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    const int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    struct cvl_results results = load_run(run_id);
    cr_assert_eq(results.row_count, 1);
    expect_equal(&row, &results.rows[0]);
    cvl_results_clear(&results);
    cvl_row_clear(&row);
}

Test(row_fields, every_field_comes_back_from_the_store)
{
    for (int i = 0; i < 4; i++)
        through_store(i & 1, i & 2);
}

static void expect_members(const json_t *object, const struct cvl_fields *fields, const char *name)
{
    cr_expect_eq(json_object_size(object), fields->count, "%s", name);
    for (size_t i = 0; i < fields->count; i++)
        cr_expect_not_null(json_object_get(object, fields->at[i].key), "%s: %s", name,
                           fields->at[i].key);
}

/* A name that were there twice would hide one of the two. */
Test(row_fields, every_field_is_a_member_of_its_own)
{
    struct cvl_row row;
    make_row(&row, true, false);
    json_t *object = cvl_row_json(&row, CVL_ROW_EVERYTHING);
    const json_t *memory = json_object_get(object, "memory");
    /* device, chain, form, variant, layout, dtype, passes, optimizer; tuning, time, memory, check,
     * roofline; layers, rounds, stages, samples_s, allocations */
    cr_expect_eq(json_object_size(object), 8 + cvl_row_head_fields.count + 5 + 5);
    cr_expect_eq(json_object_size(memory), 6);
    expect_members(json_object_get(object, "time"), &cvl_row_time_fields, "time");
    expect_members(json_object_get(object, "check"), &cvl_row_check_fields, "check");
    expect_members(json_object_get(object, "roofline"), &cvl_row_roofline_fields, "roofline");
    expect_members(json_object_get(memory, "computed"), &cvl_row_computed_fields, "computed");
    expect_members(json_object_get(memory, "counted"), &cvl_row_counted_fields, "counted");
    expect_members(json_object_get(memory, "measured"), &cvl_row_measured_fields, "measured");
    expect_members(json_object_get(memory, "kernels"), &cvl_row_kernels_fields, "kernels");
    json_decref(object);
    cvl_row_clear(&row);
}

/* --- columns --------------------------------------------------------------------------------- */

/* What the CSV writer makes of one row, which is cleared: its heading, and its line below. The
 * caller frees the heading. */
static char *write_csv(struct cvl_row *row, char **line)
{
    struct cvl_results results = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_results_add(&results, row, NULL), CVL_OK);
    cr_assert_eq(cvl_results_write(cvl_writer_find("csv"), &results, stream, false, NULL), CVL_OK);
    cr_assert_eq(fclose(stream), 0);
    cvl_results_clear(&results);
    *line = strstr(text, "\r\n") + 2;
    (*line)[-2] = '\0';
    char *end = strstr(*line, "\r\n");
    cr_assert(end && end[2] == '\0', "one line");
    *end = '\0';
    return text;
}

/* The next cell of a line, which is cut into cells: no cell has a comma. Quotes around it and the
 * apostrophe before what a spreadsheet would misread are dropped. */
static char *next_cell(char **line)
{
    cr_assert_not_null(*line, "too few cells");
    char *cell = strsep(line, ",");
    const size_t length = strlen(cell);
    if (length > 1 && cell[0] == '"' && cell[length - 1] == '"') {
        cell[length - 1] = '\0';
        cell++;
    }
    return *cell == '\'' ? cell + 1 : cell;
}

/* The heading of the version before rows of networks were rows as others. */
static const char heading_before[] =
    "device,device_name,layer,problem,form,variant,layout,dtype,tuning,build_options,status,"
    "reason,repro,layer_count,clock,median_s,time_ratio,min_s,p05_s,p95_s,mad_s,"
    "host_median_s,samples,warmup,doubt,gflops,computed_all_live_peak_bytes,"
    "computed_freed_peak_bytes,computed_freed_pinned_peak_bytes,computed_arena_peak_bytes,"
    "counted_all_live_peak_bytes,counted_freed_peak_bytes,counted_freed_pinned_peak_bytes,"
    "counted_arena_peak_bytes,own_all_live_peak_bytes,own_freed_peak_bytes,"
    "own_freed_pinned_peak_bytes,own_arena_peak_bytes,"
    "computed_all_live_peak_without_weights_bytes,computed_freed_peak_without_weights_bytes,"
    "computed_freed_pinned_peak_without_weights_bytes,"
    "computed_arena_peak_without_weights_bytes,computed_input_bytes,computed_weights_bytes,"
    "computed_intermediate_bytes,computed_workspace_bytes,computed_output_bytes,"
    "computed_total_bytes,computed_load_peak_bytes,library_bytes,allocations,leaked_bytes,"
    "measured_source,measured_scope,measured_reason,measured_resolution_bytes,"
    "measured_all_live_peak_bytes,measured_freed_peak_bytes,measured_freed_pinned_peak_bytes,"
    "measured_arena_peak_bytes,max_abs_err,max_rel_err,tolerance,passed,flops,bytes_min,gbps,"
    "bound,fraction_of_peak,launch_fraction,tuning_source,passes,optimizer,"
    "computed_saved_bytes,computed_gradients_bytes,computed_optimizer_bytes,program_bytes,"
    "kernel_private_bytes,kernel_local_bytes,measured_kept_bytes,measured_note,"
    "unexplained_all_live_bytes,unexplained_freed_bytes,unexplained_freed_pinned_bytes,"
    "unexplained_arena_bytes,unexplained_reason";

Test(row_fields, columns_of_csv_are_only_appended)
{
    struct cvl_row row;
    char *line;
    make_row(&row, false, false);
    char *heading = write_csv(&row, &line);
    cr_expect_eq(strncmp(heading, heading_before, strlen(heading_before)), 0, "%s", heading);
    cr_expect_eq(heading[strlen(heading_before)], ',', "whole names, and more of them");
    free(heading);
}

static void expect_new_name(char (*names)[80], size_t count, const char *name)
{
    cr_expect_str_not_empty(name);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_neq(names[i], name);
    (void)snprintf(names[count], sizeof names[count], "%s", name);
}

Test(row_fields, no_column_of_csv_is_there_twice)
{
    enum { MOST = 256 };
    static char names[MOST][80];
    struct cvl_row row;
    char *line, *cells;
    size_t count = 0;
    make_row(&row, false, false);
    char *heading = write_csv(&row, &line);
    cells = heading;
    while (cells) {
        cr_assert_lt(count, MOST);
        expect_new_name(names, count, next_cell(&cells));
        (void)next_cell(&line);
        count++;
    }
    cr_expect_null(line, "as many cells as names");
    cr_expect_eq(count, cvl_metric_count());
    free(heading);
}

Test(row_fields, no_column_of_the_store_is_there_twice)
{
    enum { MOST = 256 };
    static char names[MOST][80] = {"id", "run_id", "key", "document"};
    size_t count = 4;
    cr_assert_lt(cvl_store_column_count + count, MOST);
    for (size_t i = 0; i < cvl_store_column_count; i++) {
        char name[80];
        cvl_store_column_name(&cvl_store_columns[i], name);
        if (name[0] != '\0')
            expect_new_name(names, count++, name);
    }
    cr_expect_gt(count, 80);
    const struct cvl_fields *lists[] = {&cvl_row_stage_fields, &cvl_row_allocation_fields};
    for (size_t l = 0; l < 2; l++) {
        memset(names, 0, sizeof names);
        strcpy(names[0], "result_id");
        strcpy(names[1], "number");
        for (size_t i = 0; i < lists[l]->count; i++)
            expect_new_name(names, i + 2, lists[l]->at[i].key);
    }
}

/* The cell of the row's CSV under that name; NULL: there is no such column. */
static char *find_cell(const char *heading, const char *line, const char *name)
{
    char *names = strdup(heading), *cells = strdup(line), *left = names, *right = cells;
    char *found = NULL;
    while (left && !found) {
        const char *column = next_cell(&left), *cell = next_cell(&right);
        if (strcmp(column, name) == 0)
            found = strdup(cell);
    }
    free(names);
    free(cells);
    return found;
}

static void expect_same_cell(sqlite3_stmt *statement, int column, const char *cell,
                             const char *name)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        cr_expect_str_empty(cell, "%s", name);
        break;
    case SQLITE_FLOAT:
        cr_expect_eq(sqlite3_column_double(statement, column), strtod(cell, NULL), "%s", name);
        break;
    case SQLITE_INTEGER:
        if (isalpha((unsigned char)*cell))
            cr_expect_eq(sqlite3_column_int(statement, column), strcmp(cell, "true") == 0, "%s",
                         name);
        else
            cr_expect_str_eq(cell, text, "%s", name);
        break;
    default:
        cr_expect_str_eq(cell, text, "%s", name);
    }
}

/* Every column of the store has what CSV has under its name. */
static void compare_columns(bool is_network)
{
    struct cvl_row row;
    bool resumed;
    char *line, sql[64];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    size_t empty = 0;
    make_row(&row, is_network, false);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    const int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    char *heading = write_csv(&row, &line);
    (void)snprintf(sql, sizeof sql, "SELECT * FROM result WHERE run_id = %d", (int)run_id);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    cr_assert_gt(sqlite3_column_count(statement), 80);
    for (int i = 4; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        char *cell = find_cell(heading, line, name);
        cr_assert_not_null(cell, "%s", name);
        expect_same_cell(statement, i, cell, name);
        empty += sqlite3_column_type(statement, i) == SQLITE_NULL;
        free(cell);
    }
    /* of a layer its network; of a network its layer and problem */
    cr_expect_eq(empty, is_network ? 2 : 1);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    free(heading);
}

Test(row_fields, columns_of_the_store_and_of_csv_say_the_same)
{
    compare_columns(false);
    compare_columns(true);
}

/* A row of which nothing is known but what no row can lack. */
static void expect_empty_cells(const char *network, bool has_parts)
{
    static const char *const always[] = {"form",   "layout",      "dtype",        "passes",
                                         "status", "layer_count", "tuning_source"};
    static const char *const of_parts[] = {"clock", "samples", "warmup", "passed"};
    struct cvl_row row;
    char *line;
    size_t filled = 0;
    cvl_row_init(&row);
    (void)snprintf(row.key.network, sizeof row.key.network, "%s", network);
    row.has_computed = row.has_counted = row.has_measured = row.has_time = row.has_check =
        has_parts;
    char *heading = write_csv(&row, &line), *names = heading;
    while (names) {
        const char *name = next_cell(&names), *cell = next_cell(&line);
        bool may_have = strcmp(name, *network ? "chain" : "problem") == 0;
        for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
            may_have |= strcmp(name, always[i]) == 0;
        for (size_t i = 0; has_parts && i < sizeof of_parts / sizeof of_parts[0]; i++)
            may_have |= strcmp(name, of_parts[i]) == 0;
        cr_expect_eq(*cell != '\0', may_have, "%s: '%s'", name, cell);
        filled += *cell != '\0';
    }
    cr_expect_eq(filled, has_parts ? 12 : 8);
    free(heading);
}

Test(row_fields, what_is_absent_is_an_empty_cell)
{
    expect_empty_cells("", false);
    expect_empty_cells("net", false);
    expect_empty_cells("", true);
}
