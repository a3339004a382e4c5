/* Where a peak is, as bars. */
#ifndef CVL_REPORT_ANSWER_PICTURE_H
#define CVL_REPORT_ANSWER_PICTURE_H

#include <convlens/answer.h>

#include "report/writer.h"

/* What lives in the peak's step and beside it, by role. Nothing where the row does not say it. */
void cvl_answer_picture(const struct cvl_report *report, const struct cvl_answer *answer);

#endif
