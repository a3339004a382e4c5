/* Help of the options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/option_table.h"
#include "plan/policy.h"
#include "problem/names.h"
#include "report/lines.h"

enum { HELP_COLUMN = 30 };

/* A word of a help text; "{layout}" stands for the names of all layouts. @return its bytes */
static size_t take_word(const char *help, struct cvl_text *word)
{
    static const struct cvl_names *const families[] = {&cvl_layout_names, &cvl_dtype_names,
                                                       &cvl_passes_names, &cvl_optimizer_names,
                                                       &cvl_policy_names};
    const size_t length = strcspn(help, " ");
    const size_t end = *help == '{' ? strcspn(help, "}") : 0;
    for (size_t i = 0; end && i < sizeof families / sizeof families[0]; i++)
        if (strlen(families[i]->what) == end - 1 &&
            strncmp(help + 1, families[i]->what, end - 1) == 0)
            for (unsigned k = 0; k < families[i]->count; k++)
                cvl_text_append(word, "%s%s", k ? ", " : "", families[i]->at[k]);
    const size_t rest = end ? end + 1 : 0;
    cvl_text_append_bytes(word, help + rest, length - rest);
    return length;
}

char *cvl_option_help(const struct cvl_option *option)
{
    const char *help = option->help;
    struct cvl_text text = {0};
    while (*help != '\0') {
        help += take_word(help, &text);
        const size_t blanks = strspn(help, " ");
        cvl_text_append_bytes(&text, help, blanks);
        help += blanks;
    }
    return cvl_text_take(&text);
}

/* "  -p, --problem TEXT", filled with blanks up to the help. */
static void append_names(const struct cvl_option *option, struct cvl_text *text)
{
    const size_t begin = text->length;
    cvl_text_append(text, "  %c%c%s--%s%s%s", option->letter ? '-' : ' ',
                    option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
                    option->name, option->argument ? " " : "",
                    option->argument ? option->argument : "");
    const size_t used = text->length - begin;
    cvl_text_append(text, "%*s", used < HELP_COLUMN - 1 ? (int)(HELP_COLUMN - used) : 1, "");
}

void cvl_options_print_help(unsigned verb_bit)
{
    const struct cvl_option *option;
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++) {
        struct cvl_text text = {0};
        bool failed = false;
        if (!(option->verbs & verb_bit))
            continue;
        char *help = cvl_option_help(option);
        append_names(option, &text);
        cvl_text_append(&text, "%s", help ? help : option->help);
        cvl_lines_put(stdout, &text, HELP_COLUMN, &failed);
        free(help);
    }
}
