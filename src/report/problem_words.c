/* A convolution for people. */
#include "report/problem_words.h"

/* ", stride 2" or ", stride 2x1"; nothing where both are the usual value. */
static void say_pair(struct cvl_text *text, const char *name, int32_t vertical, int32_t horizontal,
                     int32_t usual)
{
    if (vertical == usual && horizontal == usual)
        return;
    if (vertical == horizontal)
        cvl_text_append(text, ", %s %d", name, vertical);
    else
        cvl_text_append(text, ", %s %dx%d", name, vertical, horizontal);
}

void cvl_problem_say(struct cvl_text *text, const struct cvl_problem *problem)
{
    const struct cvl_problem *p = problem;
    cvl_text_append(text, "%dx%dx%d -> %dx%dx%d, %dx%d", p->ic, p->ih, p->iw, p->oc, p->oh, p->ow,
                    p->kh, p->kw);
    say_pair(text, "stride", p->sh, p->sw, 1);
    say_pair(text, "padding", p->ph, p->pw, 0);
    say_pair(text, "dilation", p->dh + 1, p->dw + 1, 1);
    if (p->g > 1)
        cvl_text_append(text, ", groups %d", p->g);
    if (p->dm > 1)
        cvl_text_append(text, ", depth multiplier %d", p->dm);
    if (p->mb > 1)
        cvl_text_append(text, ", batch %d", p->mb);
}
