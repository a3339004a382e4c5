/* Idle threads, and /dev/cpu_dma_latency held open at zero. */
#include "run/time/awake.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "run/time/idlers.h"

struct cvl_awake cvl_awake_begin(const struct cvl_device_facts *facts)
{
    const int32_t latency_us = 0;
    struct cvl_awake awake = {0};
    if (facts->type != CVL_DEVICE_CPU)
        return awake;
    awake.idlers = cvl_idlers_start();
    awake.file = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
    awake.is_held = awake.file >= 0;
    const bool stays_up = awake.is_held && write(awake.file, &latency_us, sizeof latency_us) ==
                                               (ssize_t)sizeof latency_us;
    awake.may_sleep = !awake.idlers && !stays_up;
    return awake;
}

void cvl_awake_end(struct cvl_awake *awake)
{
    cvl_idlers_stop(&awake->idlers);
    if (awake->is_held)
        (void)close(awake->file);
    *awake = (struct cvl_awake){0};
}
