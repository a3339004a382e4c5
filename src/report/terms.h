/* Words that no other table explains: terms.def. */
#ifndef CVL_REPORT_TERMS_H
#define CVL_REPORT_TERMS_H

#include <stddef.h>

struct cvl_term {
    const char *word, *kind, *unit, *from, *meaning; /* "" where there is none */
};

/* NULL past the last. */
const struct cvl_term *cvl_term_at(size_t index);

#endif
