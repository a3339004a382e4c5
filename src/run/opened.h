/* An opened device: what the passes share. Made and owned by the session. */
#ifndef CVL_RUN_OPENED_H
#define CVL_RUN_OPENED_H

#include "opencl/cl.h"

#include <convlens/device.h>

#include "layer/ledger.h"
#include "opencl/program.h"
#include "probes/load.h"

struct cvl_opened {
    struct cvl_device_facts facts;
    struct cvl_device_facts
        build_facts; /* that a plan's kernels are built with: as a rule the same */
    cl_device_id device;
    cl_context context;
    cl_command_queue queue; /* in order; with profiling where the device takes it */
    struct cvl_program_cache *programs;
    struct cvl_ledger *ledger;                 /* NULL where the layer is not active */
    char ledger_reason[CVL_DEVICE_TEXT_BYTES]; /* why it is not */
    struct cvl_load *load;                     /* what others use of the device */
    struct cvl_reference *reference;           /* owned by the session; NULL: none */
};

/* Opens the device of that id, without judging its clock. On failure nothing is held. */
enum cvl_status cvl_opened_create(const char *device_id, struct cvl_opened *out,
                                  struct cvl_error *err);
void cvl_opened_close(struct cvl_opened *opened);

#endif
