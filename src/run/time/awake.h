/* Keeps the host's processors awake while a device that is made of them is timed.
 *
 * A processor without work sleeps, and a virtual one is given back to its host: waking it takes 10
 * us and more. A driver whose threads wait for each kernel is then charged for the machine's idle
 * states; of a kernel of 20 us its second thread misses half.
 *  - A thread on each processor that does nothing, of the class that gives way to any other thread
 *    at once (SCHED_IDLE, sched(7)), so that no processor becomes idle.
 *  - Linux holds idle states off for as long as a process keeps /dev/cpu_dma_latency open with a
 *    latency of 0 in it, which root may do: Documentation/power/pm_qos_interface.rst of the kernel.
 */
#ifndef CVL_RUN_TIME_AWAKE_H
#define CVL_RUN_TIME_AWAKE_H

#include <stdbool.h>

#include <convlens/device.h>

struct cvl_awake {
    bool may_sleep; /* processors that the device is made of: neither of the two is there */
    bool is_held;   /* by this file */
    int file;
    struct cvl_idlers *idlers; /* the threads; NULL: none */
};

/* Does nothing where the device is no CPU; where the system does not let us, what follows is timed
 * all the same. */
struct cvl_awake cvl_awake_begin(const struct cvl_device_facts *facts);
/* A zeroed one is allowed. */
void cvl_awake_end(struct cvl_awake *awake);

#endif
