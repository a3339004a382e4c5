/* convlens choose */
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
           cvl_globs_match(&filter->layers, row->key.layer) &&
           cvl_globs_match(&filter->variants, row->key.variant) &&
           is_device_wanted(options, results, row);
}

static const char *get_layer(const void *user, size_t index)
{
    const struct cvl_results *results = user;
    return index < results->row_count ? results->rows[index].key.layer : NULL;
}

static const char *get_variant(const void *user, size_t index)
{
    const struct cvl_results *results = user;
    return index < results->row_count ? results->rows[index].key.variant : NULL;
}

static enum cvl_status check_globs(const struct cvl_case_filter *filter,
                                   const struct cvl_results *results, struct cvl_error *err)
{
    enum cvl_status status =
        cvl_globs_check(&filter->layers, "--layer", "layer", get_layer, results, err);
    if (status == CVL_OK)
        status = cvl_globs_check(&filter->variants, "--variant", "variant of the store",
                                 get_variant, results, err);
    return status;
}

/* Rows that were not asked for do not take part: what is no row of status ok does not. */
static void leave_out(const struct cvl_options *options, struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (!is_wanted(options, results, &results->rows[i]))
            results->rows[i].status = CVL_ROW_SKIPPED;
}

/* Does a variant keep the limit, of any layer? */
static bool has_choice(const struct cvl_choices *choices)
{
    for (size_t i = 0; i < choices->count; i++)
        if (choices->items[i].fastest)
            return true;
    return false;
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
        status = cvl_fail(err, CVL_UNSUPPORTED,
                          "choose: nothing to choose from: no row of status ok with a time%s",
                          results->row_count > 0 ? " is left in this run" : "");
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_choice_formats, &choices, err);
    if (status == CVL_OK && !has_choice(&choices))
        status = cvl_fail(err, CVL_UNSUPPORTED,
                          "choose: no variant keeps the memory limit of %llu "
                          "bytes under %s",
                          (unsigned long long)rules.limit_bytes, cvl_policy_name(rules.policy));
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
        status = check_globs(&options->filter, &results, &err);
    if (status == CVL_OK)
        status = write_choices(options, &results, &err);
    cvl_results_clear(&results);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_choose = {
    .name = "choose",
    .arguments = "STORE...",
    .formats = &cvl_choice_formats,
    .details =
        "From the rows of a store: for each layer the fastest variant within the memory limit, "
        "the smallest of those that are nearly as fast, and all that no other beats in both "
        "time and peak.",
    .examples = "convlens choose convlens.db\n"
                "convlens choose convlens.db --memory-limit 16MiB --within 20",
    .summary = "what to take for each layer: fastest, smallest, and the Pareto set",
    .options = CVL_FOR_CHOOSE,
    .run = choose,
};
