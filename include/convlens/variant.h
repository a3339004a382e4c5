/** Variants: algorithms that compute a form. Asking and planning needs no OpenCL. */
#ifndef CONVLENS_VARIANT_H
#define CONVLENS_VARIANT_H

#include <stddef.h>

#include <convlens/device.h>
#include <convlens/plan.h>
#include <convlens/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CVL_VARIANT_PARAMETERS = 24, CVL_PARAMETER_VALUES = 16, CVL_LIMIT_FACTORS = 4 };

/** Kinds of devices on which a search sets a parameter. One that is set where it is asked for
 * alone, since answers depend on it: no search sets it, and a plan that cannot use it is refused.
 */
enum { CVL_WHERE_ASKED = 0, CVL_ON_CPU = 1, CVL_ON_OTHERS = 2, CVL_EVERYWHERE = 3 };

/** A tile parameter that can be set. */
struct cvl_parameter {
    const char *name;                     /* as in a row's tuning */
    const char *help;                     /* what the number does */
    unsigned places;                      /* CVL_ON_CPU, … */
    int32_t values[CVL_PARAMETER_VALUES]; /* tried by a search: ascending, 0 after the last */
};

/** A limit between parameters: the product of those named is at most `most`. */
struct cvl_parameter_limit {
    const char *factors[CVL_LIMIT_FACTORS]; /* NULL after the last */
    int32_t max;
};

struct cvl_variant; /* opaque; lives for ever */

/** All variants in report order. */
CVL_API size_t cvl_variant_count(void);
CVL_API const struct cvl_variant *cvl_variant_at(size_t index);
/** NULL where there is none of that name. */
CVL_API const struct cvl_variant *cvl_variant_find(const char *name);

CVL_API const char *cvl_variant_name(const struct cvl_variant *variant);
CVL_API const char *cvl_variant_summary(const struct cvl_variant *variant);
/** How a variant of a form of several convolutions carries them out. */
enum cvl_kind {
    CVL_KIND_NONE,    /* computes one convolution */
    CVL_KIND_UNFUSED, /* one kernel after the other, with whole tensors between them */
    CVL_KIND_BANDED,  /* the same, one band of rows at a time */
    CVL_KIND_FUSED,   /* one kernel, with nothing between */
    CVL_KIND_COUNT
};

/** Of a variant by name; CVL_KIND_NONE for a name that is not known. */
CVL_API enum cvl_kind cvl_variant_kind(const char *name);
/** Does the variant compute this form at all? What it refuses beyond that, cvl_variant_plan says.
 */
CVL_API bool cvl_variant_computes(const struct cvl_variant *variant, enum cvl_form form);

/** The parameters of a variant that can be set on such a device.
 *  @param out room for CVL_VARIANT_PARAMETERS; what it points at lives for ever
 *  @return how many there are */
CVL_API size_t cvl_variant_parameters(const struct cvl_variant *variant, enum cvl_layout layout,
                                      const struct cvl_device_facts *device,
                                      const struct cvl_parameter **out);
/** Do these values keep the variant's limits? What a device cannot do, cvl_variant_plan says. */
CVL_API bool cvl_variant_allows(const struct cvl_variant *variant, enum cvl_layout layout,
                                const struct cvl_tuning *tuning, size_t count);

/** Makes the plan of one layer on a device. The caller clears it.
 *  @return CVL_OK; CVL_UNSUPPORTED with the reason where the variant does not apply; CVL_BAD_INPUT;
 *          CVL_NO_MEMORY. On anything but CVL_OK the plan is empty. */
CVL_API enum cvl_status cvl_variant_plan(const struct cvl_variant *variant,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_plan *out, struct cvl_error *err);

/** What a row is made of: a network, of one step or of many, with its layout, type and passes. */
struct cvl_case {
    const struct cvl_network *network;
    const struct cvl_variant *variant; /* leads: computes the steps that it can */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer; /* of training; else CVL_SGD, which is 0 */
};

/** What computes a convolution of a network, and how; of an op all of it is zero. */
struct cvl_step_choice {
    const struct cvl_variant *variant;
    const struct cvl_tuning *tuning; /* borrowed; NULL: defaults */
    uint32_t tuning_count;
};

/** What a step asks of its variant, without tuning. */
CVL_API struct cvl_request cvl_case_request(const struct cvl_case *item, size_t step);

/** Chooses what computes each step, without tuning: the variant that leads where it can; else, in a
 *  network of many steps, the first of all variants that can.
 *  @param out room for the network's steps
 *  @return CVL_OK; CVL_UNSUPPORTED where the leading variant computes no step, or nothing computes
 *          some step: the step's name stands before the reason in a network of many */
CVL_API enum cvl_status cvl_case_choose(const struct cvl_case *item,
                                        const struct cvl_device_facts *device,
                                        struct cvl_step_choice *out, struct cvl_error *err);

/** Makes the plan of a case on a device. The caller clears it.
 *  @param choices one for each step; NULL: those of cvl_case_choose
 *  @return CVL_OK; CVL_UNSUPPORTED or CVL_BAD_INPUT with the reason, after the step's name in a
 *          network of many; CVL_NO_MEMORY. On anything but CVL_OK the plan is empty. */
CVL_API enum cvl_status cvl_case_plan(const struct cvl_case *item,
                                      const struct cvl_step_choice *choices,
                                      const struct cvl_device_facts *device, struct cvl_plan *out,
                                      struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif
