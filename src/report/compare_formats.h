/* Two results compared, for people, pull requests and programs. */
#ifndef CVL_REPORT_COMPARE_FORMATS_H
#define CVL_REPORT_COMPARE_FORMATS_H

#include <convlens/compare.h>

#include "report/format.h"

/* A comparison with what it is of. */
struct cvl_compared {
    const struct cvl_comparison *comparison;
    const struct cvl_results *before, *after;
    const char *before_name, *after_name; /* as the user gave them */
    bool all;                             /* tables show what is the same, too */
};

/* table, markdown, json and junit of struct cvl_compared. */
extern const struct cvl_formats cvl_compare_formats;

#endif
