/* The command line after the command, read by one table (options.def) in option_reader.c. */
#ifndef CVL_CLI_OPTIONS_H
#define CVL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/plan.h>
#include <convlens/run.h>

#include "sweep/cases.h"

/* Which commands take an option: CVL_FOR_DEVICES, CVL_FOR_RUN, ... of verbs.def. */
enum cvl_verb_number {
#define CVL_VERB(name, NAME) CVL_NUMBER_##NAME,
#include "cli/verbs.def"
#undef CVL_VERB
};
enum cvl_verb_bit {
#define CVL_VERB(name, NAME) CVL_FOR_##NAME = 1 << CVL_NUMBER_##NAME,
#include "cli/verbs.def"
#undef CVL_VERB
};

/* Values of an option that may be repeated. */
struct cvl_texts {
    const char **at; /* owned array */
    size_t count;
};

/* The type of a kind's member. */
#define CVL_OPTION_KIND(KIND, type, clear, is_repeatable, values) typedef type cvl_option_##KIND;
#include "cli/option_kinds.def"
#undef CVL_OPTION_KIND

/* A member for each row of options.def; texts point into argv. Those that are not given are zero,
 * but for store, policy and within, which have their defaults. */
struct cvl_options {
#define CVL_OPTION(name, letter, argument, verbs, kind, member, help) cvl_option_##kind member;
#define CVL_OPTION_PART(name, letter, argument, verbs, kind, member, help)
#include "cli/options.def"
#undef CVL_OPTION_PART
#undef CVL_OPTION
    struct cvl_case_filter filter;
    struct cvl_run_options run;  /* what workers are given */
    const char *const *operands; /* what is no option */
    size_t operand_count;
    char *command; /* owned: the command line, quoted for a shell */
};

/* Reads argv[0] = verb, then options and operands; puts the operands last in argv.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_NO_MEMORY; clear in every case */
enum cvl_status cvl_options_read(int argc, char **argv, unsigned verb_bit, struct cvl_options *out,
                                 struct cvl_error *err);
void cvl_options_clear(struct cvl_options *options);

#endif
