#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "probes/probe_watch.h"

TestSuite(probe_watch, .timeout = 1200);

/* Probes whose answers are scripts: one reading after the other, the last one for ever. */
struct script {
    const struct cvl_probe_reading *at;
    size_t count, next;
    size_t fails_at; /* reading that fails; 0: none does (the first is taken at creation) */
    uint64_t own_peak;
    bool closed;
};

static struct script scripts[3];

static enum cvl_status read_script(struct script *script, struct cvl_probe_reading *out,
                                   struct cvl_error *err)
{
    size_t index = script->next++;
    if (script->fails_at > 0 && index == script->fails_at)
        return cvl_fail(err, CVL_FAILED, "memory/fake: gone\x1b");
    *out = script->at[index < script->count ? index : script->count - 1];
    return CVL_OK;
}

#define FAKE(number)                                                                               \
    static enum cvl_status open_##number(const struct cvl_probe_context *context, void **state,    \
                                         struct cvl_error *err)                                    \
    {                                                                                              \
        (void)context, (void)err;                                                                  \
        *state = &scripts[number];                                                                 \
        return CVL_OK;                                                                             \
    }                                                                                              \
    static enum cvl_status read_##number(const struct cvl_probe_context *context, void *state,     \
                                         struct cvl_probe_reading *out, struct cvl_error *err)     \
    {                                                                                              \
        (void)context;                                                                             \
        cr_assert_eq(state, &scripts[number]);                                                     \
        return read_script(state, out, err);                                                       \
    }

FAKE(0)
FAKE(1)
FAKE(2)

static void close_any(void *state)
{
    ((struct script *)state)->closed = true;
}

static enum cvl_status reset_0(const struct cvl_probe_context *context, struct cvl_error *err)
{
    (void)context, (void)err;
    return CVL_OK;
}

static enum cvl_status peak_0(const struct cvl_probe_context *context,
                              struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)context, (void)err;
    out->bytes = scripts[0].own_peak;
    return CVL_OK;
}

static bool no(const struct cvl_device_facts *device)
{
    (void)device;
    return false;
}

static const struct cvl_probe by_process = {.name = "by_process",
                                            .scope = CVL_SCOPE_PROCESS,
                                            .resolution_bytes = 4,
                                            .open = open_0,
                                            .close = close_any,
                                            .read = read_0,
                                            .reset_peak = reset_0,
                                            .read_peak = peak_0};
static const struct cvl_probe by_device = {.name = "by_device",
                                           .scope = CVL_SCOPE_DEVICE,
                                           .resolution_bytes = 4,
                                           .open = open_1,
                                           .close = close_any,
                                           .read = read_1};
static const struct cvl_probe by_buffers = {.name = "by_buffers",
                                            .scope = CVL_SCOPE_BUFFERS,
                                            .is_part = true,
                                            .open = open_2,
                                            .close = close_any,
                                            .read = read_2};
static const struct cvl_probe for_others = {.name = "for_others", .answers = no, .read = read_0};

static enum cvl_status refuse(const struct cvl_probe_context *context, void **state,
                              struct cvl_error *err)
{
    (void)context, (void)state;
    return cvl_fail(err, CVL_UNSUPPORTED, "memory/fake: no such library");
}
static const struct cvl_probe refused = {
    .name = "refused", .open = refuse, .close = close_any, .read = read_0};

