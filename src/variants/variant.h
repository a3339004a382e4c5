/* What a variant's file gives, and the few things its plan is built with. A variant is a pure
 * function from a case and device facts to a plan: no OpenCL header is included in this folder. */
#ifndef CVL_VARIANTS_VARIANT_H
#define CVL_VARIANTS_VARIANT_H

#include "variants/parameters.h"

#define CVL_FORM_BIT(form) (1u << (form))

struct cvl_variant {
    const char *name;
    const char *summary;
    unsigned forms; /* CVL_FORM_BIT of each form it computes */
    bool trains;    /* its plan goes on with the backward pass where training is asked for */
    /* Why the case cannot be done, by rule, or CVL_OK. NULL: everything of its forms can. */
    enum cvl_status (*applies)(const struct cvl_request *request,
                               const struct cvl_device_facts *device, struct cvl_error *err);
    /* Fills an empty plan through the functions of builder.h. */
    enum cvl_status (*plan)(const struct cvl_request *request,
                            const struct cvl_device_facts *device, struct cvl_plan *plan,
                            struct cvl_error *err);
    /* What a search may set; NULL behind the last. None: the variant has one way only. */
    const struct cvl_parameter_set *parameters[CVL_LAYOUT_COUNT][CVL_VARIANT_SETS];
};

#endif
