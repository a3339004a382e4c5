/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"
#include "report/metric.h"

/* What the CSV writer makes of the results, which are cleared. */
static char *write_csv(struct cvl_results *results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    enum cvl_status status =
        cvl_results_write(cvl_writer_find("csv"), results, stream, false, NULL);
    cr_assert_eq(status, CVL_OK);
    (void)fclose(stream);
    cvl_results_clear(results);
    return text;
}

static char *write_row(void (*fixture)(struct cvl_row *row))
{
    struct cvl_results results = {0};
    struct cvl_row row;
    fixture(&row);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    return write_csv(&results);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static double time_ratio_of(const struct cvl_results *results, const struct cvl_row *row)
{
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        char name[CVL_METRIC_NAME_BYTES];
        struct cvl_value value;
        cvl_metric_name(cvl_metric_at(i), name);
        if (strcmp(name, "time_ratio") != 0)
            continue;
        struct cvl_row_groups groups;
        cr_assert_eq(cvl_row_groups_create(results, &groups, NULL), CVL_OK);
        cvl_metric_get(cvl_metric_at(i), &groups, row, &value);
        cvl_row_groups_clear(&groups);
        return value.kind == CVL_VALUE_REAL ? value.real : (double)NAN;
    }
    return (double)NAN;
}

Test(report_csv, one_line_for_each_row_below_the_heading)
{
    struct cvl_results results;
    fixture_results(&results, 2, 3);
    char *text = write_csv(&results);
    cr_assert_eq(count_lines(text), 49);
    cr_assert_eq(strncmp(text, "device,device_name,layer,problem,form,", 38), 0);
    cr_assert_not_null(strstr(text, "\r\n\"'0:0\",pthread-Made-Up CPU,block2,"));
    free(text);
}

Test(report_csv, figures_are_exact_and_texts_quoted)
{
    char *text = write_row(fixture_row_full);
    cr_assert_not_null(
        strstr(text, ",123456789012345,42,12.25,compute,0.25,0.125,default,forward,,1005,1006,1007,"
                     "70000,96,3584,12288,,0,0,0,0,heaps 4.09 KiB,,1010,1011,1012,1013,,,1,"
                     "54950016,0.0625,250000000000,50000000000,0.0014,0.0017,8,1,,40000,1014\r\n"),
        "%s", text);
    cr_assert_not_null(strstr(text, ",event,0.0015,"));
    cr_assert_not_null(strstr(text, "\"\"mbv1/block2\"\"\""));
    cr_assert_not_null(strstr(text, "\"'-DTILE=4 -DREAL=half\""));
    cr_assert_not_null(strstr(text, ",tile=14;lanes=-1,"));
    free(text);
}

Test(report_csv, what_is_absent_is_empty)
{
    char *text = write_row(fixture_row_refused);
    const char *row = strchr(text, '\n') + 1;
    cr_assert_not_null(strstr(row, "unsupported,NCHW f32 only,,1,,,,"), "%s", row);
    cr_assert_null(strstr(row, "nan"));
    cr_assert_null(strstr(row, "18446744073709551615"));
    free(text);
}

Test(report_csv, formulas_and_control_characters_are_harmless)
{
    char *text = write_row(fixture_row_hostile);
    cr_assert_eq(count_lines(text), 2);
    cr_assert_null(strchr(text, '\x1b'));
    cr_assert_not_null(strstr(text, ",\"'=cmd|' /C calc'!A0\","), "%s", text);
    cr_assert_not_null(strstr(text, ",\"'@SUM(1+1)*cmd|' /C calc'!A0\","), "%s", text);
    cr_assert_not_null(strstr(text, ",\"</script><b>,\"\"\\x0d\\x0a\","), "%s", text);
    free(text);
}

