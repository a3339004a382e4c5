/* What the formats of a comparison write. */
#ifndef CVL_REPORT_COMPARED_H
#define CVL_REPORT_COMPARED_H

#include <convlens/compare.h>

/* A comparison with what it is of. */
struct cvl_compared {
    const struct cvl_comparison *comparison;
    const struct cvl_results *before, *after;
    const char *before_name, *after_name; /* as the user gave them */
    bool all;                             /* tables show what is the same, too */
};

#endif
