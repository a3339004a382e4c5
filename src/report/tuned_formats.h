/* What a search found, for people and for programs. */
#ifndef CVL_REPORT_TUNED_FORMATS_H
#define CVL_REPORT_TUNED_FORMATS_H

#include "report/format.h"

/* table, csv and json of struct cvl_tuned_list (tuning/tuned.h). */
extern const struct cvl_formats cvl_tuned_formats;

#endif
