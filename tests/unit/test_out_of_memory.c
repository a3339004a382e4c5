/* Every operation with its n-th allocation failing, for each n: it says that memory ran out, leaks
 * nothing (the sanitizers would see it), and succeeds the next time.
 *
 * sources: failing_memory.c fixture_results.c
 * wraps: malloc calloc realloc strdup */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/convlens.h>
#include <convlens/import.h>

#include "cli/options.h"
#include "failing_memory.h"
#include "fixture_results.h"
#include "report/choice_formats.h"
#include "report/compare_formats.h"
#include "report/device_formats.h"
#include "report/family.h"
#include "report/kernel_files.h"
#include "report/run_formats.h"
#include "report/trace_formats.h"
#include "report/tuned_formats.h"
#include "result/device_json.h"
#include "result/device_spec.h"
#include "result/fields.h"
#include "result/row_json.h"
#include "scratch.h"
#include "supervise/protocol.h"
#include "supervise/rounds.h"
#include "sweep/cases.h"
#include "trace/trace.h"
#include "tuning/steps.h"
#include "tuning/tuned.h"

/* More allocations than any operation here makes. */
enum { MAX_ALLOCATIONS = 200000 };

typedef enum cvl_status operation(struct cvl_error *err);

/* SQLite does without a cache that it has no memory for: then the operation succeeds, and says
 * itself whether it was whole. */
enum library { NONE, SQLITE };

/* @param step between the allocations that fail: 1 for all of them */
static void expect_survives(const char *name, operation *operate, enum library library, size_t step)
{
    for (size_t n = 1;; n += step) {
        struct cvl_error err = {0};
        failing_memory_arm(n);
        const enum cvl_status status = operate(&err);
        if (!failing_memory_disarm()) {
            cr_expect_eq(status, CVL_OK, "%s: %s", name, err.text);
            cr_expect_gt(n, 1, "%s allocates nothing: no test", name);
            return;
        }
        cr_assert(status == CVL_NO_MEMORY || (library == SQLITE && status == CVL_OK),
                  "%s, allocation %zu: status %s: %s", name, n, cvl_status_name(status), err.text);
        cr_assert_lt(n, MAX_ALLOCATIONS, "%s", name);
    }
}

TestSuite(out_of_memory, .init = failing_memory_begin);

/* jansson 2.14 ends the program where its buffer cannot grow just before an escaped character, such
 * as the quote before a problem's name. With this name none of a message's stands there. */
static const char network_text[] =
    "[sweep]\nname = a net\nforms = separable, standard\nbatch = 1, 2\npasses = forward, training\n"
    "[network]\nresidual = b\nlayers = a, b*2, c\n"
    "[layer a]\nin = 3x9x7\nout = 8\nkernel = 3\nstride = 2\npad = same\nforms = standard\n"
    "[layer b]\nin = 8x5x4\nout = 8\nkernel = 3\npad = same\ncount = 2\n"
    "[layer c]\nin = 8x5x4\nout = 13\nkernel = 3\nstride = 2\npad = same\n";

static struct cvl_sweep sweep; /* read without failures */

static void read_sweep_once(void)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(network_text, "net.ini", &sweep, &err), CVL_OK, "%s",
                 err.text);
}

static enum cvl_status read_text(struct cvl_error *err)
{
    struct cvl_sweep read;
    const enum cvl_status status = cvl_sweep_read_text(network_text, "net.ini", &read, err);
    cvl_sweep_clear(&read);
    return status;
}

static enum cvl_status read_file(struct cvl_error *err)
{
    struct cvl_sweep read;
    const enum cvl_status status =
        cvl_sweep_read(CONVLENS_SOURCE_DIR "/configs/mobilenet_v1.ini", &read, err);
    cvl_sweep_clear(&read);
    return status;
}

static enum cvl_status read_problem(struct cvl_error *err)
{
    struct cvl_sweep read;
    const enum cvl_status status = cvl_sweep_from_problem("separable:ic4ih8oc6kh3ph1", &read, err);
    cvl_sweep_clear(&read);
    return status;
}

