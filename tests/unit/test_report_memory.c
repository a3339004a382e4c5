/* sources: fixture_results.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/report.h>

#include "fixture_results.h"

static char *write_report(const char *writer, struct cvl_row *row)
{
    struct cvl_results results = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct cvl_error err = {0};
    results.devices = calloc(1, sizeof *results.devices);
    results.device_count = 1;
    fixture_device(&results.devices[0], 0);
    cr_assert_eq(cvl_results_add(&results, row, NULL), CVL_OK);
    cr_assert_eq(cvl_results_write(cvl_writer_find(writer), &results, stream, false, &err), CVL_OK,
                 "%s", err.text);
    cr_assert_eq(fclose(stream), 0);
    cvl_results_clear(&results);
    return text;
}

/* Wide enough for the whole table of stages. */
static void set_width(void)
{
    cr_assert_eq(setenv("COLUMNS", "100", 1), 0);
}
TestSuite(report_memory, .init = set_width);

static void expect(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "no \"%s\" in\n%s", part, text);
}

/* Of the pass under `freed`; there is room for it. */
static void add_event(struct cvl_row *row, uint32_t stage, const char *event, const char *name,
                      uint64_t bytes, uint64_t live_bytes)
{
    struct cvl_row_allocation *at = &row->allocations[row->allocation_count++];
    *at = (struct cvl_row_allocation){
        .policy = CVL_FREED, .stage = stage, .bytes = bytes, .live_bytes = live_bytes};
    (void)snprintf(at->event, sizeof at->event, "%s", event);
    (void)snprintf(at->owner, sizeof at->owner, "%s", *name ? "own" : "library");
    (void)snprintf(at->name, sizeof at->name, "%s", name);
}

/* Two stages under `freed`: an input and an intermediate, then the intermediate and an output; load
 * stages come before them. What has no name is a library's. */
static void make_row(struct cvl_row *row)
{
    fixture_row_full(row);
    row->allocations = realloc(row->allocations, 7 * sizeof *row->allocations);
    row->allocation_count = 0;
    add_event(row, 2, "create", "input", 8192, 8192);
    add_event(row, 2, "create", "middle", 4096, 12288);
    add_event(row, 2, "release", "input", 8192, 12288);
    add_event(row, 2, "destroy", "input", 8192, 4096);
    add_event(row, 3, "create", "output", 2048, 6144);
    add_event(row, 3, "create", "", 512, 6656);
    add_event(row, 3, "release", "middle", 4096, 6656);
    row->stages[0].computed_bytes = row->stages[0].live_bytes = 12288;
    row->stages[0].measured_bytes = 16384;
    row->stages[0].resident_bytes = 12288;
    row->stages[1].computed_bytes = 6144;
    row->stages[1].live_bytes = 6656;
    row->stages[1].measured_bytes = 4096;
    row->stages[1].resident_bytes = 6144;
}

Test(report_memory, policies_stages_and_pictures)
{
    struct cvl_row row;
    make_row(&row);
    char *text = write_report("memory", &row);
    expect(text, "0:0 block2 nchw f16 sep_unfused_gemm\n");
    expect(text, "host_rss: process, steps of 4.00 KiB; shown as measured; 12.0 KiB kept when all "
                 "is released\n");
    expect(text, "nvml_device: device, steps of 4.00 KiB; freed peaks at 2 B; a note\n");
    expect(text, "host_mincore: buffers, steps of 4.00 KiB; a reason\n");
    expect(text, "policy        computed   counted  measured  resident       rest  unexplained\n");
    expect(text, "freed         1.95 KiB  3.91 KiB  8.00 KiB         -  +4.09 KiB          0 B\n");
    expect(text,
           "stage      computed   counted  measured  resident       rest  unexplained  private  "
           "local  program\n");
    expect(text,
           "depthwise  12.0 KiB  12.0 KiB  16.0 KiB  12.0 KiB  +4.00 KiB          0 B     90 B  "
           "100 B     80 B\n");
    expect(text,
           "pointwise  6.00 KiB  6.50 KiB  4.00 KiB  6.00 KiB  -2.50 KiB          0 B        -  "
           "    -        -\n");
    expect(text, "|######################################++++++++++++| 12.0 KiB\n");
    expect(text, "|#############.......                              | 6.50 KiB\n");
    expect(text, "  input                 8.00 KiB |#.|\n");
    expect(text, "  middle                4.00 KiB |##|\n");
    expect(text, "  output                2.00 KiB |.#|\n");
    expect(text, "  library                  512 B |.#|\n");
    expect(text, "1 of 1 rows counted and measured; in 0 of them");
    free(text);
}