/* Rivals of 1, 2 and 4 ms by the event clock, 3, 4 and 5 by the host's. */
Test(report_csv, a_ratio_of_times_is_of_one_clock)
{
    struct cvl_results results;
    fixture_results(&results, 1, 1);
    struct cvl_row *rows[3] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < results.row_count; i++) {
        struct cvl_row *row = &results.rows[i];
        const bool is_rival =
            row->status == CVL_ROW_OK && count < 3 &&
            (count == 0 || cvl_key_compare(&row->key, &rows[0]->key, CVL_KEY_GROUP) == 0);
        row->has_time &= is_rival;
        if (!is_rival)
            continue;
        row->time.clock = CVL_CLOCK_EVENT;
        row->time.median_s = (double)(1u << count) * 1e-3;
        row->time.host_median_s = (double)(3 + count) * 1e-3;
        rows[count++] = row;
    }
    cr_assert_eq(count, 3);
    cr_expect_float_eq(time_ratio_of(&results, rows[2]), 4.0, 1e-9, "by the event clock");
    cr_expect_float_eq(time_ratio_of(&results, rows[0]), 1.0, 1e-9);
    rows[1]->time.clock = CVL_CLOCK_HOST;
    rows[1]->time.median_s = rows[1]->time.host_median_s;
    cr_expect_float_eq(time_ratio_of(&results, rows[2]), 5.0 / 3.0, 1e-9, "all by the host's");
    cr_expect_float_eq(time_ratio_of(&results, rows[1]), 4.0 / 3.0, 1e-9);
    cvl_results_clear(&results);
}

/* The line of a network has the columns of every row, and no layer, problem or tile parameters. */
Test(report_csv, a_network_is_a_line_among_the_others)
{
    char *text = write_row(fixture_row_network);
    const char *row = strchr(text, '\n') + 1;
    cr_assert_eq(count_lines(text), 2);
    cr_assert_eq(strncmp(row, "\"'0:0\",,,,separable,sep_unfused_gemm,nchw,f16,,", 47), 0, "%s",
                 row);
    cr_assert_not_null(strstr(row, ",event,0.0015,"));
    cr_assert_not_null(strstr(row, ",\"net "
                                   "\"\"x\"\"\",1010,1011,1012,1013,block1,block2,1,,0.0625,"
                                   "250000000000,50000000000,0.0014,0.0017,8,1,,40000,1014\r\n"),
                       "%s", row);
    free(text);
}

/* What one column says of the row of a variant, layer block2, nhwc. */
static double column_of(const struct cvl_results *results, const char *variant, const char *column)
{
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_key *key = &results->rows[i].key;
        if (strcmp(key->variant, variant) != 0 || strcmp(key->layer, "block2") != 0 ||
            key->layout != CVL_NHWC)
            continue;
        for (size_t m = 0; m < cvl_metric_count(); m++) {
            char name[CVL_METRIC_NAME_BYTES];
            struct cvl_value value;
            cvl_metric_name(cvl_metric_at(m), name);
            struct cvl_row_groups groups;
            cr_assert_eq(cvl_row_groups_create(results, &groups, NULL), CVL_OK);
            cvl_metric_get(cvl_metric_at(m), &groups, &results->rows[i], &value);
            cvl_row_groups_clear(&groups);
            if (strcmp(name, column) == 0)
                return value.kind == CVL_VALUE_REAL ? value.real : (double)value.integer;
        }
    }
    cr_assert_fail("no %s of %s", column, variant);
    return 0.0;
}

/* time_ratio, of version 0.1.0, keeps its meaning. */
Test(report_csv, a_speed_ratio_above_1_would_be_faster)
{
    struct cvl_results results;
    fixture_results(&results, 1, 2);
    cr_expect_eq(column_of(&results, "sep_fused", "speed_ratio"), 1.0);
    cr_expect_eq(column_of(&results, "direct", "speed_ratio"), 0.25);
    cr_expect_eq(column_of(&results, "direct", "time_ratio"), 4.0);
    cvl_results_clear(&results);
}

Test(report_csv, every_metric_has_a_name_of_its_own_and_a_text)
{
    cr_assert_gt(cvl_metric_count(), 0);
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        char name[CVL_METRIC_NAME_BYTES], other[CVL_METRIC_NAME_BYTES];
        char meaning[CVL_METRIC_MEANING_BYTES];
        cvl_metric_name(cvl_metric_at(i), name);
        cvl_metric_meaning(cvl_metric_at(i), meaning);
        cr_assert_str_not_empty(name);
        cr_assert_str_not_empty(meaning, "%s", name);
        for (size_t k = 0; k < i; k++) {
            cvl_metric_name(cvl_metric_at(k), other);
            cr_assert_str_neq(name, other);
        }
    }
    cr_assert_null(cvl_metric_at(cvl_metric_count()));
}

Test(report_csv, a_stream_that_fails_is_an_error)
{
    struct cvl_results results;
    struct cvl_error error = {0};
    fixture_results(&results, 1, 1);
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    cr_assert_eq(cvl_results_write(cvl_writer_find("csv"), &results, full, false, &error), CVL_IO);
    cr_assert_not_null(strstr(error.text, "report/csv: cannot write"), "%s", error.text);
    (void)fclose(full);
    cvl_results_clear(&results);
}