Test(out_of_memory, sweeps)
{
    expect_survives("a sweep's text", read_text, NONE, 1);
    expect_survives("a problem", read_problem, NONE, 1);
    expect_survives("a sweep's file", read_file, NONE, 7);
}

static const char *imported_file;

static enum cvl_status import_file(struct cvl_error *err)
{
    static const char *const shapes[] = {"1x3x33x32"};
    const bool is_onnx = strstr(imported_file, ".onnx") != NULL;
    const struct cvl_import_options options = {.shapes = shapes, .shape_count = is_onnx};
    struct cvl_import import;
    char *text = NULL;
    enum cvl_status status = cvl_import_read(imported_file, &options, &import, err);
    if (status == CVL_OK)
        status = cvl_import_to_sweep(&import, &text, err);
    free(text);
    cvl_import_clear(&import);
    return status;
}

Test(out_of_memory, imports)
{
    static const char *const files[] = {
        "unit/models/small.onnx", "unit/models/small.tflite", "unit/models/graph.tflite",
        "fuzz/seeds/benchdnn",    "fuzz/seeds/miopen",        "fuzz/seeds/deepbench",
        "fuzz/seeds/csv",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/tests/%s", CONVLENS_SOURCE_DIR, files[i]);
        imported_file = path;
        expect_survives(files[i], import_file, NONE, 1);
    }
}

static enum cvl_status list_cases(struct cvl_error *err)
{
    const struct cvl_case_filter all = {0};
    struct cvl_case *cases = NULL;
    size_t count = 0;
    const enum cvl_status status = cvl_cases_create(&sweep, 1, &all, &cases, &count, err);
    if (status != CVL_OK)
        return status;
    char *identity = cvl_cases_identity(cases, count, "options");
    char *repro = cvl_case_repro(&cases[0], "0:0", "convlens run --network x", "none", "h100");
    const bool both = identity && repro;
    free(cases);
    free(identity);
    free(repro);
    return both ? CVL_OK : CVL_NO_MEMORY;
}

Test(out_of_memory, cases)
{
    read_sweep_once();
    expect_survives("the list of cases", list_cases, NONE, 1);
    cvl_sweep_clear(&sweep);
}

/* The case that is planned: each variant in turn, of a layer and of a network. */
static enum cvl_status read_options(struct cvl_error *err)
{
    static const char *const words[] = {"run",      "--variant", "direct,sep_*", "--variant",
                                        "pw_gemm",  "--device",  "cpu",          "--layer=it's",
                                        "--format", "csv",       "a.ini"};
    enum { COUNT = sizeof words / sizeof words[0] };
    char *line[COUNT + 1] = {NULL};
    struct cvl_options options;
    for (size_t i = 0; i < COUNT; i++)
        line[i] = (char *)words[i];
    const enum cvl_status status = cvl_options_read(COUNT, line, CVL_FOR_RUN, &options, err);
    cr_expect(status != CVL_OK || options.filter.variants.count == 3);
    cvl_options_clear(&options);
    return status;
}

Test(out_of_memory, options)
{
    expect_survives("command line", read_options, NONE, 1);
}

static struct cvl_case planned;

static enum cvl_status plan_case(struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_plan plan;
    struct cvl_row row;
    cvl_row_init(&row);
    row.key = cvl_case_key(&planned, "0:0");
    enum cvl_status status = cvl_case_plan(&planned, NULL, &device, &plan, err);
    if (status == CVL_OK)
        status = cvl_row_describe(&row, &plan, &device, err);
    cvl_plan_clear(&plan);
    cvl_row_clear(&row);
    return status == CVL_UNSUPPORTED ? CVL_OK : status;
}

