#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/protocol.h"

static struct cvl_request make_case(void)
{
    struct cvl_error err = {0};
    struct cvl_request request = {.layout = CVL_NCHW, .dtype = CVL_F16};
    enum cvl_status status =
        cvl_problem_parse("separable:mb2ic5ih17oc7oh9kh3sh2ph1n\"it's\"", &request.problem, &err);
    cr_assert_eq(status, CVL_OK, "%s", err.text);
    return request;
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
    struct cvl_request request = make_case();
    cvl_row_init(&row);
    row.key.problem = request.problem;
    row.key.layout = request.layout;
    row.key.dtype = request.dtype;
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
    cr_expect(cvl_problem_equal(&message.row.key.problem, &request.problem));
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

Test(protocol, training_goes_there_and_back)
{
    struct cvl_job request = {.task = make_case(), .variant = cvl_variant_at(0)}, back;
    request.task.passes = CVL_TRAINING;
    request.task.optimizer = CVL_ADAM;
    char *line = cvl_job_write(&request);
    cr_assert_eq(cvl_job_read(line, &back, NULL), CVL_OK);
    free(line);
    cr_expect_eq(back.task.passes, CVL_TRAINING);
    cr_expect_eq(back.task.optimizer, CVL_ADAM);
    cr_expect_eq(back.task.layout, CVL_NCHW);
}

Test(protocol, a_measurement_is_asked_for_and_told)
{
    struct cvl_job request = {.is_measure = true}, back;
    char *line = cvl_job_write(&request);
    cr_assert_eq(cvl_job_read(line, &back, NULL), CVL_OK);
    free(line);
    cr_expect(back.is_measure && !back.is_trial);
    cr_expect_null(back.variant);
    struct cvl_device_peaks peaks = cvl_device_peaks_none();
    snprintf(peaks.measured, sizeof peaks.measured, "2026-01-02T03:04:05Z");
    peaks.launch_s = 3.5e-5;
    struct cvl_message message = read_message(cvl_message_peaks(&peaks));
    cr_expect_eq(message.kind, CVL_MESSAGE_PEAKS);
    cr_expect_str_eq(message.peaks.measured, "2026-01-02T03:04:05Z");
    cr_expect_eq(message.peaks.launch_s, 3.5e-5);
    cr_expect(isnan(message.peaks.f32_flops_per_s));
}

Test(protocol, request_goes_there_and_back)
{
    struct cvl_error err = {0};
    struct cvl_job request = {.task = make_case(), .variant = cvl_variant_find("sep_fused")};
    struct cvl_job back;
    cr_assert_not_null(request.variant);
    char *line = cvl_job_write(&request);
    cr_assert_eq(cvl_job_read(line, &back, &err), CVL_OK, "%s", err.text);
    free(line);
    cr_expect_eq(back.variant, request.variant);
    cr_expect(cvl_problem_equal(&back.task.problem, &request.task.problem));
    cr_expect_str_eq(back.task.problem.name, "it's");
    cr_expect_eq(back.task.layout, CVL_NCHW);
    cr_expect_eq(back.task.dtype, CVL_F16);
    cr_expect_eq(back.tuning.count, 0);
    cr_expect_not(back.is_trial);
}

Test(protocol, a_trial_goes_there_and_back_with_its_tuning)
{
    struct cvl_error err = {0};
    struct cvl_job request = {.task = make_case(),
                              .variant = cvl_variant_find("sep_fused"),
                              .is_trial = true,
                              .budget_s = 0.02,
                              .hopeless_s = 1.25e-3};
    struct cvl_job back;
    char text[CVL_VALUES_TEXT_BYTES];
    cr_assert(cvl_values_set(&request.tuning, "pixels", 7));
    cr_assert(cvl_values_set(&request.tuning, "MIN_INDIRECT", 0));
    char *line = cvl_job_write(&request);
    cr_assert_eq(cvl_job_read(line, &back, &err), CVL_OK, "%s", err.text);
    free(line);
    cvl_values_print(&back.tuning, text);
    cr_expect_str_eq(text, "MIN_INDIRECT=0,pixels=7");
    cr_expect(back.is_trial);
    cr_expect_eq(back.budget_s, 0.02);
    cr_expect_eq(back.hopeless_s, 1.25e-3);
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

#define REQUEST                                                                                    \
    "{\"problem\": \"ic8ih7oc8kh1\", \"layout\": \"nhwc\", \"dtype\": \"f32\", \"variant\": "      \
    "\"direct\""

Test(protocol, rubbish_is_no_request)
{
    static const char *const requests[] = {
        "",
        "{}",
        "[1]",
        "{\"problem\": 5, \"layout\": \"nhwc\", \"dtype\": \"f32\", \"variant\": \"direct\"}",
        "{\"problem\": \"ic8ih7oc8kh1\", \"layout\": \"x\", \"dtype\": \"f32\", \"variant\": "
        "\"direct\"}",
        "{\"problem\": \"ic8ih7oc8kh1\", \"layout\": \"nhwc\", \"dtype\": \"f32\"}",
        "{\"problem\": \"ic8ih7oc8kh1\", \"layout\": \"nhwc\", \"dtype\": \"f32\", \"variant\": "
        "\"nope\"}",
        REQUEST "}",
        REQUEST ", \"tuning\": {}}",
        REQUEST ", \"tuning\": 5, \"trial\": null}",
        REQUEST ", \"tuning\": {\"pixels\": -1}, \"trial\": null}",
        REQUEST ", \"tuning\": {\"pixels\": \"7\"}, \"trial\": null}",
        REQUEST ", \"tuning\": {\"a name without an end\": 1}, \"trial\": null}",
        REQUEST ", \"tuning\": {}, \"trial\": {\"budget_s\": 1}}",
        REQUEST ", \"tuning\": {}, \"trial\": {\"budget_s\": 0, \"hopeless_s\": 0}}",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct cvl_job request;
        cr_expect_eq(cvl_job_read(requests[i], &request, NULL), CVL_BAD_INPUT, "%s", requests[i]);
    }
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
        cr_expect_null(list.platforms, "nothing is left behind: %s", lists[i]);
        cr_expect_null(list.devices);
    }
}
