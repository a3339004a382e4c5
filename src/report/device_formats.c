/* Devices as a table, side by side, and as JSON. */
#include "report/device_formats.h"

#include <inttypes.h>
#include <math.h>

#include <convlens/device.h>

#include "base/text.h"
#include "report/document.h"
#include "report/grid.h"
#include "result/device_json.h"

enum { DEVICES_A_TABLE = 3, NAME_BYTES = 34 };

/* One line of the table: what a device says under a heading. */
struct property {
    const char *heading;
    void (*put)(struct cvl_grid *grid, const struct cvl_device_facts *facts);
};

#define TEXT(name, text)                                                                           \
    static void put_##name(struct cvl_grid *grid, const struct cvl_device_facts *f)                \
    {                                                                                              \
        cvl_grid_short_text(grid, text, NAME_BYTES);                                               \
    }
TEXT(name, f->name)
TEXT(platform, f->platform)
TEXT(vendor, f->vendor)
TEXT(driver, f->driver)
TEXT(version, f->version)
TEXT(type, cvl_device_type_name(f->type))
TEXT(pci, *f->pci ? f->pci : "-")
TEXT(clock, cvl_clock_trust_name(f->event_clock))
TEXT(measured, *f->peaks.measured ? f->peaks.measured : "-")
#undef TEXT

static void put_units(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    if (f->clock_mhz > 0)
        cvl_grid_cell(grid, "%" PRIu32 ", %" PRIu32 " MHz", f->compute_units, f->clock_mhz);
    else
        cvl_grid_integer(grid, f->compute_units);
}

static void put_memory(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_bytes(grid, f->memory_bytes);
}

static void put_largest(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_bytes(grid, f->max_allocation_bytes);
}

static void put_local(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    char bytes[24];
    cvl_print_bytes(bytes, sizeof bytes, f->local_bytes);
    cvl_grid_cell(grid, "%s, %s", bytes, f->local_is_dedicated ? "dedicated" : "in global memory");
}

static void put_group(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_cell(grid, "%" PRIu64 " (%" PRIu64 "x%" PRIu64 "x%" PRIu64 ")", f->max_work_group,
                  f->max_work_item[0], f->max_work_item[1], f->max_work_item[2]);
}

static void put_vector(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_integer(grid, f->float_vector_width);
}

static void put_registers(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    if (f->registers > 0)
        cvl_grid_integer(grid, f->registers);
    else
        cvl_grid_text(grid, "-");
}

static void put_subgroup(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    if (f->subgroup_size > 0)
        cvl_grid_integer(grid, f->subgroup_size);
    else
        cvl_grid_text(grid, "-");
}

static void put_has(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_cell(grid, "%s%s%s%s%s%s%s", f->has_fma ? "fma " : "", f->has_half ? "half " : "",
                  f->has_double ? "double " : "", f->has_subgroups ? "subgroups " : "",
                  f->has_block_reads ? "block-reads " : "", f->has_images ? "images " : "",
                  f->host_unified ? "host-unified" : "");
}

static void put_alignment(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_cell(grid, "%" PRIu32 " B", f->base_align_bytes);
}

static void put_loops(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    if (f->loop_limit > 0)
        cvl_grid_cell(grid, "ends after %" PRIu64 " iterations", f->loop_limit);
    else
        cvl_grid_text(grid, "no limit known");
}

static void put_timer(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_cell(grid, "%" PRIu64 " ns", f->timer_resolution_ns);
}

static const struct property properties[] = {
    {"name", put_name},
    {"platform", put_platform},
    {"vendor", put_vendor},
    {"driver", put_driver},
    {"version", put_version},
    {"type", put_type},
    {"compute units", put_units},
    {"memory", put_memory},
    {"largest buffer", put_largest},
    {"local memory", put_local},
    {"work-group", put_group},
    {"float vector", put_vector},
    {"registers a unit", put_registers},
    {"sub-group", put_subgroup},
    {"supports", put_has},
    {"sub-buffer align", put_alignment},
    {"kernel loops", put_loops},
    {"timer step", put_timer},
    {"event clock", put_clock},
    {"PCI address", put_pci},
};

/* "229.1 GFLOP/s" for 229.1e9. */
static void put_rate(struct cvl_grid *grid, double per_s, const char *unit)
{
    if (isnan(per_s))
        cvl_grid_text(grid, "-");
    else
        cvl_grid_cell(grid, "%.*f %s", per_s < 10e9 ? 2 : 1, per_s * 1e-9, unit);
}

#define RATE(name, member, unit)                                                                   \
    static void put_##name(struct cvl_grid *grid, const struct cvl_device_facts *f)                \
    {                                                                                              \
        put_rate(grid, f->peaks.member, unit);                                                     \
    }
