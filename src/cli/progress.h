/* The progress of a run, on standard error. */
#ifndef CVL_CLI_PROGRESS_H
#define CVL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/options.h"
#include "supervise/supervisor.h"

struct cvl_progress_line {
    FILE *stream;
    bool terminal; /* the stream is one: a line that is replaced; else one every few seconds */
    bool verbose;  /* a line for every row instead */
    bool quiet;    /* nothing */
    double begin_s, shown_s; /* when the round began, and when the last line was written */
    size_t first_done;       /* rows that a resumed run had already */
    size_t done, total;      /* as of the last call */
    uint32_t round;
    const struct cvl_case *item;
    bool begun;
};

/* On standard error, as the options say. */
struct cvl_progress_line cvl_progress_line_begin(const struct cvl_options *options);
/* A supervisor's progress hook; user: struct cvl_progress_line. */
void cvl_progress_line_show(void *user, const struct cvl_progress *progress);
/* Clears the line. */
void cvl_progress_line_end(const struct cvl_progress_line *line);

/* Writes one line of progress: on a terminal over the one before, cut to its width. Of any command.
 * Takes over the text. */
void cvl_progress_put(FILE *stream, bool terminal, struct cvl_text *text);

#endif
