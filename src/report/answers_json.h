/* Answers as JSON. */
#ifndef CVL_REPORT_ANSWERS_JSON_H
#define CVL_REPORT_ANSWERS_JSON_H

#include <jansson.h>

#include <convlens/answer.h>

/* A new object; NULL where memory ran out. */
json_t *cvl_answer_json(const struct cvl_answer *answer);

/* How much faster, as a new object; NULL where memory ran out. */
json_t *cvl_time_ratio_json(const struct cvl_time_ratio *time);

#endif
