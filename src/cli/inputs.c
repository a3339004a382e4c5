/* Sweep files and problems of a command line, expanded into cases. */
#include "cli/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/imports.h"

static void join_names(struct cvl_inputs *inputs)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < inputs->sweep_count; i++)
        cvl_text_append(&text, "%s%s", i ? "+" : "", inputs->sweeps[i].name);
    cvl_copy(inputs->name, sizeof inputs->name, text.data ? text.data : "");
    cvl_text_clear(&text);
}

enum cvl_status cvl_inputs_read(const struct cvl_options *options, struct cvl_inputs *out,
                                struct cvl_error *err)
{
    size_t count = options->operand_count + options->problems.count;
    *out = (struct cvl_inputs){0};
    if (count == 0)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "expected a sweep file, e.g. configs/seed.ini, or "
                        "--problem TEXT");
    out->sweeps = calloc(count, sizeof *out->sweeps);
    if (!out->sweeps)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for %zu sweeps", count);
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < options->operand_count && status == CVL_OK; i++)
        status =
            cvl_imports_read(options, options->operands[i], &out->sweeps[out->sweep_count++], err);
    for (size_t i = 0; i < options->problems.count && status == CVL_OK; i++)
        status =
            cvl_sweep_from_problem(options->problems.at[i], &out->sweeps[out->sweep_count++], err);
    if (status == CVL_OK)
        status = cvl_cases_create(out->sweeps, out->sweep_count, &options->filter, &out->cases,
                                  &out->case_count, err);
    join_names(out);
    return status;
}

void cvl_inputs_clear(struct cvl_inputs *inputs)
{
    for (size_t i = 0; i < inputs->sweep_count; i++)
        cvl_sweep_clear(&inputs->sweeps[i]);
    free(inputs->sweeps);
    free(inputs->cases);
    *inputs = (struct cvl_inputs){0};
}
