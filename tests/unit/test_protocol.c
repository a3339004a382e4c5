#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/protocol.h"

/* A network of two layers and their sum, and what computes them; a layer where it has no name. */
static struct cvl_network_step steps[3];
static uint32_t inputs[] = {1, CVL_NETWORK_INPUT};
static struct cvl_network network;
static struct cvl_case item;
static const struct cvl_tuning tuning[] = {{"pixels", 7}, {"MIN_INDIRECT", 0}};
static struct cvl_step_choice choices[3];

static void make_case(void)
{
    struct cvl_error err = {0};
    item = (struct cvl_case){.network = &network, .layout = CVL_NCHW, .dtype = CVL_F16};
    item.variant = cvl_variant_find("sep_fused");
    network = (struct cvl_network){.form = CVL_SEPARABLE, .steps = steps, .step_count = 1};
    steps[0] = (struct cvl_network_step){.layer = "it's", .repetition = 2, .repetitions = 5};
    enum cvl_status status =
        cvl_problem_parse("separable:mb2ic5ih17oc7oh9kh3sh2ph1n\"it's\"", &steps[0].problem, &err);
    cr_assert_eq(status, CVL_OK, "%s", err.text);
    choices[0] = (struct cvl_step_choice){.variant = item.variant};
}

static void make_network(void)
{
    make_case();
    strcpy(network.name, "net/mb2");
    network.step_count = 3;
    network.inputs = inputs;
    network.input_count = 2;
    network.input = (struct cvl_shape){2, 5, 17, 17};
    steps[2] = (struct cvl_network_step){.layer = "sum",
                                         .repetition = 1,
                                         .repetitions = 1,
                                         .op = {.kind = CVL_OP_RESHAPE,
                                                .function = CVL_AVERAGE,
                                                .out = {2, 405, 1, 1},
                                                .kh = 1,
                                                .kw = 2,
                                                .sh = 3,
                                                .sw = 4,
                                                .ph = 5,
                                                .pw = 6,
                                                .weights = 7},
                                         .input_count = 1};
    steps[1] = (struct cvl_network_step){.layer = "b", .repetition = 1, .repetitions = 1};
    cr_assert_eq(cvl_problem_parse("pointwise:mb2ic7ih9oc5kh1", &steps[1].problem, NULL), CVL_OK);
    choices[1] = (struct cvl_step_choice){cvl_variant_find("pw_direct"), tuning, 2};
}

/* What a worker reads of it; to be cleared. */
static void read_job(char *line, struct cvl_job *job)
{
    struct cvl_error err = {0};
    cr_assert_not_null(line);
    cr_assert_null(strchr(line, '\n'), "one line");
    cr_assert_eq(cvl_job_read(line, job, &err), CVL_OK, "%s", err.text);
    free(line);
}

static struct cvl_message read_message(char *line)
{
    struct cvl_message message;
    struct cvl_error err = {0};
    cr_assert_not_null(line);
    cr_assert_null(strchr(line, '\n'), "one line");
    cr_assert_eq(cvl_message_read(line, &message, &err), CVL_OK, "%s", err.text);
    free(line);
    return message;
}

Test(protocol, hello_goes_there_and_back)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    snprintf(device.id, sizeof device.id, "1:2");
    snprintf(device.name, sizeof device.name, "a \"quoted\" name\nof two lines");
    device.event_clock = CVL_CLOCK_TRUSTED;
    struct cvl_message message = read_message(cvl_message_hello(&device));
    cr_assert_eq(message.kind, CVL_MESSAGE_HELLO);
    cr_expect_str_eq(message.device.id, "1:2");
    cr_expect_str_eq(message.device.name, device.name);
    cr_expect_eq(message.device.event_clock, CVL_CLOCK_TRUSTED);
    cr_expect_eq(message.device.memory_bytes, device.memory_bytes);
    cvl_message_clear(&message);
}

Test(protocol, step_goes_there_and_is_cut_to_fit)
{
    struct cvl_message message = read_message(cvl_message_step("memory/freed_pinned"));
    cr_expect_eq(message.kind, CVL_MESSAGE_STEP);
    cr_expect_str_eq(message.step, "memory/freed_pinned");
    message = read_message(cvl_message_step("a step whose name is longer than there is room"));
    cr_expect_str_eq(message.step, "a step whose name is longer tha");
}

