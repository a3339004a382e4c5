/* convlens help */
#include <stdio.h>

#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/usage.h"
#include "cli/verbs.h"

static void print(const struct cvl_options *options, const struct cvl_verb *verb)
{
    if (options->completion)
        cvl_completion_print(options->completion);
    else if (options->man)
        cvl_manual_print(verb);
    else if (verb)
        cvl_usage_print_verb(verb);
    else
        cvl_usage_print(stdout);
}

static int help(const struct cvl_options *options)
{
    const struct cvl_verb *verb = NULL;
    struct cvl_error err = {0};
    enum cvl_status status = CVL_OK;
    if (options->operand_count > 1)
        status = cvl_fail(&err, CVL_BAD_INPUT, "help: expected one command, got %zu",
                          options->operand_count);
    if (status == CVL_OK && options->operand_count == 1) {
        verb = cvl_verb_find(options->operands[0]);
        if (!verb || !cvl_verb_is_public(verb))
            status = cvl_verb_refuse(options->operands[0], &err);
    }
    if (status != CVL_OK)
        return cvl_report_error(&err);
    print(options, verb);
    return CVL_EXIT_DONE;
}

const struct cvl_verb cvl_verb_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "show help, man pages and completions",
    .examples = "convlens help run\n"
                "convlens help --man run | man -l -\n"
                "source <(convlens help --completion bash)",
    .options = CVL_FOR_HELP,
    .run = help,
};
