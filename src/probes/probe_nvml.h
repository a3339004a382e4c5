/* NVIDIA's management library (NVML), for the probes that use it. Its functions are declared here
 * as in its public reference, since it is opened at run time. */
#ifndef CVL_PROBES_PROBE_NVML_H
#define CVL_PROBES_PROBE_NVML_H

#include "probes/probe.h"

struct cvl_nvml;

/* NVIDIA devices under NVIDIA's own driver. */
bool cvl_nvml_answers(const struct cvl_device_facts *device);
/* Finds the device by its PCI address or, if OpenCL does not report one, takes the only device.
 * These are a probe's open and close. */
enum cvl_status cvl_nvml_open(const struct cvl_probe_context *context, void **state,
                              struct cvl_error *err);
void cvl_nvml_close(void *state);

/* Bytes of the device's memory that all processes together use. */
enum cvl_status cvl_nvml_used(const struct cvl_nvml *nvml, uint64_t *bytes, struct cvl_error *err);
/* Bytes that compute processes hold: this one, and all others together. CVL_ABSENT: unknown, for
 * instance because the process is not listed. */
enum cvl_status cvl_nvml_processes(const struct cvl_nvml *nvml, uint64_t *own_bytes,
                                   uint64_t *others_bytes, struct cvl_error *err);

/* The part of the device, 0 to 1, that other processes used in the last second.
 * @return CVL_OK; CVL_UNSUPPORTED where the library does not say, or does not list this process:
 * others could not be told from it then */
enum cvl_status cvl_nvml_others_share(const struct cvl_nvml *nvml, double *share,
                                      struct cvl_error *err);

#endif
