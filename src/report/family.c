/* Families of the program, and their entries as a table and as JSON. */
#include "report/family.h"

#include <string.h>

#include <convlens/device.h>
#include <convlens/import.h>
#include <convlens/policy.h>
#include <convlens/report.h>
#include <convlens/variant.h>

#include "base/text.h"
#include "probes/probe.h"
#include "report/document.h"
#include "report/grid.h"
#include "report/metric.h"
#include "report/row_places.h"
#include "report/terms.h"

/* A family that can be listed. */
struct cvl_family {
    const char *name;
    bool (*get)(size_t index, struct cvl_family_entry *out); /* false past the last */
    bool has_columns;                                        /* of CSV and the store */
};

static bool set_entry(struct cvl_family_entry *out, const char *name, const char *summary)
{
    cvl_copy(out->name, sizeof out->name, name);
    cvl_copy(out->summary, sizeof out->summary, summary);
    return true;
}

static bool get_variant(size_t index, struct cvl_family_entry *out)
{
    return index < cvl_variant_count() && set_entry(out, cvl_variant_name(cvl_variant_at(index)),
                                                    cvl_variant_summary(cvl_variant_at(index)));
}

static bool get_writer(size_t index, struct cvl_family_entry *out)
{
    return index < cvl_writer_count() && set_entry(out, cvl_writer_name(cvl_writer_at(index)),
                                                   cvl_writer_summary(cvl_writer_at(index)));
}

static bool get_probe(size_t index, struct cvl_family_entry *out)
{
    return index < cvl_probe_count() &&
           set_entry(out, cvl_probe_at(index)->name, cvl_probe_at(index)->summary);
}

static bool get_metric(size_t index, struct cvl_family_entry *out)
{
    const struct cvl_metric *metric = cvl_metric_at(index);
    if (!metric)
        return false;
    cvl_metric_name(metric, out->name);
    cvl_metric_meaning(metric, out->summary);
    return true;
}

static const char *or_dash(const char *text)
{
    return *text != '\0' ? text : "-";
}

static bool get_field(size_t index, struct cvl_family_entry *out)
{
    const struct cvl_row_place *place = cvl_row_place_at(index);
    if (!place)
        return false;
    const bool is_unnamed = strcmp(place->column, "POLICY") == 0; /* nothing around the policy */
    cvl_copy(out->column, sizeof out->column, is_unnamed ? "-" : or_dash(place->column));
    return set_entry(out, or_dash(place->json), place->meaning);
}

static bool get_policy(size_t index, struct cvl_family_entry *out)
{
    const enum cvl_policy policy = (enum cvl_policy)index;
    return index < CVL_POLICY_COUNT &&
           set_entry(out, cvl_policy_name(policy), cvl_policy_summary(policy));
}

static bool get_device(size_t index, struct cvl_family_entry *out)
{
    struct cvl_device_preset preset;
    return cvl_device_preset_at(index, &preset) && set_entry(out, preset.name, preset.summary);
}

static bool get_term(size_t index, struct cvl_family_entry *out)
{
    const struct cvl_term *term = cvl_term_at(index);
    return term && set_entry(out, term->word, term->meaning);
}

static bool get_importer(size_t index, struct cvl_family_entry *out)
{
    const char *name = cvl_importer_name(index);
    return name && set_entry(out, name, cvl_importer_summary(index));
}

static const struct cvl_family families[] = {
    {.name = "variants", .get = get_variant},
    {.name = "writers", .get = get_writer},
    {.name = "probes", .get = get_probe},
    {.name = "metrics", .get = get_metric},
    {.name = "fields", .get = get_field, .has_columns = true},
    {.name = "policies", .get = get_policy},
    {.name = "terms", .get = get_term},
    {.name = "devices", .get = get_device},
    {.name = "importers", .get = get_importer},
};

const struct cvl_family *cvl_family_at(size_t index)
{
    return index < sizeof families / sizeof families[0] ? &families[index] : NULL;
}

const char *cvl_family_name(const struct cvl_family *family)
{
    return family->name;
}

bool cvl_family_get(const struct cvl_family *family, size_t index, struct cvl_family_entry *out)
{
    return family->get(index, out);
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_family *family = subject;
    const bool has_columns = family->has_columns;
    const char *const headings[] = {"NAME", has_columns ? "COLUMN" : "|WHAT", "|WHAT"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    struct cvl_family_entry entry;
    cvl_grid_columns(&grid, headings, has_columns ? 3 : 2);
    for (size_t i = 0; family->get(i, &entry); i++) {
        cvl_grid_text(&grid, entry.name);
        if (has_columns)
            cvl_grid_text(&grid, entry.column);
        cvl_grid_text(&grid, entry.summary);
    }
    return cvl_grid_end(&grid, "list", err);
}

static enum cvl_status write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_family *family = subject;
    json_t *list = json_array();
    struct cvl_family_entry entry;
    for (size_t i = 0; list && family->get(i, &entry); i++)
        if (json_array_append_new(list, json_pack("{s:s, s:s*, s:s}", "name", entry.name, "column",
                                                  family->has_columns ? entry.column : NULL,
                                                  "summary", entry.summary)) != 0) {
            json_decref(list);
            list = NULL;
        }
    return cvl_document_write(list, 2, stream, err);
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"json", write_json},
};

const struct cvl_formats cvl_family_formats = CVL_FORMATS(formats);
