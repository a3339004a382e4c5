/* What --help prints. */
#include "cli/usage.h"

#include <string.h>

#include "base/text.h"
#include "cli/option_table.h"
#include "cli/verbs.h"
#include "report/lines.h"

enum { SUMMARY_COLUMN = 29 };

static void put_exits(FILE *stream)
{
    struct cvl_text text = {0};
    const struct cvl_exit_row *row;
    bool failed = false;
    cvl_text_append(&text, "Exit status:");
    for (size_t i = 0; (row = cvl_exit_at(i)) != NULL; i++)
        cvl_text_append(&text, "%s %d %s", i ? ";" : "", row->number, row->what);
    cvl_text_append(&text, ".");
    cvl_lines_put(stream, &text, 0, &failed);
}

void cvl_usage_print(FILE *stream)
{
    const struct cvl_verb *verb;
    bool failed = false;
    (void)fputs("usage: convlens COMMAND [OPTION...] ...\n\n", stream);
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++) {
        struct cvl_text text = {0};
        char head[64];
        if (!cvl_verb_is_public(verb))
            continue;
        (void)snprintf(head, sizeof head, "%s %s", verb->name, verb->arguments);
        cvl_text_append(&text, "  %-*s%s", SUMMARY_COLUMN - 2, head, verb->summary);
        cvl_lines_put(stream, &text, SUMMARY_COLUMN, &failed);
    }
    (void)fputs("\nconvlens COMMAND --help shows a command's options; convlens --version.\n",
                stream);
    put_exits(stream);
}

static void put_examples(const char *examples)
{
    (void)fputs("\nExamples:\n", stdout);
    while (*examples != '\0') {
        const size_t length = strcspn(examples, "\n");
        (void)printf("  %.*s\n", (int)length, examples);
        examples += length + (examples[length] == '\n');
    }
}

void cvl_usage_print_verb(const struct cvl_verb *verb)
{
    (void)printf("usage: convlens %s%s%s\n", verb->name, verb->arguments[0] ? " " : "",
                 verb->arguments);
    cvl_lines_wrap(stdout, verb->summary ? verb->summary : "", 0);
    (void)fputc('\n', stdout);
    cvl_options_print_help(verb->options);
    if (verb->examples)
        put_examples(verb->examples);
}
