/* The answers for people; where there are none, the reason and the table. */
#include "report/answers.h"

static enum cvl_status answer_end(const struct cvl_report *report, struct cvl_error *err)
{
    bool found = false;
    enum cvl_status status = cvl_report_answers(report, &found, err);
    return status == CVL_OK && !found ? cvl_table_put(report, err) : status;
}

const struct cvl_writer cvl_writer_answer = {
    .name = "answer",
    .summary = "the question and its answer for each layer and network, on one screen",
    .end = answer_end,
};
