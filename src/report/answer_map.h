/* A sweep over input and output channels, as a map of where the answer turns. */
#ifndef CVL_REPORT_ANSWER_MAP_H
#define CVL_REPORT_ANSWER_MAP_H

#include "report/answer_subject.h"
#include "report/writer.h"

/* Writes a map of the subjects of the first one's section whose layers differ from it in input and
 * output channels alone; nothing where these are fewer than three values of each.
 * @return was a map written? */
bool cvl_answer_put_map(const struct cvl_report *report, const struct cvl_subject *subjects,
                        size_t count, const struct cvl_subject *first);

#endif
