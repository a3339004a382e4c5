/* Words that no other table explains. */
#include "report/terms.h"

static const struct cvl_term terms[] = {
#define CVL_TERM(word, kind, unit, from, meaning) {word, kind, unit, from, meaning},
#include "report/terms.def"
#undef CVL_TERM
};

const struct cvl_term *cvl_term_at(size_t index)
{
    return index < sizeof terms / sizeof terms[0] ? &terms[index] : NULL;
}
