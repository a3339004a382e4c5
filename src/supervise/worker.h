/* The child's side: what the hidden verbs `probe` and `worker` do. Only here and below is OpenCL
 * called. */
#ifndef CVL_SUPERVISE_WORKER_H
#define CVL_SUPERVISE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

/* Enumerates devices and writes them as one line to the protocol descriptor. @return the exit
 * status */
int cvl_probe_main(void);

struct cvl_worker_options {
    double budget_s;             /* 0: default */
    uint64_t memory_limit_bytes; /* 0: none */
    bool program_sizes;
    const char *dump_folder; /* or NULL */
    const char *library;     /* values of the library's parameters as a text, or NULL */
};

/* Opens the device, says hello, then runs one case, or measures the device, for each line of
 * standard input until its end.
 * @return the exit status */
int cvl_worker_main(const char *device_id, const struct cvl_worker_options *how);

#endif
