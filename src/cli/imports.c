/* Files of other programs, read in place of sweeps. */
#include "cli/imports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

enum { REASONS_SHOWN = 5 };

static void note_entry(const struct cvl_left_out *left_out)
{
    char line[24] = "";
    if (left_out->line > 0)
        (void)snprintf(line, sizeof line, "line %u: ", left_out->line);
    cvl_log(CVL_LOG_WARNING, "left out: %" PRIu32 " (%s%s): %s", left_out->count, line,
            left_out->example, left_out->reason);
}

/* Unless `all`, the first few reasons, and what is no convolution in one line. */
static void note_left_out(const struct cvl_import *import, bool all)
{
    uint64_t others = 0;
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < import->left_out_count; i++) {
        const struct cvl_left_out *left_out = &import->left_out[i];
        const bool is_counted = left_out->is_other && !all;
        others += is_counted ? left_out->count : 0;
        if (is_counted)
            continue;
        if (!all && shown == REASONS_SHOWN) {
            more++;
            continue;
        }
        note_entry(left_out);
        shown++;
    }
    if (more > 0)
        cvl_log(CVL_LOG_WARNING, "left out for %zu more reasons, which convlens import lists",
                more);
    if (others > 0)
        cvl_log(CVL_LOG_WARNING,
                "left out: %" PRIu64
                " operators that are no convolutions; convlens import lists them",
                others);
}

void cvl_imports_note(const struct cvl_import *import, bool all)
{
    char network[48] = "";
    uint64_t convolutions = 0;
    for (size_t i = 0; i < import->layer_count; i++)
        convolutions += import->layers[i].count;
    if (import->network.step_count > 0)
        (void)snprintf(network, sizeof network, ", in a network of %zu steps",
                       import->network.step_count);
    cvl_log(CVL_LOG_WARNING, "%s: %" PRIu64 " convolution%s, %zu different, read as %s%s",
            import->name, convolutions, convolutions == 1 ? "" : "s", import->layer_count,
            import->format, network);
    if (import->no_network[0] != '\0')
        cvl_log(CVL_LOG_WARNING, "no network: %s", import->no_network);
    note_left_out(import, all);
}

struct cvl_import_options cvl_imports_options(const struct cvl_options *options)
{
    return (struct cvl_import_options){.format = options->from,
                                       .shapes = options->shapes.at,
                                       .shape_count = options->shapes.count};
}

static enum cvl_status refuse_network(const char *path, const char *reason, struct cvl_error *err)
{
    char safe[256];
    cvl_copy_safe(safe, sizeof safe, path);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "%s: --network: got %s%s, expected a sweep or a model that makes a network",
                    safe, *reason ? "a model that makes none: " : "a list of layers", reason);
}

static enum cvl_status read_import(const struct cvl_options *options, const char *path,
                                   struct cvl_sweep *out, struct cvl_error *err)
{
    struct cvl_import import;
    char *text = NULL;
    const struct cvl_import_options of_import = cvl_imports_options(options);
    enum cvl_status status = cvl_import_read(path, &of_import, &import, err);
    if (status == CVL_OK && options->filter.networks_only && import.network.step_count == 0)
        status = refuse_network(path, import.no_network, err);
    if (status == CVL_OK)
        status = cvl_import_to_sweep(&import, &text, err);
    if (status == CVL_OK) {
        cvl_imports_note(&import, false);
        status = cvl_sweep_read_text(text, path, out, err);
    }
    free(text);
    cvl_import_clear(&import);
    return status;
}

enum cvl_status cvl_imports_read(const struct cvl_options *options, const char *path,
                                 struct cvl_sweep *out, struct cvl_error *err)
{
    *out = (struct cvl_sweep){0};
    if (cvl_import_is_one(path))
        return read_import(options, path, out, err);
    return (options->filter.networks_only ? cvl_sweep_read_network : cvl_sweep_read)(path, out,
                                                                                     err);
}
