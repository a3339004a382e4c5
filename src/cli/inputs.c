/* Sweep files and problems of a command line, expanded into cases. */
#include "cli/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
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

/* Says what it gave, in bytes of f32. */
static void note_order(const struct cvl_network *network, const struct cvl_network_order *order)
{
    char before[32], after[32];
    cvl_print_bytes(before, sizeof before, 4 * order->before_elements);
    cvl_print_bytes(after, sizeof after, 4 * order->after_elements);
    cvl_log(CVL_LOG_WARNING, "%s, %s: tensors in f32 need %s in the file's order, %s in %s",
            network->name, cvl_form_name(network->form), before, after,
            order->is_exact ? "the best one"
                            : "the best one found; there were too many to try all");
}

/* Puts the networks of all sweeps into the order that is asked for. */
static enum cvl_status set_order(const struct cvl_options *options, struct cvl_inputs *inputs,
                                 struct cvl_error *err)
{
    const char *order = options->order ? options->order : "file";
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, order);
    if (strcmp(order, "file") != 0 && strcmp(order, "best") != 0)
        return cvl_fail(err, CVL_BAD_INPUT, "--order: got %s, expected file or best", safe);
    enum cvl_status status = CVL_OK;
    for (size_t s = 0; s < inputs->sweep_count && strcmp(order, "best") == 0; s++)
        for (size_t i = 0; i < inputs->sweeps[s].network_count && status == CVL_OK; i++) {
            struct cvl_network_order found;
            status = cvl_network_order_best(&inputs->sweeps[s].networks[i], &found, err);
            if (status == CVL_OK)
                note_order(&inputs->sweeps[s].networks[i], &found);
        }
    return status;
}

/* Says what patches give, in bytes of f32. */
static void note_patches(const struct cvl_network *network, const struct cvl_patches_effect *effect)
{
    char before[32], after[32];
    cvl_print_bytes(before, sizeof before, 4 * effect->before_elements);
    cvl_print_bytes(after, sizeof after, 4 * effect->after_elements);
    cvl_log(CVL_LOG_WARNING,
            "%s, %s: tensors in f32 need %s instead of %s, for %.2f times the multiply-adds",
            network->name, cvl_form_name(network->form), after, before,
            (double)effect->after_multiply_adds / (double)effect->before_multiply_adds);
}

/* Patches that no network could take are no slip to be passed over. */
static enum cvl_status check_patches(const struct cvl_options *options,
                                     const struct cvl_inputs *inputs, struct cvl_error *err)
{
    size_t networks = 0;
    for (size_t i = 0; i < inputs->sweep_count; i++)
        networks += inputs->sweeps[i].network_count;
    if (options->patches.count == 0 || networks > 0)
        return CVL_OK;
    return cvl_fail(
        err, CVL_BAD_INPUT,
        "--patches: there is no network; expected a model, a sweep file with [network], "
        "or --network");
}

/* Adds the networks with patches: those of the options, or else the sweep's own. */
static enum cvl_status add_patches(const struct cvl_options *options, struct cvl_sweep *sweep,
                                   struct cvl_error *err)
{
    const size_t whole = sweep->network_count;
    size_t count = options->patches.count;
    struct cvl_patches *own = calloc(count + 1, sizeof *own);
    enum cvl_status status =
        own ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no memory for %zu patches", count);
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = cvl_patches_parse(options->patches.at[i], &own[i], err);
    const struct cvl_patches *patches = count > 0 ? own : sweep->patches;
    count = count > 0 ? count : sweep->patch_count;
    struct cvl_patches_effect *effects = calloc(whole * count + 1, sizeof *effects);
    if (status == CVL_OK && !effects)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for %zu networks", whole * count);
    if (status == CVL_OK)
        status = cvl_sweep_patch_networks(sweep, patches, count, effects, err);
    for (size_t i = whole; i < sweep->network_count && status == CVL_OK; i++)
        note_patches(&sweep->networks[i], &effects[i - whole]);
    free(effects);
    free(own);
    return status;
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
    if (status == CVL_OK)
        status = set_order(options, out, err);
    if (status == CVL_OK)
        status = check_patches(options, out, err);
    for (size_t i = 0; i < out->sweep_count && status == CVL_OK; i++)
        status = add_patches(options, &out->sweeps[i], err);
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
