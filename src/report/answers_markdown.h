/* Answers as a Markdown table. */
#ifndef CVL_REPORT_ANSWERS_MARKDOWN_H
#define CVL_REPORT_ANSWERS_MARKDOWN_H

#include "report/writer.h"

/* A line for each layer and network that has both forms; nothing where there is none.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_answers_markdown(const struct cvl_report *report, struct cvl_error *err);

#endif