Test(out_of_memory, plans)
{
    read_sweep_once();
    for (size_t v = 0; v < cvl_variant_count(); v++)
        for (size_t i = 0; i < sweep.item_count + 1; i++) {
            const bool is_layer = i < sweep.item_count;
            planned = (struct cvl_case){
                .network = is_layer ? &sweep.layers[i] : &sweep.networks[0],
                .variant = cvl_variant_at(v),
            };
            if (is_layer && !cvl_variant_computes(planned.variant, planned.network->form))
                continue;
            if (is_layer)
                expect_survives(cvl_variant_name(planned.variant), plan_case, NONE, 1);
            else if (cvl_variant_computes(planned.variant, planned.network->form))
                expect_survives("a network", plan_case, NONE, 3);
        }
    cvl_sweep_clear(&sweep);
}

static struct cvl_row full_row;
static char *full_json;

static enum cvl_status write_row(struct cvl_error *err)
{
    char *json = cvl_row_to_json(&full_row, true);
    const bool there = json != NULL;
    free(json);
    return there ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no text");
}

static enum cvl_status read_row(struct cvl_error *err)
{
    struct cvl_row row;
    const enum cvl_status status = cvl_row_from_json(full_json, &row, err);
    cvl_row_clear(&row);
    return status;
}

static enum cvl_status add_row(struct cvl_error *err)
{
    struct cvl_results results = {0};
    struct cvl_row row;
    cvl_row_init(&row);
    const enum cvl_status status = cvl_results_add(&results, &row, err);
    cvl_row_clear(&row);
    cvl_results_clear(&results);
    return status;
}

/* A row that is kept gets another round. */
static enum cvl_status time_row(struct cvl_error *err)
{
    struct cvl_rounds rounds = {.budget_s = 0.3};
    struct cvl_row row, further;
    size_t *order = NULL, count = 0;
    enum cvl_status status = cvl_row_from_json(full_json, &row, err);
    if (status == CVL_OK)
        status = cvl_rounds_keep(&rounds, NULL, &row, err);
    cvl_row_clear(&row);
    if (status == CVL_OK)
        status = cvl_rounds_order(&rounds, &order, &count, err);
    free(order);
    if (status == CVL_OK)
        status = cvl_row_from_json(full_json, &further, err);
    if (status == CVL_OK) {
        further.round_count = 1;
        further.rounds[0].samples = (uint32_t)further.sample_count;
        status = cvl_rounds_add(&rounds, 0, &further, err);
        cvl_row_clear(&further);
    }
    cr_expect(status != CVL_OK || rounds.rows[0].row.sample_count == 6);
    cvl_rounds_clear(&rounds);
    return status;
}

Test(out_of_memory, rows)
{
    fixture_row_full(&full_row);
    full_json = cvl_row_to_json(&full_row, true);
    expect_survives("writing a row", write_row, NONE, 1);
    expect_survives("reading a row", read_row, NONE, 1);
    expect_survives("adding a row", add_row, NONE, 1);
    expect_survives("timing a row again", time_row, NONE, 1);
    free(full_json);
    cvl_row_clear(&full_row);
}

static const struct cvl_case *sent;
static char *sent_line;

