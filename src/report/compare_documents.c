/* A comparison as JSON and as XML of JUnit. */
#include "report/compare_documents.h"

#include "base/xml.h"
#include "report/compare_lines.h"
#include "report/document.h"
#include "result/fields.h"
#include "result/row_json.h"

/* --- JSON ----------------------------------------------------------------------------------------
 */

/* Takes the value over. @return 0 or -1 */
static int append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value);
}

static json_t *outcomes_json(unsigned outcomes)
{
    json_t *list = json_array();
    int failed = 0;
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++)
        if (outcomes >> i & 1U)
            failed |= append(list, json_string(cvl_outcome_name((enum cvl_outcome)i)));
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *bytes_json(const struct cvl_difference *item)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < item->byte_count; i++) {
        const struct cvl_byte_change *change = &item->bytes[i];
        failed |= append(list, json_pack("{s:s, s:o, s:o, s:I}", "policy", change->name, "before",
                                         cvl_json_u64(change->before), "after",
                                         cvl_json_u64(change->after), "difference",
                                         (json_int_t)(change->after - change->before)));
    }
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

/* Changes are in percent, above 0 where the second takes longer. */
static json_t *time_json(const struct cvl_difference *item)
{
    const struct cvl_time_change *time = &item->time;
    if (!(time->before_s >= 0.0))
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "before_s", cvl_json_real(time->before_s),
                     "after_s", cvl_json_real(time->after_s), "median_change_percent",
                     cvl_json_real(100.0 * time->median), "quartile_change_percent",
                     cvl_json_real(100.0 * time->quartile), "p05_change_percent",
                     cvl_json_real(100.0 * time->p05), "p_value", cvl_json_real(time->p_value));
}

static json_t *status_json(const struct cvl_row *row)
{
    return row ? json_string(cvl_row_status_name(row->status)) : json_null();
}

static json_t *problem_json(const struct cvl_row *row)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    if (!row || cvl_key_is_network(&row->key))
        return json_null();
    (void)cvl_problem_print(&row->key.problem, text, sizeof text);
    return cvl_json_text(text, 0);
}

static json_t *item_json(const struct cvl_difference *item)
{
    const struct cvl_row *row = item->after ? item->after : item->before;
    const struct cvl_key *key = &row->key;
    json_t *object = json_object();
    int failed = cvl_json_set(object, "device", cvl_json_text(key->device, 0));
    failed |= cvl_json_set(object, cvl_key_is_network(key) ? "chain" : "layer",
                           cvl_json_text(cvl_compare_subject(row), 0));
    failed |= cvl_json_set(object, "variant", cvl_json_text(key->variant, 0));
    failed |= cvl_json_set_settings(object, key);
    failed |= cvl_json_set(object, "before_problem", problem_json(item->before));
    failed |= cvl_json_set(object, "after_problem", problem_json(item->after));
    failed |= cvl_json_set(object, "before_status", status_json(item->before));
    failed |= cvl_json_set(object, "after_status", status_json(item->after));
    failed |= cvl_json_set(object, "outcomes", outcomes_json(item->outcomes));
    failed |= cvl_json_set(object, "failures", outcomes_json(item->failures));
    failed |=
        cvl_json_set(object, "source", item->source ? json_string(item->source) : json_null());
    failed |= cvl_json_set(object, "bytes", bytes_json(item));
    failed |= cvl_json_set(object, "time", time_json(item));
    failed |= cvl_json_set(object, "reason", cvl_json_note(item->reason, 0));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *side_json(const char *name, const struct cvl_results *results)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "name", cvl_json_text(name, 0), "sweep",
                     cvl_json_note(results->sweep, 0), "started",
                     cvl_json_note(results->started, 0), "command",
                     cvl_json_note(results->command, 0));
}

static json_t *counts_json(const struct cvl_comparison *comparison)
{
    json_t *object = json_object();
    int failed = 0;
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++)
        failed |= cvl_json_set(object, cvl_outcome_name((enum cvl_outcome)i),
                               json_integer((json_int_t)comparison->counts[i]));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

