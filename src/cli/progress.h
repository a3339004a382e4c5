/* The progress line of a run: on a terminal only, to stderr. */
#ifndef CVL_CLI_PROGRESS_H
#define CVL_CLI_PROGRESS_H

#include <stdbool.h>

#include "supervise/supervisor.h"

struct cvl_progress_line {
    bool terminal; /* stderr is one */
    bool verbose;  /* a line for every row, terminal or not */
    double begin_s;
    size_t first_done; /* rows that a resumed run had already */
    bool begun;
};

struct cvl_progress_line cvl_progress_line_begin(bool verbose);
/* A supervisor's progress hook; user: struct cvl_progress_line. */
void cvl_progress_line_show(void *user, const struct cvl_progress *progress);
/* Clears the line. */
void cvl_progress_line_end(const struct cvl_progress_line *line);

#endif