static enum cvl_status write_job(struct cvl_error *err)
{
    struct cvl_step_choice choices[8] = {{0}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        choices[i].variant = sent->variant;
    char *line = cvl_job_case(CVL_JOB_CASE, sent, choices);
    const bool there = line != NULL;
    if (!sent_line)
        sent_line = line;
    else
        free(line);
    return there ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no line");
}

static enum cvl_status read_job(struct cvl_error *err)
{
    struct cvl_job job;
    const enum cvl_status status = cvl_job_read(sent_line, &job, err);
    cvl_job_clear(&job);
    return status;
}

static enum cvl_status send_options(struct cvl_error *err)
{
    const struct cvl_run_options options = {.budget_s = 1.0, .dump_folder = "x", .library = "a=1"};
    struct cvl_job job;
    char *line = cvl_job_options(&options);
    if (!line)
        return cvl_fail(err, CVL_NO_MEMORY, "no line");
    const enum cvl_status status = cvl_job_read(line, &job, err);
    cvl_job_clear(&job);
    free(line);
    return status;
}

static enum cvl_status send_row(struct cvl_error *err)
{
    struct cvl_message message;
    char *line = cvl_message_row(&full_row);
    if (!line)
        return cvl_fail(err, CVL_NO_MEMORY, "no line");
    const enum cvl_status status = cvl_message_read(line, &message, err);
    cvl_message_clear(&message);
    free(line);
    return status;
}

Test(out_of_memory, messages)
{
    read_sweep_once();
    const struct cvl_case item = {.network = &sweep.networks[0],
                                  .variant = cvl_variant_find("sep_unfused")};
    sent = &item;
    expect_survives("writing a case", write_job, NONE, 1);
    expect_survives("reading a case", read_job, NONE, 1);
    expect_survives("options", send_options, NONE, 1);
    fixture_row_full(&full_row);
    expect_survives("a row", send_row, NONE, 1);
    cvl_row_clear(&full_row);
    free(sent_line);
    cvl_sweep_clear(&sweep);
}

static enum cvl_status tune_steps(struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_values nothing = {0};
    struct cvl_tuning_origin origin = {0};
    struct cvl_tuned_steps steps = {0};
    char *text = NULL;
    enum cvl_status status = cvl_tuning_given_parse("pixels=4,2:vectors=2", &origin, err);
    if (status == CVL_OK)
        status = cvl_tuned_steps_choose(&origin, &device, sent, &steps, err);
    if (status == CVL_OK) {
        text = cvl_tuned_steps_print(&steps, &nothing);
        status = text ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no text");
    }
    free(text);
    cvl_tuned_steps_clear(&steps);
    cvl_tuning_given_clear(&origin);
    return status;
}

Test(out_of_memory, tuning)
{
    read_sweep_once();
    const struct cvl_case item = {.network = &sweep.networks[0],
                                  .variant = cvl_variant_find("sep_unfused")};
    sent = &item;
    expect_survives("tuning of steps", tune_steps, NONE, 3);
    cvl_sweep_clear(&sweep);
}

static char *described_json;

static enum cvl_status read_description(struct cvl_error *err)
{
    struct cvl_device_facts facts;
    return cvl_device_spec_parse(described_json, "a text", &facts, err);
}

static enum cvl_status describe_preset(struct cvl_error *err)
{
    struct cvl_device_facts facts;
    enum cvl_status status = cvl_device_spec_read("h100", &facts, err);
    if (status == CVL_OK) {
        free(described_json);
        described_json = cvl_json_print(cvl_device_json(&facts));
        status = described_json ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no text");
    }
    return status;
}

Test(out_of_memory, descriptions)
{
    expect_survives("writing a description", describe_preset, NONE, 1);
    expect_survives("reading a description", read_description, NONE, 1);
    free(described_json);
}

static struct cvl_plan emitted;

static enum cvl_status emit_kernels(struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_kernel_files *files = NULL;
    enum cvl_status status = cvl_kernel_files_create(scratch_path("kernels"), &device, &files, err);
    if (status == CVL_OK)
        status = cvl_kernel_files_add(files, &emitted, err);
    if (status == CVL_OK)
        status = cvl_kernel_files_finish(files, err);
    cvl_kernel_files_destroy(&files);
    return status;
}

/* The first time for good: a folder whose list is not written yet is refused. */
Test(out_of_memory, kernels_as_files)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = {0};
    scratch_make();
    cr_assert_eq(cvl_problem_parse("ic8ih9oc8kh3ph1", &request.problem, NULL), CVL_OK);
    cr_assert_eq(cvl_variant_plan(cvl_variant_find("direct"), &request, &device, &emitted, NULL),
                 CVL_OK);
    cr_assert_eq(emit_kernels(NULL), CVL_OK);
    expect_survives("kernels as files", emit_kernels, NONE, 1);
    cvl_plan_clear(&emitted);
    scratch_remove();
}

static struct cvl_results reported;
static const struct cvl_writer *writer;

static enum cvl_status write_report(struct cvl_error *err)
{
    FILE *stream = fopen("/dev/null", "w");
    cr_assert_not_null(stream);
    const enum cvl_status status = cvl_results_write(writer, &reported, stream, false, err);
    (void)fclose(stream);
    return status;
}