enum cvl_status cvl_compare_write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_compared *compared = subject;
    const struct cvl_comparison *comparison = compared->comparison;
    char fail_on[128];
    json_t *rows = json_array();
    int failed = rows ? 0 : -1;
    for (size_t i = 0; i < comparison->count && !failed; i++)
        failed |= append(rows, item_json(&comparison->items[i]));
    cvl_fail_on_print(&comparison->rules, fail_on, sizeof fail_on);
    json_t *document = json_object();
    failed |= cvl_json_set(document, "schema", json_string("convlens-compare/1"));
    failed |= cvl_json_set(document, "before", side_json(compared->before_name, compared->before));
    failed |= cvl_json_set(document, "after", side_json(compared->after_name, compared->after));
    failed |= cvl_json_set(document, "min_change_percent",
                           json_real(100.0 * comparison->rules.min_change));
    failed |= cvl_json_set(document, "max_p_value", json_real(comparison->rules.max_p_value));
    failed |= cvl_json_set(document, "fail_on", json_string(fail_on));
    failed |= cvl_json_set(document, "failures", json_integer((json_int_t)comparison->failures));
    failed |= cvl_json_set(document, "counts", counts_json(comparison));
    failed |= cvl_json_set(document, "rows", rows);
    if (failed) {
        json_decref(document);
        document = NULL;
    }
    return cvl_document_write(document, 2, stream, err);
}

/* --- JUnit ---------------------------------------------------------------------------------------
 */

/* "MORE MEMORY freed: 100 B, then 104 B (+4 B)" of each line, or of those that fail; then why.
 */
static void describe(const struct cvl_difference *item, bool failures_only, struct cvl_text *text)
{
    struct cvl_compare_line lines[CVL_COMPARE_LINES];
    struct cvl_text problem = {0};
    const size_t count = cvl_compare_lines(item, lines);
    for (size_t i = 0; i < count; i++) {
        const struct cvl_compare_line *line = &lines[i];
        if (failures_only && !line->fails)
            continue;
        cvl_text_append(text, "%s%s%s%s", text->length > 0 ? "; " : "",
                        cvl_outcome_title(line->outcome), line->what[0] != '\0' ? " " : "",
                        line->what);
        if (line->outcome != CVL_OUTCOME_SAME)
            cvl_text_append(text, ": %s, then %s", line->before, line->after);
        if (line->change[0] != '\0')
            cvl_text_append(text, " (%s)", line->change);
    }
    cvl_compare_problem(item, &problem);
    if (problem.length > 0)
        cvl_text_append(text, "; %s", problem.data);
    if (item->reason[0] != '\0')
        cvl_text_append(text, "; %s", item->reason);
    text->failed |= problem.failed;
    cvl_text_clear(&problem);
}

static void put_attribute(FILE *stream, const char *name, const char *text)
{
    (void)fprintf(stream, " %s=\"", name);
    cvl_xml_text(stream, text);
    (void)fputs("\"", stream);
}

/* The name of a case has all of its key but the layer, which is its class. */
static void put_case(FILE *stream, const struct cvl_difference *item, bool *failed)
{
    const struct cvl_row *row = item->after ? item->after : item->before;
    struct cvl_text name = {0}, text = {0};
    char kind[40], problem[CVL_PROBLEM_TEXT_BYTES] = "network";
    cvl_compare_kind(row, kind, sizeof kind);
    if (!cvl_key_is_network(&row->key))
        (void)cvl_problem_print(&row->key.problem, problem, sizeof problem);
    cvl_text_append(&name, "%s %s %s %s", row->key.variant, kind, problem, row->key.device);
    describe(item, item->failures != 0, &text);
    *failed |= name.failed || text.failed;
    (void)fputs("  <testcase", stream);
    put_attribute(stream, "classname", cvl_compare_subject(row));
    put_attribute(stream, "name", name.data ? name.data : "");
    (void)fputs(item->failures ? "><failure" : "><system-out>", stream);
    if (item->failures) {
        put_attribute(stream, "message", text.data ? text.data : "");
        (void)fputs("/></testcase>\n", stream);
    } else {
        cvl_xml_text(stream, text.data ? text.data : "");
        (void)fputs("</system-out></testcase>\n", stream);
    }
    cvl_text_clear(&name);
    cvl_text_clear(&text);
}

enum cvl_status cvl_compare_write_junit(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_compared *compared = subject;
    const struct cvl_comparison *comparison = compared->comparison;
    bool failed = false;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                " <testsuite name=\"convlens compare\"",
                stream);
    (void)fprintf(stream, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n",
                  comparison->count, comparison->failures);
    for (size_t i = 0; i < comparison->count; i++)
        put_case(stream, &comparison->items[i], &failed);
    (void)fputs(" </testsuite>\n</testsuites>\n", stream);
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "compare: out of memory") : CVL_OK;
}
