#include "fixture_results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(char *target, size_t size, const char *text)
{
    (void)snprintf(target, size, "%s", text);
}

#define SET(member, text) set_text(member, sizeof(member), text)

static const struct cvl_problem block2 = {
    .form = CVL_SEPARABLE,
    .mb = 1,
    .g = 1,
    .ic = 64,
    .ih = 112,
    .iw = 112,
    .oc = 128,
    .oh = 56,
    .ow = 56,
    .kh = 3,
    .kw = 3,
    .sh = 2,
    .sw = 2,
    .ph = 0,
    .pw = 0,
    .name = "mbv1/block2",
};

static void set_identity(struct cvl_row *row, const char *variant)
{
    cvl_row_init(row);
    SET(row->key.device, "0:0");
    SET(row->key.layer, "block2");
    SET(row->key.variant, variant);
    row->layer_count = 1;
    row->key.problem = block2;
    row->key.layout = CVL_NCHW;
    row->key.dtype = CVL_F32;
}

static void set_policies(uint64_t *bytes, uint64_t first)
{
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        bytes[p] = first + p;
}

static void set_computed(struct cvl_row_computed *computed)
{
    *computed = (struct cvl_row_computed){
        .input_bytes = 1000,
        .weights_bytes = 1001,
        .intermediate_bytes = 1002,
        .workspace_bytes = 1003,
        .output_bytes = 1004,
        .saved_bytes = 1005,
        .gradients_bytes = 1006,
        .optimizer_bytes = 1007,
        .total_bytes = 5010,
        .load_peak_bytes = 77,
        .outputs_bytes = 1010,
        .arena_lower_bound_bytes = 1011,
        .arena_without_input_bytes = 1012,
        .arena_without_input_lower_bound_bytes = 1013,
        .new_tensors_peak_bytes = 1014,
    };
    set_policies(computed->peak_bytes, 2000);
    set_policies(computed->peak_without_weights_bytes, 3000);
}

static void set_counted(struct cvl_row_counted *counted)
{
    *counted = (struct cvl_row_counted){.library_bytes = 600, .allocations = 13, .leaked_bytes = 0};
    set_policies(counted->peak_bytes, 4000);
    set_policies(counted->own_peak_bytes, 2000);
}

/* The first of the probes is the row's. */
static void set_probes(struct cvl_row *row)
{
    struct cvl_row_measured *probes = calloc(3, sizeof *probes);
    SET(row->measured.source, "host_rss");
    SET(row->measured.scope, "process");
    row->measured.resolution_bytes = 4096;
    set_policies(row->measured.peak_bytes, 8192);
    row->measured.kept_bytes = 12288;
    probes[0] = row->measured;
    probes[1] = (struct cvl_row_measured){
        .source = "nvml_device",
        .scope = "device",
        .resolution_bytes = 4096,
        .peak_bytes = {1, 2, 3, CVL_ABSENT},
        .begin_bytes = {9, 8, 7, 6},
        .kept_bytes = 0,
        .others_bytes = 5,
        .note = "a note",
    };
    probes[2] = (struct cvl_row_measured){
        .source = "host_mincore",
        .scope = "buffers",
        .reason = "a reason",
        .resolution_bytes = 4096,
        .kept_bytes = CVL_ABSENT,
        .others_bytes = CVL_ABSENT,
        .is_part = true,
    };
    for (int p = 0; p < CVL_POLICY_COUNT; p++)
        probes[2].peak_bytes[p] = probes[2].begin_bytes[p] = CVL_ABSENT;
    row->probes = probes;
    row->probe_count = 3;
}

static void set_memory(struct cvl_row *row)
{
    row->has_computed = row->has_counted = row->has_measured = true;
    set_computed(&row->computed);
    set_counted(&row->counted);
    set_probes(row);
    row->kernels =
        (struct cvl_row_kernels){.program_bytes = 70000, .private_bytes = 96, .local_bytes = 3584};
}

