/* The writers of Markdown and JUnit.
 *
 * sources: fixture_results.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"

/* What a writer makes of the results, which are cleared. */
static char *write_with(const char *writer, struct cvl_results *results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_results_write(cvl_writer_find(writer), results, stream, false, NULL), CVL_OK);
    (void)fclose(stream);
    cvl_results_clear(results);
    return text;
}

static size_t count(const char *text, const char *part)
{
    size_t times = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        times++;
    return times;
}

static void expect(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "%s\nin\n%s", part, text);
}

Test(report_markup, markdown_has_a_table_for_each_device_and_layout)
{
    struct cvl_results results;
    fixture_results(&results, 2, 2);
    char *text = write_with("markdown", &results);
    cr_expect_eq(count(text, "| Layer | Variant | Peak, all kept | Peak, freed early | Time |\n"),
                 4);
    expect(text, "### Device `0:0` `pthread-Made-Up CPU`, nhwc f32\n\n| Layer ");
    expect(text, "| `block2` | `sep_unfused` | 5.39 MiB | 3.86 MiB | 1.25 ms |\n");
    expect(text, "| `block3` | `sep_unfused` | 5.78 MiB | 3.87 MiB | 1.25 ms? |\n");
    expect(text, "\n`?`: the time is in doubt (1 row).\n\nNot supported or skipped: 2 rows.\n");
    expect(text, "\nFailed:\n\n- `block3` `sep_fused`: **crashed**: `the worker died in build: "
                 "signal 11`; repeat with `convlens run --problem 'made up' --variant "
                 "sep_fused`\n");
    free(text);
}

Test(report_markup, markdown_of_hostile_names)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    fixture_row_full(&row);
    strcpy(row.key.layer, "a|b\n<script>`");
    strcpy(row.key.variant, "*@x*<!--");
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    fixture_row_hostile(&row);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    char *text = write_with("markdown", &results);
    expect(text, "| <code>a&#124;b&#92;x0a&#60;script&#62;&#96;</code> | `*@x*<!--` | ");
    for (const char *c = text; *c != '\0'; c++)
        cr_expect(*c == '\n' || (unsigned char)*c >= ' ');
    free(text);
}

Test(report_markup, markdown_of_networks_and_of_nothing)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    char *text = write_with("markdown", &results);
    cr_expect_str_eq(text, "No rows.\n");
    free(text);
    fixture_row_network(&row);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    text = write_with("markdown", &results);
    expect(text, "| `net \"x\"` | `sep_unfused_gemm` | 3.91 KiB | 3.91 KiB | 1.50 ms? |\n");
    free(text);
}

Test(report_markup, junit_has_a_case_for_each_row)
{
    struct cvl_results results;
    fixture_results(&results, 2, 2);
    char *text = write_with("junit", &results);
    cr_expect_eq(count(text, "<testcase "), 32);
    cr_expect_eq(count(text, "<failure "), 2);
    cr_expect_eq(count(text, "<skipped "), 4);
    expect(text, "  <testsuite name=\"0:0 pthread-Made-Up CPU\" package=\"convlens\" id=\"0\" "
                 "timestamp=\"2024-01-02T03:04:05\" hostname=\"Linux 6.1 x86_64\" tests=\"16\" "
                 "failures=\"1\" errors=\"0\" skipped=\"2\" time=\"");
    expect(text, "<testcase name=\"block2 sep_fused nhwc f32 "
                 "separable:mb1ic64ih112oc128oh56kh3sh2ph0\" classname=\"convlens.0:0\" "
                 "time=\"0.001000000\"/>\n");
    expect(text, "\" time=\"0.000000000\">\n      <failure message=\"the worker died in build: "
                 "signal 11\" type=\"crashed\">repeat with: convlens run --problem &apos;made "
                 "up&apos; --variant sep_fused</failure>\n    </testcase>\n");
    expect(text, "      <skipped message=\"NCHW f32 only\"/>\n");
    free(text);
}

Test(report_markup, junit_of_hostile_names_and_of_nothing)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    char *text = write_with("junit", &results);
    cr_expect_str_eq(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                           "</testsuites>\n");
    free(text);
    fixture_row_hostile(&row);
    row.status = CVL_ROW_CRASHED;
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    results.started = strdup("<yesterday>");
    text = write_with("junit", &results);
    expect(text, " timestamp=\"1970-01-01T00:00:00\" hostname=\"unknown\"");
    expect(text, "&lt;/script&gt;&lt;b&gt;");
    cr_expect_null(strstr(text, "<script"));
    for (const char *c = text; *c != '\0'; c++)
        cr_expect(*c == '\n' || (unsigned char)*c >= ' ');
    free(text);
}
