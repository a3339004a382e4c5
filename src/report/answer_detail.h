/* The figures of a subject, as a block of lines or as one line. */
#ifndef CVL_REPORT_ANSWER_DETAIL_H
#define CVL_REPORT_ANSWER_DETAIL_H

#include "report/answer_subject.h"
#include "report/writer.h"

/* Writes a line without the blanks at its end, and clears it. */
void cvl_answer_put(const struct cvl_report *report, struct cvl_text *text);

/* The headings of the blocks. */
void cvl_answer_put_columns(const struct cvl_report *report, const struct cvl_subject *subject);
void cvl_answer_put_detail(const struct cvl_report *report, const struct cvl_subject *subject);
void cvl_answer_put_line(const struct cvl_report *report, const struct cvl_subject *subject);

#endif
