/* The capability macros of a device. */
#include "opencl/capabilities.h"

/* OpenCL C has vectors of 2, 4, 8 and 16; a wider machine still gets 16. */
static unsigned float_width(uint32_t native)
{
    unsigned width = 1;
    while (width * 2 <= native && width < 16)
        width *= 2;
    return width;
}

void cvl_capabilities_append(struct cvl_text *options, const struct cvl_device_facts *device)
{
    cvl_text_append(options, " -D CVL_CPU=%d", device->type == CVL_DEVICE_CPU);
    cvl_text_append(options, " -D CVL_HAS_FMA=%d", device->has_fma);
    cvl_text_append(options, " -D CVL_HAS_HALF=%d", device->has_half);
    cvl_text_append(options, " -D CVL_HAS_DOUBLE=%d", device->has_double);
    cvl_text_append(options, " -D CVL_HAS_SUBGROUPS=%d", device->has_subgroups);
    cvl_text_append(options, " -D CVL_HAS_BLOCK_READS=%d", device->has_block_reads);
    cvl_text_append(options, " -D CVL_HAS_SHORT_BLOCK_READS=%d", device->has_short_block_reads);
    cvl_text_append(options, " -D CVL_LOCAL_DEDICATED=%d", device->local_is_dedicated);
    cvl_text_append(options, " -D CVL_FLOAT_WIDTH=%u", float_width(device->float_vector_width));
}

/* Plain OpenCL C 1.2, and no option that lets the compiler change results: every variant is
 * verified against the same reference. */
char *cvl_compiler_options(const struct cvl_device_facts *device, const char *options)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "-cl-std=CL1.2");
    cvl_capabilities_append(&text, device);
    if (*options != '\0')
        cvl_text_append(&text, " %s", options);
    return cvl_text_take(&text);
}
