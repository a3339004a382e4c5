/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"

/* The document of the results, which are cleared. */
static json_t *write_json(struct cvl_results *results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_results_write(cvl_writer_find("json"), results, stream, false, NULL), CVL_OK);
    (void)fclose(stream);
    cvl_results_clear(results);
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(document, "%s\n%s", error.text, text);
    free(text);
    return document;
}

Test(report_json, the_document_has_every_part)
{
    struct cvl_results results;
    fixture_results(&results, 2, 1);
    json_t *document = write_json(&results);
    json_t *devices = json_object_get(document, "devices");
    json_t *rows = json_object_get(document, "rows");
    cr_assert_str_eq(json_string_value(json_object_get(document, "schema")), "convlens/1");
    cr_assert_eq(json_array_size(devices), 2);
    cr_assert_eq(json_array_size(rows), 16);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(devices, 1), "key")),
                     json_string_value(json_object_get(json_array_get(rows, 15), "device")));
    json_t *run = json_object_get(document, "run");
    cr_assert_str_eq(json_string_value(json_object_get(run, "sweep")), "made_up");
    json_decref(document);
}

Test(report_json, a_verdict_names_its_baseline_and_the_signed_difference)
{
    struct cvl_results results;
    fixture_results(&results, 1, 1);
    json_t *document = write_json(&results);
    size_t index, less = 0;
    json_t *verdict;
    json_array_foreach(json_object_get(document, "verdicts"), index, verdict)
    {
        json_int_t bytes = json_integer_value(json_object_get(verdict, "bytes"));
        json_int_t baseline = json_integer_value(json_object_get(verdict, "baseline_bytes"));
        cr_assert_eq(json_integer_value(json_object_get(verdict, "difference_bytes")),
                     bytes - baseline);
        cr_assert(json_is_string(json_object_get(verdict, "baseline")));
        less += bytes < baseline;
    }
    cr_assert_gt(less, 0);
    json_decref(document);
}

Test(report_json, nothing_and_hostile_texts_give_valid_documents)
{
    struct cvl_results results = {0};
    json_t *document = write_json(&results);
    cr_assert_eq(json_array_size(json_object_get(document, "rows")), 0);
    json_decref(document);
    struct cvl_row row;
    fixture_row_hostile(&row);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    document = write_json(&results);
    cr_assert_eq(json_array_size(json_object_get(document, "rows")), 1);
    json_decref(document);
}

/* Networks are rows of their own list; no verdict is about one. */
Test(report_json, networks_are_listed_apart)
{
    struct cvl_results results;
    struct cvl_row row;
    fixture_results(&results, 1, 1);
    json_t *document = write_json(&results);
    const size_t verdicts = json_array_size(json_object_get(document, "verdicts"));
    cr_assert_eq(json_array_size(json_object_get(document, "chains")), 0);
    json_decref(document);
    fixture_results(&results, 1, 1);
    for (int i = 0; i < 2; i++) {
        fixture_row_network(&row);
        row.key.layout = (enum cvl_layout)i;
        cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    }
    /* not only at the end */
    struct cvl_row first = results.rows[0];
    results.rows[0] = results.rows[results.row_count - 1];
    results.rows[results.row_count - 1] = first;
    document = write_json(&results);
    const json_t *networks = json_object_get(document, "chains");
    cr_expect_eq(json_array_size(json_object_get(document, "rows")), 8);
    cr_expect_eq(json_array_size(json_object_get(document, "verdicts")), verdicts);
    cr_assert_eq(json_array_size(networks), 2);
    const json_t *network = json_array_get(networks, 0);
    cr_expect_str_eq(json_string_value(json_object_get(network, "chain")), "net \"x\"");
    cr_expect_eq(json_array_size(json_object_get(network, "layers")), 2);
    cr_expect_eq(json_array_size(json_object_get(network, "stages")), 2);
    cr_expect(json_is_object(json_object_get(network, "roofline")));
    cr_expect_null(json_object_get(network, "samples_s"), "not part of the document");
    json_decref(document);
}