Test(protocol, row_goes_there_and_back_with_what_it_owns)
{
    struct cvl_row row;
    make_case();
    cvl_row_init(&row);
    row.key.problem = steps[0].problem;
    row.key.layout = item.layout;
    row.key.dtype = item.dtype;
    snprintf(row.key.device, sizeof row.key.device, "0:0");
    snprintf(row.key.variant, sizeof row.key.variant, "sep_fused");
    row.status = CVL_ROW_CRASHED;
    snprintf(row.reason, sizeof row.reason, "not UTF-8: \xFF");
    row.samples_s = calloc(2, sizeof *row.samples_s);
    row.sample_count = 2;
    row.samples_s[1] = 0.25;
    struct cvl_message message = read_message(cvl_message_row(&row));
    cvl_row_clear(&row);
    cr_assert_eq(message.kind, CVL_MESSAGE_ROW);
    cr_expect_str_eq(message.row.key.variant, "sep_fused");
    cr_expect_eq(message.row.status, CVL_ROW_CRASHED);
    cr_expect_str_eq(message.row.reason, "not UTF-8: \\xff");
    cr_expect(cvl_problem_equal(&message.row.key.problem, &steps[0].problem));
    cr_assert_eq(message.row.sample_count, 2);
    cr_expect_eq(message.row.samples_s[1], 0.25);
    cvl_message_clear(&message);
    cr_expect_null(message.row.samples_s);
}

Test(protocol, error_goes_there_and_back)
{
    struct cvl_error error = {CVL_NO_DEVICE, "device \xC0 9:9 is not there"};
    struct cvl_message message = read_message(cvl_message_error(&error));
    cr_expect_eq(message.kind, CVL_MESSAGE_ERROR);
    cr_expect_eq(message.error.status, CVL_NO_DEVICE);
    cr_expect_str_eq(message.error.text, "device \\xc0 9:9 is not there");
}

/* A network's row has its layers, and a key without a problem. */
Test(protocol, a_networks_row_goes_there_and_back)
{
    struct cvl_row row;
    make_network();
    cvl_row_init(&row);
    snprintf(row.key.network, sizeof row.key.network, "net/mb2");
    row.key.problem.form = CVL_SEPARABLE;
    row.key.dtype = CVL_F16;
    snprintf(row.key.variant, sizeof row.key.variant, "sep_fused");
    row.layers = calloc(2, sizeof *row.layers);
    row.layers_count = 2;
    snprintf(row.layers[1].layer, sizeof row.layers[1].layer, "b");
    snprintf(row.layers[1].tuning, sizeof row.layers[1].tuning, "pixels=7");
    row.layers[1].counted_peak_bytes = 1234;
    row.layers[0].counted_peak_bytes = CVL_ABSENT;
    struct cvl_message message = read_message(cvl_message_row(&row));
    const struct cvl_key key = row.key;
    cvl_row_clear(&row);
    cr_assert_eq(message.kind, CVL_MESSAGE_ROW);
    cr_expect_eq(cvl_key_compare(&message.row.key, &key, CVL_KEY_ALL), 0);
    cr_assert_eq(message.row.layers_count, 2);
    cr_expect_str_eq(message.row.layers[1].layer, "b");
    cr_expect_str_eq(message.row.layers[1].tuning, "pixels=7");
    cr_expect_eq(message.row.layers[1].counted_peak_bytes, 1234);
    cr_expect_eq(message.row.layers[0].counted_peak_bytes, CVL_ABSENT);
    cvl_message_clear(&message);
    cr_expect_null(message.row.layers);
}

Test(protocol, training_goes_there_and_back)
{
    make_case();
    item.passes = CVL_TRAINING;
    item.optimizer = CVL_ADAM;
    struct cvl_job job;
    read_job(cvl_job_case(CVL_JOB_CASE, &item, choices), &job);
    cr_expect_eq(job.item.passes, CVL_TRAINING);
    cr_expect_eq(job.item.optimizer, CVL_ADAM);
    cr_expect_eq(job.item.layout, CVL_NCHW);
    cvl_job_clear(&job);
}

