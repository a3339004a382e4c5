/* Man pages, made of the tables of commands, options, exit statuses and the environment. */
#ifndef CVL_CLI_MANUAL_H
#define CVL_CLI_MANUAL_H

#include "cli/verb.h"

/* Prints the source of convlens-<command>.1, or of convlens.1 where `verb` is NULL, to standard
 * output. */
void cvl_manual_print(const struct cvl_verb *verb);

#endif
