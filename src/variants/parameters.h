/* Tile parameters as data: what a search may set and what a plan was asked to use. A variant lists
 * its parameter sets by layout; stages that several variants share bring their own sets. */
#ifndef CVL_VARIANTS_PARAMETERS_H
#define CVL_VARIANTS_PARAMETERS_H

#include <convlens/variant.h>

enum { CVL_VARIANT_SETS = 8 };

/* Parameters that belong together, and the limits on their products. Both arrays end with an empty
 * entry: a parameter without a name, a limit without factors. */
struct cvl_parameter_set {
    const struct cvl_parameter *parameters;
    const struct cvl_parameter_limit *limits; /* NULL: none */
};

/* Returns the value that the case asks for, or the default. */
int32_t cvl_parameter_value(const struct cvl_request *request, const char *name,
                            int32_t default_value);

#endif
