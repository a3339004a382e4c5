/* Finds the class of a problem. */
#include "tuning/class.h"

#include <inttypes.h>
#include <stdio.h>

/* The longest tile of a row in any kernel. */
enum { EXACT_COLUMNS = 16 };

static uint64_t round_up(uint64_t count)
{
    uint64_t power = 1;
    while (power < count)
        power *= 2;
    return power;
}

void cvl_problem_class(const char *variant, const struct cvl_request *request,
                       struct cvl_problem_class *out)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t columns = (uint64_t)p->ow;
    const uint64_t pixels = (uint64_t)p->mb * (uint64_t)p->oh * columns;
    (void)snprintf(out->family, sizeof out->family, "%s %s %s %s", variant, cvl_form_name(p->form),
                   cvl_layout_name(request->layout), cvl_dtype_name(request->dtype));
    char middle[16] = "";
    if (p->form == CVL_INVERTED)
        (void)snprintf(middle, sizeof middle, " mc%" PRId32, p->mc);
    if (p->dm)
        (void)snprintf(middle, sizeof middle, " dm%" PRId32, p->dm);
    (void)snprintf(out->shape, sizeof out->shape,
                   "g%" PRId32 " ic%" PRId32 " oc%" PRId32 " k%" PRId32 "x%" PRId32 " s%" PRId32
                   "x%" PRId32 " d%" PRId32 "x%" PRId32 "%s ow%" PRIu64 " px%" PRIu64,
                   p->g, p->ic, p->oc, p->kh, p->kw, p->sh, p->sw, p->dh, p->dw, middle,
                   columns <= EXACT_COLUMNS ? columns : round_up(columns), round_up(pixels));
}
