/* Devices by description: the presets, facts as JSON and back, what is refused and how. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/device.h>

#include "plan/limits.h"
#include "result/device_json.h"
#include "result/device_spec.h"
#include "result/fields.h"
#include "run/described.h"
#include "scratch.h"

TestSuite(device_spec, .init = scratch_make, .fini = scratch_remove);

static struct cvl_error error;

/* A whole description, as short as one can be. */
static const char minimal[] =
    "{\"name\": \"mine\", \"type\": \"gpu\", \"compute_units\": 7, \"clock_mhz\": 900,\n"
    " \"memory_bytes\": 1000000000, \"max_allocation_bytes\": 500000000, \"local_bytes\": 32768,\n"
    " \"max_work_group\": 256, \"max_work_item\": [256, 256, 64], \"base_align_bytes\": 128,\n"
    " \"float_vector_width\": 4}\n";

static bool has_words(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

Test(device_spec, presets_are_sound_and_come_back_from_json)
{
    struct cvl_device_preset preset, other;
    size_t count = 0, types[CVL_DEVICE_TYPE_COUNT] = {0};
    for (; cvl_device_preset_at(count, &preset); count++) {
        struct cvl_device_facts back;
        char *text = cvl_json_print(cvl_device_json(&preset.facts));
        cr_expect_eq(cvl_device_spec_parse(text, preset.name, &back, &error), CVL_OK, "%s",
                     error.text);
        char *again = cvl_json_print(cvl_device_json(&back));
        cr_expect_str_eq(again, text);
        cr_expect_str_eq(preset.facts.id, preset.name);
        cr_expect(preset.facts.name[0] && preset.facts.platform[0] && preset.facts.version[0], "%s",
                  preset.name);
        cr_expect_leq(preset.facts.max_allocation_bytes, preset.facts.memory_bytes, "%s",
                      preset.name);
        types[preset.facts.type]++;
        for (size_t i = 0; i < count && cvl_device_preset_at(i, &other); i++)
            cr_expect_str_neq(other.name, preset.name);
        free(text);
        free(again);
    }
    cr_expect_geq(count, 8);
    cr_expect(types[CVL_DEVICE_CPU] > 0 && types[CVL_DEVICE_GPU] > 0);
}

Test(device_spec, a_preset_is_found_by_its_name)
{
    struct cvl_device_facts facts;
    cr_assert_eq(cvl_device_spec_read("mi250x", &facts, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(facts.compute_units, 110);
    cr_expect_eq(facts.subgroup_size, 64);
    cr_expect_eq(facts.registers, 131072);
}

Test(device_spec, an_unknown_name_is_refused_with_the_nearest)
{
    struct cvl_device_facts facts;
    cr_assert_eq(cvl_device_spec_read("rtx4900\x1b", &facts, &error), CVL_BAD_INPUT);
    cr_expect(has_words(error.text, "got 'rtx4900\\x1b', expected FILE.json or one of h100, "),
              "%s", error.text);
    cr_expect(has_words(error.text, "did you mean 'rtx4090'?"), "%s", error.text);
}

Test(device_spec, a_file_may_leave_out_what_has_a_default)
{
    struct cvl_device_facts facts;
    scratch_write("mine.json", minimal);
    cr_assert_eq(cvl_device_spec_read(scratch_path("mine.json"), &facts, &error), CVL_OK, "%s",
                 error.text);
    cr_expect_str_eq(facts.id, "described");
    cr_expect_eq(facts.compute_units, 7);
    cr_expect_eq(facts.loop_limit, 0);
    cr_expect_eq(facts.registers, 0, "as versions wrote it that knew none");
    cr_expect_eq(facts.subgroup_size, 0);
    cr_expect_not(facts.has_half);
    cr_expect_not(facts.has_block_reads);
}

Test(device_spec, a_document_with_one_device_is_taken)
{
    struct cvl_device_facts facts;
    char text[2 * sizeof minimal + 64];
    (void)snprintf(text, sizeof text, "{\"schema\": \"convlens/1\", \"devices\": [%s]}", minimal);
    cr_expect_eq(cvl_device_spec_parse(text, "d", &facts, &error), CVL_OK, "%s", error.text);
    (void)snprintf(text, sizeof text, "{\"devices\": [%s, %s]}", minimal, minimal);
    cr_expect_eq(cvl_device_spec_parse(text, "d", &facts, &error), CVL_BAD_INPUT);
    cr_expect_str_eq(error.text, "d: devices: got 2 devices, expected one");
}

/* The minimal description with one member replaced, or added. */
static void expect_refused(const char *key, const char *value, const char *reason)
{
    struct cvl_device_facts facts;
    json_t *object = json_loads(minimal, 0, NULL);
    if (value)
        json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(object, key);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    cr_expect_eq(cvl_device_spec_parse(text, "FILE", &facts, &error), CVL_BAD_INPUT, "%s %s", key,
                 value);
    cr_expect_str_eq(error.text, reason);
    free(text);
}

Test(device_spec, what_is_wrong_is_named_with_what_was_expected)
{
    expect_refused("compute_units", NULL, "FILE: device: compute_units is missing");
    expect_refused("max_work_item", NULL, "FILE: device: max_work_item is missing");
    expect_refused("local_bytes", NULL, "FILE: device: local_bytes is missing");
    expect_refused("max_work_group", "null", "FILE: device: max_work_group is missing");
    expect_refused("memory_bytes", "\"1GiB\"",
                   "FILE: device: memory_bytes: expected an integer of at least 0, or null");
    expect_refused("type", "\"tpu\"", "FILE: device: type: no such name: tpu");
    expect_refused("compute_units", "0",
                   "FILE: device: compute_units: got 0, expected an integer from 1 to 4294967295");
    expect_refused("base_align_bytes", "96",
                   "FILE: device: base_align_bytes: got 96, expected a power of two");
    expect_refused("max_work_items", "[1, 1, 1]",
                   "FILE: device: unknown member 'max_work_items'; did you mean 'max_work_item'?");
}

Test(device_spec, a_file_that_is_no_device_is_refused)
{
    struct cvl_device_facts facts;
    cr_expect_eq(cvl_device_spec_read(scratch_path("absent.json"), &facts, &error), CVL_BAD_INPUT);
    cr_expect(has_words(error.text, "/absent.json: no such file; expected a device as JSON"), "%s",
              error.text);
    scratch_write("list.json", "[]");
    cr_expect_eq(cvl_device_spec_read(scratch_path("list.json"), &facts, &error), CVL_BAD_INPUT);
    cr_expect(has_words(error.text, "expected an object, a device as reports have it"), "%s",
              error.text);
    scratch_write("cut.json", "{\n\"name\": \"x\",\n");
    cr_expect_eq(cvl_device_spec_read(scratch_path("cut.json"), &facts, &error), CVL_BAD_INPUT);
    cr_expect(has_words(error.text, "/cut.json: line 3: not JSON: "), "%s", error.text);
    scratch_write("empty.json", "");
    cr_expect_eq(cvl_device_spec_read(scratch_path("empty.json"), &facts, &error), CVL_BAD_INPUT);
    cr_expect(has_words(error.text, "/empty.json: expected a device as JSON"), "%s", error.text);
}

/* --- limits of a device ------------------------------------------------------------------------
 */

static struct cvl_stage stage;
static struct cvl_plan plan;
static struct cvl_device_facts device;

static void make_plan(void)
{
    device = cvl_device_facts_default();
    stage = (struct cvl_stage){.kind = CVL_STAGE_KERNEL,
                               .work.launch = {.kernel = "k",
                                               .dims = 3,
                                               .global = {64, 64, 2},
                                               .local = {32, 8, 2},
                                               .local_bytes = 4096}};
    plan = (struct cvl_plan){.stages = &stage, .stage_count = 1, .local_bytes = 4096};
}

static void expect_limit(const char *reason)
{
    error = (struct cvl_error){0};
    cr_expect_eq(cvl_plan_limits(&plan, &device, &error), CVL_UNSUPPORTED, "%s", reason);
    cr_expect_str_eq(error.text, reason);
    make_plan();
}

Test(device_spec, a_plan_beyond_a_limit_is_refused_with_both_figures, .init = make_plan)
{
    cr_expect_eq(cvl_plan_limits(&plan, &device, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(cvl_launch_groups(&stage.work.launch), 16);
    device.max_work_group = 256;
    expect_limit("k has work-groups of 512 work-items; the device allows 256");
    device.max_work_item[1] = 4;
    expect_limit("k has work-groups of 8 work-items in dimension 1; the device allows 4");
    device.local_bytes = 4095;
    expect_limit("needs 4096 bytes of local memory; the device has 4095");
    device.loop_limit = 65535;
    plan.loop_iterations = 65536;
    expect_limit("a work-item may loop 65536 times; the device ends loops silently after 65535");
    stage.work.launch.needs = CVL_NEED_HALF;
    expect_limit("k needs half arithmetic (cl_khr_fp16); the device has none");
    stage.work.launch.needs = CVL_NEED_SUBGROUPS;
    expect_limit("k needs sub-groups (cl_khr_subgroups); the device has none");
}

Test(device_spec, an_arena_that_the_device_cannot_align_is_refused, .init = make_plan)
{
    struct cvl_plan_buffer buffers[2] = {{.name = "a"}, {.name = "b"}};
    uint64_t offsets[2] = {UINT64_MAX, 128};
    plan.buffers = buffers;
    plan.buffer_count = 2;
    plan.arena_offset = offsets;
    cr_expect_eq(cvl_plan_limits(&plan, &device, &error), CVL_OK, "%s", error.text);
    device.base_align_bytes = 512;
    cr_expect_eq(cvl_plan_limits(&plan, &device, &error), CVL_UNSUPPORTED);
    cr_expect_str_eq(error.text,
                     "b is at byte 128 of the arena; the device aligns parts of a buffer to 512");
}

Test(device_spec, tiles_of_another_device_are_refused_by_this_ones_limits, .init = make_plan)
{
    struct cvl_run_options options = {.as = minimal};
    struct cvl_device_facts planned, build;
    cr_assert_eq(cvl_described_find(&options, &device, &planned, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(planned.compute_units, 7);
    cr_expect_eq(cvl_described_check(&options, &plan, &planned, &device, &error), CVL_OK);
    device.max_work_group = 256;
    cr_expect_eq(cvl_described_check(&options, &plan, &planned, &device, &error), CVL_UNSUPPORTED);
    cr_expect_str_eq(error.text, "tiles of described: k has work-groups of 512 work-items; the "
                                 "device allows 256");
    planned.has_half = device.has_double = true;
    planned.has_block_reads = planned.has_short_block_reads = device.has_block_reads = true;
    build = cvl_described_build_facts(&planned, &device);
    cr_expect(!build.has_half && !build.has_double, "what both have");
    cr_expect(build.has_block_reads && !build.has_short_block_reads, "likewise");
    cr_expect_eq(build.type, CVL_DEVICE_GPU);
    options.as = NULL;
    cr_expect_eq(cvl_described_find(&options, &device, &planned, &error), CVL_OK);
    cr_expect_eq(planned.compute_units, device.compute_units);
}