/* Two stages: the second one has what every stage has, and no more. */
static void set_stages(struct cvl_row *row)
{
    struct cvl_row_stage *stages = calloc(2, sizeof *stages);
    stages[0] = (struct cvl_row_stage){
        .name = "depthwise",
        .kind = "kernel",
        .time_s = 1.25e-4,
        .flops = 10,
        .bytes_moved = 20,
        .live_bytes = 30,
        .peak_bytes = 40,
        .note = "a note",
        .computed_bytes = 50,
        .measured_bytes = 60,
        .resident_bytes = 70,
        .program_bytes = 80,
        .private_bytes = 90,
        .local_bytes = 100,
        .layer = "block2",
    };
    stages[1] = (struct cvl_row_stage){
        .name = "pointwise",
        .kind = "gemm",
        .time_s = (double)NAN,
        .flops = 11,
        .bytes_moved = 21,
        .live_bytes = CVL_ABSENT,
        .peak_bytes = 41,
        .computed_bytes = 51,
        .measured_bytes = CVL_ABSENT,
        .resident_bytes = CVL_ABSENT,
        .program_bytes = CVL_ABSENT,
        .private_bytes = CVL_ABSENT,
        .local_bytes = CVL_ABSENT,
    };
    row->stages = stages;
    row->stage_count = 2;
}

static void set_lists(struct cvl_row *row)
{
    set_stages(row);
    row->sample_count = 3;
    row->samples_s = calloc(3, sizeof *row->samples_s);
    for (size_t i = 0; i < 3; i++)
        row->samples_s[i] = 1e-3 + 1e-5 * (double)i;
    row->round_count = 2;
    row->rounds = calloc(2, sizeof *row->rounds);
    row->rounds[0] = (struct cvl_row_round){.samples = 2, .median_s = 1.005e-3, .load = 0.25};
    row->rounds[1] = (struct cvl_row_round){
        .samples = 1, .median_s = 1.02e-3, .disturbed = true, .doubt = "disturbed <\"1\">"};
    row->allocation_count = 2;
    row->allocations = calloc(2, sizeof *row->allocations);
    row->allocations[0] = (struct cvl_row_allocation){
        .policy = CVL_FREED,
        .stage = 0,
        .event = "create",
        .owner = "own",
        .name = "input",
        .bytes = 3211264,
        .live_bytes = 3211264,
        .time_s = 0.5,
    };
    row->allocations[1] = (struct cvl_row_allocation){
        .policy = CVL_FREED_PINNED,
        .stage = 1,
        .event = "destroy",
        .owner = "library",
        .bytes = 600,
        .live_bytes = 3211264,
        .time_s = 0.75,
    };
}

void fixture_row_full(struct cvl_row *row)
{
    set_identity(row, "sep_unfused_gemm");
    row->layer_count = 5;
    row->key.dtype = CVL_F16;
    SET(row->reason, "a note");
    row->repro = strdup("convlens run --problem 'x' --variant sep_unfused_gemm");
    row->build_options = strdup("-DTILE=4 -DREAL=half");
    row->tuning_count = 2;
    row->tuning[0] = (struct cvl_tuning){"tile", 14};
    row->tuning[1] = (struct cvl_tuning){"lanes", -1};
    set_memory(row);
    row->has_time = row->has_check = true;
    row->time = (struct cvl_row_time){
        .clock = CVL_CLOCK_EVENT,
        .median_s = 1.5e-3,
        .min_s = 1.25e-3,
        .p05_s = 1.3e-3,
        .p95_s = 2e-3,
        .mad_s = 1e-5,
        .host_median_s = 1.6e-3,
        .samples = 40,
        .warmup = 3,
        .doubt = "two peaks",
        .load = 0.0625,
        .reference_flops_per_s = 2.5e11,
        .reference_bytes_per_s = 5e10,
        .low_s = 1.4e-3,
        .high_s = 1.7e-3,
        .rounds = 8,
        .discarded_rounds = 1,
        .reference_passed_per_s = 4e4,
    };
    row->check = (struct cvl_row_check){
        .max_abs_err = 1e-6, .max_rel_err = 2e-6, .tolerance = 1e-4, .passed = true};
    row->roofline = (struct cvl_row_roofline){
        .flops = 123456789012345,
        .bytes_min = 42,
        .gflops = 98.5,
        .gbps = 12.25,
        .bound = "compute",
        .fraction_of_peak = 0.25,
        .launch_fraction = 0.125,
    };
    set_lists(row);
}

/* The second layer has what every layer has, and no more. */
static void set_layers(struct cvl_row *row)
{
    struct cvl_row_layer *layers = calloc(2, sizeof *layers);
    layers[0] = (struct cvl_row_layer){
        .layer = "block1",
        .repetition = 1,
        .form = "standard",
        .variant = "direct",
        .time_s = 0.5,
        .weights_bytes = 1,
        .output_bytes = 2,
        .live_bytes = 3,
        .counted_peak_bytes = 4,
        .convolutions = 1,
        .multiply_adds = 6,
        .weights = 7,
        .tuning = "vec=4,pixels=2",
    };
    layers[1] = (struct cvl_row_layer){
        .layer = "block2",
        .repetition = 2,
        .form = "separable",
        .variant = "sep_unfused_gemm",
        .time_s = (double)NAN,
        .weights_bytes = 5,
        .output_bytes = 6,
        .live_bytes = 7,
        .counted_peak_bytes = CVL_ABSENT,
    };
    row->layers = layers;
    row->layers_count = 2;
}

void fixture_row_network(struct cvl_row *row)
{
    fixture_row_full(row);
    row->key.problem = (struct cvl_problem){.form = CVL_SEPARABLE};
    row->key.layer[0] = '\0';
    SET(row->key.network, "net \"x\"");
    row->layer_count = 1;
    row->tuning_count = 0;
    SET(row->computed.peak_layer, "block1");
    SET(row->computed.pinned_peak_layer, "block2");
    SET(row->stages[0].layer, "block1");
    SET(row->stages[1].layer, "block2");
    set_layers(row);
}

void fixture_row_refused(struct cvl_row *row)
{
    set_identity(row, "im2col_gemm");
    row->status = CVL_ROW_UNSUPPORTED;
    SET(row->reason, "NCHW f32 only");
}

void fixture_row_hostile(struct cvl_row *row)
{
    fixture_row_full(row);
    SET(row->key.device, "\x1b[31m\xff");
    SET(row->key.layer, "=cmd|' /C calc'!A0");
    SET(row->key.variant, "</script><b>,\"\r\n");
    SET(row->key.problem.name, "x'; DROP TABLE run; --");
    SET(row->reason, "\xc0\x80\xed\xa0\x80 half a \xe2\x82");
    SET(row->time.doubt, "@SUM(1+1)*cmd|' /C calc'!A0");
    free(row->repro);
    row->repro = strdup("\xfe\xff");
    SET(row->stages[0].name, "\xf8\x07");
    row->status = CVL_ROW_FAILED;
}

void fixture_device(struct cvl_device_facts *facts, unsigned index)
{
    *facts = (struct cvl_device_facts){
        .type = index == 0 ? CVL_DEVICE_CPU : CVL_DEVICE_GPU,
        .compute_units = 2 + index,
        .clock_mhz = 2000,
        .memory_bytes = 8ull << 30,
        .max_allocation_bytes = 2ull << 30,
        .local_bytes = 32768,
        .local_is_dedicated = index != 0,
        .max_work_group = 4096,
        .max_work_item = {4096, 4096, 64},
        .base_align_bytes = 128,
        .float_vector_width = 16,
        .has_images = true,
        .host_unified = true,
        .timer_resolution_ns = 1,
        .event_clock = index == 0 ? CVL_CLOCK_TRUSTED : CVL_CLOCK_DISTRUSTED,
    };
    (void)snprintf(facts->id, sizeof facts->id, "%u:0", index);
    SET(facts->platform, index == 0 ? "Portable Computing Language" : "rusticl");
    SET(facts->name, index == 0 ? "pthread-Made-Up CPU" : "llvmpipe (made up)");
    SET(facts->vendor, index == 0 ? "MadeUp" : "Mesa");
    SET(facts->driver, index == 0 ? "3.1" : "22.3.6");
    SET(facts->version, "OpenCL 3.0");
    if (index != 0)
        SET(facts->event_clock_reason, "timer resolution is 0");
}

/* What a variant costs here: bytes from the layer's tensors, time from an own factor. */
static void set_costs(struct cvl_row *row, unsigned device, uint64_t intermediate,
                      uint64_t workspace, double factor)
{
    const struct cvl_problem *p = &row->key.problem;
    uint64_t input = (uint64_t)p->ic * (uint64_t)p->ih * (uint64_t)p->iw * 4;
    uint64_t output = (uint64_t)p->oc * (uint64_t)p->oh * (uint64_t)p->ow * 4;
    uint64_t weights = (uint64_t)p->ic * (uint64_t)p->oc * 4 * (p->form == CVL_SEPARABLE ? 1 : 9);
    uint64_t larger = input > output ? input : output;
    uint64_t scratch = intermediate + workspace;
    uint64_t peak = intermediate ? intermediate + larger : input + output + workspace;
    const uint64_t without_weights[] = {input + scratch + output, peak, input + scratch + output,
                                        peak};
    struct cvl_row_computed *bytes = &row->computed;
    bytes->input_bytes = input;
    bytes->weights_bytes = weights;
    bytes->intermediate_bytes = intermediate;
    bytes->workspace_bytes = workspace;
    bytes->output_bytes = output;
    bytes->saved_bytes = bytes->gradients_bytes = bytes->optimizer_bytes = 0;
    bytes->total_bytes = input + weights + scratch + output;
    bytes->load_peak_bytes = weights;
    for (unsigned i = 0; i < CVL_POLICY_COUNT; i++) {
        bytes->peak_without_weights_bytes[i] = without_weights[i];
        bytes->peak_bytes[i] = without_weights[i] + weights;
        row->counted.own_peak_bytes[i] = row->counted.peak_bytes[i] = bytes->peak_bytes[i];
    }
    row->counted.library_bytes = row->counted.leaked_bytes = 0;
    row->counted.allocations = 16;
    row->has_computed = row->has_counted = row->has_time = row->has_check = true;
    double median_s = 1e-3 * factor * (device + 1);
    row->time = (struct cvl_row_time){
        .clock = device == 0 ? CVL_CLOCK_EVENT : CVL_CLOCK_HOST,
        .median_s = median_s,
        .min_s = median_s * 0.9,
        .p05_s = median_s * 0.95,
        .p95_s = median_s * 1.1,
        .mad_s = median_s * 0.01,
        .host_median_s = median_s * 1.02,
        .samples = 40,
        .warmup = 3,
    };
    row->check = (struct cvl_row_check){
        .max_abs_err = 1e-6, .max_rel_err = 1e-6, .tolerance = 1e-4, .passed = true};
    row->roofline.flops = 115605504;
    row->roofline.gflops = 0.115605504 / median_s;
}

static void add_row(struct cvl_results *out, unsigned device, unsigned layer, bool last,
                    enum cvl_layout layout, unsigned variant)
{
    static const char *const names[] = {"direct", "im2col_gemm", "sep_unfused", "sep_fused"};
    static const double factors[] = {4.0, 2.5, 1.25, 1.0};
    struct cvl_row row;
    set_identity(&row, names[variant]);
    (void)snprintf(row.key.device, sizeof row.key.device, "%u:0", device);
    (void)snprintf(row.key.layer, sizeof row.key.layer, "block%u", layer + 2);
    row.key.problem.form = variant < 2 ? CVL_STANDARD : CVL_SEPARABLE;
    row.key.problem.oc = 128 + 32 * (int32_t)layer;
    row.key.layout = layout;
    uint64_t intermediate = variant == 2 ? 64 * 56 * 56 * 4 : 0;
    uint64_t workspace = variant == 1 ? 64 * 9 * 56 * 56 * 4 : 0;
    if (variant == 1 && layout == CVL_NHWC) {
        row.status = CVL_ROW_UNSUPPORTED;
        SET(row.reason, "NCHW f32 only");
    } else if (variant == 3 && last && layout == CVL_NCHW) {
        row.status = CVL_ROW_CRASHED;
        SET(row.reason, "the worker died in build: signal 11");
        row.repro = strdup("convlens run --problem 'made up' --variant sep_fused");
    } else {
        set_costs(&row, device, intermediate, workspace, factors[variant]);
        if (variant == 2 && last)
            SET(row.time.doubt, "samples have two peaks, 1.00 and 2.00 ms");
    }
    (void)cvl_results_add(out, &row, NULL);
    cvl_row_clear(&row);
}

void fixture_results(struct cvl_results *out, unsigned devices, unsigned layers)
{
    *out = (struct cvl_results){.device_count = devices};
    SET(out->sweep, "made_up");
    out->started = strdup("2024-01-02T03:04:05Z");
    out->command = strdup("convlens run made_up.ini");
    out->host = strdup("Linux 6.1 x86_64");
    out->devices = calloc(devices + 1, sizeof *out->devices);
    for (unsigned d = 0; d < devices; d++) {
        fixture_device(&out->devices[d], d);
        for (unsigned i = 0; i < layers; i++)
            for (unsigned l = 0; l < CVL_LAYOUT_COUNT; l++)
                for (unsigned v = 0; v < 4; v++)
                    add_row(out, d, i, i + 1 == layers, (enum cvl_layout)l, v);
    }
}
