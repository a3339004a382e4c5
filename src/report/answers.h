/* The first screen: the question, its answer for each layer and network, and what to take. */
#ifndef CVL_REPORT_ANSWERS_H
#define CVL_REPORT_ANSWERS_H

#include <convlens/answer.h>

#include "report/writer.h"

/* Writes the answers; where there are none, the reason.
 * @param found receives whether there is one
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_report_answers(const struct cvl_report *report, bool *found,
                                   struct cvl_error *err);

/* Every row, by device and layer (the table without the answers). */
enum cvl_status cvl_table_put(const struct cvl_report *report, struct cvl_error *err);

#endif
