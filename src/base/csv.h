/* Lines of CSV (RFC 4180) for programs and spreadsheets. */
#ifndef CVL_BASE_CSV_H
#define CVL_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What is written to a stream. Zero all but the stream. No memory is needed; whether the stream
 * took it all, the stream says. */
struct cvl_csv {
    FILE *stream;
    bool begun; /* the line has a cell */
};

/* A cell of text from a driver or a file, escaped as cvl_safe_piece does and quoted where it
 * must be. A spreadsheet reads more than text where a cell begins with = + - @, tab or carriage
 * return (a formula), with a digit (a number, a date, or the time 0:0), or is a month and a number
 * (dec2): an apostrophe before it prevents that. Text that begins with an apostrophe gets one more:
 * who drops the first apostrophe of a cell has the text. */
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

#endif
