/* convlens list */
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

/* An entry of a family. */
struct entry {
    char name[CVL_METRIC_NAME_BYTES], summary[CVL_METRIC_MEANING_BYTES];
};

/* A family that can be listed. */
struct family {
    const char *name;
    bool (*get)(size_t index, struct entry *out); /* false past the last */
};

static bool set_entry(struct entry *out, const char *name, const char *summary)
{
    cvl_copy(out->name, sizeof out->name, name);
    cvl_copy(out->summary, sizeof out->summary, summary);
    return true;
}

static bool get_variant(size_t index, struct entry *out)
{
    return index < cvl_variant_count() && set_entry(out, cvl_variant_name(cvl_variant_at(index)),
                                                    cvl_variant_summary(cvl_variant_at(index)));
}

static bool get_writer(size_t index, struct entry *out)
{
    return index < cvl_writer_count() && set_entry(out, cvl_writer_name(cvl_writer_at(index)),
                                                   cvl_writer_summary(cvl_writer_at(index)));
}

static bool get_probe(size_t index, struct entry *out)
{
    return index < cvl_probe_count() &&
           set_entry(out, cvl_probe_at(index)->name, cvl_probe_at(index)->summary);
}

static bool get_metric(size_t index, struct entry *out)
{
    const struct cvl_metric *metric = cvl_metric_at(index);
    if (!metric)
        return false;
    cvl_metric_name(metric, out->name);
    cvl_metric_meaning(metric, out->summary);
    return true;
}

static bool get_policy(size_t index, struct entry *out)
{
    static const char *const summaries[CVL_POLICY_COUNT] = {
        [CVL_ALL_LIVE] = "every buffer allocated up front",
        [CVL_FREED] = "each buffer allocated at its first use, released after its last",
        [CVL_FREED_PINNED] = "as freed, but the caller keeps the input, as a residual does",
        [CVL_ARENA] = "one allocation, offsets chosen from lifetimes",
    };
    return index < CVL_POLICY_COUNT &&
           set_entry(out, cvl_policy_name((enum cvl_policy)index), summaries[index]);
}

static const struct family families[] = {
    {"variants", get_variant}, {"writers", get_writer},  {"probes", get_probe},
    {"metrics", get_metric},   {"policies", get_policy},
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

static int print_table(const struct family *family)
{
    static const char *const headings[] = {"NAME", "WHAT"};
    struct cvl_grid *grid = cvl_grid_create(headings, 2, stdout);
    struct entry entry;
    for (size_t i = 0; grid && family->get(i, &entry); i++)
        cvl_grid_add(grid, (const char *const[]){entry.name, entry.summary});
    return grid && cvl_grid_print(&grid) ? CVL_EXIT_DONE : CVL_EXIT_WRONG;
}

static int print_json(const struct family *family)
{
    json_t *list = json_array();
    struct entry entry;
    int failed = list ? 0 : -1;
    for (size_t i = 0; !failed && family->get(i, &entry); i++)
        failed = json_array_append_new(
            list, json_pack("{s:s, s:s}", "name", entry.name, "summary", entry.summary));
    failed = failed || json_dumpf(list, stdout, JSON_INDENT(2));
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
