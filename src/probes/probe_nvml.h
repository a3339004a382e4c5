/* NVIDIA's management library (NVML), for the probes that ask it. Declared here as its public
 * reference has it, since it is opened at run time. */
#ifndef CVL_PROBES_PROBE_NVML_H
#define CVL_PROBES_PROBE_NVML_H

#include "probes/probe.h"

struct cvl_nvml;

/* NVIDIA's devices under NVIDIA's own driver. */
bool cvl_nvml_answers(const struct cvl_device_facts *device);
/* Finds the device by its PCI address; where OpenCL does not tell it, the only device. As a probe's
 * open and close. */
enum cvl_status cvl_nvml_open(const struct cvl_probe_context *context, void **state,
                              struct cvl_error *err);
void cvl_nvml_close(void *state);

/* Bytes of the device's memory that are in use, by anyone. */
enum cvl_status cvl_nvml_used(const struct cvl_nvml *nvml, uint64_t *bytes, struct cvl_error *err);
/* What compute processes hold: this one, and all others together. CVL_ABSENT: not told, as where
 * the process is not listed. */
enum cvl_status cvl_nvml_processes(const struct cvl_nvml *nvml, uint64_t *own_bytes,
                                   uint64_t *others_bytes, struct cvl_error *err);

#endif
