/* CLBlast calls that execute a plan's library stages. */
#ifndef CVL_OPENCL_CLBLAST_H
#define CVL_OPENCL_CLBLAST_H

#include <stdbool.h>

#include "opencl/cl.h"

#include <convlens/plan.h>

/* Was convlens built with CLBlast? */
bool cvl_clblast_available(void);

/* Enqueues a library stage on `queue`; `buffers` are the plan's, by index.
 * @return CVL_OK, CVL_OUT_OF_MEMORY, CVL_BUILD_FAILED, CVL_FAILED with CLBlast's code;
 *         CVL_UNSUPPORTED if convlens was built without CLBlast */
enum cvl_status cvl_clblast_enqueue(const struct cvl_stage *stage, const cl_mem *buffers,
                                    cl_command_queue queue, struct cvl_error *err);

/* Sets the parameters of the matrix product on a device, for the rest of this process: a complete
 * set for the indirect kernel (MWG and others) or for the direct one (WGD and others).
 * @return CVL_OK; CVL_BAD_INPUT for an incomplete set; CVL_FAILED; CVL_UNSUPPORTED as above */
enum cvl_status cvl_clblast_tune(cl_device_id device, const struct cvl_tuning *values, size_t count,
                                 struct cvl_error *err);

/* Releases what CLBlast caches (compiled programs), so that a context can be destroyed. */
void cvl_clblast_clear(void);

#endif
