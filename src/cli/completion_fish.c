/* Completion for fish. */
#include <stdio.h>

#include "cli/completion.h"

static void put_option(const struct cvl_verb *verb, const struct cvl_option *option)
{
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_option(verb, option, &words);
    (void)printf("complete -c convlens -n '__fish_seen_subcommand_from %s' -l %s", verb->name,
                 option->name);
    if (option->letter)
        (void)printf(" -s %c", option->letter);
    if (completes == CVL_COMPLETES_WORDS)
        (void)printf(" -x -a '%s'", words.data ? words.data : "");
    else if (completes != CVL_COMPLETES_NOTHING)
        (void)fputs(" -r -F", stdout);
    else if (option->argument)
        (void)fputs(" -x", stdout);
    (void)fputs(" -d '", stdout);
    cvl_completion_print_help(option);
    (void)fputs("'\n", stdout);
    cvl_text_clear(&words);
}

static void put_operands(const struct cvl_verb *verb)
{
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_operands(verb, &words);
    (void)printf("complete -c convlens -n '__fish_seen_subcommand_from %s'", verb->name);
    if (completes == CVL_COMPLETES_WORDS)
        (void)printf(" -f -a '%s'\n", words.data ? words.data : "");
    else if (completes == CVL_COMPLETES_COMMANDS)
        (void)fputs(" -f -a '(__fish_complete_command)'\n", stdout);
    else
        (void)fputs(completes == CVL_COMPLETES_NOTHING ? " -f\n" : " -F\n", stdout);
    cvl_text_clear(&words);
}

static void put_verb(const struct cvl_verb *verb)
{
    const struct cvl_option *option;
    (void)printf("complete -c convlens -n __fish_use_subcommand -f -a %s -d '", verb->name);
    cvl_completion_print_clause(verb->summary);
    (void)fputs("'\n", stdout);
    put_operands(verb);
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++)
        if (option->verbs & verb->options)
            put_option(verb, option);
}

void cvl_completion_print_fish(void)
{
    const struct cvl_verb *verb;
    (void)fputs(
        "# fish completion for convlens; made by: convlens help --completion fish\n"
        "complete -c convlens -n __fish_use_subcommand -f -l help -d 'show the commands'\n"
        "complete -c convlens -n __fish_use_subcommand -f -l version -d 'show the version'\n",
        stdout);
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++)
        if (cvl_verb_is_public(verb))
            put_verb(verb);
}
