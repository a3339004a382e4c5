/* What answers are in words. Names are escaped. */
#ifndef CVL_MODEL_ANSWER_WORDS_H
#define CVL_MODEL_ANSWER_WORDS_H

#include <convlens/answer.h>

#include "base/text.h"

/* Fills in the answer's sentence. */
enum cvl_status cvl_answer_say(struct cvl_answer *answer, struct cvl_error *err);

/* "two kernels", "three kernels", "banded", "fused"; the variant's name where it has no kind. */
const char *cvl_answer_kind_words(const struct cvl_answer_form *form);
/* The kind in JSON: "two_kernels", "three_kernels", "banded", "fused", "other". */
const char *cvl_answer_kind_name(const struct cvl_answer_form *form);

/* "+4.5 %", "-0.1 %", "0 %" */
enum { CVL_PERCENT_BYTES = 32 };
void cvl_answer_print_percent(char text[CVL_PERCENT_BYTES], double percent);

/* "1.9-2.0x faster", "1.3x slower", "same", "unclear" */
enum { CVL_SPEED_BYTES = 48 };
void cvl_answer_print_speed(char text[CVL_SPEED_BYTES], const struct cvl_time_ratio *time);

/* The answer to the question over the policies of a subject, in a line:
 * "ONLY IF ALL BUFFERS ARE KEPT: +4.5 %; the same (-0.1 %) if freed early"
 * @param items those of one subject, `count` of them */
void cvl_answer_headline(struct cvl_text *text, const struct cvl_answer *items, size_t count);

/* What to take for a subject: of what is within 1 % of the smallest peak the fastest; without times
 * the smallest. */
struct cvl_recommended {
    const char *freed, *kept; /* variants, by policy */
    const char *faster;       /* surely faster than `freed`, though larger; NULL: none */
    double faster_percent;    /* how much more it needs, freed early */
};

/* @return false where a subject lacks one of the two policies */
bool cvl_answer_choose(const struct cvl_answer *items, size_t count, struct cvl_recommended *out);
/* "take sep_unfused if freed early, sep_fused if all is kept." */
void cvl_answer_recommend(struct cvl_text *text, const struct cvl_recommended *choice);

#endif