static bool needs_memory(const struct cvl_writer *one)
{
    static const char *const without[] = {"csv", "markdown", "junit"};
    bool needs = true;
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
        needs &= one != cvl_writer_find(without[i]);
    return needs;
}

Test(out_of_memory, reports)
{
    struct cvl_row row;
    fixture_results(&reported, 2, 2);
    fixture_row_network(&row);
    cr_assert_eq(cvl_results_add(&reported, &row, NULL), CVL_OK);
    for (size_t i = 0; i < cvl_writer_count(); i++) {
        writer = cvl_writer_at(i);
        if (needs_memory(writer))
            expect_survives(cvl_writer_name(writer), write_report, NONE, 1);
    }
    cvl_results_clear(&reported);
}

static const struct cvl_format *format;
static const void *subject;

static enum cvl_status write_subject(struct cvl_error *err)
{
    FILE *stream = fopen("/dev/null", "w");
    cr_assert_not_null(stream);
    const enum cvl_status status = cvl_format_write(format, subject, stream, err);
    (void)fclose(stream);
    return status;
}

static void expect_all_survive(const struct cvl_formats *formats, const void *what)
{
    subject = what;
    for (size_t i = 0; i < formats->count; i++) {
        format = &formats->at[i];
        if (strcmp(format->name, "csv") != 0)
            expect_survives(format->name, write_subject, NONE, 1);
    }
    subject = NULL;
}

Test(out_of_memory, choices)
{
    const struct cvl_choice_rules rules = {CVL_FREED, 1000, 0.1};
    struct cvl_choices choices;
    fixture_results(&reported, 1, 2);
    cr_assert_eq(cvl_choices_create(&reported, &rules, &choices, NULL), CVL_OK);
    expect_all_survive(&cvl_choice_formats, &choices);
    cvl_choices_clear(&choices);
    cvl_results_clear(&reported);
}

static struct cvl_results baseline;

static enum cvl_status compare(struct cvl_error *err)
{
    const struct cvl_compare_rules rules = cvl_compare_rules_default();
    struct cvl_comparison comparison;
    const enum cvl_status status = cvl_compare(&baseline, &reported, &rules, &comparison, err);
    cvl_comparison_clear(&comparison);
    return status;
}

/* A layer whose problem changed, bytes and times that did, and a row that is gone. */
Test(out_of_memory, comparisons)
{
    const struct cvl_compare_rules rules = cvl_compare_rules_default();
    struct cvl_comparison comparison;
    fixture_results(&baseline, 1, 2);
    fixture_results(&reported, 1, 2);
    fixture_row_full(&full_row);
    cr_assert_eq(cvl_results_add(&baseline, &full_row, NULL), CVL_OK);
    for (size_t i = 0; i < 4; i++) {
        reported.rows[i].key.problem.oc++;
        reported.rows[i].computed.peak_bytes[CVL_FREED] += i;
    }
    expect_survives("a comparison", compare, NONE, 1);
    cr_assert_eq(cvl_compare(&baseline, &reported, &rules, &comparison, NULL), CVL_OK);
    const struct cvl_compared compared = {&comparison, &baseline, &reported, "a", "b", true};
    expect_all_survive(&cvl_compare_formats, &compared);
    cvl_comparison_clear(&comparison);
    cvl_results_clear(&baseline);
    cvl_results_clear(&reported);
}

static char *document;

static enum cvl_status read_document(struct cvl_error *err)
{
    struct cvl_results read;
    const enum cvl_status status = cvl_results_from_json(document, &read, err);
    cvl_results_clear(&read);
    return status;
}

static void expect_document_survives(const char *format_name)
{
    size_t size = 0;
    FILE *stream = open_memstream(&document, &size);
    cr_assert_eq(cvl_results_write(cvl_writer_find(format_name), &reported, stream, false, NULL),
                 CVL_OK);
    (void)fclose(stream);
    expect_survives(format_name, read_document, NONE, 3);
    free(document);
}

