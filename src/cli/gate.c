/* Compares results and says what the exit status is. */
#include "cli/gate.h"

#include <math.h>

#include "cli/operand.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "report/compare_formats.h"
#include "report/writer.h"

enum cvl_status cvl_gate_rules(const struct cvl_options *options, struct cvl_compare_rules *rules,
                               struct cvl_error *err)
{
    struct cvl_error reason = {0};
    *rules = cvl_compare_rules_default();
    if (!isnan(options->min_change))
        rules->min_change = options->min_change;
    if (!isnan(options->p_value))
        rules->max_p_value = options->p_value;
    if (!options->fail_on)
        return CVL_OK;
    const enum cvl_status status = cvl_fail_on_parse(options->fail_on, rules, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--fail-on: %s", reason.text);
}

static enum cvl_status refuse_strangers(const struct cvl_gate_side *before,
                                        const struct cvl_gate_side *after, struct cvl_error *err)
{
    const struct cvl_gate_side *const sides[] = {before, after};
    char first[2][CVL_KEY_TEXT_BYTES] = {"none", "none"};
    for (size_t i = 0; i < 2; i++)
        if (sides[i]->results->row_count > 0)
            (void)cvl_key_print(&sides[i]->results->rows[0].key, first[i], sizeof first[i]);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "compare: %s and %s have no row in common; their first rows: %.200s; %.200s",
                    before->name, after->name, first[0], first[1]);
}

enum cvl_status cvl_gate_compare(const struct cvl_options *options,
                                 const struct cvl_gate_side *before,
                                 const struct cvl_gate_side *after, int *result,
                                 struct cvl_error *err)
{
    struct cvl_compare_rules rules;
    struct cvl_comparison comparison = {0};
    const struct cvl_compared compared = {&comparison,  before->results, after->results,
                                          before->name, after->name,     options->verbose};
    enum cvl_status status = cvl_gate_rules(options, &rules, err);
    if (status == CVL_OK)
        status = cvl_compare(before->results, after->results, &rules, &comparison, err);
    if (status == CVL_OK && comparison.pair_count == 0)
        status = refuse_strangers(before, after, err);
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_compare_formats, &compared, err);
    *result = comparison.failures > 0 ? CVL_EXIT_WRONG : CVL_EXIT_DONE;
    cvl_comparison_clear(&comparison);
    return status;
}

static enum cvl_status expect_no_rules(const struct cvl_options *options, struct cvl_error *err)
{
    const char *given = options->fail_on              ? "--fail-on"
                        : !isnan(options->min_change) ? "--min-change"
                        : !isnan(options->p_value)    ? "--p-value"
                                                      : NULL;
    return given ? cvl_fail(err, CVL_BAD_INPUT, "%s: needs --baseline FILE, to compare with", given)
                 : CVL_OK;
}

enum cvl_status cvl_gate_open(const struct cvl_options *options, struct cvl_gate *out,
                              struct cvl_error *err)
{
    struct cvl_compare_rules rules;
    struct cvl_error reason = {0};
    *out = (struct cvl_gate){.is_there = options->baseline != NULL};
    enum cvl_status status =
        cvl_output_check(options, out->is_there ? &cvl_compare_formats : &cvl_results_formats, err);
    if (status == CVL_OK && !out->is_there)
        return expect_no_rules(options, err);
    if (status == CVL_OK && options->no_weights)
        status = cvl_fail(err, CVL_BAD_INPUT, "--no-weights: not with --baseline, which has both");
    if (status == CVL_OK)
        status = cvl_gate_rules(options, &rules, err);
    if (status != CVL_OK)
        return status;
    status = cvl_operand_load(options->baseline, &out->baseline, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--baseline: %s", reason.text);
}

void cvl_gate_clear(struct cvl_gate *gate)
{
    cvl_results_clear(&gate->baseline);
}
