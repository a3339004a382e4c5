/* Completion for zsh. */
#include <stdio.h>

#include "cli/completion.h"

static void put_action(const struct cvl_verb *verb, const struct cvl_option *option)
{
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_option(verb, option, &words);
    const char *list = words.data ? words.data : "";
    if (completes == CVL_COMPLETES_WORDS && cvl_completion_is_list(option))
        (void)printf(":%s:_sequence compadd - %s", option->argument, list);
    else if (completes == CVL_COMPLETES_WORDS)
        (void)printf(":value:(%s)", list);
    else if (completes == CVL_COMPLETES_FOLDERS)
        (void)fputs(":folder:_files -/", stdout);
    else if (completes == CVL_COMPLETES_FILES)
        (void)fputs(":file:_files", stdout);
    else if (option->argument)
        (void)printf(":%s: ", option->argument);
    cvl_text_clear(&words);
}

static void put_spec(const struct cvl_verb *verb, const struct cvl_option *option,
                     const char *dashes, const char *name, int length)
{
    (void)printf("      '*%s%.*s[", dashes, length, name);
    cvl_completion_print_help(option);
    (void)putchar(']');
    put_action(verb, option);
    (void)fputs("' \\\n", stdout);
}

static void put_operands(const struct cvl_verb *verb)
{
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_operands(verb, &words);
    if (completes == CVL_COMPLETES_WORDS)
        (void)printf("      '*:operand:(%s)' \\\n", words.data ? words.data : "");
    else if (completes == CVL_COMPLETES_COMMANDS)
        (void)fputs("      '*::command:_normal' \\\n", stdout);
    else if (completes != CVL_COMPLETES_NOTHING)
        (void)fputs("      '*:file:_files' \\\n", stdout);
    cvl_text_clear(&words);
}

static void put_verb(const struct cvl_verb *verb)
{
    const struct cvl_option *option;
    (void)printf("  %s)\n    _arguments -s \\\n", verb->name);
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++) {
        if (!(option->verbs & verb->options))
            continue;
        put_spec(verb, option, "--", option->name, 64);
        if (option->letter)
            put_spec(verb, option, "-", &option->letter, 1);
    }
    put_operands(verb);
    (void)fputs("      && return 0\n    ;;\n", stdout);
}

void cvl_completion_print_zsh(void)
{
    const struct cvl_verb *verb;
    (void)fputs("#compdef convlens\n"
                "# zsh completion for convlens; made by: convlens help --completion zsh\n"
                "\n"
                "_convlens() {\n"
                "  local -a commands\n"
                "  commands=(\n",
                stdout);
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++) {
        if (!cvl_verb_is_public(verb))
            continue;
        (void)printf("    '%s:", verb->name);
        cvl_completion_print_clause(verb->summary);
        (void)fputs("'\n", stdout);
    }
    (void)fputs("  )\n"
                "  if (( CURRENT == 2 )); then\n"
                "    _describe command commands\n"
                "    return\n"
                "  fi\n"
                "  shift words\n"
                "  (( CURRENT-- ))\n"
                "  case $words[1] in\n",
                stdout);
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++)
        if (cvl_verb_is_public(verb))
            put_verb(verb);
    (void)fputs("  esac\n}\n\n_convlens \"$@\"\n", stdout);
}
