/* Lines of CSV (RFC 4180) for programs and spreadsheets. */
#ifndef CVL_BASE_CSV_H
#define CVL_BASE_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <convlens/status.h>

/* What is written to a stream. Zero all but the stream. `failed` is set when memory runs out and
 * stays set: check it with cvl_csv_status. Whether the stream took it all, the stream says. */
struct cvl_csv {
    FILE *stream;
    bool begun; /* the line has a cell */
    bool failed;
};

/* A cell of text from a driver or a file, escaped as cvl_text_append_safe does and quoted where it
 * must be. A spreadsheet takes one that begins with = + - @, tab or carriage return for a formula:
 * an apostrophe before it prevents that. */
void cvl_csv_text(struct cvl_csv *csv, const char *text);
void cvl_csv_integer(struct cvl_csv *csv, uint64_t integer);
/* The shortest text that is read back as the same number; an empty cell for one that is not finite.
 */
void cvl_csv_real(struct cvl_csv *csv, double real);
void cvl_csv_empty(struct cvl_csv *csv);

/* Ends the line. */
void cvl_csv_end(struct cvl_csv *csv);

/* A whole line of names. */
void cvl_csv_heading(struct cvl_csv *csv, const char *const *names, size_t count);

/* @return CVL_OK, or CVL_NO_MEMORY; `area` begins the message */
enum cvl_status cvl_csv_status(const struct cvl_csv *csv, const char *area, struct cvl_error *err);

#endif
