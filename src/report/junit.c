/* JUnit's XML: a suite for each device, a test case for each row. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "base/xml.h"
#include "report/writer.h"

/* Rows of a device. */
struct counts {
    size_t tests, failures, skipped;
    double time_s;
};

static bool is_skipped(const struct cvl_row *row)
{
    return row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED;
}

static double time_of(const struct cvl_row *row)
{
    return row->status == CVL_ROW_OK && row->has_time && row->time.median_s > 0.0
               ? row->time.median_s
               : 0.0;
}

static struct counts count(const struct cvl_results *results, const char *device)
{
    struct counts counts = {0};
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (strcmp(row->key.device, device) != 0)
            continue;
        counts.tests++;
        counts.skipped += is_skipped(row);
        counts.failures += row->status != CVL_ROW_OK && !is_skipped(row);
        counts.time_s += time_of(row);
    }
    return counts;
}

static void put_attribute(FILE *stream, const char *name, const char *text)
{
    (void)fprintf(stream, " %s=\"", name);
    cvl_xml_text(stream, text);
    (void)fputc('"', stream);
}

/* "2026-01-02T03:04:05": the schema takes no zone. What is no time is left out by taking 1970. */
static void print_timestamp(const char *started, char text[20])
{
    static const char pattern[] = "0000-00-00T00:00:00";
    cvl_copy(text, 20, started ? started : "");
    bool good = strlen(text) == 19;
    for (size_t i = 0; good && i < 19; i++)
        good = pattern[i] == '0' ? isdigit((unsigned char)text[i]) != 0 : text[i] == pattern[i];
    if (!good)
        cvl_copy(text, 20, "1970-01-01T00:00:00");
}

/* "block2 direct nhwc f32", with the problem: layers of different sweeps may have one name. */
static void put_case_name(FILE *stream, const struct cvl_key *key)
{
    char problem[CVL_PROBLEM_TEXT_BYTES];
    const bool network = cvl_key_is_network(key);
    struct cvl_problem shape = key->problem;
    shape.name[0] = '\0';
    (void)fputs(" name=\"", stream);
    cvl_xml_text(stream, network ? key->network : key->layer);
    (void)fputc(' ', stream);
    cvl_xml_text(stream, key->variant);
    (void)fprintf(stream, " %s %s%s ", cvl_layout_name(key->layout), cvl_dtype_name(key->dtype),
                  cvl_key_passes_text(key));
    if (network)
        cvl_copy(problem, sizeof problem, cvl_form_name(key->problem.form));
    else
        (void)cvl_problem_print(&shape, problem, sizeof problem);
    cvl_xml_text(stream, problem);
    (void)fputc('"', stream);
}

static void put_outcome(FILE *stream, const struct cvl_row *row)
{
    (void)fprintf(stream, ">\n      <%s", is_skipped(row) ? "skipped" : "failure");
    put_attribute(stream, "message", row->reason);
    if (!is_skipped(row))
        put_attribute(stream, "type", cvl_row_status_name(row->status));
    if (!is_skipped(row) && row->repro) {
        (void)fputs(">repeat with: ", stream);
        cvl_xml_text(stream, row->repro);
        (void)fputs("</failure>", stream);
    } else {
        (void)fputs("/>", stream);
    }
    (void)fputs("\n    </testcase>\n", stream);
}

static void put_case(const struct cvl_report *report, const struct cvl_row *row)
{
    FILE *stream = report->stream;
    (void)fputs("    <testcase", stream);
    put_case_name(stream, &row->key);
    (void)fputs(" classname=\"convlens.", stream);
    cvl_xml_text(stream, row->key.device);
    (void)fprintf(stream, "\" time=\"%.9f\"", time_of(row));
    if (row->status == CVL_ROW_OK)
        (void)fputs("/>\n", stream);
    else
        put_outcome(stream, row);
}

static void put_suite(const struct cvl_report *report, const char *device, size_t id)
{
    const struct cvl_results *results = report->results;
    const struct cvl_device_facts *facts = cvl_results_device(results, device);
    const struct counts counts = count(results, device);
    const char *host = facts && facts->host[0] != '\0' ? facts->host : results->host;
    FILE *stream = report->stream;
    char timestamp[20];
    print_timestamp(results->started, timestamp);
    (void)fputs("  <testsuite name=\"", stream);
    cvl_xml_text(stream, device);
    (void)fputs(facts ? " " : "", stream);
    cvl_xml_text(stream, facts ? facts->name : "");
    (void)fprintf(stream, "\" package=\"convlens\" id=\"%zu\"", id);
    put_attribute(stream, "timestamp", timestamp);
    put_attribute(stream, "hostname", host && *host != '\0' ? host : "unknown");
    (void)fprintf(stream,
                  " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.9f\">\n"
                  "    <properties/>\n",
                  counts.tests, counts.failures, counts.skipped, counts.time_s);
    for (size_t i = 0; i < results->row_count; i++)
        if (strcmp(results->rows[i].key.device, device) == 0)
            put_case(report, &results->rows[i]);
    (void)fputs("    <system-out/>\n    <system-err/>\n  </testsuite>\n", stream);
}

static bool is_first_of_device(const struct cvl_results *results, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(results->rows[i].key.device, results->rows[index].key.device) == 0)
            return false;
    return true;
}

static enum cvl_status junit_end(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    size_t id = 0;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", report->stream);
    for (size_t i = 0; i < results->row_count; i++)
        if (is_first_of_device(results, i))
            put_suite(report, results->rows[i].key.device, id++);
    (void)fputs("</testsuites>\n", report->stream);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

const struct cvl_writer cvl_writer_junit = {
    .name = "junit",
    .summary = "XML for a build server: a test case for each row; time is the median",
    .end = junit_end,
};
