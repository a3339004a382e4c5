/* Two results compared, for people, pull requests and programs. */
#ifndef CVL_REPORT_COMPARE_FORMATS_H
#define CVL_REPORT_COMPARE_FORMATS_H

#include "report/compared.h"
#include "report/format.h"

/* table, markdown, json and junit of struct cvl_compared. */
extern const struct cvl_formats cvl_compare_formats;

#endif
