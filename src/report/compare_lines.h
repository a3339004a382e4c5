/* What the formats of a comparison share: its lines, notes and counts. */
#ifndef CVL_REPORT_COMPARE_LINES_H
#define CVL_REPORT_COMPARE_LINES_H

#include "base/text.h"
#include "report/compared.h"

enum { CVL_COMPARE_CELL_BYTES = 48 };

/* One thing that has changed in a row, or that nothing has. */
struct cvl_compare_line {
    const struct cvl_difference *item;
    const struct cvl_row *row; /* the second, or the first where that is gone */
    enum cvl_outcome outcome;
    bool fails;
    char what[CVL_COMPARE_CELL_BYTES]; /* "freed", "all but arena", "loading", "time"; empty:
                                          the row itself */
    char before[CVL_COMPARE_CELL_BYTES], after[CVL_COMPARE_CELL_BYTES];
    char change[CVL_COMPARE_CELL_BYTES];
};

enum { CVL_COMPARE_LINES = CVL_BYTE_CHANGES + 2 };

/* The lines of a row; what is the same has one. @return how many */
size_t cvl_compare_lines(const struct cvl_difference *item,
                         struct cvl_compare_line lines[CVL_COMPARE_LINES]);

/* Is the row shown? What is the same is shown if all is. */
bool cvl_compare_is_shown(const struct cvl_compared *compared, const struct cvl_difference *item);

/* A row's layer or network. */
const char *cvl_compare_subject(const struct cvl_row *row);

/* "nhwc f32", "nhwc f32 training adam" */
void cvl_compare_kind(const struct cvl_row *row, char *text, size_t size);

/* "its problem was X and is Y"; left empty if it has not changed. */
void cvl_compare_problem(const struct cvl_difference *item, struct cvl_text *text);

/* Is it the first of the comparison's rows, one after the other, of a layer whose problem changed?
 */
bool cvl_compare_is_first(const struct cvl_comparison *comparison, size_t index);

/* "12 rows: 10 same, 2 more memory; 2 fail by memory,failed" */
void cvl_compare_counts(const struct cvl_comparison *comparison, struct cvl_text *text);

#endif
