/* What a variant's file defines. A variant is a pure function from a case and device facts to a
 * plan, so nothing in this folder includes an OpenCL header. */
#ifndef CVL_VARIANTS_VARIANT_H
#define CVL_VARIANTS_VARIANT_H

#include "base/nearest.h"
#include "variants/parameters.h"

#define CVL_FORM_BIT(form) (1u << (form))

struct cvl_variant {
    const char *name;
    const char *summary;
    unsigned forms; /* CVL_FORM_BIT of each form it computes */
    enum cvl_kind kind;
    bool trains; /* its plan includes the backward pass if training is requested */
    /* Returns CVL_OK, or why the variant cannot compute this case. NULL: it computes every case of
     * its forms. */
    enum cvl_status (*applies)(const struct cvl_request *request,
                               const struct cvl_device_facts *device, struct cvl_error *err);
    /* Fills an empty plan with the functions of plan/builder.h. */
    enum cvl_status (*plan)(const struct cvl_request *request,
                            const struct cvl_device_facts *device, struct cvl_plan *plan,
                            struct cvl_error *err);
    /* What a search may set; ends with NULL. Empty: the variant has nothing to tune. */
    const struct cvl_parameter_set *parameters[CVL_LAYOUT_COUNT][CVL_VARIANT_SETS];
};

/* Returns CVL_BAD_INPUT if the case asks for a value that its parameter does not have. */
enum cvl_status cvl_parameters_check(const struct cvl_variant *variant,
                                     const struct cvl_request *request, struct cvl_error *err);

/* Returns CVL_UNSUPPORTED if the case asks for a parameter that no search sets, and the plan does
 * without it. */
enum cvl_status cvl_parameters_check_use(const struct cvl_variant *variant,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_plan *plan, struct cvl_error *err);

/* The tile parameters of a planned step that can be asked for on the device. @return how many */
uint32_t cvl_parameters_that_can_be_asked(const struct cvl_variant *variant, enum cvl_layout layout,
                                          const struct cvl_device_facts *device,
                                          const struct cvl_plan_step *step,
                                          struct cvl_tuning out[CVL_PLAN_TUNINGS]);

/* Has any variant a parameter of that name? If not, offers `nearest` the names of all. */
bool cvl_parameter_is_known(const char *name, struct cvl_nearest *nearest);

#endif
