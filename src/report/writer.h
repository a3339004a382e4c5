/* What a writer's file gives. A writer is one file and one row of writers.def. */
#ifndef CVL_REPORT_WRITER_H
#define CVL_REPORT_WRITER_H

#include <convlens/report.h>

#include "report/format.h"
#include "result/row_index.h"

struct cvl_report {
    const struct cvl_results *results;
    const struct cvl_row_groups *groups; /* of the results */
    FILE *stream;
    bool terminal;
    bool *failed; /* set where memory ran out for a line */
};

/* Hooks in the order of their calls: begin, row for each row, end. NULL: nothing to do. They need
 * not look at the stream's state: cvl_results_write does at the end. */
struct cvl_writer {
    const char *name;
    const char *summary;
    enum cvl_status (*begin)(const struct cvl_report *report, struct cvl_error *err);
    enum cvl_status (*row)(const struct cvl_report *report, size_t index, struct cvl_error *err);
    enum cvl_status (*end)(const struct cvl_report *report, struct cvl_error *err);
};

/* All writers as formats of struct cvl_results. */
extern const struct cvl_formats cvl_results_formats;

#endif
