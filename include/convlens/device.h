/** OpenCL devices as plain values: they hold no handle, so that the model, the reports and tests
 *  can work on a made-up one. */
#ifndef CONVLENS_DEVICE_H
#define CONVLENS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cvl_device_type {
    CVL_DEVICE_CPU,
    CVL_DEVICE_GPU,
    CVL_DEVICE_ACCELERATOR,
    CVL_DEVICE_OTHER,
    CVL_DEVICE_TYPE_COUNT
};

/** Whether the device's event clock agrees with the host clock. */
enum cvl_clock_trust {
    CVL_CLOCK_UNKNOWN, /* not tested yet */
    CVL_CLOCK_TRUSTED,
    CVL_CLOCK_DISTRUSTED, /* the reason says why */
    CVL_CLOCK_TRUST_COUNT
};

enum { CVL_DEVICE_TEXT_BYTES = 160 };

/** Work-items of the sub-groups in which kernels read blocks, and the registers of other lanes. */
enum { CVL_BLOCK_LANES = 16 };

/** Load: what other programs used of a device while something was timed on it, in processors of a
 *  CPU, in parts of a GPU. From this load on a time is in doubt. On a quiet machine it
 *  reads below 0.02. */
#define CVL_LOAD_IN_DOUBT 0.15

/** The max rates of a device, measured by our own kernels (cl/measure.cl). A figure that was not
 *  obtained is NAN. */
struct cvl_device_peaks {
    char measured[24]; /* when: UTC, ISO 8601; empty: not measured, and no figure is valid */
    char reason[CVL_DEVICE_TEXT_BYTES]; /* why some or all figures are absent; or empty */
    double f32_flops_per_s;             /* a multiply-add counts as 2 */
    double f16_flops_per_s;             /* absent if the device has no half arithmetic */
    double read_bytes_per_s;            /* of global memory, outside any cache */
    double write_bytes_per_s;
    double copy_bytes_per_s;  /* bytes read plus bytes written */
    double local_bytes_per_s; /* read from local memory */
    double launch_s; /* an empty kernel by the host clock, from its enqueue to the end of a wait */
    double gap_s; /* what another launch adds: by the event clock, the time from the end of a kernel
                     to the start of the next; if that clock is not trusted, an empty launch among
                     many in a row by the host clock */
    double load;  /* while they were measured; see CVL_LOAD_IN_DOUBT */
    char doubt[CVL_DEVICE_TEXT_BYTES]; /* why the figures may be too low; or empty */
};

/** Facts about a device. Texts come from drivers: do not trust them, and escape them when
 *  printing. */
struct cvl_device_facts {
    char id[24]; /* "0:0": index of platform and device in this enumeration */
    char platform[CVL_DEVICE_TEXT_BYTES];
    char name[CVL_DEVICE_TEXT_BYTES];
    char vendor[CVL_DEVICE_TEXT_BYTES];
    char driver[CVL_DEVICE_TEXT_BYTES];
    char version[CVL_DEVICE_TEXT_BYTES]; /* CL_DEVICE_VERSION, e.g. "OpenCL 3.0 PoCL …" */
    char pci[24];                        /* "0000:65:00.0", or empty */
    char host[CVL_DEVICE_TEXT_BYTES];    /* of a device among those of several results
                                            (cvl_results_join); else empty */
    enum cvl_device_type type;
    uint32_t compute_units;
    uint32_t clock_mhz; /* 0: unknown */
    uint64_t memory_bytes;
    uint64_t max_allocation_bytes;
    uint64_t local_bytes;
    bool local_is_dedicated; /* CL_LOCAL, not CL_GLOBAL */
    uint64_t max_work_group;
    uint64_t max_work_item[3];
    uint32_t base_align_bytes;   /* of sub-buffer offsets */
    uint32_t float_vector_width; /* native; 1 on scalar machines */
    bool has_fma;                /* fused multiply-add in hardware; without it fma() is slow */
    bool has_half, has_double, has_subgroups, has_images, host_unified;
    bool has_block_reads; /* sub-groups of CVL_BLOCK_LANES work-items that read blocks of 32-bit
                             words and each other's registers: cl_intel_subgroups */
    bool has_short_block_reads; /* the same of 16-bit words: cl_intel_subgroups_short */
    uint64_t loop_limit; /* iterations after which a work-item's loops end silently; 0: none */
    uint64_t timer_resolution_ns;
    uint32_t registers;     /* of 32 bits, of one compute unit; 0: unknown */
    uint32_t subgroup_size; /* work-items that run in step; where the compiler chooses among
                               several, the max; 0: unknown */
    enum cvl_clock_trust event_clock;
    char event_clock_reason[CVL_DEVICE_TEXT_BYTES];
    struct cvl_device_peaks peaks; /* not from the driver: measured, or read from a store */
};

/** Peaks with every figure absent. */
CVL_API struct cvl_device_peaks cvl_device_peaks_none(void);

/** A made-up device for planning without a real one: a 64-bit CPU with 16-wide float vectors,
 *  128-byte alignment and no relevant limits. */
CVL_API struct cvl_device_facts cvl_device_facts_default(void);

/** A device described in the program (src/device/presets.def), for planning without it. */
struct cvl_device_preset {
    const char *name;    /* "h100": also the facts' id */
    const char *summary; /* in a few words */
    struct cvl_device_facts facts;
};

/** @return false past the last */
CVL_API bool cvl_device_preset_at(size_t index, struct cvl_device_preset *out);

/** A platform found by the enumeration, with or without devices. */
struct cvl_platform_facts {
    char name[CVL_DEVICE_TEXT_BYTES];
    char version[CVL_DEVICE_TEXT_BYTES];
    char icd[CVL_DEVICE_TEXT_BYTES];
    char problem[CVL_DEVICE_TEXT_BYTES]; /* "no device", "clGetDeviceIDs: …", "died: signal 11"; or
                                            empty */
    uint32_t device_count;
};

struct cvl_device_list {
    struct cvl_platform_facts *platforms;
    size_t platform_count;
    struct cvl_device_facts *devices;
    size_t device_count;
};

/** Releases the arrays and zeroes the list. */
CVL_API void cvl_device_list_clear(struct cvl_device_list *list);

/** Enumerates the devices in this process. This loads the OpenCL library, which a process that
 *  forks must not do.
 *  @return CVL_OK (a list without devices is not an error), CVL_NO_DEVICE if there is no OpenCL
 *          loader or no platform, CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_devices_enumerate(struct cvl_device_list *out, struct cvl_error *err);

/** Does a selector match this device? It is an id `0:0` or `b/0:0`, or `0` for all of platform 0; a
 * type `cpu`/`gpu`/`accelerator`; or a case-insensitive part of the platform, vendor or device
 * name. */
CVL_API bool cvl_device_matches(const struct cvl_device_facts *device, const char *selector);

/** Marks in `chosen` (device_count flags) every device that one of the selectors matches; no
 *  selectors choose all devices.
 *  @return CVL_OK, or CVL_NO_DEVICE with the selector that matched nothing and the available
 *          devices */
CVL_API enum cvl_status cvl_devices_select(const struct cvl_device_list *list,
                                           const char *const *selectors, size_t selector_count,
                                           bool *chosen, struct cvl_error *err);

CVL_API const char *cvl_device_type_name(enum cvl_device_type type);
CVL_API const char *cvl_clock_trust_name(enum cvl_clock_trust trust);

#ifdef __cplusplus
}
#endif

#endif
