/* A comparison as Markdown, JUnit and JSON; hostile names in all of them; a baseline read back.
 *
 * sources: fixture_results.c */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/compare.h>
#include <convlens/report.h>

#include "fixture_results.h"
#include "report/compare_formats.h"

static struct cvl_results before, after;
static struct cvl_comparison comparison;
static char *text;

/* One row on each side, which is removed where `make` is NULL. */
static void make_side(struct cvl_results *side, void (*make)(struct cvl_row *row))
{
    struct cvl_row row;
    fixture_results(side, 1, 0);
    if (!make)
        return;
    make(&row);
    cr_assert_eq(cvl_results_add(side, &row, NULL), CVL_OK);
}

static void compare(void)
{
    const struct cvl_compare_rules rules = cvl_compare_rules_default();
    cr_assert_eq(cvl_compare(&before, &after, &rules, &comparison, NULL), CVL_OK);
}

static void write_as(const char *format)
{
    const struct cvl_compared compared = {&comparison, &before,        &after,
                                          "a.db",      "b|`<\x1b>.db", false};
    size_t size = 0;
    free(text);
    text = NULL;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(
        cvl_format_write(cvl_format_find(&cvl_compare_formats, format), &compared, stream, NULL),
        CVL_OK);
    (void)fclose(stream);
}

static void clear(void)
{
    free(text);
    cvl_comparison_clear(&comparison);
    cvl_results_clear(&before);
    cvl_results_clear(&after);
}

TestSuite(compare_formats, .fini = clear);

/* Every line of a table has as many bars. */
static void expect_whole_table(void)
{
    size_t lines = 0;
    for (const char *line = strstr(text, "\n|"); line; line = strstr(line + 1, "\n|")) {
        size_t bars = 0;
        for (const char *c = line + 1; *c != '\0' && *c != '\n'; c++)
            bars += *c == '|';
        cr_expect_eq(bars, 9, "%s", line);
        lines++;
    }
    cr_expect_gt(lines, 2);
}

Test(compare_formats, hostile_names_stay_texts)
{
    make_side(&before, NULL);
    make_side(&after, fixture_row_hostile);
    compare();
    write_as("markdown");
    expect_whole_table();
    cr_expect_null(strchr(text, '\x1b'));
    write_as("junit");
    cr_expect_null(strchr(text, '\x1b'));
    cr_expect(strstr(text, "tests=\"1\""));
    write_as("table");
    cr_expect_null(strchr(text, '\x1b'));
    write_as("json");
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(document, "%s", text);
    json_decref(document);
}

Test(compare_formats, junit_counts_what_fails)
{
    make_side(&before, fixture_row_full);
    make_side(&after, fixture_row_full);
    before.rows[0].status = after.rows[0].status = CVL_ROW_OK;
    after.rows[0].counted.peak_bytes[CVL_FREED] += 4;
    compare();
    write_as("junit");
    cr_expect(strstr(text, "tests=\"1\" failures=\"1\""), "%s", text);
    cr_expect(strstr(text, "<failure message=\"MORE MEMORY freed: 4001 B, then 4005 B"), "%s",
              text);
    write_as("json");
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *row = json_array_get(json_object_get(document, "rows"), 0);
    const json_t *change = json_array_get(json_object_get(row, "bytes"), 0);
    cr_expect_eq(json_integer_value(json_object_get(document, "failures")), 1);
    cr_expect_eq(json_integer_value(json_object_get(change, "difference")), 4);
    json_decref(document);
}

/* Writes results, and reads what was written. */
static void read_back(const char *writer)
{
    struct cvl_error err = {0};
    size_t size = 0;
    free(text);
    text = NULL;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_results_write(cvl_writer_find(writer), &before, stream, false, &err), CVL_OK);
    (void)fclose(stream);
    cvl_results_clear(&after);
    cr_assert_eq(cvl_results_from_json(text, &after, &err), CVL_OK, "%s", err.text);
}

static size_t count_compared(const struct cvl_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->row_count; i++)
        count += results->rows[i].status != CVL_ROW_UNSUPPORTED &&
                 results->rows[i].status != CVL_ROW_SKIPPED;
    return count;
}

Test(compare_formats, a_baseline_is_the_same_as_its_results)
{
    struct cvl_row row;
    fixture_results(&before, 2, 2);
    fixture_row_network(&row);
    cr_assert_eq(cvl_results_add(&before, &row, NULL), CVL_OK);
    read_back("baseline");
    cr_expect_eq(after.row_count, count_compared(&before));
    compare();
    cr_expect_eq(comparison.counts[CVL_OUTCOME_SAME], after.row_count);
    cr_expect_eq(comparison.count, after.row_count);
}

Test(compare_formats, a_document_is_the_same_as_its_results)
{
    struct cvl_row row;
    fixture_results(&before, 2, 2);
    fixture_row_network(&row);
    cr_assert_eq(cvl_results_add(&before, &row, NULL), CVL_OK);
    read_back("json");
    cr_expect_eq(after.row_count, before.row_count);
    cr_expect_eq(after.device_count, before.device_count);
    cr_expect_str_eq(after.started, before.started);
    cr_expect_str_eq(after.sweep, before.sweep);
    compare();
    cr_expect_eq(comparison.counts[CVL_OUTCOME_SAME], comparison.count);
}

/* As many significant digits as a reader of a difference needs. */
Test(compare_formats, a_baseline_has_the_samples)
{
    make_side(&before, fixture_row_full);
    cr_assert_gt(before.rows[0].sample_count, 1);
    read_back("baseline");
    cr_assert_eq(after.rows[0].sample_count, before.rows[0].sample_count);
    for (size_t i = 0; i < after.rows[0].sample_count; i++)
        cr_expect_float_eq(after.rows[0].samples_s[i], before.rows[0].samples_s[i],
                           1e-5 * before.rows[0].samples_s[i]);
}

Test(compare_formats, a_wrong_document_says_what_is_wrong)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"{}", "schema: got none, expected convlens/1"},
        {"{\"schema\":\"convlens/2\"}", "got convlens/2"},
        {"[]", "schema: got none"},
        {"{\"schema\":\"convlens/1\",\"rows\":[]}", "run: expected an object"},
        {"{\"schema\":\"convlens/1\",\"run\":{}}", "rows: expected an array"},
        {"{\"schema\":\"convlens/1\",\"run\":{\"host\":3},\"rows\":[]}", "run: host"},
        {"{\"schema\":\"convlens/1\",\"run\":{},\"rows\":[{}]}", "rows[0]: row: "},
        {"{\"schema\":\"convlens-baseline/1\",\"run\":{},\"rows\":[3]}", "rows[0]: row: "},
        {"{\"schema\":\"convlens/1\",\"run\":{},\"rows\":[],\"chains\":3}", "chains: expected"},
        {"{\"schema\":\"convlens/1\",\"run\":{},\"rows\":[],\"devices\":3}", "devices: expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_error err = {0};
        cr_expect_eq(cvl_results_from_json(cases[i].json, &after, &err), CVL_BAD_INPUT, "%s",
                     cases[i].json);
        cr_expect(strstr(err.text, cases[i].part), "%s: got %s", cases[i].json, err.text);
    }
}
