/* Exit statuses. */
#ifndef CVL_CLI_EXITS_H
#define CVL_CLI_EXITS_H

#include <stddef.h>

#include <convlens/result.h>
#include <convlens/status.h>

/* CVL_EXIT_DONE, CVL_EXIT_WRONG, ... of exits.def */
enum cvl_exit {
#define CVL_EXIT_ROW(NAME, number, what, meaning) CVL_EXIT_##NAME = number,
#include "cli/exits.def"
#undef CVL_EXIT_ROW
};

struct cvl_exit_row {
    int number;
    const char *what, *meaning;
};

/* NULL past the last. */
const struct cvl_exit_row *cvl_exit_at(size_t index);

/* The exit status that an error calls for. */
int cvl_exit_of_status(enum cvl_status status);

/* That of rows: CVL_EXIT_WRONG where one failed, CVL_EXIT_NOTHING, with a note, where each was
 * refused, else CVL_EXIT_DONE. */
int cvl_exit_of_rows(const struct cvl_results *results);

/* Prints "convlens: <error>" to stderr. @return the exit status that the error calls for */
int cvl_report_error(const struct cvl_error *err);

#endif
