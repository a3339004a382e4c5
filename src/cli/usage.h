/* What --help prints. */
#ifndef CVL_CLI_USAGE_H
#define CVL_CLI_USAGE_H

#include <stdio.h>

#include "cli/verb.h"

/* Of the program: its commands and exit statuses. */
void cvl_usage_print(FILE *stream);
/* Of a command, to standard output. */
void cvl_usage_print_verb(const struct cvl_verb *verb);

#endif
