/* Subjects of the first screen. */
#include "report/answer_subject.h"

const struct cvl_key *cvl_subject_key(const struct cvl_subject *subject)
{
    return &subject->items[0].standard->key;
}

bool cvl_subject_is_network(const struct cvl_subject *subject)
{
    return cvl_key_is_network(cvl_subject_key(subject));
}

bool cvl_subject_has_standard(const struct cvl_subject *subject)
{
    return cvl_subject_key(subject)->problem.form == CVL_STANDARD;
}

bool cvl_subject_same_section(const struct cvl_subject *a, const struct cvl_subject *b)
{
    return cvl_key_compare(cvl_subject_key(a), cvl_subject_key(b),
                           CVL_KEY_DEVICE | CVL_KEY_LAYOUT | CVL_KEY_DTYPE | CVL_KEY_PASSES) == 0;
}

const struct cvl_answer *cvl_subject_answer(const struct cvl_subject *subject,
                                            enum cvl_policy policy)
{
    for (size_t i = 0; i < subject->count; i++)
        if (subject->items[i].policy == policy)
            return &subject->items[i];
    return NULL;
}

bool cvl_subject_needs_more(const struct cvl_subject *subject, enum cvl_policy policy)
{
    const struct cvl_answer *answer = cvl_subject_answer(subject, policy);
    return answer && answer->usual->answer == CVL_BYTES_MORE;
}

void cvl_subject_append_name(struct cvl_text *text, const struct cvl_subject *subject)
{
    const struct cvl_key *key = cvl_subject_key(subject);
    cvl_text_append_safe(text, cvl_subject_is_network(subject) ? key->network : key->layer);
}

/* The largest difference of the usual form, kept or freed early. */
static uint64_t largest_difference(const struct cvl_subject *subject)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < subject->count; i++) {
        const int64_t bytes = subject->items[i].usual->difference_bytes;
        const uint64_t size = (uint64_t)(bytes < 0 ? -bytes : bytes);
        largest = size > largest ? size : largest;
    }
    return largest;
}

static bool needs_more_somewhere(const struct cvl_subject *subject)
{
    return cvl_subject_needs_more(subject, CVL_ALL_LIVE) ||
           cvl_subject_needs_more(subject, CVL_FREED);
}

bool cvl_subject_matters_more(const struct cvl_subject *a, const struct cvl_subject *b)
{
    if (cvl_subject_is_network(a) != cvl_subject_is_network(b))
        return cvl_subject_is_network(a);
    if (needs_more_somewhere(a) != needs_more_somewhere(b))
        return needs_more_somewhere(a);
    return largest_difference(a) > largest_difference(b);
}