Test(out_of_memory, documents)
{
    fixture_results(&reported, 1, 1);
    fixture_row_full(&full_row);
    cr_assert_eq(cvl_results_add(&reported, &full_row, NULL), CVL_OK);
    expect_document_survives("json");
    expect_document_survives("baseline");
    cvl_results_clear(&reported);
}

Test(out_of_memory, devices_and_families)
{
    struct cvl_device_facts facts[4];
    struct cvl_platform_facts platform = {.name = "made up", .device_count = 4};
    struct cvl_device_list list = {
        .platforms = &platform, .platform_count = 1, .devices = facts, .device_count = 4};
    for (unsigned i = 0; i < 4; i++)
        fixture_device(&facts[i], i);
    expect_all_survive(&cvl_device_formats, &list);
    expect_all_survive(&cvl_family_formats, cvl_family_at(0));
}

Test(out_of_memory, searches)
{
    struct cvl_tuned tuned = {
        .device = "0:0", .variant = "direct", .layer = "a\xff", .settled = true};
    const struct cvl_tuned_list list = {&tuned, 1};
    tuned.settled_as.asked.count = 1;
    (void)snprintf(tuned.settled_as.asked.at[0].name, sizeof tuned.settled_as.asked.at[0].name,
                   "vec");
    expect_all_survive(&cvl_tuned_formats, &list);
}

Test(out_of_memory, traces)
{
    struct cvl_trace_caller caller = {.name = (char *)"libx\x1b", .objects = 1};
    struct cvl_trace_object object = {.number = 1,
                                      .bytes = 64,
                                      .destroyed_ns = CVL_TRACE_NEVER,
                                      .stack = CVL_TRACE_NONE,
                                      .first_kernel = CVL_TRACE_NONE};
    struct cvl_trace_process process = {.program = (char *)"x",
                                        .command = (char *)"x -y",
                                        .objects = &object,
                                        .object_count = 1,
                                        .callers = &caller,
                                        .caller_count = 1,
                                        .undestroyed = 1,
                                        .peak_event = CVL_TRACE_NONE};
    const struct cvl_trace trace = {
        .command = (char *)"x -y", .processes = &process, .process_count = 1};
    expect_all_survive(&cvl_trace_formats, &trace);
}

static enum cvl_status join_results(struct cvl_error *err)
{
    static const char *const labels[] = {"a", "b"};
    struct cvl_results parts[2] = {0}, out;
    size_t left_out;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < 2 && status == CVL_OK; i++) {
        struct cvl_row row;
        cvl_row_init(&row);
        row.key.device[0] = 'x';
        row.repro = strdup(i ? "second" : "first");
        parts[i].started = strdup("2026-01-01T00:00:00Z");
        status = row.repro && parts[i].started ? cvl_results_add(&parts[i], &row, err)
                                               : cvl_fail(err, CVL_NO_MEMORY, "no part");
        cvl_row_clear(&row);
    }
    if (status == CVL_OK) {
        status = cvl_results_join(parts, labels, 2, &out, &left_out, err);
        cvl_results_clear(&out);
    }
    for (size_t i = 0; i < 2; i++)
        cvl_results_clear(&parts[i]);
    return status;
}

Test(out_of_memory, joining)
{
    expect_survives("joining results", join_results, NONE, 1);
}

static char store_path[64];
static int64_t store_run;

static enum cvl_status record(struct cvl_store *store, struct cvl_error *err)
{
    const struct cvl_results head = {.sweep = "made_up", .command = (char *)"convlens run x"};
    struct cvl_device_facts facts;
    bool resumed;
    fixture_device(&facts, 0);
    enum cvl_status status =
        cvl_store_begin(store, &head, "identity", true, &store_run, &resumed, err);
    if (status == CVL_OK)
        status = cvl_store_put_device(store, store_run, &facts, err);
    if (status == CVL_OK)
        status = cvl_store_put_peaks(store, &facts, err);
    return status == CVL_OK ? cvl_store_put_row(store, store_run, &full_row, err) : status;
}

