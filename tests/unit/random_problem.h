/* Problems, drawn at random. */
#ifndef CVL_TESTS_RANDOM_PROBLEM_H
#define CVL_TESTS_RANDOM_PROBLEM_H

#include <string.h>

#include <convlens/problem.h>

#include "base/random.h"

/* From low to high, both included. */
static inline int32_t between(struct cvl_random *random, int32_t low, int32_t high)
{
    return low + (int32_t)cvl_random_below(random, (uint64_t)(high - low + 1));
}

static inline void random_axis(struct cvl_random *random, int32_t *i, int32_t *o, int32_t *k,
                               int32_t *s, int32_t *p, int32_t *d)
{
    *i = between(random, 1, 40);
    *k = between(random, 1, 5);
    *s = between(random, 1, 3);
    *d = between(random, 0, 2);
    const int32_t window = (*k - 1) * (*d + 1) + 1;
    const bool is_wide = between(random, 0, 3) == 0; /* windows that lie in the padding wholly */
    *p = between(random, 0, is_wide ? 2 * window : window - 1);
    *o = between(random, 1, (*i + *p - 1 + (is_wide ? 2 * window : 0)) / *s + 1);
}

/* A name of up to 12 letters: blanks, what texts of problems use, and a letter of two bytes. */
static inline void random_name(struct cvl_random *random, char *name)
{
    static const char *const letters[] = {"a", "Z", "/", " ", ":", "_", "\xC3\xA9", "9", "\\", "n"};
    name[0] = '\0';
    for (int32_t left = between(random, 0, 12); left > 0; left--)
        strcat(name, letters[cvl_random_below(random, sizeof letters / sizeof letters[0])]);
}

/* Any valid problem, asymmetric padding and unread rows included. */
static inline struct cvl_problem random_problem(struct cvl_random *random)
{
    struct cvl_problem p = {.form = (enum cvl_form)cvl_random_below(random, CVL_FORM_COUNT)};
    p.mb = between(random, 1, 3);
    p.g = p.form == CVL_STANDARD ? between(random, 1, 3) : 1;
    p.ic = p.g * between(random, 1, 9);
    p.oc = p.g * between(random, 1, 9);
    random_axis(random, &p.ih, &p.oh, &p.kh, &p.sh, &p.ph, &p.dh);
    random_axis(random, &p.iw, &p.ow, &p.kw, &p.sw, &p.pw, &p.dw);
    if (p.form == CVL_DEPTHWISE)
        p.oc = (p.g = p.ic) * between(random, 1, 3);
    if (p.form == CVL_INVERTED) {
        p.mc = between(random, 1, 60);
        p.res = p.ic == p.oc && p.ih == p.oh && p.iw == p.ow ? between(random, 0, 1) : 0;
    }
    if (p.form == CVL_SEPARABLE && between(random, 0, 1) == 1)
        p.dm = between(random, 2, 5);
    if (p.form == CVL_POINTWISE) {
        p.kh = p.kw = 1;
        p.ph = p.pw = 0;
        p.oh = (p.ih - 1) / p.sh + 1;
        p.ow = (p.iw - 1) / p.sw + 1;
    }
    if (p.form == CVL_TRANSPOSED) { /* windows lie in the output */
        p.form = CVL_STANDARD;
        p = cvl_problem_mirror(&p);
        p.form = CVL_TRANSPOSED;
    }
    random_name(random, p.name);
    return p;
}

#endif
