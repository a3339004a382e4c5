/* Words of the tables and documents, and what they mean. */
#ifndef CVL_REPORT_WORDS_H
#define CVL_REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "report/metric.h"

struct cvl_word {
    const char *word, *kind, *unit, *from, *meaning; /* "" where there is none; they may point into
                                                        the buffers below, or live for ever */
    char word_buffer[CVL_METRIC_NAME_BYTES], meaning_buffer[CVL_METRIC_MEANING_BYTES];
};

/* The index-th word: terms, metrics and their headings, policies, variants, probes, writers,
 * fields.
 * @return false past the last */
bool cvl_word_at(size_t index, struct cvl_word *out);

#endif