static enum cvl_status read_store(struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    struct cvl_results results = {0};
    enum cvl_status status = cvl_store_open(store_path, CVL_STORE_READ, &store, err);
    if (status == CVL_OK)
        status = cvl_store_load(store, 0, &results, err);
    if (status == CVL_OK) {
        char *json = results.row_count == 1 ? cvl_row_to_json(&results.rows[0], false) : NULL;
        if (results.row_count == 1 && !json)
            status = cvl_fail(err, CVL_NO_MEMORY, "no text");
        else if (!json || strcmp(json, full_json) != 0)
            status = cvl_fail(err, CVL_FAILED, "got another row: %.80s", json ? json : "none");
        free(json);
    }
    cvl_store_close(&store);
    cvl_results_clear(&results);
    return status;
}

static enum cvl_status write_store(struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    (void)unlink(store_path);
    enum cvl_status status = cvl_store_open(store_path, CVL_STORE_WRITE, &store, err);
    if (status == CVL_OK)
        status = record(store, err);
    cvl_store_close(&store);
    return status == CVL_OK ? read_store(err) : status;
}

static enum cvl_status list_runs(struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    struct cvl_store_runs runs = {0};
    enum cvl_status status = cvl_store_open(store_path, CVL_STORE_READ, &store, err);
    if (status == CVL_OK)
        status = cvl_store_list(store, &runs, err);
    if (status == CVL_OK && (runs.count != 1 || runs.at[0].rows != 1))
        status = cvl_fail(err, CVL_FAILED, "got %zu runs", runs.count);
    cvl_store_runs_clear(&runs);
    cvl_store_close(&store);
    return status;
}

/* Into a store of its own, made anew: all of the other's runs are there, or none. */
static enum cvl_status merge_store(struct cvl_error *err)
{
    char path[96];
    struct cvl_store *from = NULL, *to = NULL;
    struct cvl_store_merged merged = {0};
    (void)snprintf(path, sizeof path, "%s-merged", store_path);
    (void)unlink(path);
    enum cvl_status status = cvl_store_open(store_path, CVL_STORE_READ, &from, err);
    if (status == CVL_OK)
        status = cvl_store_open(path, CVL_STORE_WRITE, &to, err);
    if (status == CVL_OK)
        status = cvl_store_merge(to, &from, 1, &merged, err);
    if (status == CVL_OK && merged.rows_added != 1)
        status = cvl_fail(err, CVL_FAILED, "got %zu rows", merged.rows_added);
    cvl_store_close(&from);
    cvl_store_close(&to);
    return status;
}

static void write_list_of_runs(void)
{
    struct cvl_store *store = NULL;
    struct cvl_store_runs runs;
    cr_assert_eq(cvl_store_open(store_path, CVL_STORE_READ, &store, NULL), CVL_OK);
    cr_assert_eq(cvl_store_list(store, &runs, NULL), CVL_OK);
    expect_all_survive(&cvl_run_formats, &runs);
    cvl_store_runs_clear(&runs);
    cvl_store_close(&store);
}

static void remove_store(void)
{
    static const char *const ends[] = {"",        "-wal",        "-shm",       "-journal",
                                       "-merged", "-merged-wal", "-merged-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s%s", store_path, ends[i]);
        (void)unlink(name);
    }
}

Test(out_of_memory, stores)
{
    (void)snprintf(store_path, sizeof store_path, "/tmp/convlens-memory-XXXXXX");
    const int file = mkstemp(store_path);
    cr_assert_geq(file, 0);
    (void)close(file);
    fixture_row_full(&full_row);
    full_json = cvl_row_to_json(&full_row, false);
    expect_survives("writing a store", write_store, SQLITE, 13);
    expect_survives("reading a store", read_store, SQLITE, 3);
    expect_survives("listing runs", list_runs, SQLITE, 3);
    expect_survives("merging stores", merge_store, SQLITE, 13);
    write_list_of_runs();
    free(full_json);
    cvl_row_clear(&full_row);
    remove_store();
}
