/* Files of other programs, read in place of sweeps. */
#ifndef CVL_CLI_IMPORTS_H
#define CVL_CLI_IMPORTS_H

#include <convlens/import.h>
#include <convlens/sweep.h>

#include "cli/options.h"

/* Reads a sweep file, or a file of another format (convlens/import.h), which is imported; notes say
 * what is left out of it. @return as cvl_sweep_read; the sweep is empty on anything but CVL_OK */
enum cvl_status cvl_imports_read(const struct cvl_options *options, const char *path,
                                 struct cvl_sweep *out, struct cvl_error *err);

/* What the command line says of imports. */
struct cvl_import_options cvl_imports_options(const struct cvl_options *options);

/* Notes how many convolutions an import has, and what is left out with its reasons; only the first
 * few of them unless `all`. */
void cvl_imports_note(const struct cvl_import *import, bool all);

#endif
