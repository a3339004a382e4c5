#include "report/device_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "report/grid.h"

enum { CELL_BYTES = 192, DEVICES_A_TABLE = 3, NAME_WIDTH = 34 };

/* One line of the table: what a device says under a heading. */
struct property {
    const char *heading;
    void (*print)(const struct cvl_device_facts *facts, char *cell);
};

static void print_type(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%s", cvl_device_type_name(f->type));
}

static void print_text(const char *text, char *cell)
{
    cvl_copy_safe(cell, NAME_WIDTH, text);
}

static void print_name(const struct cvl_device_facts *f, char *cell)
{
    print_text(f->name, cell);
}

static void print_platform(const struct cvl_device_facts *f, char *cell)
{
    print_text(f->platform, cell);
}

static void print_vendor(const struct cvl_device_facts *f, char *cell)
{
    print_text(f->vendor, cell);
}

static void print_driver(const struct cvl_device_facts *f, char *cell)
{
    print_text(f->driver, cell);
}

static void print_version(const struct cvl_device_facts *f, char *cell)
{
    print_text(f->version, cell);
}

static void print_pci(const struct cvl_device_facts *f, char *cell)
{
    print_text(*f->pci ? f->pci : "-", cell);
}

static void print_units(const struct cvl_device_facts *f, char *cell)
{
    int used = snprintf(cell, CELL_BYTES, "%" PRIu32, f->compute_units);
    if (f->clock_mhz > 0)
        (void)snprintf(cell + used, CELL_BYTES - (size_t)used, ", %" PRIu32 " MHz", f->clock_mhz);
}

static void print_memory(const struct cvl_device_facts *f, char *cell)
{
    cvl_print_bytes(cell, CELL_BYTES, f->memory_bytes);
}

static void print_largest(const struct cvl_device_facts *f, char *cell)
{
    cvl_print_bytes(cell, CELL_BYTES, f->max_allocation_bytes);
}

static void print_local(const struct cvl_device_facts *f, char *cell)
{
    char bytes[24];
    cvl_print_bytes(bytes, sizeof bytes, f->local_bytes);
    (void)snprintf(cell, CELL_BYTES, "%s, %s", bytes,
                   f->local_is_dedicated ? "dedicated" : "in global memory");
}

static void print_group(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%" PRIu64 " (%" PRIu64 "x%" PRIu64 "x%" PRIu64 ")",
                   f->max_work_group, f->max_work_item[0], f->max_work_item[1],
                   f->max_work_item[2]);
}

static void print_vector(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%" PRIu32, f->float_vector_width);
}

static void print_has(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%s%s%s%s%s%s", f->has_fma ? "fma " : "",
                   f->has_half ? "half " : "", f->has_double ? "double " : "",
                   f->has_subgroups ? "subgroups " : "", f->has_images ? "images " : "",
                   f->host_unified ? "host-unified" : "");
}

static void print_alignment(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%" PRIu32 " B", f->base_align_bytes);
}

static void print_loops(const struct cvl_device_facts *f, char *cell)
{
    if (f->loop_limit > 0)
        (void)snprintf(cell, CELL_BYTES, "ends after %" PRIu64 " iterations", f->loop_limit);
    else
        (void)snprintf(cell, CELL_BYTES, "no limit known");
}

static void print_timer(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%" PRIu64 " ns", f->timer_resolution_ns);
}

static void print_clock(const struct cvl_device_facts *f, char *cell)
{
    (void)snprintf(cell, CELL_BYTES, "%s", cvl_clock_trust_name(f->event_clock));
}

static const struct property properties[] = {
    {"name", print_name},
    {"platform", print_platform},
    {"vendor", print_vendor},
    {"driver", print_driver},
    {"version", print_version},
    {"type", print_type},
    {"compute units", print_units},
    {"memory", print_memory},
    {"largest buffer", print_largest},
    {"local memory", print_local},
    {"work-group", print_group},
    {"float vector", print_vector},
    {"supports", print_has},
    {"sub-buffer align", print_alignment},
    {"kernel loops", print_loops},
    {"timer step", print_timer},
    {"event clock", print_clock},
    {"PCI address", print_pci},
};

/* "229.1 GFLOP/s" for 229.1e9. */
static void print_rate(double per_s, const char *unit, char *cell)
{
    if (isnan(per_s))
        (void)snprintf(cell, CELL_BYTES, "-");
    else
        (void)snprintf(cell, CELL_BYTES, "%.*f %s", per_s < 10e9 ? 2 : 1, per_s * 1e-9, unit);
}

