/* What can be completed, for all shells. */
#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/family.h"

void cvl_completion_print(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        cvl_completion_print_bash();
    else if (strcmp(shell, "zsh") == 0)
        cvl_completion_print_zsh();
    else
        cvl_completion_print_fish();
}

static void add_word(struct cvl_text *words, const char *word)
{
    cvl_text_append(words, "%s%s", words->length > 0 ? " " : "", word);
}

static bool is_about(const char *argument, const char *what)
{
    return strstr(argument, what) != NULL;
}

enum cvl_completes cvl_completion_of_option(const struct cvl_verb *verb,
                                            const struct cvl_option *option, struct cvl_text *words)
{
    if (!option->argument)
        return CVL_COMPLETES_NOTHING;
    if (option->kind == &cvl_option_kind_FORMATS && verb->formats) {
        for (size_t i = 0; i < verb->formats->count; i++)
            add_word(words, verb->formats->at[i].name);
        return CVL_COMPLETES_WORDS;
    }
    for (size_t i = 0; option->kind->value && option->kind->value(i); i++)
        add_word(words, option->kind->value(i));
    if (option->kind->value)
        return CVL_COMPLETES_WORDS;
    if (is_about(option->argument, "DIR"))
        return CVL_COMPLETES_FOLDERS;
    return is_about(option->argument, "FILE") || is_about(option->argument, "STORE")
               ? CVL_COMPLETES_FILES
               : CVL_COMPLETES_NOTHING;
}

static void add_verbs(struct cvl_text *words)
{
    for (size_t i = 0; cvl_verb_at(i); i++)
        if (cvl_verb_is_public(cvl_verb_at(i)))
            add_word(words, cvl_verb_at(i)->name);
}

static void add_families(struct cvl_text *words)
{
    for (size_t i = 0; cvl_family_at(i); i++)
        add_word(words, cvl_family_name(cvl_family_at(i)));
}

enum cvl_completes cvl_completion_of_operands(const struct cvl_verb *verb, struct cvl_text *words)
{
    const char *arguments = verb->arguments;
    if (is_about(arguments, "-- COMMAND"))
        return CVL_COMPLETES_COMMANDS;
    if (is_about(arguments, "COMMAND"))
        add_verbs(words);
    else if (is_about(arguments, "FAMILY"))
        add_families(words);
    else if (*arguments != '\0' && !is_about(arguments, "WORD"))
        return CVL_COMPLETES_FILES;
    return words->length > 0 ? CVL_COMPLETES_WORDS : CVL_COMPLETES_NOTHING;
}

bool cvl_completion_is_list(const struct cvl_option *option)
{
    return option->argument &&
           (strcmp(option->argument, "LIST") == 0 || strcmp(option->argument, "GLOB") == 0);
}

void cvl_completion_print_clause(const char *help)
{
    const size_t end = strcspn(help, ";:");
    for (size_t i = 0; i < end; i++)
        if (!strchr("'[]\"`$\\", help[i]))
            (void)putchar(help[i]);
}

void cvl_completion_print_help(const struct cvl_option *option)
{
    char *help = cvl_option_help(option);
    cvl_completion_print_clause(help ? help : option->help);
    free(help);
}