Test(protocol, a_measurement_is_asked_for_and_told)
{
    struct cvl_job job;
    read_job(cvl_job_measure(), &job);
    cr_expect_eq(job.kind, CVL_JOB_MEASURE);
    cvl_job_clear(&job);
    struct cvl_device_peaks peaks = cvl_device_peaks_none();
    snprintf(peaks.measured, sizeof peaks.measured, "2026-01-02T03:04:05Z");
    peaks.launch_s = 3.5e-5;
    struct cvl_message message = read_message(cvl_message_peaks(&peaks));
    cr_expect_eq(message.kind, CVL_MESSAGE_PEAKS);
    cr_expect_str_eq(message.peaks.measured, "2026-01-02T03:04:05Z");
    cr_expect_eq(message.peaks.launch_s, 3.5e-5);
    cr_expect(isnan(message.peaks.f32_flops_per_s));
}

Test(protocol, a_layer_goes_there_and_back)
{
    make_case();
    struct cvl_job job;
    read_job(cvl_job_case(CVL_JOB_CASE, &item, choices), &job);
    cr_assert_eq(job.kind, CVL_JOB_CASE);
    cr_expect_eq(job.item.variant, item.variant);
    cr_expect_eq(job.item.layout, CVL_NCHW);
    cr_expect_eq(job.item.dtype, CVL_F16);
    cr_expect_eq(job.item.passes, CVL_FORWARD);
    cr_assert_eq(job.item.network, &job.network);
    cr_expect(cvl_network_is_layer(&job.network));
    cr_expect(cvl_network_equal(&job.network, &network));
    cr_expect_str_eq(job.network.steps[0].problem.name, "it's");
    cr_expect_eq(job.network.steps[0].repetition, 2);
    cr_expect_eq(job.network.steps[0].repetitions, 5);
    cr_expect_eq(job.choices[0].variant, item.variant);
    cr_expect_eq(job.choices[0].tuning_count, 0);
    cvl_job_clear(&job);
    cr_expect_null(job.network.steps);
}

Test(protocol, a_further_round_is_asked_for)
{
    make_case();
    struct cvl_job job;
    read_job(cvl_job_case(CVL_JOB_TIME, &item, choices), &job);
    cr_assert_eq(job.kind, CVL_JOB_TIME);
    cr_expect_eq(job.item.variant, item.variant);
    cr_expect(cvl_network_equal(&job.network, &network));
    cvl_job_clear(&job);
}

/* Both of its layers with what computes them, and what is no convolution. */
Test(protocol, a_network_goes_there_and_back)
{
    make_network();
    struct cvl_job job;
    read_job(cvl_job_case(CVL_JOB_CASE, &item, choices), &job);
    cr_assert_eq(job.kind, CVL_JOB_CASE);
    cr_expect_str_eq(job.network.name, "net/mb2");
    cr_expect_eq(job.network.form, CVL_SEPARABLE);
    cr_expect(cvl_network_equal(&job.network, &network));
    cr_assert_eq(job.network.step_count, 3);
    cr_expect_eq(job.network.input.c, 5);
    cr_expect_eq(job.choices[0].variant, choices[0].variant);
    cr_expect_eq(job.choices[0].tuning_count, 0);
    cr_expect_eq(job.choices[1].variant, choices[1].variant);
    cr_assert_eq(job.choices[1].tuning_count, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_str_eq(job.choices[1].tuning[i].name, tuning[i].name);
        cr_expect_eq(job.choices[1].tuning[i].value, tuning[i].value);
    }
    cr_expect_null(job.choices[2].variant);
    cr_expect_eq(job.network.steps[2].op.weights, 7);
    cvl_job_clear(&job);
}

Test(protocol, options_go_there_and_back)
{
    const struct cvl_run_options options = {
        .time_only = true, .budget_s = 0.02, .hopeless_s = 1.25e-3, .library = "MWG=64,NWG=32"};
    struct cvl_job job;
    read_job(cvl_job_options(&options), &job);
    cr_assert_eq(job.kind, CVL_JOB_OPTIONS);
    cr_expect(job.options.time_only);
    cr_expect_eq(job.options.budget_s, 0.02);
    cr_expect_eq(job.options.hopeless_s, 1.25e-3);
    cr_expect_str_eq(job.options.library, "MWG=64,NWG=32");
    cr_expect_null(job.options.dump_folder);
    cvl_job_clear(&job);
    cr_expect_null(job.options.library);
}

Test(protocol, device_list_goes_there_and_back)
{
    struct cvl_platform_facts platforms[2] = {{.name = "one", .device_count = 1},
                                              {.name = "two", .problem = "no device"}};
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_device_list list = {platforms, 2, &device, 1}, back;
    struct cvl_error err = {0};
    char *line = cvl_device_list_write(&list);
    cr_assert_eq(cvl_device_list_read(line, &back, &err), CVL_OK, "%s", err.text);
    free(line);
    cr_assert_eq(back.platform_count, 2);
    cr_expect_str_eq(back.platforms[1].problem, "no device");
    cr_assert_eq(back.device_count, 1);
    cr_expect_str_eq(back.devices[0].id, device.id);
    cvl_device_list_clear(&back);
}

