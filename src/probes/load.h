/* How much of a device other programs use while something is timed on it.
 *
 * A CPU device: the time that the processors which this process may run on were not idle, less what
 * this process and its children used. Idle time is what /proc/stat counts to the nanosecond where
 * the kernel stops the tick of idle processors; times of use are counted by ticks and are off by a
 * third of a processor in a tenth of a second. What a hypervisor took away counts as well.
 *
 * A GPU: where its driver tells others' use from ours (NVML), that; where it knows the use of the
 * device alone (amdgpu), what it says before our own work begins. Other devices: unknown. */
#ifndef CVL_PROBES_LOAD_H
#define CVL_PROBES_LOAD_H

#include "probes/probe.h"

/* A moment. `others_s` grows with use, from anywhere; `share` is use at the moment. */
struct cvl_load_reading {
    double at_s;         /* by the host clock */
    double others_s;     /* processor time that was neither idle nor ours; NAN: unknown */
    double stolen_s;     /* processor time that a hypervisor took away */
    double share;        /* of a GPU, 0 to 1; NAN: unknown */
    uint32_t processors; /* that this process may run on; 0: of a GPU */
};

/* What was found: load in processors, of a GPU in parts of it. */
struct cvl_load_figure {
    double load; /* NAN: unknown */
    uint32_t processors;
};

struct cvl_load_source {
    const char *name;
    bool (*answers)(const struct cvl_device_facts *device);
    /* As of a probe; NULL: nothing to find. */
    enum cvl_status (*open)(const struct cvl_probe_context *context, void **state,
                            struct cvl_error *err);
    void (*close)(void *state);
    /* Fills all but at_s. @param own_s processor time of this process and its children so far */
    enum cvl_status (*read)(const struct cvl_probe_context *context, void *state, double at_s,
                            double own_s, struct cvl_load_reading *out, struct cvl_error *err);
};

/* The source that answers for a device, or NULL. */
const struct cvl_load_source *cvl_load_source_find(const struct cvl_device_facts *device);

/* Watches one device. */
struct cvl_load;

/* /proc/stat shows idle and waiting time in steps of 10 ms, so that two readings are off by 20 ms
 * at most: by CVL_LOAD_IN_DOUBT in a window of this length, and by less in a longer one. */
#define CVL_LOAD_WINDOW_S 0.2

/* Without a source the load is unknown, which is no error. The context's texts and device must live
 * as long. @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_load_create(const struct cvl_probe_context *context, struct cvl_load **out,
                                struct cvl_error *err);
void cvl_load_destroy(struct cvl_load **load);

/* Something begins, and the device is idle on our part. A mark that follows too soon on the last
 * one is left out. */
void cvl_load_mark(struct cvl_load *load);

/* The load from the last mark until now; where that is shorter than a window, from the mark
 * before. Unknown where that is shorter, too. */
struct cvl_load_figure cvl_load_since_mark(struct cvl_load *load);

/* The load between two readings. */
struct cvl_load_figure cvl_load_between(const struct cvl_load_reading *begin,
                                        const struct cvl_load_reading *end);

/* "other processes used 0.8 of 2 processors"; empty where the load is unknown or below
 * CVL_LOAD_IN_DOUBT. */
void cvl_load_doubt(const struct cvl_load_figure *figure, char *text, size_t size);

#endif
