/* Names of what belongs to a convolution of a training plan. */
#include "variants/parts/trained.h"

#include <stdio.h>

struct cvl_trained_name cvl_trained_name(const struct cvl_trained *trained, const char *what)
{
    struct cvl_trained_name name;
    const char *suffix = trained->weights == CVL_FILTER_DW   ? "_dw"
                         : trained->weights == CVL_FILTER_PW ? "_pw"
                                                             : "";
    (void)snprintf(name.text, sizeof name.text, "%s%s", what, suffix);
    return name;
}