/* Lines that are no message of a worker, each for a reason of its own. */
static const char *const rubbish[] = {
    "",
    "{",
    "[]",
    "{}",
    "null",
    "17",
    "\xFF\xFE",
    "pocl: warning: something",
    "{\"step\": 5}",
    "{\"step\": \"a\", \"step\": \"b\"}",
    "{\"step\": \"a\"} {\"step\": \"b\"}",
    "{\"hello\": null}",
    "{\"hello\": \"0:0\"}",
    "{\"hello\": {}}",
    "{\"row\": []}",
    "{\"row\": {}}",
    "{\"row\": {\"status\": \"ok\"}}",
    "{\"error\": 5, \"status\": 12}",
    "{\"error\": \"without a status\"}",
    "{\"error\": \"of success\", \"status\": 0}",
    "{\"error\": \"of no known status\", \"status\": 1000}",
    "{\"error\": \"of a text for status\", \"status\": \"failed\"}",
};

Test(protocol, rubbish_is_no_message)
{
    for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
        struct cvl_message message;
        struct cvl_error err = {0};
        cr_expect_eq(cvl_message_read(rubbish[i], &message, &err), CVL_BAD_INPUT, "%s", rubbish[i]);
        cr_expect_neq(err.text[0], '\0', "%s: a reason", rubbish[i]);
        cvl_message_clear(&message);
    }
}

Test(protocol, nesting_without_end_is_no_message)
{
    struct cvl_message message;
    static char deep[1 << 20];
    memset(deep, '[', sizeof deep - 1);
    cr_expect_eq(cvl_message_read(deep, &message, NULL), CVL_BAD_INPUT);
}

#define TUNED(tuning)                                                                              \
    "{\"layer\": \"a\", \"repetition\": 1, \"repetitions\": 1, \"problem\": \"ic8ih7oc8kh1\", "    \
    "\"variant\": \"direct\", \"tuning\": " tuning "}"
#define STEP TUNED("{}")
#define NAMES                                                                                      \
    "\"network\": \"x\", \"form\": \"standard\", \"variant\": \"direct\", \"layout\": \"nhwc\", "  \
    "\"dtype\": \"f32\", \"passes\": \"forward\", \"optimizer\": \"sgd\""
#define CASE(steps) "{\"case\": {" NAMES ", \"input\": [1, 8, 7, 7], \"steps\": " steps "}}"
#define READS(inputs, op)                                                                          \
    "{\"layer\": \"b\", \"repetition\": 1, \"repetitions\": 1, \"inputs\": " inputs                \
    ", \"op\": {" op "}}"
#define SIZES                                                                                      \
    "\"out\": [1, 8, 7, 7], \"window\": [0, 0, 0, 0, 0, 0], \"at\": [0, 0], \"weights\": 0"
#define ADD     "\"kind\": \"add\", \"function\": \"none\", " SIZES
#define SIXTEEN "0123456789abcdef"
#define LONG    SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* What the lines below are made of is right. */
Test(protocol, a_case_by_hand_is_read)
{
    struct cvl_job job;
    read_job(strdup(CASE("[" STEP ", " READS("[0, -1]", ADD) "]")), &job);
    cr_expect_eq(job.network.step_count, 2);
    cr_expect_eq(cvl_network_input(&job.network, 1, 1), CVL_NETWORK_INPUT);
    cvl_job_clear(&job);
}

static void expect_refused(const char *line)
{
    struct cvl_job job;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_job_read(line, &job, &err), CVL_BAD_INPUT, "%s", line);
    cr_expect_neq(err.text[0], '\0', "%s: a reason", line);
    cvl_job_clear(&job);
}