Test(report_memory, a_network_is_headed_by_its_name)
{
    struct cvl_row row;
    fixture_row_network(&row);
    char *text = write_report("memory", &row);
    expect(text, "0:0 net \"x\" nchw f16 sep_unfused_gemm\n");
    expect(text, "\nblock1: depthwise ");
    expect(text, "1 of 1 rows counted and measured; in 0 of them");
    free(text);
}

static void mark(struct cvl_row *row)
{
    row->measured.peak_bytes[CVL_ARENA] = 5 << 20;
    row->measured.kept_bytes = 0;
}

Test(report_memory, what_nothing_explains_is_marked)
{
    struct cvl_row row;
    make_row(&row);
    mark(&row);
    char *text = write_report("memory", &row);
    expect(text, "sep_unfused_gemm: bytes that nothing explains\n");
    expect(text, "+5.00 MiB   +5.00 MiB!");
    expect(text, "in 1 of them more than 1 MiB and 5 % of the bytes is unexplained (marked !)");
    free(text);
    make_row(&row);
    mark(&row);
    text = write_report("table", &row);
    expect(text, "doubt: two peaks; measured 5.00 MiB more than the 3.91 KiB\n    counted under "
                 "arena, unexplained (see --memory)\n");
    free(text);
    make_row(&row);
    mark(&row);
    row.time.doubt[0] = '\0';
    text = write_report("table", &row);
    expect(text, "doubt: measured 5.00 MiB more than");
    free(text);
}

Test(report_memory, very_many_stages_are_cut)
{
    struct cvl_row row;
    make_row(&row);
    row.stages = realloc(row.stages, 200 * sizeof *row.stages);
    for (size_t s = 2; s < 200; s++)
        row.stages[s] = row.stages[1];
    row.stage_count = 200;
    (void)snprintf(row.stages[12].name, sizeof row.stages[12].name, "hidden");
    (void)snprintf(row.stages[196].name, sizeof row.stages[196].name, "tail");
    char *text = write_report("memory", &row);
    expect(text, "  ... 184 more\n");
    expect(text, "\ntail ");
    cr_expect_null(strstr(text, "hidden"));
    expect(text, "  input                 8.00 KiB |#...........................................");
    free(text);
}

Test(report_memory, rows_without_figures)
{
    struct cvl_row row;
    fixture_row_refused(&row);
    char *text = write_report("memory", &row);
    cr_expect_str_eq(text, "0 of 1 rows counted and measured; in 0 of them more than 1 MiB and 5 % "
                           "of the bytes is unexplained\n");
    free(text);
    make_row(&row);
    row.has_measured = row.has_counted = false;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        row.measured.peak_bytes[p] = row.counted.peak_bytes[p] = CVL_ABSENT;
    row.probe_count = 0;
    strcpy(row.measured.reason, "no probe answers for this device");
    text = write_report("memory", &row);
    expect(text, "\nno probe answers for this device\n");
    expect(text, "arena         1.96 KiB        -         -         -     -            -\n");
    free(text);
}

Test(report_memory, hostile_names)
{
    struct cvl_row row;
    fixture_row_hostile(&row);
    strcpy(row.probes[1].note, "\x1b[2J");
    strcpy(row.allocations[0].name, "\x1b[31m");
    char *text = write_report("memory", &row);
    for (const char *c = text; *c != '\0'; c++)
        cr_assert((unsigned char)*c >= 0x20 || *c == '\n', "\\x%02x", (unsigned char)*c);
    expect(text, "\\x1b[2J");
    free(text);
}
