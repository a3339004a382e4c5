/* Holds /dev/cpu_dma_latency open at zero. */
#include "run/time/awake.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

struct cvl_awake cvl_awake_begin(const struct cvl_device_facts *facts)
{
    const int32_t latency_us = 0;
    struct cvl_awake awake = {0};
    if (facts->type != CVL_DEVICE_CPU)
        return awake;
    awake.file = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
    awake.is_held = awake.file >= 0;
    awake.may_sleep = !awake.is_held || write(awake.file, &latency_us, sizeof latency_us) !=
                                            (ssize_t)sizeof latency_us;
    return awake;
}

void cvl_awake_end(struct cvl_awake *awake)
{
    if (awake->is_held)
        (void)close(awake->file);
    *awake = (struct cvl_awake){0};
}