static void print_time(double seconds, char *cell)
{
    if (isnan(seconds))
        (void)snprintf(cell, CELL_BYTES, "-");
    else
        cvl_print_seconds(cell, CELL_BYTES, seconds);
}

static void print_f32(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.f32_flops_per_s, "GFLOP/s", cell);
}

static void print_f16(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.f16_flops_per_s, "GFLOP/s", cell);
}

static void print_read(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.read_bytes_per_s, "GB/s", cell);
}

static void print_write(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.write_bytes_per_s, "GB/s", cell);
}

static void print_copy(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.copy_bytes_per_s, "GB/s", cell);
}

static void print_local_rate(const struct cvl_device_facts *f, char *cell)
{
    print_rate(f->peaks.local_bytes_per_s, "GB/s", cell);
}

static void print_launch(const struct cvl_device_facts *f, char *cell)
{
    print_time(f->peaks.launch_s, cell);
}

static void print_gap(const struct cvl_device_facts *f, char *cell)
{
    print_time(f->peaks.gap_s, cell);
}

static void print_measured(const struct cvl_device_facts *f, char *cell)
{
    print_text(*f->peaks.measured ? f->peaks.measured : "-", cell);
}

/* What was measured; GB are 1e9 bytes, as arithmetic is counted. */
static const struct property measured_properties[] = {
    {"f32 multiply-adds", print_f32},  {"f16 multiply-adds", print_f16},
    {"memory read", print_read},       {"memory write", print_write},
    {"memory copy", print_copy},       {"local memory read", print_local_rate},
    {"launch and wait", print_launch}, {"between launches", print_gap},
    {"measured", print_measured},
};

static void add_properties(struct cvl_grid *grid, const struct property *list, size_t length,
                           const struct cvl_device_facts *facts, size_t count)
{
    for (size_t p = 0; p < length; p++) {
        char cells[DEVICES_A_TABLE][CELL_BYTES] = {{0}};
        const char *line[DEVICES_A_TABLE + 1] = {list[p].heading};
        for (size_t i = 0; i < count; i++) {
            list[p].print(&facts[i], cells[i]);
            line[i + 1] = cells[i];
        }
        cvl_grid_add(grid, line);
    }
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool print_devices(const struct cvl_device_facts *facts, size_t count)
{
    const char *headings[DEVICES_A_TABLE + 1] = {"DEVICE"};
    bool measured = false;
    for (size_t i = 0; i < count; i++) {
        headings[i + 1] = facts[i].id;
        measured |= facts[i].peaks.measured[0] != '\0';
    }
    struct cvl_grid *grid = cvl_grid_create(headings, count + 1, stdout);
    if (!grid)
        return false;
    add_properties(grid, properties, COUNT(properties), facts, count);
    if (measured)
        add_properties(grid, measured_properties, COUNT(measured_properties), facts, count);
    return cvl_grid_print(&grid);
}

static void print_platforms(const struct cvl_device_list *list)
{
    for (size_t i = 0; i < list->platform_count; i++) {
        const struct cvl_platform_facts *platform = &list->platforms[i];
        char name[CVL_DEVICE_TEXT_BYTES], problem[2 * CVL_DEVICE_TEXT_BYTES];
        cvl_copy_safe(name, sizeof name, platform->name);
        cvl_copy_safe(problem, sizeof problem, platform->problem);
        (void)printf("platform %s: %s", *name ? name : "(no name)", problem);
        if (*problem == '\0')
            (void)printf("%" PRIu32 " device%s", platform->device_count,
                         platform->device_count == 1 ? "" : "s");
        (void)printf("\n");
    }
}

static void print_notes(const struct cvl_device_facts *facts)
{
    char reason[2 * CVL_DEVICE_TEXT_BYTES];
    cvl_copy_safe(reason, sizeof reason, facts->event_clock_reason);
    (void)printf("%s event clock %s: %s\n", facts->id, cvl_clock_trust_name(facts->event_clock),
                 reason);
    cvl_copy_safe(reason, sizeof reason, facts->peaks.reason);
    if (*reason)
        (void)printf("%s not measured: %s\n", facts->id, reason);
}

bool cvl_device_table_print(const struct cvl_device_list *list)
{
    bool printed = true;
    print_platforms(list);
    for (size_t i = 0; i < list->device_count; i += DEVICES_A_TABLE) {
        size_t count = list->device_count - i;
        (void)printf("\n");
        printed &=
            print_devices(list->devices + i, count < DEVICES_A_TABLE ? count : DEVICES_A_TABLE);
    }
    if (list->device_count > 0)
        (void)printf("\n");
    for (size_t i = 0; i < list->device_count; i++)
        print_notes(&list->devices[i]);
    return printed;
}
