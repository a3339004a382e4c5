/* Completion of command lines in shells, made of the tables of commands and options. */
#ifndef CVL_CLI_COMPLETION_H
#define CVL_CLI_COMPLETION_H

#include "base/text.h"
#include "cli/option_table.h"
#include "cli/verbs.h"

/* Prints the script for "bash", "zsh" or "fish" to standard output. */
void cvl_completion_print(const char *shell);

/* --- for the files of the shells ----------------------------------------------------------------
 */

enum cvl_completes {
    CVL_COMPLETES_NOTHING,
    CVL_COMPLETES_WORDS, /* some known words */
    CVL_COMPLETES_FILES,
    CVL_COMPLETES_FOLDERS,
    CVL_COMPLETES_COMMANDS /* programs */
};

/* What comes after an option of a command. Appends the words, separated by blanks. */
enum cvl_completes cvl_completion_of_option(const struct cvl_verb *verb,
                                            const struct cvl_option *option,
                                            struct cvl_text *words);
/* What the operands of a command are. */
enum cvl_completes cvl_completion_of_operands(const struct cvl_verb *verb, struct cvl_text *words);

/* Is the option's value a list? */
bool cvl_completion_is_list(const struct cvl_option *option);

/* The first clause of a help text, without quotes, brackets and colons. */
void cvl_completion_print_clause(const char *help);
void cvl_completion_print_help(const struct cvl_option *option); /* that of an option */

void cvl_completion_print_bash(void);
void cvl_completion_print_zsh(void);
void cvl_completion_print_fish(void);

#endif
