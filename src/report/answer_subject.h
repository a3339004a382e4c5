/* What the first screen is about: a layer or a network in one layout and type on one device. */
#ifndef CVL_REPORT_ANSWER_SUBJECT_H
#define CVL_REPORT_ANSWER_SUBJECT_H

#include <convlens/answer.h>

#include "base/text.h"

struct cvl_subject {
    const struct cvl_answer *items; /* one for each policy */
    size_t count;
    bool is_detailed, is_listed;
    bool is_done; /* its section was written */
};

/* Of the row that the others are compared with. */
const struct cvl_key *cvl_subject_key(const struct cvl_subject *subject);
bool cvl_subject_is_network(const struct cvl_subject *subject);
/* Is that row one of the standard form? */
bool cvl_subject_has_standard(const struct cvl_subject *subject);
/* Subjects of one device, layout, type and passes are one section. */
bool cvl_subject_same_section(const struct cvl_subject *a, const struct cvl_subject *b);
/* NULL: there is none under that policy. */
const struct cvl_answer *cvl_subject_answer(const struct cvl_subject *subject,
                                            enum cvl_policy policy);
bool cvl_subject_needs_more(const struct cvl_subject *subject, enum cvl_policy policy);
/* Networks matter more than layers, those that need more somewhere more than others, larger
 * differences of bytes more than smaller ones. */
bool cvl_subject_matters_more(const struct cvl_subject *a, const struct cvl_subject *b);
void cvl_subject_append_name(struct cvl_text *text, const struct cvl_subject *subject);

#endif