#define SCRIPT(number, ...)                                                                        \
    static const struct cvl_probe_reading readings_##number[] = {__VA_ARGS__};                     \
    scripts[number] = (struct script){                                                             \
        .at = readings_##number, .count = sizeof readings_##number / sizeof readings_##number[0]};

static struct cvl_row row;

/* A pass of one policy with two stages; what is asked for comes into `row`. */
static void run(const struct cvl_probe *const *probes, size_t count)
{
    const struct cvl_device_facts device = {.type = CVL_DEVICE_GPU};
    const struct cvl_probe_context context = {.device = &device, .root = ""};
    struct cvl_watch *watch = NULL;
    cvl_row_init(&row);
    row.stages = calloc(2, sizeof *row.stages);
    row.stage_count = 2;
    cr_assert_eq(cvl_watch_create(&context, probes, count, 2, &watch, NULL), CVL_OK);
    cvl_watch_begin(watch, CVL_FREED);
    for (size_t stage = 0; stage < 2; stage++) {
        cvl_watch_sample(watch);
        cvl_watch_mark(watch, stage);
    }
    cvl_watch_end(watch, CVL_FREED);
    cvl_watch_finish(watch);
    cr_assert_eq(cvl_watch_report(watch, &row, NULL), CVL_OK);
    cvl_watch_destroy(&watch);
    cr_assert_null(watch);
}

#define RUN(...)                                                                                   \
    do {                                                                                           \
        static const struct cvl_probe *const list[] = {__VA_ARGS__};                               \
        run(list, sizeof list / sizeof list[0]);                                                   \
    } while (0)

Test(probe_watch, all_are_kept_and_the_best_is_shown)
{
    SCRIPT(0, {100, CVL_ABSENT}, {120, CVL_ABSENT}, {150, CVL_ABSENT}, {140, CVL_ABSENT},
           {110, CVL_ABSENT});
    SCRIPT(1, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {1090, CVL_ABSENT}, {1050, CVL_ABSENT},
           {1000, CVL_ABSENT});
    SCRIPT(2, {0, CVL_ABSENT}, {0, CVL_ABSENT}, {44, CVL_ABSENT}, {32, CVL_ABSENT},
           {0, CVL_ABSENT});
    scripts[0].own_peak = 163;
    RUN(&by_buffers, &for_others, &by_device, &by_process);
    cr_assert(row.has_measured);
    cr_assert_str_eq(row.measured.source, "by_process");
    cr_assert_str_eq(row.measured.scope, "process");
    cr_assert_eq(row.measured.resolution_bytes, 4);
    cr_assert_eq(row.measured.peak_bytes[CVL_FREED], 63); /* the probe's own peak */
    cr_assert_eq(row.measured.peak_bytes[CVL_ARENA], CVL_ABSENT);
    cr_assert_eq(row.measured.kept_bytes, 10);
    cr_assert_eq(row.measured.begin_bytes[CVL_FREED], 20);
    cr_assert_eq(row.measured.begin_bytes[CVL_ARENA], CVL_ABSENT);
    cr_assert_eq(row.probe_count, 3); /* the one that does not answer is not asked */
    cr_assert_str_eq(row.probes[0].source, "by_buffers");
    cr_assert(row.probes[0].is_part);
    cr_assert_eq(row.probes[0].peak_bytes[CVL_FREED], 44);
    cr_assert_str_eq(row.probes[1].source, "by_device");
    cr_assert_eq(row.probes[1].peak_bytes[CVL_FREED], 90);
    cr_assert_eq(row.stages[0].measured_bytes, 50);
    cr_assert_eq(row.stages[1].measured_bytes, 40);
    cr_assert_eq(row.stages[0].resident_bytes, 44);
    cr_assert_eq(row.stages[1].resident_bytes, 32);
    for (int i = 0; i < 3; i++)
        cr_assert(scripts[i].closed);
    cvl_row_clear(&row);
}

/* A driver's file may be there and not report OpenCL's buffers. */
Test(probe_watch, one_that_saw_nothing_is_not_the_best)
{
    SCRIPT(0, {100, CVL_ABSENT}, {100, CVL_ABSENT});
    SCRIPT(1, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {1090, CVL_ABSENT}, {1000, CVL_ABSENT});
    scripts[0].own_peak = 100;
    RUN(&by_process, &by_device);
    cr_assert_str_eq(row.measured.source, "by_device");
    cr_assert_eq(row.probe_count, 2);
    cr_assert_eq(row.probes[0].peak_bytes[CVL_FREED], 0); /* a figure, not an absent one */
    cvl_row_clear(&row);
    scripts[0].next = 0;
    RUN(&by_process);
    cr_assert_str_eq(row.measured.source, "by_process");
    cvl_row_clear(&row);
}

Test(probe_watch, a_part_is_never_shown)
{
    SCRIPT(2, {0, CVL_ABSENT}, {0, CVL_ABSENT}, {44, CVL_ABSENT});
    RUN(&by_buffers);
    cr_assert_not(row.has_measured);
    cr_assert_str_eq(row.measured.reason, "no probe answers for this device");
    cr_assert_eq(row.probe_count, 1);
    cr_assert_eq(row.stages[0].measured_bytes, CVL_ABSENT);
    cr_assert_eq(row.stages[0].resident_bytes, 44);
    cvl_row_clear(&row);
}

Test(probe_watch, one_that_cannot_open_keeps_its_reason)
{
    RUN(&refused);
    cr_assert_not(row.has_measured);
    cr_assert_str_eq(row.measured.reason, "memory/fake: no such library");
    cr_assert_eq(row.probe_count, 1);
    cr_assert_str_eq(row.probes[0].source, "refused");
    cr_assert_eq(row.probes[0].peak_bytes[CVL_FREED], CVL_ABSENT);
    cvl_row_clear(&row);
}

Test(probe_watch, one_that_fails_on_the_way_has_no_figures)
{
    SCRIPT(0, {100, CVL_ABSENT}, {100, CVL_ABSENT}, {150, CVL_ABSENT});
    SCRIPT(1, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {1090, CVL_ABSENT});
    scripts[0].fails_at = 3;
    RUN(&by_process, &by_device);
    cr_assert_str_eq(row.measured.source, "by_device");
    cr_assert_str_eq(row.probes[0].reason, "memory/fake: gone\\x1b");
    cr_assert_eq(row.probes[0].peak_bytes[CVL_FREED], CVL_ABSENT);
    cr_assert(scripts[0].closed);
    cvl_row_clear(&row);
}

static void expect_note(const char *part)
{
    cr_assert_not_null(strstr(row.measured.note, part), "%s", row.measured.note);
    cvl_row_clear(&row);
}

Test(probe_watch, other_programs_are_noticed)
{
    SCRIPT(1, {1000, 300}, {1000, 300}, {1090, 300}, {1090, 300}, {1000, 300});
    RUN(&by_device);
    cr_assert_eq(row.measured.others_bytes, 300);
    expect_note("other programs hold 300 B of the device's memory, unchanged");
    SCRIPT(0, {1000, 300}, {1000, 300}, {1090, 700}, {1090, 400}, {1000, 300});
    scripts[1] = scripts[0];
    RUN(&by_device);
    cr_assert_eq(row.measured.others_bytes, 700);
    expect_note("other programs' use of the device changed by 400 B during the pass");
}

Test(probe_watch, a_device_that_is_fuller_afterwards)
{
    SCRIPT(1, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {1090, CVL_ABSENT}, {1090, CVL_ABSENT},
           {1050, CVL_ABSENT});
    RUN(&by_device);
    cr_assert_eq(row.measured.kept_bytes, 50);
    expect_note("50 B more than before the pass, after everything was released");
    SCRIPT(2, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {1090, CVL_ABSENT}, {1090, CVL_ABSENT},
           {1004, CVL_ABSENT});
    scripts[1] = scripts[2];
    RUN(&by_device);
    cr_assert_str_empty(row.measured.note); /* within its resolution */
    cvl_row_clear(&row);
}

Test(probe_watch, a_device_to_itself_is_not_doubted)
{
    SCRIPT(1, {1000, 0}, {1000, 0}, {1090, 0}, {1090, 0}, {1000, 0});
    RUN(&by_device);
    cr_assert_eq(row.measured.others_bytes, 0);
    cr_assert_str_empty(row.measured.note);
    cvl_row_clear(&row);
}

Test(probe_watch, counters_that_shrink)
{
    SCRIPT(1, {1000, CVL_ABSENT}, {1000, CVL_ABSENT}, {400, CVL_ABSENT}, {300, CVL_ABSENT},
           {300, CVL_ABSENT});
    RUN(&by_device);
    cr_assert_eq(row.measured.peak_bytes[CVL_FREED], 0);
    cr_assert_eq(row.stages[0].measured_bytes, 0);
    cr_assert_eq(row.measured.kept_bytes, 0);
    expect_note("fell below its level before the pass");
}

Test(probe_watch, huge_figures)
{
    SCRIPT(1, {1, CVL_ABSENT}, {1, CVL_ABSENT}, {UINT64_MAX - 1, CVL_ABSENT}, {1, CVL_ABSENT});
    RUN(&by_device);
    cr_assert_eq(row.measured.peak_bytes[CVL_FREED], UINT64_MAX - 2);
    cr_assert_str_empty(row.measured.note);
    cvl_row_clear(&row);
}
