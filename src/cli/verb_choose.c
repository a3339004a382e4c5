/* convlens choose */
#include <fnmatch.h>

#include <convlens/model.h>

#include "cli/output.h"
#include "cli/stores.h"
#include "cli/verb.h"
#include "report/choice_formats.h"

static bool is_device_wanted(const struct cvl_options *options, const struct cvl_results *results,
                             const struct cvl_row *row)
{
    const struct cvl_device_facts *device = cvl_results_device(results, row->key.device);
    bool wanted = options->selectors.count == 0;
    for (size_t i = 0; !wanted && device && i < options->selectors.count; i++)
        wanted = cvl_device_matches(device, options->selectors.at[i]);
    return wanted;
}

static bool is_wanted(const struct cvl_options *options, const struct cvl_results *results,
                      const struct cvl_row *row)
{
    const struct cvl_case_filter *filter = &options->filter;
    bool layout = filter->layout_count == 0, dtype = filter->dtype_count == 0;
    for (size_t i = 0; i < filter->layout_count; i++)
        layout |= filter->layouts[i] == row->key.layout;
    for (size_t i = 0; i < filter->dtype_count; i++)
        dtype |= filter->dtypes[i] == row->key.dtype;
    bool passes = filter->passes_count == 0, optimizer = filter->optimizer_count == 0;
    for (size_t i = 0; i < filter->passes_count; i++)
        passes |= filter->passes[i] == row->key.passes;
    for (size_t i = 0; i < filter->optimizer_count; i++)
        optimizer |= row->key.passes == CVL_TRAINING && filter->optimizers[i] == row->key.optimizer;
    return layout && dtype && passes && optimizer &&
           (!filter->layer_glob || fnmatch(filter->layer_glob, row->key.layer, 0) == 0) &&
           (!filter->variant_glob || fnmatch(filter->variant_glob, row->key.variant, 0) == 0) &&
           is_device_wanted(options, results, row);
}

/* Rows that were not asked for do not take part: what is no row of status ok does not. */
static void leave_out(const struct cvl_options *options, struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (!is_wanted(options, results, &results->rows[i]))
            results->rows[i].status = CVL_ROW_SKIPPED;
}

static enum cvl_status write_choices(const struct cvl_options *options, struct cvl_results *results,
                                     struct cvl_error *err)
{
    const struct cvl_choice_rules rules = {
        .policy = options->policy,
        .limit_bytes = options->run.memory_limit_bytes,
        .within = options->within,
    };
    struct cvl_choices choices = {0};
    leave_out(options, results);
    enum cvl_status status = cvl_choices_create(results, &rules, &choices, err);
    if (status == CVL_OK && choices.count == 0)
        status = cvl_fail(err, CVL_BAD_INPUT,
                          "choose: nothing to choose from: no row of status ok with a time%s",
                          results->row_count > 0 ? " is left in this run" : "");
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_choice_formats, &choices, err);
    cvl_choices_clear(&choices);
    return status;
}

static int choose(const struct cvl_options *options)
{
    struct cvl_results results = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_choice_formats, &err);
    if (status == CVL_OK)
        status = cvl_stores_load(options, "choose", &results, &err);
    if (status == CVL_OK)
        status = write_choices(options, &results, &err);
    cvl_results_clear(&results);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_choose = {
    .name = "choose",
    .arguments = "STORE...",
    .summary = "what to take for each layer: fastest, smallest, and the Pareto set",
    .options = CVL_FOR_CHOOSE,
    .run = choose,
};
