/* The runs of a store, written. */
#ifndef CVL_REPORT_RUN_FORMATS_H
#define CVL_REPORT_RUN_FORMATS_H

#include "report/format.h"

/* Formats of struct cvl_store_runs. */
extern const struct cvl_formats cvl_run_formats;

#endif
