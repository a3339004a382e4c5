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

/** What is asked of a variant: a problem with the layout and type that stand beside it. */
struct cvl_case {
    struct cvl_problem problem;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
};

struct cvl_variant; /* opaque; lives for ever */

/** All variants in report order. */
CVL_API size_t cvl_variant_count(void);
CVL_API const struct cvl_variant *cvl_variant_at(size_t index);
/** NULL where there is none of that name. */
CVL_API const struct cvl_variant *cvl_variant_find(const char *name);

CVL_API const char *cvl_variant_name(const struct cvl_variant *variant);
CVL_API const char *cvl_variant_summary(const struct cvl_variant *variant);
/** Does the variant compute this form at all? What it refuses beyond that, cvl_variant_plan says.
 */
CVL_API bool cvl_variant_computes(const struct cvl_variant *variant, enum cvl_form form);

/** Makes the plan of a case on a device. The caller clears it.
 *  @return CVL_OK; CVL_UNSUPPORTED with the reason where the variant does not apply; CVL_BAD_INPUT;
 *          CVL_NO_MEMORY. On anything but CVL_OK the plan is empty. */
CVL_API enum cvl_status cvl_variant_plan(const struct cvl_variant *variant,
                                         const struct cvl_case *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_plan *out, struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif
