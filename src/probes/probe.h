/* Probes: how much memory the driver or the operating system reports as in use. Each probe has a
 * file and a row in probes.def. Several may answer for one device. */
#ifndef CVL_PROBES_PROBE_H
#define CVL_PROBES_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/device.h>
#include <convlens/status.h>

/* Memory of this process that is one of the buffers under test. */
struct cvl_probe_span {
    void *at;
    size_t bytes;
};

/* Where a probe looks, and what it knows about the buffers. Must outlive everything opened with it;
 * spans may change between two readings. */
struct cvl_probe_context {
    const struct cvl_device_facts *device;
    const char *root;    /* prefix of every path; "" on a live system */
    const char *library; /* file name of the vendor's library; NULL: the vendor's default */
    /* Free bytes of the device, from an OpenCL query that only the caller can make. NULL, or a
     * return of false: the driver has no such query. */
    bool (*free_bytes)(const void *user, uint64_t *bytes);
    const void *user;
    const struct cvl_probe_span *spans; /* the buffers that live now, if they can be mapped */
    size_t span_count;
    bool has_spans; /* the buffers can be mapped, and spans lists all of them */
};

struct cvl_probe_reading {
    uint64_t bytes;        /* in use now */
    uint64_t others_bytes; /* of a device, by other processes; CVL_ABSENT: unknown */
};

/* Whose memory a figure covers. */
enum cvl_probe_scope {
    CVL_SCOPE_PROCESS,
    CVL_SCOPE_DEVICE,  /* of all processes */
    CVL_SCOPE_BUFFERS, /* of this process, only the buffers under test */
    CVL_SCOPE_COUNT
};

struct cvl_probe {
    const char *name; /* "host_rss" */
    const char *summary;
    enum cvl_probe_scope scope;
    uint64_t resolution_bytes;
    bool is_part; /* explains other probes' figures; never the main figure */
    /* Does it support this device? Decided by vendor, type and PCI address. */
    bool (*answers)(const struct cvl_device_facts *device);
    /* Finds the device; `*state` belongs to the probe until close. NULL: nothing to find.
     * @return CVL_OK; CVL_UNSUPPORTED with what is missing; CVL_FAILED with what went wrong */
    enum cvl_status (*open)(const struct cvl_probe_context *context, void **state,
                            struct cvl_error *err);
    void (*close)(void *state);
    /* Bytes in use now. */
    enum cvl_status (*read)(const struct cvl_probe_context *context, void *state,
                            struct cvl_probe_reading *out, struct cvl_error *err);
    /* Starts a new peak, and reads the peak since then. NULL: only samples from read are
     * available. */
    enum cvl_status (*reset_peak)(const struct cvl_probe_context *context, struct cvl_error *err);
    enum cvl_status (*read_peak)(const struct cvl_probe_context *context,
                                 struct cvl_probe_reading *out, struct cvl_error *err);
};

size_t cvl_probe_count(void);
const struct cvl_probe *cvl_probe_at(size_t index);
/* All probes, in the order of probes.def. */
const struct cvl_probe *const *cvl_probes_all(size_t *count);
const char *cvl_scope_name(enum cvl_probe_scope scope); /* "process", … */

#endif
