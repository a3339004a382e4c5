/* Probes: what the driver or the operating system says is in use. One file each, one row in
 * probes.def. */
#ifndef CVL_MEMORY_PROBE_H
#define CVL_MEMORY_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/device.h>
#include <convlens/status.h>

struct cvl_probe_reading {
    uint64_t bytes; /* in use now */
};

struct cvl_probe {
    const char *name; /* "host_rss" */
    const char *summary;
    const char *scope; /* "process" or "device" */
    uint64_t resolution_bytes;
    /* Can it speak for this device? NULL: for every one. */
    bool (*answers)(const struct cvl_device_facts *device);
    /* Bytes in use now. `root` stands before every path ("" on a live system). */
    enum cvl_status (*read)(const char *root, struct cvl_probe_reading *out, struct cvl_error *err);
    /* Starts a new peak, and reads the peak since then; NULL: sampled by read alone. */
    enum cvl_status (*reset_peak)(const char *root, struct cvl_error *err);
    enum cvl_status (*read_peak)(const char *root, struct cvl_probe_reading *out,
                                 struct cvl_error *err);
};

size_t cvl_probe_count(void);
const struct cvl_probe *cvl_probe_at(size_t index);
/* The first probe that answers for the device, or NULL. */
const struct cvl_probe *cvl_probe_for(const struct cvl_device_facts *device);

#endif
