#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <convlens/report.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "probes/probe.h"
#include "report/grid.h"
#include "report/metric.h"

/* A family that can be listed: name and summary of each entry, until a NULL name. */
struct family {
    const char *name;
    const char *(*entry)(size_t index, const char **summary);
};

static const char *variant_entry(size_t index, const char **summary)
{
    if (index >= cvl_variant_count())
        return NULL;
    *summary = cvl_variant_summary(cvl_variant_at(index));
    return cvl_variant_name(cvl_variant_at(index));
}

static const char *writer_entry(size_t index, const char **summary)
{
    if (index >= cvl_writer_count())
        return NULL;
    *summary = cvl_writer_summary(cvl_writer_at(index));
    return cvl_writer_name(cvl_writer_at(index));
}

static const char *probe_entry(size_t index, const char **summary)
{
    if (index >= cvl_probe_count())
        return NULL;
    *summary = cvl_probe_at(index)->summary;
    return cvl_probe_at(index)->name;
}

static const char *metric_entry(size_t index, const char **summary)
{
    if (index >= cvl_metric_count())
        return NULL;
    *summary = cvl_metric_at(index)->text;
    return cvl_metric_at(index)->id;
}

static const char *policy_entry(size_t index, const char **summary)
{
    static const char *const summaries[CVL_POLICY_COUNT] = {
        [CVL_ALL_LIVE] = "every buffer allocated up front",
        [CVL_FREED] = "each buffer allocated at its first use, released after its last",
        [CVL_FREED_PINNED] = "as freed, but the caller keeps the input, as a residual does",
        [CVL_ARENA] = "one allocation, offsets chosen from lifetimes",
    };
    if (index >= CVL_POLICY_COUNT)
        return NULL;
    *summary = summaries[index];
    return cvl_policy_name((enum cvl_policy)index);
}

static const struct family families[] = {
    {"variants", variant_entry}, {"writers", writer_entry},  {"probes", probe_entry},
    {"metrics", metric_entry},   {"policies", policy_entry},
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

static int print_table(const struct family *family)
{
    static const char *const headings[] = {"NAME", "WHAT"};
    struct cvl_grid *grid = cvl_grid_create(headings, 2, stdout);
    const char *summary = "";
    const char *name = NULL;
    for (size_t i = 0; grid && (name = family->entry(i, &summary)); i++)
        cvl_grid_add(grid, (const char *const[]){name, summary});
    return grid && cvl_grid_print(&grid) ? CVL_EXIT_DONE : CVL_EXIT_WRONG;
}

static int print_json(const struct family *family)
{
    json_t *list = json_array();
    const char *summary = "";
    const char *name = NULL;
    for (size_t i = 0; (name = family->entry(i, &summary)); i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s}", "name", name, "summary", summary));
    int failed = json_dumpf(list, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(list);
    return failed ? CVL_EXIT_WRONG : CVL_EXIT_DONE;
}

static int list(const struct cvl_options *options)
{
    struct cvl_error err = {0};
    bool json = false;
    const char *wanted = options->operand_count == 1 ? options->operands[0] : "";
    if (cvl_output_is_json(options, &json, &err) != CVL_OK)
        return cvl_report_error(&err);
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (strcmp(families[i].name, wanted) == 0)
            return json ? print_json(&families[i]) : print_table(&families[i]);
    struct cvl_text names = {0};
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        cvl_text_append(&names, "%s%s", i ? ", " : "", families[i].name);
    (void)cvl_fail(&err, CVL_BAD_INPUT, "list: got '%s', expected one of %s", wanted,
                   names.data ? names.data : "");
    cvl_text_clear(&names);
    return cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_list = {
    .name = "list",
    .arguments = "FAMILY",
    .summary = "list variants, writers, probes, metrics or policies",
    .options = CVL_FOR_LIST,
    .run = list,
};
