/* What to take for each layer, for people and for programs. */
#ifndef CVL_REPORT_CHOICE_FORMATS_H
#define CVL_REPORT_CHOICE_FORMATS_H

#include "report/format.h"

/* table, csv and json of struct cvl_choices (convlens/model.h). */
extern const struct cvl_formats cvl_choice_formats;

#endif
