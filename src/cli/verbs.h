/* The commands of the program, as verbs.def lists them. */
#ifndef CVL_CLI_VERBS_H
#define CVL_CLI_VERBS_H

#include "base/text.h"
#include "cli/verb.h"

/* NULL past the last; those for the program's own use included. */
const struct cvl_verb *cvl_verb_at(size_t index);
const struct cvl_verb *cvl_verb_find(const char *name); /* NULL: none */
/* Those that help and completion list. */
bool cvl_verb_is_public(const struct cvl_verb *verb);

/* "unknown command 'x'; did you mean 'y'? ..." @return CVL_BAD_INPUT */
enum cvl_status cvl_verb_refuse(const char *name, struct cvl_error *err);

#endif