Test(protocol, rubbish_is_no_job)
{
    static const char *const lines[] = {
        "",
        "{}",
        "[1]",
        "null",
        "{\"measure\": false}",
        "{\"options\": null}",
        "{\"options\": 7}",
        "{\"options\": {\"time_only\": 1}}",
        "{\"options\": {\"budget_s\": \"soon\"}}",
        "{\"options\": {\"library\": 5}}",
        "{\"case\": 7}",
        "{\"case\": {}}",
        CASE("[]"),
        CASE("7"),
        CASE("[7]"),
        CASE("[{}]"),
        CASE("[" TUNED("5") "]"),
        CASE("[" TUNED("null") "]"),
        CASE("[" TUNED("{\"pixels\": -1}") "]"),
        CASE("[" TUNED("{\"pixels\": \"7\"}") "]"),
        CASE("[" TUNED("{\"pixels\": 2147483648}") "]"),
        CASE("[" TUNED("{\"a name without an end\": 1}") "]"),
        CASE("[" STEP ", " READS("[1, 0]", ADD) "]"),
        CASE("[" STEP ", " READS("[0]", ADD) "]"),
        CASE("[" STEP ", " READS("[0, 9]", ADD) "]"),
        CASE("[" STEP
             ", " READS("[0, 0]", "\"kind\": \"nope\", \"function\": \"none\", " SIZES) "]"),
        CASE("[" STEP ", " READS("[0, 0]", "\"kind\": \"add\", \"function\": 7, " SIZES) "]"),
        CASE("[" STEP ", " READS("[0, 0]", "\"kind\": \"add\", \"function\": \"none\"") "]"),
        "{\"case\": {" NAMES ", \"input\": [1], \"steps\": [" STEP "]}}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_refused(lines[i]);
}

/* Each name of a case in turn is one that there is not. */
Test(protocol, a_case_of_unknown_names_is_refused)
{
    static const char *const names[][2] = {
        {"\"network\": \"x\"", "\"network\": \"" LONG "\""},
        {"\"form\": \"standard\"", "\"form\": \"square\""},
        {"\"layout\": \"nhwc\"", "\"layout\": \"x\""},
        {"\"dtype\": \"f32\"", "\"dtype\": 32"},
        {"\"passes\": \"forward\"", "\"passes\": \"backward\""},
        {"\"optimizer\": \"sgd\"", "\"optimizer\": \"\""},
        {"\"layer\": \"a\"", "\"layer\": \"" LONG "\""},
        {"\"problem\": \"ic8ih7oc8kh1\"", "\"problem\": 5"},
        {"\"problem\": \"ic8ih7oc8kh1\"", "\"problem\": \"ic8ih7oc8kh9\""},
        {"\"variant\": \"direct\", \"layout\"", "\"variant\": \"nope\", \"layout\""},
        {"\"variant\": \"direct\", \"tuning\"", "\"variant\": \"nope\", \"tuning\""},
    };
    static const char right[] = CASE("[" STEP "]");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char wrong[sizeof right + 128];
        const char *at = strstr(right, names[i][0]);
        cr_assert_not_null(at, "%s", names[i][0]);
        snprintf(wrong, sizeof wrong, "%.*s%s%s", (int)(at - right), right, names[i][1],
                 at + strlen(names[i][0]));
        expect_refused(wrong);
    }
}

Test(protocol, a_case_of_too_many_layers_is_refused)
{
    static char steps_text[(CVL_NETWORK_STEPS_MAX + 1) * sizeof(STEP ", ")];
    static char line[sizeof steps_text + 512];
    size_t used = 0;
    for (int i = 0; i <= CVL_NETWORK_STEPS_MAX; i++)
        used += (size_t)snprintf(steps_text + used, sizeof steps_text - used, "%s" STEP,
                                 i > 0 ? ", " : "");
    snprintf(line, sizeof line, "{\"case\": {" NAMES ", \"steps\": [%s], \"residuals\": []}}",
             steps_text);
    expect_refused(line);
}

Test(protocol, nesting_without_end_is_no_job)
{
    static char deep[1 << 20];
    memset(deep, '[', sizeof deep - 1);
    expect_refused(deep);
}

Test(protocol, rubbish_is_no_device_list)
{
    static const char *const lists[] = {
        "",
        "{}",
        "{\"platforms\": 5, \"devices\": []}",
        "{\"platforms\": [], \"devices\": {\"id\": \"0:0\"}}",
        "{\"platforms\": [5], \"devices\": []}",
        "{\"platforms\": [], \"devices\": [null]}",
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct cvl_device_list list;
        cr_expect_eq(cvl_device_list_read(lists[i], &list, NULL), CVL_BAD_INPUT, "%s", lists[i]);
        cr_expect_null(list.platforms, "nothing is left: %s", lists[i]);
        cr_expect_null(list.devices);
    }
}
