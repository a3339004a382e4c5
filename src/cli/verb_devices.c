#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/text.h"
#include "cli/grid.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "result/device_json.h"
#include "supervise/discover.h"

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

static bool print_devices(const struct cvl_device_facts *facts, size_t count)
{
    const char *headings[DEVICES_A_TABLE + 1] = {"DEVICE"};
    for (size_t i = 0; i < count; i++)
        headings[i + 1] = facts[i].id;
    struct cvl_grid *grid = cvl_grid_create(headings, count + 1, stdout);
    for (size_t p = 0; grid && p < sizeof properties / sizeof properties[0]; p++) {
        char cells[DEVICES_A_TABLE][CELL_BYTES] = {{0}};
        const char *line[DEVICES_A_TABLE + 1] = {properties[p].heading};
        for (size_t i = 0; i < count; i++) {
            properties[p].print(&facts[i], cells[i]);
            line[i + 1] = cells[i];
        }
        cvl_grid_add(grid, line);
    }
    return grid && cvl_grid_print(&grid);
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

static int print_table(const struct cvl_device_list *list)
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
    for (size_t i = 0; i < list->device_count; i++) {
        char reason[2 * CVL_DEVICE_TEXT_BYTES];
        cvl_copy_safe(reason, sizeof reason, list->devices[i].event_clock_reason);
        (void)printf("%s event clock %s: %s\n", list->devices[i].id,
                     cvl_clock_trust_name(list->devices[i].event_clock), reason);
    }
    return printed ? CVL_EXIT_DONE : CVL_EXIT_WRONG;
}

static int print_json(const struct cvl_device_list *list)
{
    json_t *document = json_pack("{s:s, s:{s:s, s:s}}", "schema", "convlens/1", "tool", "name",
                                 "convlens", "version", cvl_version());
    json_t *found = cvl_device_list_json(list);
    if (json_object_update(document, found) != 0) { /* refuses NULL */
        json_decref(document);
        document = NULL;
    }
    json_decref(found);
    int failed = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : 1;
    (void)printf("\n");
    json_decref(document);
    return failed ? CVL_EXIT_WRONG : CVL_EXIT_DONE;
}

/* Keeps the selected devices, in their order. */
static enum cvl_status select_devices(const struct cvl_options *options,
                                      struct cvl_device_list *list, struct cvl_error *err)
{
    bool *chosen = calloc(list->device_count + 1, sizeof *chosen);
    if (!chosen)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the devices");
    enum cvl_status status =
        cvl_devices_select(list, options->selectors, options->selector_count, chosen, err);
    size_t kept = 0;
    for (size_t i = 0; status == CVL_OK && i < list->device_count; i++)
        if (chosen[i])
            list->devices[kept++] = list->devices[i];
    if (status == CVL_OK)
        list->device_count = kept;
    free(chosen);
    return status;
}

static int devices(const struct cvl_options *options)
{
    struct cvl_discovery discovery = {0};
    struct cvl_error err = {0};
    bool json = false;
    enum cvl_status status = cvl_output_is_json(options, &json, &err);
    if (status == CVL_OK && options->operand_count > 0)
        status = cvl_fail(&err, CVL_BAD_INPUT, "devices: got '%s', expected options alone",
                          options->operands[0]);
    if (status == CVL_OK)
        status = cvl_discover(options->verbose, &discovery, &err);
    if (status == CVL_OK && options->selector_count > 0)
        status = select_devices(options, &discovery.list, &err);
    if (status != CVL_OK) {
        cvl_discovery_clear(&discovery);
        return cvl_report_error(&err);
    }
    cvl_discovery_judge_clocks(&discovery, options->verbose);
    int result = json ? print_json(&discovery.list) : print_table(&discovery.list);
    if (discovery.list.device_count == 0 && result == CVL_EXIT_DONE)
        result = CVL_EXIT_NO_DEVICE;
    cvl_discovery_clear(&discovery);
    return result;
}

const struct cvl_verb cvl_verb_devices = {
    .name = "devices",
    .arguments = "",
    .summary = "what OpenCL devices are here, and what they can do",
    .options = CVL_FOR_DEVICES,
    .run = devices,
};
