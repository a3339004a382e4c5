/* Completion for bash. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/completion.h"

static const char head[] =
    "# bash completion for convlens; made by: convlens help --completion bash\n"
    "\n"
    "# _convlens_words WORDS [LIST]: the words that begin as the present one does; of a list, as "
    "its "
    "last\n"
    "_convlens_words() {\n"
    "  local part=$cur before=\n"
    "  if [[ ${2-} && $cur == *,* ]]; then\n"
    "    before=${cur%,*},\n"
    "    part=${cur##*,}\n"
    "  fi\n"
    "  COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"$part\"))\n"
    "}\n"
    "\n"
    "_convlens_files() {\n"
    "  compopt -o default 2>/dev/null\n"
    "  COMPREPLY=()\n"
    "}\n"
    "\n"
    "_convlens() {\n"
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} options=\n"
    "  COMPREPLY=()\n"
    "  if [[ $cur == = ]]; then # --layout=\n"
    "    cur=\n"
    "  elif [[ $prev == = ]]; then # --layout=n\n"
    "    prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "  elif [[ $cur == : || $prev == : ]]; then # csv:FILE\n"
    "    _convlens_files\n"
    "    return\n"
    "  fi\n"
    "  if ((COMP_CWORD == 1)); then\n";

static void put_words(const char *condition, const struct cvl_text *words, const char *list)
{
    (void)printf("  %s) _convlens_words '%s'%s; return ;;\n", condition,
                 words->data ? words->data : "", list);
}

/* "'run --format' | 'run -f'" */
static void print_condition(const struct cvl_verb *verb, const struct cvl_option *option,
                            char *text, size_t size)
{
    if (option->letter)
        (void)snprintf(text, size, "'%s --%s' | '%s -%c'", verb->name, option->name, verb->name,
                       option->letter);
    else
        (void)snprintf(text, size, "'%s --%s'", verb->name, option->name);
}

static void put_value(const struct cvl_verb *verb, const struct cvl_option *option)
{
    char condition[160];
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_option(verb, option, &words);
    print_condition(verb, option, condition, sizeof condition);
    if (completes == CVL_COMPLETES_WORDS)
        put_words(condition, &words, cvl_completion_is_list(option) ? " list" : "");
    else if (completes == CVL_COMPLETES_NOTHING)
        (void)printf("  %s) return ;;\n", condition);
    else
        (void)printf("  %s) _convlens_files; return ;;\n", condition);
    cvl_text_clear(&words);
}

static void put_operands(const struct cvl_verb *verb)
{
    struct cvl_text words = {0};
    const enum cvl_completes completes = cvl_completion_of_operands(verb, &words);
    if (completes == CVL_COMPLETES_WORDS)
        put_words(verb->name, &words, "");
    else if (completes == CVL_COMPLETES_COMMANDS)
        (void)printf("  %s) COMPREPLY=($(compgen -c -- \"$cur\")) ;;\n", verb->name);
    else if (completes != CVL_COMPLETES_NOTHING)
        (void)printf("  %s) _convlens_files ;;\n", verb->name);
    cvl_text_clear(&words);
}

static void put_options(const struct cvl_verb *verb)
{
    const struct cvl_option *option;
    (void)printf("  %s) options='", verb->name);
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++)
        if (option->verbs & verb->options)
            (void)printf("--%s ", option->name);
    (void)fputs("' ;;\n", stdout);
}

static void put_values(const struct cvl_verb *verb)
{
    const struct cvl_option *option;
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++)
        if ((option->verbs & verb->options) && option->argument)
            put_value(verb, option);
}

static void for_each_verb(void (*put)(const struct cvl_verb *verb))
{
    for (size_t i = 0; cvl_verb_at(i); i++)
        if (cvl_verb_is_public(cvl_verb_at(i)))
            put(cvl_verb_at(i));
}

static void put_name(const struct cvl_verb *verb)
{
    (void)printf("%s ", verb->name);
}

void cvl_completion_print_bash(void)
{
    (void)fputs(head, stdout);
    (void)fputs("    _convlens_words '", stdout);
    for_each_verb(put_name);
    (void)fputs("--help --version'\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n", stdout);
    for_each_verb(put_options);
    (void)fputs("  esac\n  case \"${COMP_WORDS[1]} $prev\" in\n", stdout);
    for_each_verb(put_values);
    (void)fputs("  esac\n"
                "  if [[ $cur == -* ]]; then\n"
                "    _convlens_words \"$options\"\n"
                "    return\n"
                "  fi\n"
                "  case ${COMP_WORDS[1]} in\n",
                stdout);
    for_each_verb(put_operands);
    (void)fputs("  esac\n}\n\ncomplete -F _convlens convlens\n", stdout);
}
