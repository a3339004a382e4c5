/* A device as a CPU: variants for CPUs run with a CPU's tiles on devices that are none, so that a
 * checker, which is none, sees their kernels. */
#ifndef CVL_TESTS_AS_CPU_H
#define CVL_TESTS_AS_CPU_H

#include <criterion/criterion.h>

#include "result/device_json.h"
#include "result/fields.h"

/* @return cvl_run_options.as, which the caller frees; NULL if the device is a CPU */
static inline char *as_cpu(const struct cvl_device_facts *device)
{
    struct cvl_device_facts cpu = *device;
    if (device->type == CVL_DEVICE_CPU)
        return NULL;
    cpu.type = CVL_DEVICE_CPU;
    cpu.float_vector_width = 4;
    char *as = cvl_json_print(cvl_device_json(&cpu));
    cr_assert_not_null(as);
    return as;
}

#endif