RATE(f32, f32_flops_per_s, "GFLOP/s")
RATE(f16, f16_flops_per_s, "GFLOP/s")
RATE(read, read_bytes_per_s, "GB/s")
RATE(write, write_bytes_per_s, "GB/s")
RATE(copy, copy_bytes_per_s, "GB/s")
RATE(local_rate, local_bytes_per_s, "GB/s")
#undef RATE

static void put_launch(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_seconds(grid, f->peaks.launch_s, "");
}

static void put_gap(struct cvl_grid *grid, const struct cvl_device_facts *f)
{
    cvl_grid_seconds(grid, f->peaks.gap_s, "");
}

/* What was measured; GB are 1e9 bytes, as arithmetic is counted. */
static const struct property measured_properties[] = {
    {"f32 multiply-adds", put_f32},  {"f16 multiply-adds", put_f16},
    {"memory read", put_read},       {"memory write", put_write},
    {"memory copy", put_copy},       {"local memory read", put_local_rate},
    {"launch and wait", put_launch}, {"between launches", put_gap},
    {"measured", put_measured},
};

static void add_properties(struct cvl_grid *grid, const struct property *list, size_t length,
                           const struct cvl_device_facts *facts, size_t count)
{
    for (size_t p = 0; p < length; p++) {
        cvl_grid_text(grid, list[p].heading);
        for (size_t i = 0; i < count; i++)
            list[p].put(grid, &facts[i]);
    }
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static enum cvl_status print_devices(const struct cvl_device_facts *facts, size_t count,
                                     FILE *stream, struct cvl_error *err)
{
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    bool measured = false;
    cvl_grid_column(&grid, "DEVICE", CVL_GRID_LEFT);
    for (size_t i = 0; i < count; i++) {
        cvl_grid_column(&grid, facts[i].id, CVL_GRID_WRAP);
        measured |= facts[i].peaks.measured[0] != '\0';
    }
    add_properties(&grid, properties, COUNT(properties), facts, count);
    if (measured)
        add_properties(&grid, measured_properties, COUNT(measured_properties), facts, count);
    return cvl_grid_end(&grid, "devices", err);
}

static void print_platforms(const struct cvl_device_list *list, FILE *stream)
{
    for (size_t i = 0; i < list->platform_count; i++) {
        const struct cvl_platform_facts *platform = &list->platforms[i];
        char name[CVL_DEVICE_TEXT_BYTES], problem[2 * CVL_DEVICE_TEXT_BYTES];
        cvl_copy_safe(name, sizeof name, platform->name);
        cvl_copy_safe(problem, sizeof problem, platform->problem);
        (void)fprintf(stream, "platform %s: %s", *name ? name : "(no name)", problem);
        if (*problem == '\0')
            (void)fprintf(stream, "%" PRIu32 " device%s", platform->device_count,
                          platform->device_count == 1 ? "" : "s");
        (void)fprintf(stream, "\n");
    }
}

static void print_notes(const struct cvl_device_facts *facts, FILE *stream)
{
    char reason[2 * CVL_DEVICE_TEXT_BYTES];
    cvl_copy_safe(reason, sizeof reason, facts->event_clock_reason);
    (void)fprintf(stream, "%s event clock %s: %s\n", facts->id,
                  cvl_clock_trust_name(facts->event_clock), reason);
    cvl_copy_safe(reason, sizeof reason, facts->peaks.reason);
    if (*reason)
        (void)fprintf(stream, "%s not measured: %s\n", facts->id, reason);
    cvl_copy_safe(reason, sizeof reason, facts->peaks.doubt);
    if (*reason)
        (void)fprintf(stream,
                      "%s measured rates are in doubt: %s; measure again on a quiet machine\n",
                      facts->id, reason);
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_device_list *list = subject;
    enum cvl_status status = CVL_OK;
    print_platforms(list, stream);
    for (size_t i = 0; i < list->device_count && status == CVL_OK; i += DEVICES_A_TABLE) {
        const size_t left = list->device_count - i;
        (void)fprintf(stream, "\n");
        status = print_devices(list->devices + i, left < DEVICES_A_TABLE ? left : DEVICES_A_TABLE,
                               stream, err);
    }
    if (list->device_count > 0)
        (void)fprintf(stream, "\n");
    for (size_t i = 0; i < list->device_count; i++)
        print_notes(&list->devices[i], stream);
    return status;
}

static enum cvl_status write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    json_t *document = json_pack("{s:s, s:{s:s, s:s}}", "schema", "convlens/1", "tool", "name",
                                 "convlens", "version", cvl_version());
    json_t *found = cvl_device_list_json(subject);
    if (json_object_update(document, found) != 0) { /* refuses NULL */
        json_decref(document);
        document = NULL;
    }
    json_decref(found);
    return cvl_document_write(document, 2, stream, err);
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"json", write_json},
};

const struct cvl_formats cvl_device_formats = CVL_FORMATS(formats);
