/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"

/* The table of the results, which are cleared; no line may be wider than 100 columns, and every
 * byte is printable ASCII: the stream is no terminal. */
static char *write_table(struct cvl_results *results)
{
    char *text = NULL;
    size_t size = 0, width = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_results_write(cvl_writer_find("table"), results, stream, false, NULL), CVL_OK);
    (void)fclose(stream);
    cvl_results_clear(results);
    for (const char *c = text; *c != '\0'; c++) {
        width = *c == '\n' ? 0 : width + 1;
        cr_assert(*c == '\n' || (*c >= ' ' && *c <= '~'), "byte %02x", (unsigned char)*c);
        cr_assert_leq(width, 100);
    }
    return text;
}

Test(report_table, one_device_tells_figures_refusals_and_verdicts)
{
    struct cvl_results results;
    fixture_results(&results, 1, 1);
    char *text = write_table(&results);
    cr_assert_not_null(
        strstr(text, "0:0  pthread-Made-Up CPU, MadeUp, driver 3.1, clock: event\n"));
    cr_assert_not_null(strstr(text, "im2col_gemm: unsupported: NCHW f32 only\n"), "%s", text);
    cr_assert_not_null(strstr(text, "1.25 ms?"));
    cr_assert_eq(strncmp(text, "Does the depthwise-separable form need more", 43), 0,
                 "the answer comes first");
    cr_assert_not_null(strstr(text, "Doubts and failures\n"));
    cr_assert_not_null(strstr(text, "crashed: the worker died in build: signal 11"));
    cr_assert_null(strstr(text, "\nDevices "));
    free(text);
}

Test(report_table, two_devices_stand_side_by_side)
{
    struct cvl_results results;
    fixture_results(&results, 2, 30);
    char *text = write_table(&results);
    cr_assert_not_null(strstr(text, "\nDevices 0:0 and 1:0"));
    /* one has an event clock: both are given by the host's */
    cr_assert_not_null(strstr(text, "3.86 MiB 3.86 MiB  1.28 ms  2.55 ms  2.00\n"));
    free(text);
}

Test(report_table, devices_of_one_clock_are_compared_by_it)
{
    struct cvl_results results;
    fixture_results(&results, 2, 30);
    for (size_t i = 0; i < results.row_count; i++)
        results.rows[i].time.clock = CVL_CLOCK_EVENT;
    char *text = write_table(&results);
    cr_assert_not_null(strstr(text, "3.86 MiB 3.86 MiB  1.25 ms  2.50 ms  2.00\n"));
    free(text);
}

Test(report_table, no_rows_are_said_to_be_none)
{
    struct cvl_results results = {0};
    char *text = write_table(&results);
    cr_assert_str_eq(text, "No rows.\n");
    free(text);
}

Test(report_table, hostile_names_and_nothing_ok)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    results.devices = calloc(1, sizeof *results.devices);
    results.device_count = 1;
    fixture_device(&results.devices[0], 0);
    memset(results.devices[0].name, 0x1b, sizeof results.devices[0].name - 1);
    fixture_row_hostile(&row);
    strcpy(row.key.device, "0:0");
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    fixture_row_refused(&row);
    memset(row.key.layer, 'x', sizeof row.key.layer - 1);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    char *text = write_table(&results);
    cr_assert_not_null(strstr(text, "\nim2col_gemm: unsupported: NCHW f32 only\n"), "%s", text);
    cr_assert_not_null(strstr(text, "\\x1b\\x1b"));
    free(text);
}

/* Networks have a table of their own, below the layers'; those that were refused say why. */
Test(report_table, networks_come_after_the_layers)
{
    struct cvl_results results;
    struct cvl_row row;
    fixture_results(&results, 1, 1);
    fixture_row_network(&row);
    strcpy(row.key.network, "net");
    row.time.doubt[0] = '\0';
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    fixture_row_refused(&row);
    row.key.layer[0] = '\0';
    row.key.problem = (struct cvl_problem){.form = CVL_STANDARD};
    strcpy(row.key.network, "net");
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    char *text = write_table(&results);
    const char *layers = strstr(text, "\nblock2  nchw f32");
    const char *networks = strstr(text, "\nNetworks, device 0:0, weights included\nNETWORK ");
    cr_assert(layers && networks && layers < networks, "%s", text);
    cr_assert_not_null(strstr(networks,
                              "\nnet      separable  sep_unfused_gemm  nchw f16  1.50 ms  "
                              "3.91 KiB     3.91 KiB  3.91 KiB  block1\n"),
                       "%s", text);
    cr_assert_not_null(
        strstr(networks, "\nnet standard im2col_gemm nchw f32: unsupported: NCHW f32 only\n"), "%s",
        text);
    cr_assert_null(strstr(text, "net  nchw"), "a network is no group of layers");
    free(text);
}

Test(report_table, a_device_of_networks_alone)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    results.devices = calloc(1, sizeof *results.devices);
    results.device_count = 1;
    fixture_device(&results.devices[0], 0);
    fixture_row_network(&row);
    cr_assert_eq(cvl_results_add(&results, &row, NULL), CVL_OK);
    char *text = write_table(&results);
    cr_assert_not_null(strstr(text, "Networks, device 0:0"), "%s", text);
    cr_assert_null(strstr(text, "clock:"), "no heading without layers below it");
    cr_assert_not_null(strstr(text, "0:0 net \"x\" nchw f16 sep_unfused_gemm: doubt: two peaks"),
                       "%s", text);
    free(text);
}
